"""The organisation's policy over HTTP."""

import pytest

from tests.gateway.web.office import POLICY, Office

PATH = "/admin/v1/organization/policy"


async def test_it_restricts_nothing_at_first(office: Office) -> None:
    shown = await office.http.get(PATH)

    assert shown.json() == {}
    assert shown.headers["etag"] == '"1"'


async def test_it_is_replaced_under_the_version_that_was_read(office: Office) -> None:
    version = (await office.http.get(PATH)).headers["etag"]

    replaced = await office.http.put(PATH, json=POLICY, headers={"If-Match": version})

    assert replaced.status_code == 200
    assert (await office.http.get(PATH)).headers["etag"] == replaced.headers["etag"] == '"2"'


async def test_it_is_not_replaced_under_another_version(office: Office) -> None:
    refused = await office.http.put(PATH, json=POLICY, headers={"If-Match": '"7"'})

    assert refused.status_code == 409


async def test_it_is_not_replaced_without_a_version(office: Office) -> None:
    refused = await office.http.put(PATH, json=POLICY)

    assert refused.status_code == 428
    assert refused.json()["code"] == "version_required"


@pytest.mark.parametrize("if_match", ["first", '"1", "2"', 'W/"1"', '"-1"', '""'])
async def test_a_version_that_cannot_be_is_refused(office: Office, if_match: str) -> None:
    refused = await office.http.put(PATH, json=POLICY, headers={"If-Match": if_match})

    assert refused.status_code == 400


async def test_a_wrong_policy_is_refused(office: Office) -> None:
    refused = await office.http.put(PATH, json={"limits": 5}, headers={"If-Match": "*"})

    assert refused.status_code == 400
    assert refused.json()["issues"][0]["path"] == ["limits"]


@pytest.mark.parametrize(
    ("policy", "meant"),
    [
        ({"limits": [{"measure": "running", "amount": 1, "model": "gen4_trubo"}]}, "gen4_turbo"),
        ({"models": ["gen9*"]}, "gen4"),
        ({"operations": ["image_to_vdeo"]}, "image_to_video"),
    ],
)
async def test_a_policy_that_names_what_there_is_not_is_refused_wherever_it_comes_in(
    office: Office, policy: dict[str, object], meant: str
) -> None:
    await office.add_team()
    key = (await office.add_key()).json()["id"]
    anyway = {"If-Match": "*"}

    refused = [
        await office.http.put(PATH, json=policy, headers=anyway),
        await office.http.post("/admin/v1/teams", json={"id": "new", "name": "New", "policy": policy}),
        await office.http.patch("/admin/v1/teams/ads", json={"policy": policy}, headers=anyway),
        await office.http.post("/admin/v1/keys", json={"team": "ads", "label": "ci", "policy": policy}),
        await office.http.patch(f"/admin/v1/keys/{key}", json={"policy": policy}, headers=anyway),
    ]

    assert [answer.status_code for answer in refused] == [400] * 5
    assert all(f"did you mean {meant}" in answer.json()["error"] for answer in refused)

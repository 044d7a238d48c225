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

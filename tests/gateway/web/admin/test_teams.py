"""Teams over HTTP."""

from tests.gateway.web.office import POLICY, Office


async def test_a_new_team_is_answered_as_it_is_shown_later(office: Office) -> None:
    made = await office.add_team()

    shown = await office.http.get("/admin/v1/teams/ads")

    assert made.status_code == 201
    assert shown.json() == made.json()
    assert made.json() == {
        "id": "ads",
        "name": "Ads",
        "policy": POLICY | {"limits": [POLICY["limits"][0] | {"amount": 500}]},
        "policyVersion": 1,
        "createdAt": "2026-03-10T12:30:00Z",
        "archivedAt": None,
    }


async def test_a_team_id_is_never_used_again(office: Office) -> None:
    await office.add_team()
    await office.http.delete("/admin/v1/teams/ads")

    again = await office.add_team()

    assert again.status_code == 409
    assert again.json()["code"] == "conflict"


async def test_an_unknown_team_is_not_found(office: Office) -> None:
    answers = [
        await office.http.get("/admin/v1/teams/ads"),
        await office.http.patch("/admin/v1/teams/ads", json={"name": "Ads"}),
        await office.http.delete("/admin/v1/teams/ads"),
    ]

    assert [answer.status_code for answer in answers] == [404, 404, 404]


async def test_an_archived_team_is_still_shown(office: Office) -> None:
    await office.add_team()

    archived = await office.http.delete("/admin/v1/teams/ads")

    shown = await office.http.get("/admin/v1/teams/ads")
    assert (archived.status_code, archived.content) == (204, b"")
    assert shown.json()["archivedAt"] == "2026-03-10T12:30:00Z"


async def test_a_name_changes_without_a_version(office: Office) -> None:
    await office.add_team()

    renamed = await office.http.patch("/admin/v1/teams/ads", json={"name": "Advertising"})

    assert renamed.status_code == 200
    assert (renamed.json()["name"], renamed.json()["policyVersion"]) == ("Advertising", 1)


async def test_a_policy_changes_under_the_version_that_was_read(office: Office) -> None:
    version = (await office.add_team()).headers["etag"]

    changed = await office.http.patch(
        "/admin/v1/teams/ads", json={"policy": {"models": ["gen4*"]}}, headers={"If-Match": version}
    )

    assert version == '"1"'
    assert changed.headers["etag"] == '"2"'
    assert changed.json()["policy"] == {"models": ["gen4*"]}


async def test_a_policy_does_not_change_under_an_old_version(office: Office) -> None:
    version = (await office.add_team()).headers["etag"]
    await office.http.patch("/admin/v1/teams/ads", json={"policy": {}}, headers={"If-Match": version})

    refused = await office.http.patch(
        "/admin/v1/teams/ads", json={"policy": POLICY}, headers={"If-Match": version}
    )

    assert refused.status_code == 409
    assert (await office.http.get("/admin/v1/teams/ads")).json()["policy"] == {}


async def test_a_star_overwrites_knowingly(office: Office) -> None:
    await office.add_team()

    changed = await office.http.patch(
        "/admin/v1/teams/ads", json={"policy": {"weight": 3}}, headers={"If-Match": "*"}
    )

    assert changed.json()["policy"] == {"weight": 3}


async def test_a_policy_without_a_version_is_refused(office: Office) -> None:
    await office.add_team()

    refused = await office.http.patch("/admin/v1/teams/ads", json={"policy": {}})

    assert refused.status_code == 428
    assert "If-Match" in refused.json()["error"]


async def test_a_change_of_nothing_is_refused(office: Office) -> None:
    await office.add_team()

    refused = await office.http.patch("/admin/v1/teams/ads", json={})

    assert refused.status_code == 400


async def test_the_place_of_a_mistake_in_a_body_is_told(office: Office) -> None:
    policy = {"limits": [{"measure": "credits", "per": "day", "amount": "500"}]}

    refused = await office.http.post("/admin/v1/teams", json={"id": "ads", "name": "Ads", "policy": policy})

    assert refused.status_code == 400
    assert refused.json()["issues"][0]["path"] == ["policy", "limits", 0, "amount"]


async def test_a_limit_that_makes_no_sense_is_refused_with_the_mend(office: Office) -> None:
    policy = {"limits": [{"measure": "credits", "per": "minute", "amount": 5}]}

    refused = await office.http.post("/admin/v1/teams", json={"id": "ads", "name": "Ads", "policy": policy})

    assert refused.status_code == 400
    assert "limits[0]" in refused.json()["error"]


async def test_a_mistyped_field_is_refused(office: Office) -> None:
    refused = await office.http.post("/admin/v1/teams", json={"id": "ads", "name": "Ads", "polcy": {}})

    assert refused.status_code == 400
    assert "polcy" in refused.json()["issues"][0]["message"]


async def test_control_characters_never_reach_the_records(office: Office) -> None:
    refused = await office.http.post("/admin/v1/teams", json={"id": "ads", "name": "A\x00ds"})

    assert refused.status_code == 400


async def test_teams_are_listed_in_pages(office: Office) -> None:
    for id in ("ads", "art", "film"):
        await office.add_team(id)

    first = (await office.http.get("/admin/v1/teams", params={"limit": 2})).json()
    second = (
        await office.http.get("/admin/v1/teams", params={"limit": 2, "cursor": first["nextCursor"]})
    ).json()

    assert [team["id"] for team in first["data"] + second["data"]] == ["ads", "art", "film"]
    assert (first["hasMore"], second["hasMore"], second["nextCursor"]) == (True, False, None)

"""Keys over HTTP."""

from datetime import timedelta

from gateway.rules.keys import fingerprint_of, is_well_formed
from tests.gateway.web.office import POLICY, Office


async def test_the_secret_is_in_the_answer_that_makes_it_only(office: Office) -> None:
    await office.add_team()

    made = await office.add_key()

    key = made.json()
    shown = await office.http.get(f"/admin/v1/keys/{key['id']}")
    listed = await office.http.get("/admin/v1/keys")
    assert made.status_code == 201
    assert is_well_formed(key["secret"])
    assert "secret" not in shown.json()
    assert key["secret"] not in listed.text


async def test_the_answer_with_the_secret_is_kept_nowhere(office: Office) -> None:
    await office.add_team()

    made = await office.add_key()

    assert made.headers["cache-control"] == "no-store"


async def test_a_new_key_can_be_used(office: Office) -> None:
    await office.add_team()

    secret = (await office.add_key()).json()["secret"]

    holder = await office.records.directory.holder(fingerprint_of(secret))
    assert holder is not None
    assert holder.team.id == "ads"


async def test_a_key_for_an_unknown_team_is_not_made(office: Office) -> None:
    refused = await office.add_key("nobody")

    assert refused.status_code == 404


async def test_a_key_that_has_expired_already_is_not_made(office: Office) -> None:
    await office.add_team()
    body = {"team": "ads", "label": "ci", "expiresAt": (office.clock.at - timedelta(days=1)).isoformat()}

    refused = await office.http.post("/admin/v1/keys", json=body)

    assert refused.status_code == 400
    assert "expiresAt" in refused.json()["error"]


async def test_an_expiry_without_a_time_zone_is_refused(office: Office) -> None:
    await office.add_team()
    body = {"team": "ads", "label": "ci", "expiresAt": "2026-06-01T00:00:00"}

    refused = await office.http.post("/admin/v1/keys", json=body)

    assert refused.json()["issues"][0]["path"] == ["expiresAt"]


async def test_an_expiry_after_all_days_of_utc_is_refused_and_the_list_stays_readable(office: Office) -> None:
    await office.add_team()
    body = {"team": "ads", "label": "ci", "expiresAt": "9999-12-31T23:59:59-14:00"}

    refused = await office.http.post("/admin/v1/keys", json=body)

    assert refused.status_code == 400
    assert (await office.http.get("/admin/v1/keys")).json()["data"] == []


async def test_a_revoked_key_is_shown_as_such(office: Office) -> None:
    await office.add_team()
    id = (await office.add_key()).json()["id"]

    revoked = await office.http.delete(f"/admin/v1/keys/{id}")

    shown = await office.http.get(f"/admin/v1/keys/{id}")
    assert revoked.status_code == 204
    assert shown.json()["revokedAt"] == "2026-03-10T12:30:00Z"


async def test_a_keys_policy_changes_under_its_version(office: Office) -> None:
    await office.add_team()
    made = await office.add_key()
    path = f"/admin/v1/keys/{made.json()['id']}"

    refused = await office.http.patch(path, json={"policy": POLICY})
    changed = await office.http.patch(
        path, json={"policy": POLICY}, headers={"If-Match": made.headers["etag"]}
    )

    assert refused.status_code == 428
    assert changed.json()["policyVersion"] == 2


async def test_an_unknown_key_is_not_found(office: Office) -> None:
    path = "/admin/v1/keys/nothing"

    answers = [
        await office.http.get(path),
        await office.http.patch(path, json={"policy": {}}, headers={"If-Match": "*"}),
        await office.http.delete(path),
    ]

    assert [answer.status_code for answer in answers] == [404, 404, 404]


async def test_keys_are_listed_by_team(office: Office) -> None:
    for team in ("ads", "art"):
        await office.add_team(team)
        await office.add_key(team)

    listed = await office.http.get("/admin/v1/keys", params={"team": "art"})

    assert [key["team"] for key in listed.json()["data"]] == ["art"]

"""Who may administer."""

from datetime import timedelta

from gateway.flows.attempts import ATTEMPTS_PER_MINUTE
from tests.gateway.web.office import TEAM_SECRET, Office

PATHS = ("teams", "keys", "tasks", "usage", "entries", "audit", "organization/policy", "teams/ads")


async def test_a_request_without_a_key_is_refused(office: Office) -> None:
    for path in PATHS:
        refused = await office.http.get(f"/admin/v1/{path}", headers={"Authorization": ""})

        assert refused.status_code == 401
        assert refused.headers["www-authenticate"] == "Bearer"


async def test_a_teams_key_is_refused_in_clear_words(office: Office) -> None:
    for path in PATHS:
        refused = await office.http.get(
            f"/admin/v1/{path}", headers={"Authorization": f"Bearer {TEAM_SECRET}"}
        )

        assert refused.status_code == 403
        assert "admin key" in refused.json()["error"]


async def test_an_unknown_key_is_refused_before_its_body_is_read(office: Office) -> None:
    refused = await office.http.post(
        "/admin/v1/teams", content=b"{", headers={"Authorization": "Bearer rwadm_of_nobody"}
    )

    assert refused.status_code == 401


async def test_an_address_tries_few_unknown_keys_a_minute(office: Office) -> None:
    wrong = {"Authorization": "Bearer rwadm_of_nobody"}
    for _ in range(ATTEMPTS_PER_MINUTE):
        await office.http.get("/admin/v1/teams", headers=wrong)

    refused = await office.http.get("/admin/v1/teams", headers=wrong)

    assert (refused.status_code, refused.json()["code"]) == (429, "too_many_attempts")
    assert refused.headers["retry-after"] == "60"
    office.clock.at += timedelta(minutes=1)
    assert (await office.http.get("/admin/v1/teams", headers=wrong)).status_code == 401


async def test_guesses_do_not_lock_an_administrator_out(office: Office) -> None:
    for _ in range(ATTEMPTS_PER_MINUTE + 1):
        await office.http.get("/admin/v1/teams", headers={"Authorization": "Bearer rwadm_of_nobody"})

    assert (await office.http.get("/admin/v1/teams")).status_code == 200

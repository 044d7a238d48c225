"""The audit log over HTTP."""

from tests.gateway.web.office import Office


async def test_changes_are_listed_newest_first(office: Office) -> None:
    await office.add_team()
    await office.http.delete("/admin/v1/teams/ads")

    changes = (await office.http.get("/admin/v1/audit")).json()["data"]

    assert [(change["action"], change["subject"]) for change in changes] == [
        ("team.archive", "team/ads"),
        ("team.add", "team/ads"),
    ]

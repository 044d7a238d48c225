"""Ledger entries over HTTP."""

from gateway.rules.credits import Credits
from gateway.rules.ids import KeyId
from tests.gateway.records.support import NOW, succeeded
from tests.gateway.web.office import Office


async def test_entries_are_listed_newest_first_in_whole_credits(office: Office) -> None:
    await office.add_team()
    key = KeyId((await office.add_key()).json()["id"])
    started = await office.records.running(key=key)
    await office.records.stages.close(started.id, succeeded(Credits(12_500)), at=NOW)

    entries = (await office.http.get("/admin/v1/entries", params={"team": "ads"})).json()["data"]

    assert [abs(entry["amount"]) for entry in entries] == [12.5, 25]
    assert {entry["generation"] for entry in entries} == {started.id}


async def test_a_team_without_entries_has_none(office: Office) -> None:
    listed = await office.http.get("/admin/v1/entries", params={"team": "art"})

    assert listed.json() == {"data": [], "hasMore": False, "nextCursor": None}

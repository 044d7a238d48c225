"""Tasks over HTTP."""

from gateway.rules.ids import KeyId
from tests.gateway.records.support import NOW
from tests.gateway.web.office import Office


async def test_a_task_is_listed_with_its_money_and_without_its_prompt(office: Office) -> None:
    await _running(office)

    listed = await office.http.get("/admin/v1/tasks")

    [task] = listed.json()["data"]
    assert (task["team"], task["stage"], task["status"]) == ("ads", "running", "PENDING")
    assert (task["reserved"], task["charged"]) == (25, None)
    assert "fox" not in listed.text


async def test_tasks_are_listed_by_team_and_stage(office: Office) -> None:
    await _running(office)

    found = await office.http.get("/admin/v1/tasks", params={"team": "ads", "stage": "running"})
    others = await office.http.get("/admin/v1/tasks", params={"team": "art"})
    unclear = await office.http.get("/admin/v1/tasks", params={"stage": "unclear"})

    assert [len(answer.json()["data"]) for answer in (found, others, unclear)] == [1, 0, 0]


async def test_a_stage_that_there_is_not_is_refused(office: Office) -> None:
    refused = await office.http.get("/admin/v1/tasks", params={"stage": "lost"})

    assert refused.status_code == 400
    assert "stage" in refused.json()["error"]


async def test_an_unclear_task_settles_at_what_it_really_cost(office: Office) -> None:
    id = await _unclear(office)

    resolved = await office.http.post(
        f"/admin/v1/tasks/{id}/resolution", json={"charged": 12.5, "reason": "Runway's usage page"}
    )

    [task] = (await office.http.get("/admin/v1/tasks")).json()["data"]
    assert resolved.status_code == 204
    assert (task["stage"], task["charged"], task["basis"]) == ("done", 12.5, "resolved")


async def test_a_task_that_is_not_unclear_is_not_resolved(office: Office) -> None:
    id = await _running(office)

    refused = await office.http.post(
        f"/admin/v1/tasks/{id}/resolution", json={"charged": 5, "reason": "a guess"}
    )

    assert refused.status_code == 409


async def test_an_unknown_task_is_not_found(office: Office) -> None:
    refused = await office.http.post(
        "/admin/v1/tasks/nothing/resolution", json={"charged": 5, "reason": "a guess"}
    )

    assert refused.status_code == 404
    assert refused.json()["error"] == "Could not find task nothing"


async def test_a_charge_below_nothing_is_refused(office: Office) -> None:
    id = await _unclear(office)

    refused = await office.http.post(
        f"/admin/v1/tasks/{id}/resolution", json={"charged": -1, "reason": "a gift"}
    )

    assert refused.json()["issues"][0]["path"] == ["charged"]


async def _running(office: Office) -> str:
    """Start a generation of the team ads and tell its task."""
    await office.add_team()
    key = KeyId((await office.add_key()).json()["id"])
    await office.records.running(key=key)
    listed = (await office.http.get("/admin/v1/tasks")).json()
    return str(listed["data"][0]["id"])


async def _unclear(office: Office) -> str:
    id = await _running(office)
    [row] = (await office.http.get("/admin/v1/tasks")).json()["data"]
    running = await office.records.now(row["generation"])
    assert await office.records.stages.unclear(running, at=NOW, due_at=NOW)
    return id

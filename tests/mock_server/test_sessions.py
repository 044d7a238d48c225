"""Realtime sessions: prepared, entered with their own key, paid by the 6 seconds; and their conversations."""

from typing import Any

import httpx
import pytest

from mock_server import prices
from mock_server.settings import Settings
from tests.mock_server.driver import FROZEN, KEY, Driver

SESSION = {
    "model": "gwm1_avatars",
    "avatar": {"type": "runway-preset", "presetId": "influencer"},
    "maxDuration": 60,
}


def open_session(mock: Driver, *, key: str = KEY, **changes: object) -> str:
    answer = mock.post("/v1/realtime_sessions", SESSION | changes, key=key)
    assert answer.status_code == 200, answer.text
    return str(answer.json()["id"])


def read(mock: Driver, session: str, *, key: str = KEY) -> Any:  # noqa: ANN401 (JSON)
    return mock.get(f"/v1/realtime_sessions/{session}", key=key)


def consume(mock: Driver, session: str, session_key: str) -> httpx.Response:
    return mock.ask("POST", f"/v1/realtime_sessions/{session}/consume", key=session_key)


def run(mock: Driver, **changes: object) -> str:
    """One that a client has just come into."""
    session = open_session(mock, key=KEY, **changes)
    mock.advance(1)
    assert consume(mock, session, read(mock, session)["sessionKey"]).status_code == 200
    return session


def test_it_goes_from_not_ready_to_completed(mock: Driver) -> None:
    session = open_session(mock)
    seen = [read(mock, session)]

    mock.advance(1)
    seen.append(read(mock, session))
    entered = consume(mock, session, seen[-1]["sessionKey"])
    seen.append(read(mock, session))
    mock.advance(60)
    seen.append(read(mock, session))

    assert [session["status"] for session in seen] == ["NOT_READY", "READY", "RUNNING", "COMPLETED"]
    assert entered.json().keys() == {"url", "token", "roomName"}
    assert seen[-1]["duration"] == 60


@pytest.mark.parametrize(
    ("seconds", "credits"), [(0, 2), (5, 2), (6, 4), (13, 6), (59, 20), (60, 22), (1000, 22)]
)
def test_it_is_paid_when_it_starts_and_after_every_6_seconds(
    mock: Driver, seconds: float, credits: int
) -> None:
    run(mock)

    mock.advance(seconds)

    assert (mock.audit()["charged"], mock.audit()["balanced"]) == (credits, True)


@pytest.mark.parametrize("seconds", [1, 6, 7, 60, 300, 1800])
def test_it_costs_what_the_price_table_says(seconds: int) -> None:
    with Driver(Settings(clock=FROZEN.clock)) as mock:
        run(mock, maxDuration=max(10, seconds))
        mock.advance(seconds)
        session = open_session(mock)
        mock.ask("DELETE", f"/v1/realtime_sessions/{session}")

        charged = mock.audit()["charged"]

    body = {"model": "gwm1_avatars", "maxDuration": seconds}
    whole = prices.load().final("realtime_sessions", body) // 1000
    assert whole - 2 <= charged <= whole


def test_a_block_that_has_begun_is_paid_when_it_ends_early(mock: Driver) -> None:
    session = run(mock)
    mock.advance(7)

    ended = mock.ask("DELETE", f"/v1/realtime_sessions/{session}").status_code

    assert (ended, read(mock, session)["status"]) == (204, "CANCELLED")
    assert (mock.audit()["charged"], mock.audit()["balanced"]) == (6, True)


def test_one_that_nobody_enters_costs_nothing_and_ends_with_its_key(mock: Driver) -> None:
    session = open_session(mock)
    mock.advance(1)
    session_key = read(mock, session)["sessionKey"]

    mock.advance(301)

    assert read(mock, session)["status"] == "CANCELLED"
    assert consume(mock, session, session_key).status_code == 400
    assert mock.audit()["charged"] == 0


def test_a_token_makes_it_fail_on_the_way(mock: Driver) -> None:
    session = run(mock, personality="Short of breath. [[fail:INTERNAL]]")

    mock.advance(60)
    failed = read(mock, session)

    assert (failed["status"], failed["failureCode"]) == ("FAILED", "INTERNAL")
    assert mock.get(f"/v1/avatar_conversations/{session}")["status"] == "failed"
    assert mock.audit()["balanced"]


def test_only_its_own_key_opens_it_and_only_once(mock: Driver) -> None:
    session = open_session(mock)
    mock.advance(1)
    session_key = read(mock, session)["sessionKey"]

    statuses = [consume(mock, session, key).status_code for key in (KEY, session_key, session_key)]

    assert statuses == [401, 200, 400]
    assert consume(mock, "nowhere", session_key).status_code == 404


def test_one_over_the_limit_waits_for_another_to_end(mock: Driver) -> None:
    first, second = open_session(mock), open_session(mock)
    mock.advance(1)

    waiting = read(mock, second)
    mock.ask("DELETE", f"/v1/realtime_sessions/{first}")
    mock.advance(1)

    assert (waiting["status"], waiting["queued"]) == ("NOT_READY", True)
    assert read(mock, second)["status"] == "READY"


def test_a_waiting_one_can_be_given_up(mock: Driver) -> None:
    first, second, third = (open_session(mock) for _ in range(3))

    mock.ask("DELETE", f"/v1/realtime_sessions/{second}")
    mock.ask("DELETE", f"/v1/realtime_sessions/{first}")
    mock.advance(1)

    assert [read(mock, session)["status"] for session in (first, second, third)] == [
        "CANCELLED",
        "CANCELLED",
        "READY",
    ]


def test_without_credits_none_is_opened(mock: Driver) -> None:
    mock.ask("PUT", f"/_mock/tenants/{KEY}", json={"balance": 3})

    answer = mock.post("/v1/realtime_sessions", SESSION)

    assert (answer.status_code, answer.json()["error"]) == (
        400,
        "You do not have enough credits to run this task.",
    )


def test_they_count_to_the_daily_cap_of_their_model(mock: Driver) -> None:
    for _ in range(50):
        mock.ask("DELETE", f"/v1/realtime_sessions/{open_session(mock)}")

    assert mock.post("/v1/realtime_sessions", SESSION).status_code == 429


def test_another_tenant_sees_none_of_it(mock: Driver) -> None:
    session = run(mock)

    paths = (f"/v1/realtime_sessions/{session}", f"/v1/avatar_conversations/{session}")
    statuses = {mock.ask("GET", path, key="key_other").status_code for path in paths}

    assert statuses == {404}


def test_a_conversation_begins_with_the_start_script_and_ends_with_the_session(mock: Driver) -> None:
    tool = {"type": "client_event", "name": "wave", "description": "Waves."}
    session = run(mock, startScript="Welcome!", tools=[tool])

    during = mock.get(f"/v1/avatar_conversations/{session}")
    mock.advance(60)
    after = mock.get(f"/v1/avatar_conversations/{session}")

    assert (during["status"], after["status"]) == ("in_progress", "ended")
    assert [entry["content"] for entry in after["transcript"]] == ["Welcome!"]
    assert (after["duration"], after["tools"]) == (60, [tool])


def test_a_session_that_never_ran_is_no_conversation(mock: Driver) -> None:
    session = open_session(mock)

    assert mock.ask("GET", f"/v1/avatar_conversations/{session}").status_code == 404


def test_conversations_are_listed_by_avatar_and_time(mock: Driver) -> None:
    session = run(mock)
    start = mock.get(f"/v1/avatar_conversations/{session}")["createdAt"]

    def found(**query: str) -> int:
        return len(mock.ask("GET", "/v1/avatar_conversations", params=query).json()["data"])

    assert (found(), found(avatar="another")) == (1, 0)
    assert (found(startDate=start), found(endDate=start)) == (1, 0)


def test_a_conversation_can_be_forgotten_and_its_session_stays(mock: Driver) -> None:
    session = run(mock)

    forgotten = mock.ask("DELETE", f"/v1/avatar_conversations/{session}").status_code

    assert forgotten == 204
    assert mock.ask("GET", f"/v1/avatar_conversations/{session}").status_code == 404
    assert read(mock, session)["status"] == "RUNNING"


def test_usage_counts_seconds_and_sessions_by_day(mock: Driver) -> None:
    run(mock)
    mock.advance(24 * 3600)
    run(mock, maxDuration=30)
    mock.advance(60)

    usage = mock.get("/v1/avatar_usage?startDate=2026-11-01T00:00:00Z&endDate=2026-11-04T00:00:00Z")

    assert usage == {
        "totalSeconds": 90,
        "totalSessions": 2,
        "avgDurationSeconds": 45,
        "byDay": [
            {"date": "2026-11-01", "seconds": 60, "sessions": 1},
            {"date": "2026-11-02", "seconds": 30, "sessions": 1},
            {"date": "2026-11-03", "seconds": 0, "sessions": 0},
        ],
    }

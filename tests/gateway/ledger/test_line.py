"""Many questions on one connection."""

import asyncio
import time
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from redis.asyncio import Redis
from redis.exceptions import ResponseError

from gateway.ledger import line as lines
from gateway.ledger.leftover import within
from gateway.ledger.line import Conversation, Line
from gateway.ports.ledger import LedgerAway


@pytest_asyncio.fixture
async def line(client: Redis) -> AsyncIterator[Line]:
    line = Line(client.connection_pool)
    yield line
    await line.disconnect()


async def test_each_caller_gets_the_answer_to_its_question(line: Line) -> None:
    answers = await asyncio.gather(*(line.ask("ECHO", str(n)) for n in range(500)))

    assert answers == [str(n).encode() for n in range(500)]


async def test_all_share_one_connection(line: Line, client: Redis) -> None:
    before = len(await client.client_list())

    await asyncio.gather(*(line.ask("PING") for _ in range(100)))

    assert len(await client.client_list()) == before + 1


async def test_a_refused_question_spoils_no_other(line: Line) -> None:
    questions = [asyncio.create_task(line.ask(word)) for word in ("NONSENSE", "PING")]

    with pytest.raises(ResponseError):
        await questions[0]
    assert await questions[1] == b"PONG"


async def test_a_caller_who_leaves_spoils_no_other(line: Line) -> None:
    for steps in range(10):
        leaving, staying = (asyncio.create_task(line.ask("ECHO", word)) for word in ("leaving", "staying"))
        for _ in range(steps):
            await asyncio.sleep(0)
        leaving.cancel()

        assert await staying == b"staying"


async def test_a_lost_connection_fails_those_who_wait_and_is_opened_for_the_next(
    line: Line, client: Redis
) -> None:
    waiting = asyncio.create_task(line.ask("BLPOP", "nothing", "0"))
    assert await within(1, lambda: _is_waiting(client))

    await client.client_kill_filter(_type="normal")

    with pytest.raises(LedgerAway):
        await waiting
    assert await line.ask("PING") == b"PONG"


async def test_there_is_an_end_to_questions_at_once(line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lines, "QUESTIONS_MAX", 10)

    answers = await asyncio.gather(*(line.ask("PING") for _ in range(15)), return_exceptions=True)

    assert sorted(map(repr, answers)) == ["LedgerAway('too many questions at once')"] * 5 + ["b'PONG'"] * 10


async def test_late_answers_are_not_waited_for(line: Line) -> None:
    with pytest.raises(LedgerAway, match="in time"):
        await line.ask("BLPOP", "nothing", "0")

    assert await line.ask("PING") == b"PONG"


@pytest.mark.parametrize("is_open", [True, False])
async def test_what_came_while_this_process_was_busy_is_an_answer(
    line: Line, monkeypatch: pytest.MonkeyPatch, *, is_open: bool
) -> None:
    """On an open connection, and on one that is opened for the question."""
    if is_open:
        await line.ask("PING")
    monkeypatch.setattr(lines, "ANSWER_SECONDS_MAX", 0.1)
    monkeypatch.setattr(lines, "LOOK_SECONDS", 0.02)
    asking = asyncio.create_task(line.ask("PING"))
    await asyncio.sleep(0)

    time.sleep(0.2)  # noqa: ASYNC251 (busy: nothing else happens in this process meanwhile)

    assert await asking == b"PONG"


async def test_a_question_on_a_connection_that_has_just_ended_is_failed(line: Line) -> None:
    await line.ask("PING")
    conversation = line._opened().result()
    assert isinstance(conversation, Conversation)
    conversation.hang_up("gone")

    async with asyncio.timeout(1):
        with pytest.raises(LedgerAway, match="gone"):
            await conversation.ask(("PING",), looks=1000)


async def _is_waiting(client: Redis) -> bool:
    return any(each["cmd"] == "blpop" for each in await client.client_list())

"""Many clients of one team at once, each as patient as the official SDK."""

import asyncio
from collections.abc import Sequence
from itertools import count
from typing import Any, NamedTuple

import aiohttp
from msgspec import json

from tests.end_to_end.clips import IMAGE
from tests.support.gateway import Gateway, Team

TRIES_MAX = 40
PAUSE_SECONDS = 0.1
"""Before the second try; longer before each later one, as a machine with much else to do needs time."""
DELETES_AT_ONCE = 8
ANSWER = aiohttp.ClientTimeout(total=70)
CREATED = 200
OVER_BUDGET = 402
DELETED = (204, 404)
"""There was a task, or an earlier DELETE that got no answer has taken it."""
AWAY = (502, 503, 504)

_numbers = count(1)


class Answer(NamedTuple):
    """What became of a create in the end, and the task that it made, if it made one."""

    status: int
    task: str | None
    tries: int


async def create_at_once(urls: Sequence[str], team: Team, creates: int) -> list[Answer]:
    """Send so many different creates at the same time, over the addresses in turn."""
    async with _session(team, at_once=creates) as session:
        calls = [_create(session, urls[number % len(urls)]) for number in range(creates)]
        return await asyncio.gather(*calls)


async def delete_queued(gateway: Gateway, team: Team) -> None:
    """Delete those tasks of a team that wait for a slot."""
    async with _session(team, at_once=DELETES_AT_ONCE) as session:
        while queued := gateway.get("tasks", team=team.id, stage="queued", limit=100)["data"]:
            await asyncio.gather(
                *(_delete(session, f"{gateway.url}/v1/tasks/{task['id']}") for task in queued)
            )


def _session(team: Team, *, at_once: int) -> aiohttp.ClientSession:
    headers = {"Authorization": f"Bearer {team.secret}", "X-Runway-Version": "2024-11-06"}
    connector = aiohttp.TCPConnector(limit=at_once)
    return aiohttp.ClientSession(headers=headers, connector=connector, timeout=ANSWER)


async def _create(session: aiohttp.ClientSession, url: str) -> Answer:
    """Create, again as long as the gateway asks for it."""
    body = json.encode(_clip())
    answer = await _create_once(session, url, body, tries=0)
    while answer.status in AWAY and answer.tries < TRIES_MAX:
        await asyncio.sleep(PAUSE_SECONDS * answer.tries)
        answer = await _create_once(session, url, body, tries=answer.tries)
    return answer


async def _create_once(session: aiohttp.ClientSession, url: str, body: bytes, *, tries: int) -> Answer:
    headers = {"Content-Type": "application/json", "X-Stainless-Retry-Count": str(tries)}
    async with session.post(f"{url}/v1/image_to_video", data=body, headers=headers) as answer:
        told = await answer.json()
        return Answer(answer.status, told["id"] if answer.status == CREATED else None, tries + 1)


async def _delete(session: aiohttp.ClientSession, url: str) -> None:
    async with session.delete(url) as deleted:
        assert deleted.status in DELETED + AWAY, await deleted.text()


def _clip() -> dict[str, Any]:
    return {
        "model": "gen4_turbo",
        "promptImage": IMAGE,
        "promptText": f"a crowd, take {next(_numbers)}",
        "ratio": "1280:720",
        "duration": 5,
    }

"""Unknown keys, counted in statements: each makes the records work once, and an address not for long."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest
from sqlalchemy import Engine, event

from gateway.flows.attempts import ATTEMPTS_PER_MINUTE
from gateway.rules.keys import make_secret
from tests.gateway.flows.play import CLIP, CLIP_PATH, Peer, Play, limits

HERE, ELSEWHERE = "192.0.2.1", "192.0.2.2"
TASK = "/v1/tasks/00000000-0000-4000-8000-000000000000"


@contextmanager
def statements() -> Iterator[list[str]]:
    """Collect the statements that any database is sent."""
    found: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:  # noqa: ANN401 (the library's)
        found.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield found
    finally:
        event.remove(Engine, "before_cursor_execute", note)


def unknown(number: int = 0) -> str:
    """Make a key that could have been made here."""
    return make_secret(lambda count: number.to_bytes(count, "big"))


async def ask(peer: Peer, secret: str, *, address: str = HERE) -> list[int]:
    """Create, poll, delete and read the team's own organisation; tell the statuses."""
    transport = httpx.ASGITransport(peer.gateway.app, client=(address, 50_000))
    headers = {"Authorization": f"Bearer {secret}", "X-Runway-Version": "2024-11-06"}
    async with httpx.AsyncClient(transport=transport, base_url="http://gateway", headers=headers) as http:
        answers = [
            await http.post(CLIP_PATH, json=CLIP),
            await http.get(TASK),
            await http.delete(TASK),
            await http.get("/v1/organization"),
        ]
    return [answer.status_code for answer in answers]


async def test_an_unknown_key_costs_statements_the_first_time_alone(peer: Peer) -> None:
    with statements() as first:
        refused = await ask(peer, unknown())
    with statements() as later:
        refused += await ask(peer, unknown()) + await ask(peer, unknown(), address=ELSEWHERE)

    assert set(refused) == {401}
    assert len(first) > 0
    assert later == []


@pytest.mark.parametrize("secret", ["key_canary", "rwgw_canary", unknown()[:-1] + "x", "';--", "a" * 512])
async def test_what_cannot_be_a_key_costs_no_statement(peer: Peer, secret: str) -> None:
    with statements() as found:
        refused = await ask(peer, secret)

    assert (set(refused), found) == ({401}, [])


async def test_an_address_that_guesses_costs_no_statement_in_the_end(peer: Peer) -> None:
    for number in range(ATTEMPTS_PER_MINUTE):
        await ask(peer, unknown(number))

    with statements() as found:
        refused = await ask(peer, unknown(ATTEMPTS_PER_MINUTE))

    assert (set(refused), found) == ({429}, [])


async def test_a_change_of_teams_lets_every_key_be_looked_up_once_more(peer: Peer) -> None:
    """The key may be one that was just made."""
    await ask(peer, unknown())
    await peer.administer.add_team("ads", "ads", limits())
    await peer.background._watch_fence()

    with statements() as first:
        await ask(peer, unknown())
    with statements() as later:
        await ask(peer, unknown())

    assert len(first) > 0
    assert later == []


async def test_each_process_and_each_start_learns_of_strangers_anew(play: Play, peer: Peer) -> None:
    await ask(peer, unknown())
    other = await play.peer()

    with statements() as first:
        await ask(other, unknown())
    with statements() as later:
        await ask(other, unknown())

    assert len(first) > 0
    assert later == []


async def test_a_request_of_a_gateway_is_refused_whatever_it_asks(peer: Peer) -> None:
    member = await peer.add_member("ads")
    transport = httpx.ASGITransport(peer.gateway.app, client=(HERE, 50_000))
    headers = {"Authorization": f"Bearer {member.secret}", "X-Runway-Version": "2024-11-06"}
    async with httpx.AsyncClient(transport=transport, base_url="http://gateway", headers=headers) as http:
        task = (await http.post(CLIP_PATH, json=CLIP)).json()["id"]
        path = f"/v1/tasks/{task}"
        http.headers["X-Gateway-Hop"] = "1"
        refused = [await http.post(CLIP_PATH, json=CLIP), await http.get(path), await http.delete(path)]
        del http.headers["X-Gateway-Hop"]
        shown = await http.get(path)

    assert [answer.status_code for answer in refused] == [400, 400, 400]
    assert shown.status_code == 200

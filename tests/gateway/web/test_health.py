"""Health."""

import httpx
import pytest
from litestar import Litestar

from gateway.web.given import give
from gateway.web.health import Health


async def test_a_process_that_serves_is_alive() -> None:
    answer = await _ask("/health/live", {"records": "away", "ledger": "away"})

    assert answer.status_code == 200


async def test_it_is_ready_when_both_stores_are_there() -> None:
    answer = await _ask("/health/ready", {"records": "ok", "ledger": "ok"})

    assert answer.status_code == 200
    assert answer.json() == {"records": "ok", "ledger": "ok"}


@pytest.mark.parametrize(
    "words", [{"records": "away", "ledger": "ok"}, {"records": "ok", "ledger": "rebuilding"}, {}]
)
async def test_it_is_not_ready_without_a_store(words: dict[str, str]) -> None:
    answer = await _ask("/health/ready", words)

    assert answer.status_code == 503
    assert answer.json() == words


async def test_it_is_ready_while_runway_is_away() -> None:
    answer = await _ask("/health/ready", {"records": "ok", "ledger": "ok", "upstream": "away"})

    assert answer.status_code == 200


async def _ask(path: str, words: dict[str, str]) -> httpx.Response:
    async def ready() -> dict[str, str]:
        return words

    app = Litestar([Health], dependencies=give({"ready": ready}), openapi_config=None, logging_config=None)
    transport = httpx.ASGITransport(app)  # type: ignore[arg-type] # the framework's narrower words for ASGI
    async with httpx.AsyncClient(transport=transport, base_url="http://gateway") as http:
        return await http.get(path)

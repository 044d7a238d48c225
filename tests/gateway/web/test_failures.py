"""Every failure is answered in the project's shape."""

import httpx
import pytest
from litestar import Litestar, get

from gateway.ports.ledger import LedgerAway
from gateway.ports.records import RecordsAway
from gateway.rules.events import StepFailed, StoreAway
from gateway.rules.refusals import Conflict
from gateway.web.failures import Failures
from tests.gateway.web.office import Told


@pytest.mark.parametrize(
    ("failure", "status", "code"),
    [
        (Conflict("Somebody was faster"), 409, "conflict"),
        (RecordsAway(), 503, "unavailable"),
        (LedgerAway(), 503, "unavailable"),
        (ZeroDivisionError("secret"), 500, "internal_server_error"),
    ],
)
async def test_a_failure_has_a_status_and_a_code(failure: Exception, status: int, code: str) -> None:
    answer = await _answer(failure, Told())

    assert answer.status_code == status
    assert answer.json()["code"] == code
    assert "secret" not in answer.text


async def test_a_store_that_is_away_is_told_and_worth_a_retry() -> None:
    told = Told()

    answer = await _answer(RecordsAway(), told)

    assert told == [StoreAway(store="records")]
    assert (answer.headers["retry-after"], answer.headers["x-should-retry"]) == ("1", "true")


async def test_a_bug_is_told_by_its_type_alone() -> None:
    told = Told()

    await _answer(ZeroDivisionError("secret"), told)

    assert told == [StepFailed(step="GET /", error="ZeroDivisionError")]


async def test_a_wrong_method_is_answered_with_the_right_ones() -> None:
    answer = await _answer(Conflict("never raised"), Told(), method="PUT")

    assert answer.status_code == 405
    assert "GET" in answer.headers["allow"]
    assert answer.json()["code"] == "method_not_allowed"


async def _answer(failure: Exception, told: Told, *, method: str = "GET") -> httpx.Response:
    """Ask an application whose one route fails."""

    @get("/", sync_to_thread=False)
    def fail() -> None:
        raise failure

    app = Litestar(
        [fail],
        exception_handlers={Exception: Failures(told).answer},
        openapi_config=None,
        logging_config=None,
    )
    transport = httpx.ASGITransport(app)  # type: ignore[arg-type] # the framework's narrower words for ASGI
    async with httpx.AsyncClient(transport=transport, base_url="http://gateway") as http:
        return await http.request(method, "/")

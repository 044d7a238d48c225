"""Input that was written to break something: each gets a clear answer, and everything stands afterwards."""

import json

import httpx
import pytest

from tests.end_to_end import hostile
from tests.end_to_end.clips import CREDITS, create, new_text
from tests.support.books import Bill, Books
from tests.support.gateway import Gateway
from tests.support.mock import Mock
from tests.support.sdk import sdk_of

PATH = "/v1/image_to_video"


@pytest.mark.parametrize("every", [hostile.QUICK, pytest.param(1, marks=hostile.LONG)])
def test_no_string_anywhere_breaks_anything(gateway: Gateway, mock: Mock, books: Books, every: int) -> None:
    strange = hostile.strange_answers(gateway, every=every)

    with sdk_of(gateway, gateway.add_team()) as sdk:
        create(sdk)
    mock.advance()
    books.settled()
    assert strange == []


def test_a_key_that_comes_twice_in_a_body_counts_once_everywhere(
    gateway: Gateway, mock: Mock, books: Books
) -> None:
    """The last one counts, for the price and for Runway alike."""
    text = new_text()
    last = {
        "model": "gen4_turbo",
        "promptImage": "https://example.com/first.png",
        "promptText": text,
        "ratio": "1280:720",
        "duration": 5,
    }
    first = '{"model": "gen4.5", "duration": 10, "promptText": "another", '

    created = _post(gateway, first + json.dumps(last).removeprefix("{"))

    [sent] = mock.requests(text)
    mock.advance()
    assert created.status_code == 200
    assert sent["body"] == last
    assert books.settled() == Bill(creates=1, charged=CREDITS)


@pytest.mark.parametrize("field", ["duration", "seed"])
@pytest.mark.parametrize("number", ["1" + "0" * 400, "1e400", "-1", "5.5", "4294967296", "1e17", "01", "+5"])
def test_a_number_out_of_range_is_400(gateway: Gateway, books: Books, field: str, number: str) -> None:
    body = {"model": "gen4_turbo", "promptImage": "https://example.com/first.png", "ratio": "1280:720"}

    refused = _post(gateway, f'{json.dumps(body)[:-1]}, "{field}": {number}}}')

    assert refused.status_code == 400
    assert isinstance(refused.json()["error"], str)
    assert books.settled() == Bill(creates=0, charged=0)


def _post(gateway: Gateway, content: str) -> httpx.Response:
    headers = {
        "Authorization": f"Bearer {gateway.add_team().secret}",
        "X-Runway-Version": "2024-11-06",
        "Content-Type": "application/json",
    }
    return httpx.post(f"{gateway.url}{PATH}", content=content, headers=headers, trust_env=False)

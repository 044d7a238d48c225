"""Identical seeded requests are paid once; whatever differs in substance is not shared."""

import base64
from collections.abc import Iterator
from typing import Any, NamedTuple

import pytest
import runwayml
from runwayml import RunwayML

from tests.end_to_end.clips import CREDITS, clip, create, estimate_of, new_text
from tests.support.books import Bill, Books
from tests.support.gateway import Gateway
from tests.support.mock import Mock
from tests.support.sdk import sdk_of

PIXELS = b"\x89PNG pretends to be an image"
IMAGE = "data:image/png;base64," + base64.b64encode(PIXELS).decode()
SAME_IMAGE = "data:image/png;base64," + base64.b64encode(PIXELS).decode().rstrip("=")
OTHER_IMAGE = "data:image/png;base64," + base64.b64encode(PIXELS[::-1]).decode()


class Created(NamedTuple):
    task: str
    cache: str
    estimate: float


@pytest.fixture
def colleague(gateway: Gateway) -> Iterator[RunwayML]:
    """The SDK of another team."""
    with sdk_of(gateway, gateway.add_team()) as sdk:
        yield sdk


def test_a_finished_clip_is_shared_with_another_team_for_nothing(
    sdk: RunwayML, colleague: RunwayML, mock: Mock, books: Books
) -> None:
    first = _create(sdk, request := clip(seed=1))
    mock.advance()
    books.settled()

    second = _create(colleague, request)

    paid, shared = sdk.tasks.retrieve(first.task), colleague.tasks.retrieve(second.task)
    assert (first.cache, first.estimate) == ("miss", CREDITS)
    assert (second.cache, second.estimate) == ("hit", 0)
    assert paid.status == shared.status == "SUCCEEDED"
    assert paid.id != shared.id
    assert paid.output[0].partition("?")[0] == shared.output[0].partition("?")[0]
    assert books.settled() == Bill(creates=1, charged=CREDITS)


def test_a_running_clip_is_joined_and_outlives_the_one_who_pays(
    sdk: RunwayML, colleague: RunwayML, mock: Mock, books: Books
) -> None:
    first = _create(sdk, request := clip(seed=1))
    second = _create(colleague, request)

    sdk.tasks.delete(first.task)
    mock.advance()
    bill = books.settled()

    assert second.cache == "joined"
    assert colleague.tasks.retrieve(second.task).status == "SUCCEEDED"
    assert bill == Bill(creates=1, charged=CREDITS)


def test_a_joined_clip_is_cancelled_when_the_last_one_leaves(
    sdk: RunwayML, colleague: RunwayML, mock: Mock, books: Books
) -> None:
    text = new_text("[[lasts:600]]")
    tasks = [(user, _create(user, clip(text, seed=1)).task) for user in (sdk, colleague)]

    for user, task in tasks:
        user.tasks.delete(task)

    (upstream,) = mock.creates(text)
    assert mock.task(upstream)["status"] == "CANCELLED"
    assert books.settled() == Bill(creates=1, charged=CREDITS)


def test_media_are_compared_by_their_content(sdk: RunwayML, mock: Mock, books: Books) -> None:
    text = new_text()

    states = [
        _create(sdk, clip(text, seed=1, prompt_image=image)).cache
        for image in (IMAGE, SAME_IMAGE, OTHER_IMAGE)
    ]

    assert states == ["miss", "joined", "miss"]
    mock.advance()
    assert books.settled() == Bill(creates=2, charged=2 * CREDITS)


@pytest.mark.parametrize(
    "change",
    [
        {"seed": 2},
        {"duration": 10},
        {"ratio": "720:1280"},
        {"content_moderation": {"public_figure_threshold": "low"}},
    ],
)
def test_what_differs_is_not_shared(sdk: RunwayML, mock: Mock, books: Books, change: dict[str, Any]) -> None:
    text = new_text()

    states = [_create(sdk, clip(text, **{"seed": 1, **changed})).cache for changed in ({}, change)]

    assert states == ["miss", "miss"]
    mock.advance()
    assert books.settled().creates == 2


def test_a_model_that_ignores_the_seed_shares_nothing(sdk: RunwayML, mock: Mock, books: Books) -> None:
    text = new_text()

    for _ in range(2):
        sdk.text_to_video.create(
            model="gemini_omni_flash",
            prompt_text=text,
            duration=5,
            ratio="1280:720",
            extra_body={"seed": 1},
        )

    mock.advance()
    assert books.settled().creates == 2


def test_without_a_seed_every_create_is_a_clip_of_its_own(sdk: RunwayML, mock: Mock, books: Books) -> None:
    text = new_text()

    created = [_create(sdk, clip(text)) for _ in range(3)]

    assert len({each.task for each in created}) == 3
    assert {each.cache for each in created} == {"bypass"}
    mock.advance()
    assert books.settled() == Bill(creates=3, charged=3 * CREDITS)


def test_a_failed_clip_is_never_shared(sdk: RunwayML, mock: Mock, books: Books) -> None:
    request = clip(new_text("[[fail:INTERNAL]]"), seed=1)
    _create(sdk, request)
    mock.advance()
    books.settled()

    again = _create(sdk, request)

    assert again.cache == "miss"
    mock.advance()
    assert books.settled() == Bill(creates=2, charged=2 * CREDITS, refunded=2 * CREDITS)


def test_a_team_that_shares_within_itself_shares_with_no_other(
    gateway: Gateway, sdk: RunwayML, mock: Mock, books: Books
) -> None:
    request = clip(seed=1)

    with sdk_of(gateway, gateway.add_team(reuse="team")) as closed:
        states = [_create(user, request).cache for user in (closed, sdk, closed)]

    assert states == ["miss", "miss", "joined"]
    mock.advance()
    assert books.settled() == Bill(creates=2, charged=2 * CREDITS)


def test_a_team_that_reuses_nothing_pays_every_time(gateway: Gateway, mock: Mock, books: Books) -> None:
    request = clip(seed=1)

    with sdk_of(gateway, gateway.add_team(reuse="none")) as sdk:
        states = [_create(sdk, request).cache for _ in range(2)]

    assert states == ["bypass", "bypass"]
    mock.advance()
    assert books.settled() == Bill(creates=2, charged=2 * CREDITS)


def test_a_request_may_ask_for_a_clip_of_its_own(sdk: RunwayML, mock: Mock, books: Books) -> None:
    request = clip(seed=1)
    _create(sdk, request)

    own = _create(sdk, request | {"extra_headers": {"X-Gateway-Cache": "no-store"}})

    assert own.cache == "bypass"
    mock.advance()
    assert books.settled() == Bill(creates=2, charged=2 * CREDITS)


def test_a_request_may_ask_for_a_shared_clip_alone(sdk: RunwayML, books: Books) -> None:
    with pytest.raises(runwayml.NotFoundError) as refused:
        create(sdk, seed=1, extra_headers={"X-Gateway-Cache": "only-if-cached"})

    assert isinstance(refused.value.body, dict)
    assert refused.value.body["code"] == "not_reusable"
    assert books.settled() == Bill(creates=0, charged=0)


def test_reuse_needs_no_budget_but_the_permission(gateway: Gateway, sdk: RunwayML, mock: Mock) -> None:
    books, request = Books(gateway, mock), clip(seed=1)
    poor = gateway.add_team(limits=[{"measure": "credits", "per": "month", "amount": 0}])
    barred = gateway.add_team(models=["veo3*"])
    _create(sdk, request)

    with sdk_of(gateway, poor) as poor_sdk, sdk_of(gateway, barred) as barred_sdk:
        shared = _create(poor_sdk, request)
        with pytest.raises(runwayml.PermissionDeniedError):
            _create(barred_sdk, request)

    assert shared.cache == "joined"
    mock.advance()
    assert books.settled() == Bill(creates=1, charged=CREDITS)


def _create(sdk: RunwayML, request: dict[str, Any]) -> Created:
    answer = sdk.image_to_video.with_raw_response.create(**request)
    created = answer.parse()
    return Created(created.id, answer.headers["x-gateway-cache"], estimate_of(created))

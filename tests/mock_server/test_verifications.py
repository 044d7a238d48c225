"""`/_mock/verify`: a test says which calls it expects, and is told what there was instead."""

from typing import Any

import pytest

from mock_server.settings import Bounds, Settings
from tests.mock_server.driver import FROZEN, KEY, Driver

TWO_CLIPS: dict[str, Any] = {"operation": "image_to_video", "model": "gen4_turbo", "times": 2}


def test_as_many_calls_as_expected_are_verified(mock: Driver) -> None:
    mock.create()
    mock.create()
    mock.create(model="gen4.5")

    answer = mock.post("/_mock/verify", TWO_CLIPS)

    assert answer.status_code == 200
    assert (answer.json()["met"], answer.json()["seen"]) == (True, 2)


@pytest.mark.parametrize("creates", [0, 1, 3])
def test_fewer_or_more_calls_are_told(mock: Driver, creates: int) -> None:
    for _ in range(creates):
        mock.create()

    answer = mock.post("/_mock/verify", TWO_CLIPS)

    expected = "exactly 2 calls with operation image_to_video, model gen4_turbo"
    assert answer.status_code == 409
    assert answer.json()["error"] == f"Expected {expected}; saw {creates}."


def test_it_says_what_was_asked_instead(mock: Driver) -> None:
    task = mock.create(model="gen4.5")
    mock.task(task)
    mock.task(task)

    answer = mock.post("/_mock/verify", TWO_CLIPS)

    assert answer.json()["others"] == [
        {"operation": "tasks_retrieve", "model": "", "status": 200, "times": 2},
        {"operation": "image_to_video", "model": "gen4.5", "status": 200, "times": 1},
    ]


@pytest.mark.parametrize(
    ("bounds", "is_met"),
    [
        ({}, True),
        ({"atLeast": 2}, True),
        ({"atLeast": 3}, False),
        ({"atMost": 2}, True),
        ({"atMost": 1}, False),
        ({"atLeast": 1, "atMost": 3}, True),
        ({"times": 0}, False),
    ],
)
def test_a_number_of_calls_can_be_a_range(mock: Driver, bounds: dict[str, int], *, is_met: bool) -> None:
    mock.create()
    mock.create()

    answer = mock.post("/_mock/verify", {"operation": "image_to_video", **bounds})

    assert (answer.status_code == 200) is is_met


@pytest.mark.parametrize(
    ("narrowed", "seen"),
    [
        ({"tenant": KEY}, 2),
        ({"tenant": "key_b"}, 1),
        ({"status": 200}, 1),
        ({"status": 502}, 1),
        ({"hasTask": True}, 2),
        ({"hasTask": False}, 1),
        ({"retried": True}, 1),
        ({"body": {"promptText": "a cliff"}}, 1),
        ({"body": {"promptText": "a cliff", "duration": 10}}, 0),
    ],
)
def test_calls_can_be_told_apart(mock: Driver, narrowed: dict[str, Any], seen: int) -> None:
    mock.create(promptText="a cliff")
    mock.ask(
        "POST",
        "/v1/image_to_video",
        json={"model": "gen4_turbo", "ratio": "1280:720", "promptImage": "https://example.com/a.png"},
        headers={"x-mock-fault": "lose-answer:502", "x-stainless-retry-count": "1"},
    )
    mock.post("/v1/image_to_video", {"model": "gen4_turbo"}, key="key_b")

    answer = mock.post("/_mock/verify", {"operation": "image_to_video", "times": seen, **narrowed})

    assert answer.status_code == 200, answer.text


def test_one_key_can_be_asked_about(mock: Driver) -> None:
    mock.create(key="key_a")
    mock.create(key="key_b")

    answer = mock.post("/_mock/verify?tenant=key_a", {"times": 1})

    assert answer.status_code == 200


def test_a_journal_that_dropped_calls_vouches_for_no_upper_bound() -> None:
    with Driver(Settings(bounds=Bounds(journal_bytes=2200))) as mock:
        for _ in range(10):
            mock.get("/v1/organization")

        exactly = mock.post("/_mock/verify", {"operation": "organization_retrieve", "times": 5})
        at_least = mock.post("/_mock/verify", {"operation": "organization_retrieve", "atLeast": 5})

    assert exactly.json()["error"].endswith("saw 5. The journal has dropped 5 older calls.")
    assert at_least.status_code == 200


@pytest.mark.parametrize("order", [{"times": -1}, {"operations": "x"}, {"times": "two"}, []])
def test_a_wrong_expectation_is_refused(order: object) -> None:
    with Driver(FROZEN) as mock:
        answer = mock.ask("POST", "/_mock/verify", json=order)

    assert answer.status_code == 400


def test_a_misspelt_operation_proves_nothing(mock: Driver) -> None:
    answer = mock.post("/_mock/verify", {"operation": "image_to_vido", "times": 0})

    assert (answer.status_code, answer.json()["error"][-14:]) == (400, "image_to_video")

"""The tally of what a run has put its clients through."""

import pytest

from mock_server.exercised import Exercised, Feature, report
from tests.mock_server.driver import CLIP, Driver

SPEECH = {"model": "eleven_v3", "promptText": "hello", "voice": {"type": "runway-preset", "presetId": "Maya"}}


def missing(mock: Driver) -> list[str]:
    return mock.app.world.exercised.missing()


def test_a_run_without_requests_has_nothing_to_tell() -> None:
    assert report(Exercised()) == ""


def test_what_clients_saw_of_tasks_is_no_longer_missing(mock: Driver) -> None:
    running, waiting = mock.create(), mock.create()
    mock.task(waiting)
    mock.advance(2)
    mock.task(running)

    assert Feature.THROTTLED not in missing(mock)
    assert Feature.RUNNING not in missing(mock)
    assert Feature.SUCCEEDED in missing(mock)


def test_a_cancel_counts_by_what_the_task_was_doing(mock: Driver) -> None:
    running, waiting = mock.create(), mock.create()
    mock.advance(2)

    mock.ask("DELETE", f"/v1/tasks/{waiting}")
    only_waiting = missing(mock)
    mock.ask("DELETE", f"/v1/tasks/{running}")

    assert Feature.CANCEL_WAITING not in only_waiting
    assert Feature.CANCEL_RUNNING in only_waiting
    assert Feature.CANCEL_RUNNING not in missing(mock)


@pytest.mark.parametrize("code", ["SAFETY.INPUT.TEXT", "INTERNAL.BAD_OUTPUT.01", "THIRD_PARTY.UNAVAILABLE"])
def test_a_failure_counts_for_its_family(mock: Driver, code: str) -> None:
    task = mock.create(promptText=f"[[fail:{code}]]")
    before = missing(mock)
    mock.advance(100)
    mock.task(task)

    [gone] = set(before) - set(missing(mock))
    assert code.startswith(gone.split()[-1])


@pytest.mark.parametrize(
    ("status", "feature"),
    [
        (400, Feature.INVALID),
        (401, Feature.UNAUTHORIZED),
        (429, Feature.TOO_MANY),
        (500, Feature.BROKEN),
        (504, Feature.SHED),
    ],
)
def test_a_refusal_counts_by_its_status(mock: Driver, status: int, feature: Feature) -> None:
    mock.post("/v1/image_to_video", CLIP | {"promptText": f"[[refuse:{status}]]"})

    assert feature not in missing(mock)


def test_an_output_counts_when_it_is_downloaded_and_when_it_has_expired(mock: Driver) -> None:
    task = mock.post("/v1/text_to_speech", SPEECH).json()["id"]
    mock.advance_until(task)
    [url] = mock.task(task)["output"]

    mock.ask("GET", url)
    fresh = missing(mock)
    mock.advance(48 * 3600)
    mock.ask("GET", url)

    assert Feature.DOWNLOADED not in fresh
    assert Feature.EXPIRED in fresh
    assert Feature.EXPIRED not in missing(mock)


def test_the_tally_outlives_a_reset(mock: Driver) -> None:
    mock.post("/v1/image_to_video", {})

    mock.post("/_mock/reset", {})

    assert Feature.INVALID not in missing(mock)


def test_the_report_lists_what_is_missing_and_where_to_look(mock: Driver) -> None:
    mock.create()

    told = report(mock.app.world.exercised)

    assert told.splitlines()[1] == f"  {Feature.THROTTLED}"
    assert told.endswith("runway-mock scenarios")

"""Fixtures for the tests of programs that use Runway. They are idle, and cost nothing, until one is used."""

import itertools
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:  # nothing heavy is loaded before a test wants it
    from runwayml import RunwayML

    from mock_server.testing import RunwayClock, RunwayMock
    from mock_server.testing.places import Place

MODES = ("in-process", "subprocess")
NAME_LENGTH_MAX = 60

_numbers = itertools.count(1)


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("runway-mock")
    group.addoption("--runway-mock", choices=MODES, help="Where the Runway mock runs (default: in-process).")
    parser.addini("runway_mock", f"Where the Runway mock runs: {' or '.join(MODES)}.", default=MODES[0])


@pytest.fixture(scope="session")
def runway_mock_place(request: pytest.FixtureRequest) -> "Iterator[Place]":
    """One server for the session; with xdist, one for each worker."""
    from mock_server.testing import places  # noqa: PLC0415 - see above

    config = request.config
    mode = config.getoption("--runway-mock") or config.getini("runway_mock")
    if mode not in MODES:
        raise pytest.UsageError(f"runway_mock is {' or '.join(MODES)}, not {mode!r}")
    with places.inside() if mode == MODES[0] else places.beside() as place:
        yield place


@pytest.fixture
def runway_mock(runway_mock_place: "Place", request: pytest.FixtureRequest) -> "Iterator[RunwayMock]":
    """Runway's API, with an account of this test alone. The SDK's environment leads to it."""
    from mock_server.testing.detour import detour  # noqa: PLC0415 - see above
    from mock_server.testing.mock import RunwayMock  # noqa: PLC0415 - see above

    place = runway_mock_place
    mock = RunwayMock(place.control, key=_key_of(request.node.nodeid), transport=place.bridge)
    with detour(mock, place.bridge):
        yield mock
    mock.reset()


@pytest.fixture
def runway_clock(runway_mock: "RunwayMock") -> "RunwayClock":
    """The time of this test's account."""
    return runway_mock.clock


@pytest.fixture
def runway_client(runway_mock: "RunwayMock") -> "Iterator[RunwayML]":
    """The official SDK's client, with the key of this test."""
    pytest.importorskip("runwayml", reason="runway_client needs the official SDK: pip install runwayml")
    with runway_mock.client() as client:
        yield client


def _key_of(test: str) -> str:
    """Readable in the journal, unlike that of any other test, and the name of no preset."""
    name = re.sub(r"[^a-zA-Z0-9]+", "-", test)[-NAME_LENGTH_MAX:].strip("-")
    return f"key_test-{next(_numbers)}-{name}"

"""One mock server and one gateway for all tests of a process; a team of its own for each test."""

from collections.abc import Iterator

import pytest
from runwayml import RunwayML

from tests.support.books import Books
from tests.support.gateway import Gateway, Team, running_gateway
from tests.support.mock import Mock, running_mock
from tests.support.node import has_node
from tests.support.sdk import sdk_of

collect_ignore = [] if has_node() else ["test_node.py"]


@pytest.fixture(scope="session")
def mock(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mock]:
    with running_mock(tmp_path_factory.mktemp("upstream")) as mock:
        yield mock


@pytest.fixture(scope="session")
def gateway(mock: Mock, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    with running_gateway(tmp_path_factory.mktemp("gateway"), mock) as gateway:
        yield gateway


@pytest.fixture
def team(gateway: Gateway) -> Team:
    """A team that may do everything."""
    return gateway.add_team()


@pytest.fixture
def sdk(gateway: Gateway, team: Team) -> Iterator[RunwayML]:
    with sdk_of(gateway, team) as sdk:
        yield sdk


@pytest.fixture
def books(gateway: Gateway, mock: Mock) -> Books:
    """The books of both sides, opened as the test begins."""
    return Books(gateway, mock)

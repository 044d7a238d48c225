"""One mock server and one gateway for all tests of a process; a team of its own for each test."""

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from runwayml import DefaultHttpxClient, RunwayML

from tests.end_to_end.cases.case import Case
from tests.end_to_end.developers import Node, Python, Sdk, running_node
from tests.end_to_end.later import Clocked, clocked_gateway
from tests.support.books import Books
from tests.support.gateway import Gateway, Team, running_gateway
from tests.support.mock import Mock, running_mock
from tests.support.node import has_node
from tests.support.sdk import sdk_of

SCRIPTS = Path(__file__).parent / "node"
SDKS = ("python", "node") if has_node() else ("python",)

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


@pytest.fixture(scope="session")
def clocked(mock: Mock, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Clocked]:
    with clocked_gateway(tmp_path_factory.mktemp("clocked"), mock) as clocked:
        yield clocked


@pytest.fixture(scope="session")
def node_scripts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The scripts beside the SDK that their lock file names."""
    folder = tmp_path_factory.mktemp("node") / "scripts"
    shutil.copytree(SCRIPTS, folder, ignore=shutil.ignore_patterns("node_modules"))
    npm = shutil.which("npm")
    assert npm, "asked for only where npm is"
    subprocess.run([npm, "ci", "--no-audit", "--no-fund"], cwd=folder, check=True, capture_output=True)
    return folder


@pytest.fixture(scope="session")
def node(node_scripts: Path) -> Iterator[Node]:
    with running_node(node_scripts) as node:
        yield node


@pytest.fixture(scope="session")
def python() -> Iterator[Python]:
    with DefaultHttpxClient() as connections:
        yield Python(connections)


@pytest.fixture
def sdks(request: pytest.FixtureRequest) -> dict[str, Sdk]:
    """Runway's SDKs that can run here, by language."""
    return {language: request.getfixturevalue(language).developer for language in SDKS}


@pytest.fixture(params=SDKS)
def sdk_of_either_kind(request: pytest.FixtureRequest, sdks: dict[str, Sdk]) -> Sdk:
    return sdks[request.param]


@pytest.fixture
def case(clocked: Clocked, mock: Mock, sdks: dict[str, Sdk]) -> Iterator[Case]:
    """A team whose developer uses Python, in a world whose clocks it moves."""
    case = Case(clocked, mock, sdks["python"], clocked.gateway.add_team())
    yield case
    case.clear()

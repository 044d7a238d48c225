"""The official SDK's own tests, from its source distribution, against the profile that is for them."""

import os
import re
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.support.programs import Program

SOURCE = "runwayml==5.24.0 --hash=sha256:39fc587fa575a3262c75864630f4f0916cc12b5352e5b6ce42f226a274113797"
TESTS_MAX = 3009
SECONDS_MAX = 900
ERRORS_MAX = 5_000  # characters of each part of what pytest says


@pytest.fixture(scope="module")
def suite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The unpacked source distribution."""
    folder = tmp_path_factory.mktemp("sdk")
    wanted = folder / "wanted.txt"
    wanted.write_text(SOURCE)
    command = ["pip", "download", "--quiet", "--no-deps", "--no-binary", "runwayml", "--require-hashes"]
    subprocess.run(
        [sys.executable, "-m", *command, "-r", wanted, "-d", folder], check=True, timeout=SECONDS_MAX
    )
    with tarfile.open(folder / "runwayml-5.24.0.tar.gz") as archive:
        archive.extractall(folder, filter="data")
    return folder / "runwayml-5.24.0"


@pytest.fixture
def url(tmp_path: Path) -> Iterator[str]:
    with Program("mock_server", "--port", "0", "--profile", "sdk-suite", folder=tmp_path) as program:
        yield program.addresses(1)[0]


@pytest.mark.timeout(SECONDS_MAX)
def test_the_sdks_tests_of_what_is_kept_pass(suite: Path, url: str) -> None:
    kept = "routers or workflow_invocations or avatar_conversations or documents or webapp or uploads"

    outcome = _outcome(suite, url, "-k", kept)

    assert outcome.counts == {"passed": 399}, outcome.errors


@pytest.mark.long
@pytest.mark.timeout(SECONDS_MAX)
def test_all_of_the_sdks_tests_pass(suite: Path, url: str) -> None:
    outcome = _outcome(suite, url)

    assert outcome.counts == {"passed": TESTS_MAX}, outcome.errors


class Outcome(NamedTuple):
    """How many tests passed, failed, were left out; and what pytest says of those that did not pass."""

    counts: dict[str, int]
    errors: str


def _outcome(suite: Path, url: str, *options: str) -> Outcome:
    command = [
        sys.executable,
        "-m",
        "pytest",
        "tests/api_resources",
        "-n",
        "0",
        "-q",
        "-p",
        "no:cacheprovider",
    ]
    done = subprocess.run(
        [*command, *options],
        cwd=suite,
        env=os.environ | {"TEST_API_BASE_URL": url},
        capture_output=True,
        text=True,
        check=False,
        timeout=SECONDS_MAX,
    )
    counts = re.findall(r"(\d+) (passed|failed|errors?|skipped|xfailed|xpassed)", done.stdout[-500:])
    return Outcome({name: int(number) for number, name in counts}, _errors(done.stdout, done.stderr))


def _errors(told: str, complained: str) -> str:
    """From the first failure on, with the summary that names all of them; or all that there is."""
    _, found, failures = told.partition("= FAILURES =")
    _, begun, broken = told.partition("= ERRORS =")
    details = failures if found else broken if begun else told
    return f"{details[:ERRORS_MAX]}\n…\n{told[-ERRORS_MAX:]}\n{complained[-ERRORS_MAX:]}"

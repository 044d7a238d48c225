"""The official SDK's own tests, from its source distribution, against the profile that is for them."""

import os
import re
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.programs import Program

SOURCE = "runwayml==5.24.0 --hash=sha256:39fc587fa575a3262c75864630f4f0916cc12b5352e5b6ce42f226a274113797"
TESTS_MAX = 3009
SECONDS_MAX = 900


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

    assert _outcome(suite, url, "-k", kept) == {"passed": 399}


@pytest.mark.long
@pytest.mark.timeout(SECONDS_MAX)
def test_all_of_the_sdks_tests_pass(suite: Path, url: str) -> None:
    assert _outcome(suite, url) == {"passed": TESTS_MAX}


def _outcome(suite: Path, url: str, *options: str) -> dict[str, int]:
    """How many tests passed, failed, were left out, by pytest's last line."""
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
    assert counts, done.stdout[-5000:] + done.stderr[-5000:]
    return {name: int(number) for number, name in counts}

"""Each target under coverage guidance, for half a minute."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.fuzzing.corpus import BEGINNINGS

SECONDS = 30
RUNS_MIN = 1000
"""Fewer would mean that hardly anything was tried."""
ROOT = Path(__file__).parents[2]


@pytest.mark.long
@pytest.mark.parametrize("target", BEGINNINGS)
def test_nothing_comes_of_any_bytes_but_a_value_or_a_refusal(target: str, tmp_path: Path) -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "tests.fuzzing", target, "--seconds", str(SECONDS)],
        cwd=tmp_path,
        env={"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )

    assert ended.returncode == 0, ended.stderr[-5000:]
    assert int(ended.stderr.rpartition("Done ")[2].split()[0]) >= RUNS_MIN

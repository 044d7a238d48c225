"""The demo: it ends well, and does not when a price in the gateway's book is wrong."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SECONDS_MAX = 110
RIGHT_PRICE = 'models = ["gen4_turbo"]\ncharges = [{ rate = 5,'
WRONG_PRICE = 'models = ["gen4_turbo"]\ncharges = [{ rate = 6,'


def play_demo(packages: Path) -> subprocess.CompletedProcess[str]:
    """Run the demo with the gateway that lies in `packages`."""
    return subprocess.run(
        [sys.executable, "-m", "gateway", "demo", "--once"],
        cwd=packages,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(packages)},
        capture_output=True,
        text=True,
        timeout=SECONDS_MAX,
        check=False,
    )


def test_the_demo_ends_well() -> None:
    played = play_demo(ROOT)

    assert played.returncode == 0, played.stderr
    assert "agree" in played.stdout


@pytest.mark.long
def test_the_demo_fails_when_one_price_in_the_gateways_book_is_wrong(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "gateway", tmp_path / "gateway")
    book = tmp_path / "gateway/catalogue/prices.toml"
    right = book.read_text()
    wrong = right.replace(RIGHT_PRICE, WRONG_PRICE)
    assert wrong != right
    book.write_text(wrong)

    played = play_demo(tmp_path)

    assert played.returncode != 0
    assert "prices that differ from Runway's" in played.stderr

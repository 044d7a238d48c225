"""The demo: it ends well, and does not when a price in the gateway's book is wrong."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from gateway.demo import DemoFailed, calls_that_may_fail

ROOT = Path(__file__).parents[1]
SECONDS_MAX = 110
RIGHT_PRICE = 'models = ["gen4_turbo"]\ncharges = [{ rate = 5,'
A_SHELL_FOR_REAL_WORK = {
    "RUNWAYML_BASE_URL": "http://127.0.0.1:9",
    "RUNWAYML_CUSTOM_HEADERS": "X-Gateway-Cache: no-store",
    "GATEWAY_DATABASE_URL": "postgresql://nobody@127.0.0.1:9/nothing",
    "HTTP_PROXY": "http://127.0.0.1:9",
    "ALL_PROXY": "http://127.0.0.1:9",
}
WRONG_PRICE = 'models = ["gen4_turbo"]\ncharges = [{ rate = 6,'


def play_demo(packages: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run the demo with the gateway that lies in `packages`."""
    return subprocess.run(
        [sys.executable, "-m", "gateway", "demo", "--once"],
        cwd=packages,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(packages)} | environment,
        capture_output=True,
        text=True,
        timeout=SECONDS_MAX,
        check=False,
    )


def test_the_demo_ends_well_in_a_shell_that_is_set_up_for_real_work() -> None:
    played = play_demo(ROOT, **A_SHELL_FOR_REAL_WORK)

    assert played.returncode == 0, played.stderr
    assert "agree" in played.stdout


def test_a_call_that_fails_ends_the_demo_with_one_sentence() -> None:
    with pytest.raises(DemoFailed) as failed, calls_that_may_fail():
        raise httpx.ReadTimeout("timed out")

    assert str(failed.value) == "this step failed: ReadTimeout: timed out"


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

import signal
import subprocess
import sys

import httpx
import pytest
from click.testing import CliRunner, Result

from mock_server.cli import main
from mock_server.failures import KNOWN_CODES
from mock_server.faults import ALL
from mock_server.lifecycle import Status
from mock_server.presets import PRESETS
from tests.mock_server.driver import CLIP, headers

STOP_SECONDS = 10
WORDS = [
    *KNOWN_CODES,
    *ALL,
    *PRESETS,
    *Status,
    "SAFETY.INPUT.HANDS",
    "internal",
    "429",
    "503",
    "custom",
    "rule",
]


def run(*words: str) -> Result:
    return CliRunner().invoke(main, words)


@pytest.mark.parametrize("word", WORDS)
def test_every_word_of_the_mock_is_explained(word: str) -> None:
    told = run("explain", word)

    assert told.exit_code == 0
    assert word.lower() in told.output.lower()


@pytest.mark.parametrize(
    ("code", "told"),
    [
        ("SAFETY.INPUT.IMAGE", "credits are kept"),
        ("INTERNAL", "credits are given back"),
        ("ASSET.INVALID", "Mend the asset"),
    ],
)
def test_a_failure_code_says_what_becomes_of_the_credits_and_what_to_do(code: str, told: str) -> None:
    assert told in run("explain", code).output


@pytest.mark.parametrize(
    ("word", "meant"),
    [("THIRDPARTY.UNAVAILABLE", "THIRD_PARTY"), ("lose-anser", "lose-answer"), ("PENDNG", "PENDING")],
)
def test_a_misspelt_word_is_answered_with_the_one_that_was_meant(word: str, meant: str) -> None:
    told = run("explain", word)

    assert told.exit_code == 1
    assert f"Did you mean {meant}" in told.output


def test_an_unknown_word_is_an_error() -> None:
    assert run("explain", "zzzzzz").exit_code == 1


def test_the_environment_can_be_evaluated_by_a_shell() -> None:
    script = run("env", "--url", "http://127.0.0.1:9", "--key", "key_x").output
    script += '\necho "$RUNWAYML_BASE_URL $RUNWAYML_API_SECRET"'

    said = subprocess.run(["/bin/sh", "-c", script], capture_output=True, text=True, check=True)

    assert (said.stdout, said.stderr) == ("http://127.0.0.1:9 key_x\n", "")


def test_the_scenarios_name_every_fault_code_and_key() -> None:
    told = run("scenarios").output

    for word in (*ALL, *KNOWN_CODES, *PRESETS):
        assert word in told


def test_help_names_the_commands() -> None:
    told = run("--help").output

    for command in ("serve", "explain", "env", "scenarios"):
        assert command in told


def test_at_the_end_of_a_run_the_program_says_what_was_never_exercised() -> None:
    order = [sys.executable, "-m", "mock_server", "serve", "--port", "0"]
    with subprocess.Popen(order, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as program:
        assert program.stdout is not None
        url = program.stdout.readline().split()[-1]
        refused = CLIP | {"promptText": "[[refuse:429]]"}
        httpx.post(f"{url}/v1/image_to_video", json=refused, headers=headers())
        program.send_signal(signal.SIGINT)
        said, _ = program.communicate(timeout=STOP_SECONDS)

    assert said.startswith("Asked 1 times, but never exercised:\n")
    assert "THROTTLED" in said
    assert "429" not in said


def test_an_answer_that_is_held_back_does_not_hold_the_program_up() -> None:
    order = [sys.executable, "-m", "mock_server", "serve", "--port", "0"]
    held_back = headers() | {"x-mock-fault": "slow:300"}
    with subprocess.Popen(order, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as program:
        assert program.stdout is not None
        url = program.stdout.readline().split()[-1]
        with pytest.raises(httpx.ReadTimeout):
            httpx.get(f"{url}/v1/organization", headers=held_back, timeout=0.5)
        program.send_signal(signal.SIGINT)
        _, complained = program.communicate(timeout=STOP_SECONDS)

    assert complained == ""

"""The plugin in sessions of others: what it loads, puts back, keeps apart, and where its mock runs."""

import os
import subprocess
import sys
import textwrap
from importlib.metadata import entry_points
from pathlib import Path


def test_pytest_finds_the_plugin_by_itself() -> None:
    [found] = entry_points(group="pytest11", name="runway_mock")

    assert found.value == "mock_server.pytest_plugin"


def test_everything_is_put_back(tmp_path: Path) -> None:
    answer = _run(
        tmp_path,
        """
        import os, socket, time
        import anyio, httpx
        from runwayml import _base_client
        from runwayml.lib import polling

        BEFORE = (socket.getaddrinfo, httpx.HTTPTransport.handle_request)

        def test_with(runway_mock):
            assert os.environ["RUNWAYML_API_SECRET"] == runway_mock.key
            assert polling.time is not time
            assert socket.getaddrinfo is not BEFORE[0]

        def test_after():
            assert "RUNWAYML_API_SECRET" not in os.environ
            assert (polling.time, polling.anyio, _base_client.time) == (time, anyio, time)
            assert (socket.getaddrinfo, httpx.HTTPTransport.handle_request) == BEFORE
        """,
    )

    assert "2 passed" in answer


def test_nothing_is_loaded_before_a_fixture_is_used(tmp_path: Path) -> None:
    answer = _run(
        tmp_path,
        """
        import sys

        def test_without():
            ours = {name for name in sys.modules if name.split(".")[0] == "mock_server"}
            assert ours == {"mock_server", "mock_server.pytest_plugin"}
            assert not {"httpx", "msgspec", "runwayml", "av", "uvicorn", "jsonschema_rs"} & sys.modules.keys()

        def test_with(runway_mock):
            assert {"mock_server.app", "httpx"} <= sys.modules.keys()
            assert not {"av", "uvicorn"} & sys.modules.keys()
        """,
    )

    assert "2 passed" in answer


def test_the_plugin_itself_loads_nothing_but_pytest() -> None:
    order = (
        "import sys, pytest; before = set(sys.modules); import mock_server.pytest_plugin;"
        "print(*sorted(set(sys.modules) - before))"
    )

    answer = subprocess.run([sys.executable, "-c", order], capture_output=True, text=True, check=True)

    assert answer.stdout.split() == ["mock_server", "mock_server.pytest_plugin"]


STRANGERS = """
import pytest, runwayml

@pytest.mark.parametrize("number", range(12))
def test_alone(runway_mock, runway_client, number):
    assert runway_mock.tasks() == []
    runway_mock.arm("fail", code="INTERNAL", times=1)
    with pytest.raises(runwayml.TaskFailedError):
        create(runway_client).wait_for_task_output()
    create(runway_client).wait_for_task_output()
    runway_mock.verify("image_to_video", times=2)
    assert runway_mock.audit()["net"] == 25

def create(client):
    return client.image_to_video.create(
        model="gen4_turbo", prompt_image="https://example.com/a.png", ratio="1280:720", duration=5
    )
"""


def test_parallel_workers_do_not_meet(tmp_path: Path) -> None:
    assert "12 passed" in _run(tmp_path, STRANGERS, "-p", "xdist", "-n", "2")


def test_the_mock_can_run_as_a_program_on_a_port(tmp_path: Path) -> None:
    answer = _run(
        tmp_path,
        STRANGERS
        + """
def test_other_programs_reach_it(runway_mock):
    import urllib.request

    with urllib.request.urlopen(runway_mock.url + "/_mock/clock") as answer:
        assert answer.status == 200
""",
        "--runway-mock=subprocess",
    )

    assert "13 passed" in answer


def test_a_wrong_choice_in_the_settings_is_told(tmp_path: Path) -> None:
    answer = _run(tmp_path, "def test_it(runway_mock): pass", "-o", "runway_mock=elsewhere", is_good=False)

    assert "runway_mock is in-process or subprocess, not 'elsewhere'" in answer


def _run(folder: Path, tests: str, *options: str, is_good: bool = True) -> str:
    """A suite of its own, in a process of its own, with no other plugin; all that it says."""
    (folder / "test_strangers.py").write_text(textwrap.dedent(tests))
    plugins = ("-p", "no:cacheprovider", "-p", "mock_server.pytest_plugin")
    answer = subprocess.run(
        [
            sys.executable,
            "-m",
            "pytest",
            "-q",
            "-W",
            "error",
            *plugins,
            *options,
            "--rootdir",
            folder,
            folder,
        ],
        cwd=folder,
        env={"PATH": os.environ["PATH"], "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (answer.returncode == 0) is is_good, answer.stdout + answer.stderr
    return answer.stdout + answer.stderr

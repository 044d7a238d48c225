"""The built wheel, installed outside the checkout, carries all it needs and starts both programs."""

import os
import re
import subprocess
import sys
import sysconfig
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from zipfile import ZipFile

import httpx
import pytest

ROOT = Path(__file__).parents[1]
ADDRESS = re.compile(r"(?:Gateway on|listens on) (http://127\.0\.0\.1:\d+)")
STOP_SECONDS_MAX = 20
BARE = {"PATH": os.environ["PATH"]}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    _run(sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", folder, folder=ROOT)
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def programs(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The `bin` folder of an environment that holds the wheel and sees our installed dependencies.

    A .pth line adds their folder without reading the .pth files in it, so the editable installation of the
    checkout stays out of sight. PostgreSQL's driver is an extra, and is not there.
    """
    environment = tmp_path_factory.mktemp("environment")
    python = environment / "bin/python"
    _run(sys.executable, "-m", "venv", "--without-pip", environment, folder=environment)
    _run(
        sys.executable,
        "-m",
        "pip",
        "--python",
        python,
        "install",
        "-q",
        "--no-deps",
        wheel,
        folder=environment,
    )
    (packages,) = environment.glob("lib/python*/site-packages")
    (packages / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n")
    (packages / "psycopg.py").write_text("raise ImportError('not installed')\n")
    return environment / "bin"


def test_the_wheel_holds_every_file_of_both_packages(wheel: Path) -> None:
    tracked = _run("git", "ls-files", "--", "gateway", "mock_server", folder=ROOT).split()

    packed = {name for name in ZipFile(wheel).namelist() if ".dist-info/" not in name}

    assert packed >= set(tracked)
    assert {Path(name).parts[0] for name in packed} == {"gateway", "mock_server"}


@pytest.mark.parametrize("package", ["gateway/catalogue", "mock_server"])
def test_each_package_carries_the_runway_document_and_its_own_prices(wheel: Path, package: str) -> None:
    archive = ZipFile(wheel)

    document, prices = archive.read(f"{package}/runway.json"), archive.read(f"{package}/prices.toml")

    assert document == (ROOT / "openapi/runway.json").read_bytes()
    assert prices == (ROOT / package / "prices.toml").read_bytes()


def test_the_wheel_carries_the_scripts_and_the_migrations(wheel: Path) -> None:
    names = ZipFile(wheel).namelist()

    assert [name for name in names if re.fullmatch(r"gateway/ledger/.*\.lua", name)]
    assert [name for name in names if re.fullmatch(r"gateway/records/migrations/versions/\w+\.py", name)]


def test_the_installed_programs_do_not_use_the_checkout(programs: Path, tmp_path: Path) -> None:
    ask = "import gateway, mock_server; print(gateway.__file__, mock_server.__file__)"

    answer = _run(programs / "python", "-c", ask, folder=tmp_path)

    assert all(Path(place).is_relative_to(programs.parent) for place in answer.split())


def test_both_installed_programs_start_and_work_together(programs: Path, tmp_path: Path) -> None:
    with _started(programs / "runway-mock", "--port", "0", folder=tmp_path) as mock:
        upstream = {"RUNWAYML_BASE_URL": mock, "RUNWAYML_API_SECRET": "key_wheel"}
        serve = ("serve", "--port", "0", "--metrics-port", "0")

        with _started(programs / "runway-gateway", *serve, folder=tmp_path, environment=upstream) as gateway:
            ready = httpx.get(f"{gateway}/health/ready", timeout=10)

    assert ready.status_code == httpx.codes.OK


def _run(*command: str | Path, folder: Path) -> str:
    return subprocess.run(command, cwd=folder, env=BARE, check=True, capture_output=True, text=True).stdout


@contextmanager
def _started(*command: str | Path, folder: Path, environment: dict[str, str] | None = None) -> Iterator[str]:
    """Start a program, wait for the address that it prints, and stop it at the end."""
    with subprocess.Popen(
        command,
        cwd=folder,
        env=BARE | (environment or {}),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as program:
        try:
            yield _address(program)
        finally:
            program.terminate()
            program.wait(STOP_SECONDS_MAX)


def _address(program: subprocess.Popen[str]) -> str:
    assert program.stdout, "the output is a pipe"
    told: list[str] = []
    for line in program.stdout:
        told.append(line)
        if found := ADDRESS.search(line):
            return found.group(1)
    raise AssertionError("".join(told))

"""The folder of a gateway is its own: nobody else reads what is in it."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.assembly.premises import Occupied, Premises
from gateway.settings import Settings

OPEN = 0o755
FIRST, SECOND = "0b1d2c3e-0000-4000-8000-000000000001", "0b1d2c3e-0000-4000-8000-000000000002"


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    """Give the process back what it lets others do with its files."""
    before = os.umask(0o022)
    yield
    os.umask(before)


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o7777


def test_a_new_folder_is_private(tmp_path: Path) -> None:
    folder = tmp_path / "new/var"

    Premises.enter(folder).leave()

    assert mode(folder) == 0o700


def test_a_folder_that_was_open_is_closed(tmp_path: Path) -> None:
    folder = tmp_path / "var"
    folder.mkdir(mode=OPEN)

    Premises.enter(folder).leave()

    assert mode(folder) == 0o700


def test_a_folder_for_everybody_stays_open(tmp_path: Path) -> None:
    folder = tmp_path / "shared"
    folder.mkdir()
    folder.chmod(0o1777)

    Premises.enter(folder).leave()

    assert mode(folder) == 0o1777


def test_what_is_written_afterwards_is_private(tmp_path: Path) -> None:
    premises = Premises.enter(tmp_path / "var")

    premises.with_admin_key(Settings())
    (premises.folder / "metrics").mkdir()
    (premises.folder / "gateway.db").touch()

    modes = {path.name: mode(path) for path in premises.folder.iterdir()}
    assert modes == {"gateway.pid": 0o600, "admin.key": 0o600, "metrics": 0o700, "gateway.db": 0o600}
    premises.leave()


def test_a_second_gateway_on_a_folder_is_refused_with_the_first_ones_id(tmp_path: Path) -> None:
    first = Premises.enter(tmp_path)

    with pytest.raises(Occupied, match=f"process id {os.getpid()} "):
        Premises.enter(tmp_path)

    first.leave()


def test_each_run_knows_the_name_of_the_one_before(tmp_path: Path) -> None:
    premises = Premises.enter(tmp_path / "var")

    before = [premises.rename(name) for name in (FIRST, SECOND, FIRST)]

    premises.leave()
    assert before == [None, FIRST, SECOND]


@pytest.mark.parametrize("written", ["", "%", "a name of somebody's"])
def test_a_name_that_was_not_written_whole_is_none(tmp_path: Path, written: str) -> None:
    premises = Premises.enter(tmp_path / "var")
    (premises.folder / "gateway.id").write_text(written)

    before = premises.rename(FIRST)

    premises.leave()
    assert before is None


def test_an_empty_admin_key_is_made_anew(tmp_path: Path) -> None:
    premises = Premises.enter(tmp_path / "var")
    premises.admin_key_file.touch()

    settings = premises.with_admin_key(Settings())

    premises.leave()
    assert len(settings.admin.key) > 32
    assert mode(premises.admin_key_file) == 0o600

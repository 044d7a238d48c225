"""The folder of a gateway is its own: nobody else reads what is in it."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.assembly.premises import Occupied, Premises
from gateway.settings import Settings

OPEN = 0o755


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


def test_a_gateway_is_called_the_same_from_its_first_start_on(tmp_path: Path) -> None:
    names = []
    for folder in ("var", "var", "another"):
        premises = Premises.enter(tmp_path / folder)
        names.append(premises.name())
        premises.leave()

    assert names[0] == names[1] != names[2]

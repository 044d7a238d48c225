"""What the first process refuses to start with."""

from collections.abc import Callable
from pathlib import Path

import pytest

from gateway.settings import Server, Settings, Upstream
from gateway.supervisor import CannotServe, Supervisor


def _file(path: Path) -> None:
    path.write_text("a file")


def _with_a_folder_for_a_lock(path: Path) -> None:
    (path / "gateway.pid").mkdir(parents=True)


@pytest.mark.parametrize("make", [_file, _with_a_folder_for_a_lock])
async def test_a_folder_that_cannot_be_used_is_told_in_one_sentence(
    tmp_path: Path, make: Callable[[Path], None]
) -> None:
    var = tmp_path / "var"
    make(var)
    settings = Settings(
        server=Server(port=0, metrics_port=0, var=str(var)), upstream=Upstream(key="a canary")
    )

    with pytest.raises(CannotServe, match=r"Cannot keep anything in .*; set server\.var"):
        await Supervisor(settings=settings, say=lambda _: None).serve()

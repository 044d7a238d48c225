"""Counters of several processes: files in one folder, added up by the one process that exposes them.

That process alone makes the folder at start, removes it at the end, and folds in what dead workers left.
"""

import os
import shutil
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

from prometheus_client import CollectorRegistry
from prometheus_client.mmap_dict import MmapedDict
from prometheus_client.multiprocess import MultiProcessCollector

FOLDER_VARIABLE = "PROMETHEUS_MULTIPROC_DIR"
"""Has to be in the environment before prometheus_client is first imported, in every process."""
RETIRED = "retired"

MEMORY = Path("/dev/shm")  # noqa: S108 - the folder made in it has a random name and is private
"""Where files cost no disk: a full one would end every process that writes to a file it has mapped."""

# prometheus_client does not annotate these.
_Values: Any = MmapedDict
_Collected: Any = MultiProcessCollector


def begin(folder: Path) -> None:
    """Begin all counters anew, before any worker counts: process ids come again after a restart.

    `folder` becomes a link to where they are in memory, or else among the system's temporary files.
    """
    end(folder)
    inside = MEMORY if os.access(MEMORY, os.W_OK) else None
    folder.symlink_to(mkdtemp(prefix="runway-gateway-", dir=inside))


def end(folder: Path) -> None:
    """Remove all counters, also those that a killed gateway left behind, one of an older version as well."""
    if folder.is_symlink():
        shutil.rmtree(folder.readlink(), ignore_errors=True)
        folder.unlink()
    elif folder.is_dir():  # where older versions counted
        shutil.rmtree(folder)


def of_all_processes(folder: Path) -> CollectorRegistry:
    """Make a registry that adds up what every process has written to a folder."""
    registry = CollectorRegistry()
    _Collected(registry, path=str(folder))
    return registry


def retire(folder: Path, pid: int) -> None:
    """Fold what a dead worker counted into one file for all dead ones, so that files do not pile up.

    Only in the process that exposes, so that no scrape falls in between, and before another worker is
    started, which may get the same id.
    """
    for file in folder.glob(f"*_{pid}.db"):
        kind = file.stem.removesuffix(f"_{pid}")
        _fold(file, file.with_name(f"{kind}_{RETIRED}.db"))
        file.unlink()


def _fold(file: Path, into: Path) -> None:
    values = _read(into) if into.exists() else {}
    for key, (value, at) in _read(file).items():
        earlier, earlier_at = values.get(key, (0.0, 0.0))
        if not into.name.startswith("gauge"):
            values[key] = (earlier + value, 0.0)
        elif at >= earlier_at:
            values[key] = (value, at)
    _write(into, values)


def _read(file: Path) -> dict[str, tuple[float, float]]:
    """Read values and when they were set, by the key that prometheus_client gives each series."""
    return {key: (value, at) for key, value, at, _ in _Values.read_all_values_from_file(str(file))}


def _write(file: Path, values: dict[str, tuple[float, float]]) -> None:
    scratch = file.with_suffix(".new")
    written = _Values(str(scratch))
    for key, (value, at) in values.items():
        written.write_value(key, value, at)
    written.close()
    scratch.replace(file)

"""The folder `var` and what lives in it: the lock, the admin key, the embedded stores."""

import fcntl
import os
import re
import secrets
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from msgspec import structs

from gateway.assembly.adapters import Stores
from gateway.ledger.embedded import EmbeddedValkey
from gateway.settings import Settings

LOCK = "gateway.pid"
NAME = "gateway.id"
ADMIN_KEY = "admin.key"
KEY_BYTES = 32
KEY_PREFIX = "rwadm_"
_IS_NAME = re.compile(r"[0-9a-f-]{36}")
"""Names are UUIDs."""
OTHERS = 0o077
"""What others may do with what this process and its children write: nothing."""


class Occupied(Exception):
    """Another gateway runs on the same folder; the message names its process id."""


@dataclass(frozen=True)
class Premises:
    """One gateway's folder, held for as long as `lock` is open."""

    folder: Path
    lock: IO[str]

    @classmethod
    def enter(cls, folder: Path) -> "Premises":
        """Make the folder private and hold it. Raises Occupied, OSError."""
        os.umask(OTHERS)
        _make_private(folder)
        lock = (folder / LOCK).open("a+", encoding="ascii")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            pid = lock.read().strip() or "unknown"
            lock.close()
            raise Occupied(
                f"A gateway with process id {pid} runs on {folder}; stop it or set another server.var"
            ) from None
        lock.seek(0)
        lock.truncate()
        lock.write(f"{os.getpid()}\n")
        lock.flush()
        return cls(folder, lock)

    def leave(self) -> None:
        self.lock.close()

    def rename(self, name: str) -> str | None:
        """Give the gateway of this folder a name for one run; tell that of the run before, if it had one.

        A copy of the folder has the name of what was copied, until its first start.
        """
        file = self.folder / NAME
        before = _read(file)
        _write(file, name)
        return before if _IS_NAME.fullmatch(before) else None

    @property
    def admin_key_file(self) -> Path:
        return self.folder / ADMIN_KEY

    def with_admin_key(self, settings: Settings) -> Settings:
        """Fill in the admin key: the configured one, or the one made at first start."""
        if settings.admin.key:
            return settings
        if not _read(self.admin_key_file):
            _write(self.admin_key_file, f"{KEY_PREFIX}{secrets.token_hex(KEY_BYTES)}")
        key = _read(self.admin_key_file)
        return structs.replace(settings, admin=structs.replace(settings.admin, key=key))

    def valkey(self) -> EmbeddedValkey:
        return EmbeddedValkey(self.folder / "valkey")

    def stores(self, settings: Settings, redis_url: str) -> Stores:
        """Say where the stores answer and where processes count."""
        database_url = settings.stores.database_url or f"sqlite:///{(self.folder / 'gateway.db').absolute()}"
        return Stores(
            redis_url=redis_url, database_url=database_url, metrics=str(self.folder.absolute() / "metrics")
        )


def _read(file: Path) -> str:
    """Read the one word of a file; none where there is no file."""
    return file.read_text(encoding="ascii").strip() if file.exists() else ""


def _write(file: Path, word: str) -> None:
    """Write a file whole or not at all, for nobody else to read."""
    new = file.with_name(f"{file.name}.new")
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="ascii") as text:
        text.write(f"{word}\n")
        text.flush()
        os.fsync(text.fileno())
    new.replace(file)


def _make_private(folder: Path) -> None:
    """Make a folder, or close one of ours that is there; what all users share, such as /tmp, stays open."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    found = folder.stat()
    if found.st_uid == os.geteuid() and not found.st_mode & stat.S_ISVTX:
        folder.chmod(0o700)

"""The folder `var` and what lives in it: the lock, the admin key, the embedded stores."""

import fcntl
import os
import secrets
import stat
from collections.abc import Callable
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
NAME_BYTES = 8
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

    def name(self) -> str:
        """Name the gateway of this folder, as no other one is called, from its first start on."""
        return self._kept(self.folder / NAME, lambda: secrets.token_hex(NAME_BYTES))

    @property
    def admin_key_file(self) -> Path:
        return self.folder / ADMIN_KEY

    def with_admin_key(self, settings: Settings) -> Settings:
        """Fill in the admin key: the configured one, or the one made at first start."""
        if settings.admin.key:
            return settings
        key = self._kept(self.admin_key_file, lambda: f"{KEY_PREFIX}{secrets.token_hex(KEY_BYTES)}")
        return structs.replace(settings, admin=structs.replace(settings.admin, key=key))

    def _kept(self, file: Path, make: Callable[[], str]) -> str:
        """Read what was made at first start and is kept from then on."""
        if not file.exists():
            made = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(made, "w", encoding="ascii") as new:
                new.write(f"{make()}\n")
        return file.read_text(encoding="ascii").strip()

    def valkey(self) -> EmbeddedValkey:
        return EmbeddedValkey(self.folder / "valkey")

    def stores(self, settings: Settings, redis_url: str) -> Stores:
        """Say where the stores answer and where processes count."""
        database_url = settings.stores.database_url or f"sqlite:///{(self.folder / 'gateway.db').absolute()}"
        return Stores(
            redis_url=redis_url, database_url=database_url, metrics=str(self.folder.absolute() / "metrics")
        )


def _make_private(folder: Path) -> None:
    """Make a folder, or close one of ours that is there; what all users share, such as /tmp, stays open."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    found = folder.stat()
    if found.st_uid == os.geteuid() and not found.st_mode & stat.S_ISVTX:
        folder.chmod(0o700)

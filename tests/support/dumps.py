"""Everything that a gateway's stores hold, as whoever finds a copy of them reads it."""

import sqlite3
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg
from redis import Redis
from sqlalchemy import select

from gateway.records.tables import metadata

Dump = dict[str, bytes]
"""What stands in each column or under each key, in one piece."""


def dump_sqlite(path: Path) -> Dump:
    """Read all columns of all tables of a file."""
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as connection:
        return _dump(lambda statement: connection.execute(statement).fetchall())


def dump_files(folder: Path) -> Dump:
    """Read all files of a folder, byte by byte: free pages and logs of changes too."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()
    }


def dump_postgres(address: str) -> Dump:
    """Read all columns of all tables of a database."""
    with psycopg.connect(address) as connection:
        return _dump(lambda statement: connection.execute(statement.encode()).fetchall())


def dump_valkey(url: str) -> Dump:
    """Read every key with its value, as the server would save it."""
    with Redis.from_url(url) as client:
        return {f"valkey {key!r}": key + _value(client, key) for key in client.scan_iter(count=1000)}


def places(dump: Dump, canary: str) -> set[str]:
    """Tell where something stands."""
    return {place for place, content in dump.items() if canary.encode() in content}


def _dump(rows: Any) -> Dump:  # noqa: ANN401 (of either driver)
    columns = [column for table in metadata.sorted_tables for column in table.columns]
    return {str(column): b"\n".join(_bytes(rows(str(select(column).compile())))) for column in columns}


def _bytes(rows: Iterable[tuple[Any]]) -> list[bytes]:
    return [value if isinstance(value, bytes) else str(value).encode() for (value,) in rows]


def _value(client: Any, key: bytes) -> bytes:  # noqa: ANN401 (its types are of both kinds of client)
    match client.type(key):
        case b"hash":
            return b"".join(name + value for name, value in client.hgetall(key).items())
        case b"string":
            return bytes(client.get(key))
        case kind:
            raise AssertionError(f"the ledger keeps no {kind!r}")

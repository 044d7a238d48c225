"""What runs out: room on the disk, connections of a database."""

import resource
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress

import psycopg

from tests.crashes.installation import Installation

SMALL_BYTES = 4096
_OURS = "takes them all"
_END_OTHERS = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity
WHERE backend_type = 'client backend' AND application_name <> %s
"""


@contextmanager
def full_disk(installation: Installation) -> Iterator[None]:
    """Let the workers write nothing past the first page of any file, as on a disk without room for more."""
    workers = installation.gateway.workers()
    before = {pid: resource.prlimit(pid, resource.RLIMIT_FSIZE) for pid in workers}
    for pid, (_, hard) in before.items():
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (SMALL_BYTES, hard))
    try:
        yield
    finally:
        for pid, limits in before.items():
            resource.prlimit(pid, resource.RLIMIT_FSIZE, limits)


@contextmanager
def no_connections_left(installation: Installation) -> Iterator[None]:
    """Take every connection that PostgreSQL gives, those of the gateway too."""
    with ExitStack() as taken:
        first = taken.enter_context(_connection(installation))
        while first.execute(_END_OTHERS, [_OURS]).fetchall():
            _take_all(installation, taken)
        yield


def _take_all(installation: Installation, taken: ExitStack) -> None:
    with suppress(psycopg.OperationalError):  # none is left
        while True:
            taken.enter_context(_connection(installation))


def _connection(installation: Installation) -> psycopg.Connection:
    return psycopg.connect(installation.database, autocommit=True, application_name=_OURS)

"""The program itself, on a free port, for tests of what only a real connection shows."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

STOP_SECONDS = 10


@contextmanager
def running(*options: str) -> Iterator[str]:
    """Its URL."""
    order = [sys.executable, "-m", "mock_server", "--port", "0", *options]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("RUNWAYML_")}
    with subprocess.Popen(order, stdout=subprocess.PIPE, text=True, env=environment) as program:
        assert program.stdout is not None
        try:
            yield program.stdout.readline().split()[-1]
        finally:
            program.terminate()
            assert program.wait(STOP_SECONDS) is not None

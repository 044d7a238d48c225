"""Real programs as children: started, listened to for the addresses that they print, stopped by their id."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.support.canaries import leaks
from tests.support.waiting import wait_until

ADDRESS = re.compile(r"http://127\.0\.0\.1:\d+")
START_SECONDS_MAX = 30.0
STOP_SECONDS_MAX = 20.0
SECRET = re.compile("KEY$|SECRET$")
"""Names of variables whose values no program repeats."""
PATH = os.environ["PATH"]
PS = shutil.which("ps") or "ps"


class Program:
    """A module of ours that runs by itself, without our environment; all that it says goes to one file.

    When it has ended, that is searched for what it should not have said.
    """

    def __init__(self, *command: str, folder: Path, environment: Mapping[str, str] | None = None) -> None:
        """Start `python -m` with `command`, in `folder`."""
        folder.mkdir(parents=True, exist_ok=True)
        self._output = folder / "output.log"
        self._secrets = {
            value for name, value in (environment or {}).items() if SECRET.search(name) and value
        }
        with self._output.open("ab") as output:
            self._began = output.tell()
            self._child = subprocess.Popen(
                [sys.executable, "-m", *command],
                cwd=folder,
                env={"PATH": PATH, **(environment or {})},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
            )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def pid(self) -> int:
        return self._child.pid

    def said(self) -> str:
        """Everything so far, of standard output and standard error."""
        return self._output.read_bytes()[self._began :].decode()

    def addresses(self, count: int, *, seconds_max: float = START_SECONDS_MAX) -> list[str]:
        """Wait for the first `count` addresses that it says to listen on, in their order."""
        return wait_until(lambda: self._addresses(count), "starting", seconds_max=seconds_max)

    def children(self, module: str) -> set[int]:
        """The ids of the programs that it started itself from a module of ours and that run now."""
        listed = subprocess.run(
            [PS, "-A", "-o", "ppid=,pid=,command="], capture_output=True, text=True, check=True
        ).stdout.splitlines()
        rows = [line.split(maxsplit=2) for line in listed]
        return {int(row[1]) for row in rows if int(row[0]) == self.pid and f"-m {module}" in row[-1]}

    def exit_code(self) -> int:
        """Wait until it ends by itself."""
        code = self._child.wait(START_SECONDS_MAX)
        self.search(self.said())
        return code

    def stop(self) -> None:
        """Ask it to end, and wait until it has."""
        self._child.terminate()
        try:
            self._child.wait(STOP_SECONDS_MAX)
        except subprocess.TimeoutExpired:
            self.kill()
            raise
        self.search(self.said())

    def kill(self) -> None:
        """End it as a crash would."""
        self._child.kill()
        self._child.wait()
        self.search(self.said())

    def search(self, said: str) -> None:
        """Fail when something was said that no one may read there."""
        found = leaks(said, self._secrets)
        assert not found, f"it told what is secret: {found}"

    def _addresses(self, count: int) -> list[str]:
        said = self.said()
        assert self._child.poll() is None, f"it ended instead of starting: {said}"
        found = ADDRESS.findall(said)
        return found[:count] if len(found) >= count else []

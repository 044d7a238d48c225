"""Becomes another program that ends when its parent does. Run as a script: the parent's pid, the command.

On Linux the kernel sees to it, whatever ends the parent. Elsewhere the command just runs.
"""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1  # linux/prctl.h


def main() -> None:
    parent, *command = sys.argv[1:]
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != int(parent):  # it ended before the kernel was told
            sys.exit(1)
    os.execv(command[0], command)  # noqa: S606 - the command is ours and there is no shell


if __name__ == "__main__":
    main()

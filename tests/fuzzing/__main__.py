"""Fuzzes one target under coverage guidance: `python -m tests.fuzzing read_create --seconds 60`.

Needs atheris, whose instrumentation must come before what it is to see. What made a target fail is left in
the current folder.
"""

import argparse
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import atheris

with atheris.instrument_imports(include=["gateway"]):
    from tests.fuzzing.targets import TARGETS

from tests.fuzzing.corpus import BEGINNINGS, WORDS

BYTES_MAX = 4096
MEMORY_MEGABYTES_MAX = 2048


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzzing", description=__doc__)
    parser.add_argument("target", choices=TARGETS)
    parser.add_argument("--seconds", type=int, default=60)
    chosen = parser.parse_args()
    with TemporaryDirectory() as folder:
        _write(Path(folder), BEGINNINGS[chosen.target])
        bounds = (f"-max_total_time={chosen.seconds}", f"-max_len={BYTES_MAX}", "-timeout=10")
        memory = f"-rss_limit_mb={MEMORY_MEGABYTES_MAX}"
        words = [sys.argv[0], *bounds, memory, f"-dict={folder}/words", f"{folder}/corpus"]
        atheris.Setup(words, TARGETS[chosen.target])
        atheris.Fuzz()  # ends the process


def _write(folder: Path, beginnings: list[bytes]) -> None:
    """Write what the fuzzer begins with, and its words."""
    (folder / "corpus").mkdir()
    for number, beginning in enumerate(beginnings):
        (folder / "corpus" / str(number)).write_bytes(beginning)
    quoted = ["".join(f"\\x{byte:02x}" for byte in word) for word in WORDS]
    (folder / "words").write_text("".join(f'"{word}"\n' for word in quoted))


if __name__ == "__main__":
    main()

"""What a name that does not exist was probably meant to be."""

from collections.abc import Collection
from difflib import get_close_matches

COMPARED_LENGTH_MAX = 100
"""What is longer is no mistyped name, and comparing it would only take time."""
ALIKE = 0.4
"""Names are few and differ much, so little likeness is enough to name one."""
TOLD_MAX = 12


def meant(given: str, known: Collection[str]) -> str:
    """End a sentence about a name that does not exist: with the nearest that does, or with all when few."""
    near = get_close_matches(given, known, n=1, cutoff=ALIKE) if len(given) <= COMPARED_LENGTH_MAX else []
    if near:
        return f"; did you mean {near[0]}?"
    return f"; there are {', '.join(sorted(known))}" if len(known) <= TOLD_MAX else ""

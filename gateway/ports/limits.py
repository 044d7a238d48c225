"""How much may run upstream at once."""

from typing import Protocol


class Concurrency(Protocol):
    """What Runway's tier allows, as last read."""

    def __call__(self, model: str) -> int | None:
        """Tell how many generations of a model may run at once; None for no limit, or none known yet."""
        ...

    def counted(self, model: str) -> int | None:
        """Tell up to how many are counted; None where they need not be. Before the tier is known all are."""
        ...

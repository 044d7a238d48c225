"""The create says another price than usual, as if it had changed overnight."""

from typing import Annotated, ClassVar

from msgspec import Meta

from mock_server.credits import Credits, credits_of
from mock_server.faults.cost import CREDITS_MAX
from mock_server.faults.fault import Fault


class Estimate(Fault, frozen=True, kw_only=True, tag="estimate"):
    """The task costs that too, unless the fault `cost` says something else."""

    argument: ClassVar[str] = "credits"
    example: ClassVar[str] = "estimate:40"
    meaning: ClassVar[str] = (
        "the create shows and charges this estimate instead of the usual one, and the task costs as much"
    )
    creates_only: ClassVar[bool] = True
    also: ClassVar[frozenset[str] | None] = frozenset()

    credits: Annotated[int, Meta(ge=0, le=CREDITS_MAX)]

    def price(self, usual: Credits) -> Credits:
        del usual
        return credits_of(self.credits)

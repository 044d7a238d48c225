"""What a create request comes to, once it is known which models do it."""

from typing import Any

import msgspec

from mock_server import prices
from mock_server.credits import Credits
from mock_server.lifecycle import NodeRun
from mock_server.outputs import OUTPUTS_MAX, Artifact, plan


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """One generation. `fails` is the failure code of one that always fails, and so costs nothing."""

    operation: str
    body: dict[str, Any]
    fails: str | None = None

    def artifacts(self, *, outputs_max: int = OUTPUTS_MAX) -> tuple[Artifact, ...]:
        model = self.body.get("model")
        made = plan(self.operation, model, self.body, outputs_max=outputs_max)
        return made if self.fails is None else ()


class Work(msgspec.Struct, frozen=True, kw_only=True):
    """`model` is what all of it is limited and billed under. `nodes` names the parts of a workflow's run."""

    model: str
    parts: tuple[Part, ...]
    nodes: tuple[NodeRun, ...] = ()

    def estimate(self, table: prices.PriceTable) -> Credits:
        return Credits(sum(table.estimate(part.operation, part.body) for part in self.parts))

    def final_cost(self, table: prices.PriceTable) -> Credits:
        paid = [part for part in self.parts if part.fails is None]
        return Credits(sum(table.final(part.operation, part.body) for part in paid))

    def artifacts(self, *, outputs_max: int = OUTPUTS_MAX) -> tuple[Artifact, ...]:
        """Raises TooManyOutputsError."""
        return tuple(artifact for part in self.parts for artifact in part.artifacts(outputs_max=outputs_max))

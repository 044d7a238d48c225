"""Published workflows: the same few for everybody, read from `workflows.toml`."""

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

import msgspec

from mock_server.model_table import read

GRAPH_VERSION = 1

NodeOutputs = Mapping[str, Mapping[str, Mapping[str, Any]]]
"""What a run is given: by node and key, a value or the URI of a medium."""


class Node(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """It holds an `input` for the field of that name, or makes something by an `operation`."""

    id: str
    name: str
    input: str | None = None
    operation: str | None = None
    body: dict[str, Any] = {}
    fails: str | None = None


class Step(msgspec.Struct, frozen=True):
    """A node of one run that makes something, with the body that its inputs come to."""

    node: Node
    operation: str
    body: dict[str, Any]


class Workflow(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    id: str
    name: str
    description: str
    version: int
    nodes: tuple[Node, ...]

    @property
    def model(self) -> str:
        """What its runs are limited and billed under: the model of the last node that makes something."""
        made = [node.body["model"] for node in self.nodes if node.operation is not None]
        return str(made[-1])

    def graph(self) -> dict[str, Any]:
        """Each node leads to the next."""
        nodes = [_drawn(node) for node in self.nodes]
        pairs = zip(self.nodes, self.nodes[1:], strict=False)
        edges = [{"source": source.id, "target": target.id} for source, target in pairs]
        return {"version": GRAPH_VERSION, "nodes": nodes, "edges": edges}

    def steps(self, given: NodeOutputs) -> Iterator[Step]:
        """What a run makes, in its order; values that are given for a node go into all that come after it."""
        inputs: dict[str, Any] = {}
        for node in self.nodes:
            values = [value.get("value", value.get("uri")) for value in given.get(node.id, {}).values()]
            if node.input is not None and values:
                inputs[node.input] = values[0]
            if node.operation is not None:
                body = node.body | {name: value for name, value in inputs.items() if name in node.body}
                yield Step(node, node.operation, body)


@cache
def published() -> dict[str, Workflow]:
    """By id, in the order of the file."""
    found = msgspec.convert(read("workflows.toml")["workflow"], list[Workflow])
    return {workflow.id: workflow for workflow in found}


def _drawn(node: Node) -> dict[str, Any]:
    if node.operation is None:
        return {"id": node.id, "name": node.name, "type": "input"}
    return {"id": node.id, "name": node.name, "type": node.operation, "parameters": node.body}

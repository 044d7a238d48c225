"""Finds the route of a path: a tree of its segments, where a literal goes before a wildcard."""

from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING

from mock_server.asgi import Answer, Hangup, Request

if TYPE_CHECKING:
    from mock_server.world import World

Parameters = Mapping[str, str]
Endpoint = Callable[["World", Request, Parameters], Awaitable[Answer | Hangup]]


class _Node:
    __slots__ = ("literals", "methods", "wildcard")

    def __init__(self) -> None:
        self.literals: dict[str, _Node] = {}
        self.wildcard: _Node | None = None
        self.methods: dict[str, tuple[Endpoint, tuple[str, ...]]] = {}


class Router:
    """Templates are like `/v1/tasks/{id}`."""

    def __init__(self) -> None:
        self._root = _Node()

    def add(self, method: str, template: str, endpoint: Endpoint) -> None:
        node, names = self._root, []
        for segment in _segments(template):
            if segment.startswith("{"):
                names.append(segment[1:-1])
                node.wildcard = node.wildcard or _Node()
                node = node.wildcard
            else:
                node = node.literals.setdefault(segment, _Node())
        node.methods[method] = (endpoint, tuple(names))

    def find(self, method: str, path: str) -> tuple[Endpoint, Parameters] | frozenset[str] | None:
        """The endpoint and its parameters; or the methods that the path knows instead; or None."""
        node, values = self._root, []
        for segment in _segments(path):
            if (literal := node.literals.get(segment)) is not None:
                node = literal
            elif node.wildcard is not None and segment:
                values.append(segment)
                node = node.wildcard
            else:
                return None
        if (found := node.methods.get(method)) is not None:
            return found[0], dict(zip(found[1], values, strict=True))
        return frozenset(node.methods) or None


def _segments(path: str) -> list[str]:
    return path[1:].split("/")

"""Finds the operation of a request by its method and path, walking through dictionaries."""

import string
from collections.abc import Iterable, Iterator, Sequence

from gateway.ports.catalogue import Operation

PARAMETER_LENGTH_MAX = 200
_UNRESERVED = frozenset(string.ascii_letters + string.digits + "-_~.")


class PathTree:
    """The operations of an API, by path; a fixed path goes before one with a parameter."""

    def __init__(self, operations: Iterable[Operation]) -> None:
        self._root = _Node()
        for operation in operations:
            self._root.grow(operation.path.split("/")).methods[operation.method] = operation

    def find(self, method: str, path: str) -> Operation | None:
        for node in self._root.reached_by(path.split("/")):
            if method in node.methods:
                return node.methods[method]
        return None

    def methods_of(self, path: str) -> frozenset[str]:
        return frozenset(method for node in self._root.reached_by(path.split("/")) for method in node.methods)


class _Node:
    """A place in the tree: the methods that end here, the fixed segments and the parameter that lead on."""

    def __init__(self) -> None:
        self.methods: dict[str, Operation] = {}
        self._fixed: dict[str, _Node] = {}
        self._parameter: _Node | None = None

    def grow(self, segments: Sequence[str]) -> "_Node":
        if not segments:
            return self
        first, *rest = segments
        if first.startswith("{"):
            self._parameter = self._parameter or _Node()
            return self._parameter.grow(rest)
        return self._fixed.setdefault(first, _Node()).grow(rest)

    def reached_by(self, segments: Sequence[str]) -> Iterator["_Node"]:
        if not segments:
            yield self
            return
        first, *rest = segments
        if first in self._fixed:
            yield from self._fixed[first].reached_by(rest)
        if self._parameter is not None and _is_parameter(first):
            yield from self._parameter.reached_by(rest)


def _is_parameter(segment: str) -> bool:
    """One segment of unreserved characters (RFC 3986 section 2.3) that cannot climb the path."""
    return (
        0 < len(segment) <= PARAMETER_LENGTH_MAX
        and segment.strip(".") != ""
        and _UNRESERVED.issuperset(segment)
    )

"""What there is for a policy to speak of: a pattern that matches none of it would bind nobody."""

from collections.abc import Iterator
from fnmatch import fnmatchcase

from msgspec import Struct

from gateway.rules.policy import Policy
from gateway.rules.spelling import meant


class Offered(Struct, frozen=True):
    """Every model and operation by name."""

    models: frozenset[str]
    operations: frozenset[str]

    def check(self, policy: Policy) -> None:
        """Raise ValueError for the first pattern that matches nothing, with place and nearest name."""
        for place, pattern in _of_models(policy):
            _check(pattern, self.models, place=place)
        for index, pattern in enumerate(policy.operations or ()):
            _check(pattern, self.operations, place=f"operations[{index}]")


def _of_models(policy: Policy) -> Iterator[tuple[str, str]]:
    for index, pattern in enumerate(policy.models or ()):
        yield f"models[{index}]", pattern
    for index, limit in enumerate(policy.limits):
        if limit.model is not None:
            yield f"limits[{index}].model", limit.model


def _check(pattern: str, names: frozenset[str], *, place: str) -> None:
    if not any(fnmatchcase(name, pattern) for name in names):
        raise ValueError(f"{place}: nothing is called {pattern}{meant(pattern, sorted(names))}")

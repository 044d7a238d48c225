"""What the routes are given by name when a request comes in."""

from collections.abc import Awaitable, Callable, Mapping
from typing import TypeAlias

from litestar.di import NamedDependency, Provide
from litestar.params import SkipValidation

from gateway.flows.administer import Administer
from gateway.ports.clock import Clock
from gateway.ports.records import Directory
from gateway.ports.reports import Reports
from gateway.rules.offered import Offered

Ready: TypeAlias = Callable[[], Awaitable[Mapping[str, str]]]
"""Tells one word per part that the gateway needs; `ok` is the good one."""

GIVEN = ("administer", "reports", "directory", "offered", "clock", "ready")
"""The names below which routes ask for them."""

GivenAdminister: TypeAlias = NamedDependency[SkipValidation[Administer]]
GivenReports: TypeAlias = NamedDependency[SkipValidation[Reports]]
GivenDirectory: TypeAlias = NamedDependency[SkipValidation[Directory]]
GivenOffered: TypeAlias = NamedDependency[SkipValidation[Offered]]
GivenClock: TypeAlias = NamedDependency[SkipValidation[Clock]]
GivenReady: TypeAlias = NamedDependency[SkipValidation[Ready]]


def give(things: Mapping[str, object]) -> dict[str, Provide]:
    """Make each thing available to routes by its name."""
    return {name: Provide(_given(thing), sync_to_thread=False) for name, thing in things.items()}


def _given(thing: object) -> Callable[[], object]:
    return lambda: thing

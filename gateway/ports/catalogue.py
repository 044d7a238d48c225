"""What is known of Runway's operations: which there are, what a valid body is, what it may cost."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Protocol

from msgspec import Struct

from gateway.rules.credits import Credits
from gateway.rules.refusals import Issue

__all__ = ["Access", "Body", "Catalogue", "Issue", "Operation", "Price"]

Body = Mapping[str, object]
"""A parsed JSON object."""


class Access(StrEnum):
    """Who may call an operation of Runway's through the gateway. Every operation has one."""

    CREATE = "create"
    """Teams; creates a paid task, so it goes through admission."""
    OWN_TASK = "own_task"
    """The team that owns the task."""
    OWN_UPLOAD = "own_upload"
    """Teams; what it makes belongs to them."""
    OWN_ORGANIZATION = "own_organization"
    """Teams, who see their own balance and limits."""
    ADMIN_READ = "admin_read"
    """Admin keys; passes through."""
    CLOSED = "closed"
    """Nobody: it has no owner or price yet."""


class Operation(Struct, frozen=True):
    """One operation of Runway's API. `name` is its operationId; `path` has `{…}` for parameters."""

    name: str
    method: str
    path: str
    access: Access


class Price(Struct, frozen=True):
    """The most that a request may cost. `assumed` where no price is published.

    `seconds` is the duration that is paid for, the longest where the body leaves it open; None without one.
    """

    credits: Credits
    assumed: bool
    seconds: float | None = None


class Catalogue(Protocol):
    """Frozen tables from openapi/runway.json and prices.toml; nothing here waits."""

    def find(self, method: str, path: str) -> Operation | None:
        """Find the operation of a request; None when Runway has none there."""
        ...

    def path_of(self, operation: str) -> str:
        """Tell the path of an operation by its name."""
        ...

    def methods_of(self, path: str) -> frozenset[str]:
        """List the methods that exist at a path; empty when there is none."""
        ...

    def problems(self, operation: str, body: Body) -> tuple[Issue, ...]:
        """List everything that Runway would refuse in the body, all at once."""
        ...

    def model_of(self, operation: str, body: Body) -> str:
        """Name the model of a valid body; recipes and routed operations, which have none, are their own."""
        ...

    def honours_seed(self, operation: str, model: str) -> bool:
        """Tell whether the model takes a seed, so that the same request gives a like result."""
        ...

    def price(self, operation: str, body: Body) -> Price:
        """Tell the most that a valid body may cost."""
        ...

    def identity(self, operation: str, body: Body) -> bytes:
        """Write a valid body in the one canonical form that equal requests share.

        Sorted keys; documented defaults filled in; keys that Runway ignores left out; media in data URIs
        stand as the hash of their content and type.
        """
        ...

    def models(self) -> frozenset[str]:
        """List every name that `model_of` can give, for metric labels."""
        ...

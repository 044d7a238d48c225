"""What a create asks for, what it comes to, and how it is answered."""

from collections.abc import Mapping
from enum import StrEnum

from msgspec import Struct

from gateway.flows.price import Priced
from gateway.ports.catalogue import Body, Operation
from gateway.rules.accounts import Claim
from gateway.rules.credits import Credits
from gateway.rules.directory import Holder
from gateway.rules.generation import Generation, Priority, Task
from gateway.rules.quota import Quota

Left = tuple[tuple[Claim, int], ...]
"""Claims with what their accounts have left."""


class CacheWish(StrEnum):
    """What the header `X-Gateway-Cache` may ask for."""

    ANY = "any"
    NO_STORE = "no-store"
    """Neither share nor be shared."""
    ONLY_IF_CACHED = "only-if-cached"


class CacheState(StrEnum):
    """What the header `X-Gateway-Cache` answers."""

    MISS = "miss"
    HIT = "hit"
    JOINED = "joined"
    BYPASS = "bypass"


class Asked(Struct, frozen=True, kw_only=True):
    """One create as it came in, parsed; `body` is a JSON object, `digest` is of the bytes received."""

    holder: Holder
    operation: Operation
    body: Body
    digest: str
    headers: Mapping[str, str] = {}
    """The `X-Runway-*` headers that pass through."""
    attempt: int = 0
    """The SDK's `x-stainless-retry-count`."""
    idempotency_key: str | None = None
    labels: Mapping[str, str] = {}
    cache: CacheWish = CacheWish.ANY
    priority: Priority = Priority.NORMAL
    dry_run: bool = False
    request_id: str | None = None


class Wanted(Struct, frozen=True, kw_only=True):
    """A create that is valid and allowed, with the most it may cost."""

    asked: Asked
    model: str
    price: Priced
    fingerprint: str | None
    """None when it may not be shared."""
    left: Left
    """What its limits on requests per minute have left."""


class Admission(Struct, frozen=True):
    """A recorded generation with its first task, and what the limits it passed have left."""

    task: Task
    generation: Generation
    left: Left


class Created(Struct, frozen=True, kw_only=True):
    """The answer to a create. Without a task after a dry run."""

    task: Task | None
    generation: Generation | None
    cache: CacheState
    estimate: Credits
    quota: Quota | None
    """The tightest limit of team and key; None without one."""

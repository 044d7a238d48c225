"""What can be chosen when the mock starts, and the world around it that is passed in."""

import asyncio
import secrets
import time
from collections.abc import Awaitable, Callable
from typing import Annotated

import msgspec
from msgspec import Meta

from mock_server.clock import ClockMode
from mock_server.limits import Modality
from mock_server.outputs import OUTPUTS_MAX, WAITING_MAX

MEGABYTE = 1024 * 1024

SPEED_MAX = 1_000_000.0
RUNNING_SECONDS = {
    Modality.VIDEO: 12.0,
    Modality.IMAGE: 6.0,
    Modality.AUDIO: 4.0,
    Modality.CHARACTERS: 12.0,
    Modality.ENHANCEMENT: 12.0,
}
"""How long a task runs when nobody says otherwise: short enough to watch, long enough to be polled twice."""


class Bounds(msgspec.Struct, frozen=True, kw_only=True):
    """The most of everything that can grow."""

    body_bytes: int = 64 * MEGABYTE
    nesting: int = 64
    upload_bytes: int = 200 * MEGABYTE
    uploads_per_tenant: int = 10_000
    journal_bytes: int = 16 * MEGABYTE
    tenants: int = 10_000
    tasks_per_tenant: int = 250_000
    outputs_per_task: int = OUTPUTS_MAX
    resources_per_tenant: int = 50_000
    faults: int = 100
    output_cache_bytes: int = 64 * MEGABYTE
    outputs_waiting: int = WAITING_MAX
    output_bytes_sending: int = 256 * MEGABYTE


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """`credits` is the balance of a new tenant, in whole credits. `seed` makes ids and chances repeatable.

    `running_seconds` is for every task; None leaves it to RUNNING_SECONDS. `check_responses` holds every
    answer against Runway's document. Under `pinned_id`, one of everything exists and stays: the SDK's own
    tests ask for it, and take liberties that this setting allows.
    """

    clock: ClockMode = ClockMode.REAL
    speed: Annotated[float, Meta(gt=0, le=SPEED_MAX)] = 1.0
    tier: str = "3"
    credits: int = 100_000
    pending_seconds: float = 1.0
    running_seconds: float | None = None
    auto_gap_seconds: float = 6.0  # between two polls, as the SDKs wait
    seed: int | None = None
    allow_real_keys: bool = False
    public_url: str | None = None
    check_responses: bool = False
    pinned_id: str | None = None
    bounds: Bounds = Bounds()


PROFILES = {
    "default": Settings(),
    "tests": Settings(clock=ClockMode.AUTO, tier="unlimited", credits=10_000_000, check_responses=True),
    "newcomer": Settings(tier="1", credits=1_000),
    "sdk-suite": Settings(
        tier="unlimited",
        credits=10**12,
        check_responses=True,
        pinned_id="182bd5e5-6e1a-4fe4-a799-aa6d9a6ab26e",
    ),
}


class Surroundings(msgspec.Struct, frozen=True, kw_only=True):
    """`wall` gives seconds since the epoch; `entropy` starts ids and chances when no seed is set."""

    wall: Callable[[], float] = time.time
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    entropy: Callable[[], int] = lambda: secrets.randbits(128)

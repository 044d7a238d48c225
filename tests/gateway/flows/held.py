"""Creates that are held up between their reservation and their record, for as long as a test likes."""

import asyncio
from collections.abc import Awaitable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from gateway.flows.asked import Created
from gateway.rules.refusals import BudgetExceeded, UpstreamAway

Outcome = Created | BudgetExceeded | UpstreamAway


@dataclass(frozen=True)
class Held:
    """A create that has reserved an amount and recorded nothing yet."""

    team: int
    amount: int
    at: datetime
    creating: asyncio.Future[Outcome]
    gate: asyncio.Event

    async def outcome(self) -> Outcome:
        """Let it go on to its end."""
        self.gate.set()
        return await self.creating


async def until_it_calls(
    part: object, method: str, work: Awaitable[Any], gate: asyncio.Event
) -> asyncio.Future[Any]:
    """Begin some work, up to its first call of `part.method`, which waits for the gate; or up to its end."""
    reached, real = asyncio.Event(), getattr(part, method)

    async def held(*arguments: Any, **named: Any) -> Any:  # noqa: ANN401 (as the method's)
        vars(part).pop(method, None)
        reached.set()
        await gate.wait()
        return await real(*arguments, **named)

    vars(part)[method] = held
    working = asyncio.ensure_future(work)
    reaching = asyncio.ensure_future(reached.wait())
    await asyncio.wait({working, reaching}, return_when=asyncio.FIRST_COMPLETED)
    vars(part).pop(method, None)
    reaching.cancel()
    return working

"""May this request be made at all, whatever it costs? Policies answer before anything is counted."""

from collections.abc import Mapping, Sequence

from gateway.rules.accounts import Level
from gateway.rules.credits import Credits, shown
from gateway.rules.ids import Owner
from gateway.rules.policy import Caps
from gateway.rules.refusals import AboveCap, NotAllowed, Refusal


def refusal(
    levels: Sequence[Level], *, operation: str, model: str, body: Mapping[str, object], price: Credits
) -> Refusal | None:
    """Tell the first reason, from the organisation down, why the request is not allowed."""
    reasons = (_of(level, operation, model, body=body, price=price) for level in levels)
    return next((reason for reason in reasons if reason is not None), None)


def _of(
    level: Level, operation: str, model: str, *, body: Mapping[str, object], price: Credits
) -> Refusal | None:
    if not level.policy.allows_operation(operation):
        return NotAllowed(f"operation {operation}", level.owner)
    if not level.policy.allows_model(model):
        return NotAllowed(f"model {model}", level.owner)
    if level.policy.caps is None:
        return None
    return _above(level.policy.caps, level.owner, body.get("duration"), price=price)


def _above(caps: Caps, owner: Owner, duration: object, *, price: Credits) -> Refusal | None:
    if caps.duration is not None and duration == "auto":
        return NotAllowed(f"a duration of auto (the cap is {caps.duration})", owner)
    if caps.duration is not None and isinstance(duration, int | float) and duration > caps.duration:
        return AboveCap("a duration", duration, allowed=caps.duration, owner=owner)
    if caps.credits_max is not None and price > caps.credits_max:
        return AboveCap("a price", shown(price), allowed=shown(caps.credits_max), owner=owner)
    return None

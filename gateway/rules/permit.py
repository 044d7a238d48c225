"""May this request be made at all, whatever it costs? Policies answer before anything is counted."""

from collections.abc import Sequence

from gateway.rules.accounts import Level
from gateway.rules.credits import Credits, shown
from gateway.rules.ids import Owner
from gateway.rules.policy import Caps, Policy
from gateway.rules.refusals import AboveCap, NotAllowed, Refusal


def refusal(
    levels: Sequence[Level], *, operation: str, model: str, seconds: float | None, price: Credits
) -> Refusal | None:
    """Tell the first reason, from the organisation down, why the request is not allowed.

    `seconds` is the duration that it may be charged for; `model` is the operation's own name where the
    request names none, because Runway chooses.
    """
    reasons = (_of(level, operation, model, seconds=seconds, price=price) for level in levels)
    return next((reason for reason in reasons if reason is not None), None)


def _of(level: Level, operation: str, model: str, *, seconds: float | None, price: Credits) -> Refusal | None:
    if not level.policy.allows_operation(operation):
        return NotAllowed(f"operation {operation}", level.owner)
    if not _allows_model(level.policy, operation, model):
        return NotAllowed(f"model {model}", level.owner)
    if level.policy.caps is None:
        return None
    return _above(level.policy.caps, level.owner, seconds, price=price)


def _allows_model(policy: Policy, operation: str, model: str) -> bool:
    """Where Runway chooses the model, a pattern says nothing of it: only the operation's full name does."""
    if model == operation:
        return policy.models is None or operation in policy.models
    return policy.allows_model(model)


def _above(caps: Caps, owner: Owner, seconds: float | None, *, price: Credits) -> Refusal | None:
    if caps.duration is not None and seconds is not None and seconds > caps.duration:
        return AboveCap("a duration", seconds, allowed=caps.duration, owner=owner)
    if caps.credits_max is not None and price > caps.credits_max:
        return AboveCap("a price", shown(price), allowed=shown(caps.credits_max), owner=owner)
    return None

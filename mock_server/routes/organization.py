"""The account of a tenant: balance, limits, and what was spent on each day with each model."""

from collections import defaultdict
from datetime import date, timedelta
from typing import Any

from mock_server import issues, refusals
from mock_server.asgi import Answer, json_answer
from mock_server.calls import Call
from mock_server.clock import iso_day
from mock_server.credits import THOUSANDTHS, Credits, shown
from mock_server.limits import TIERS
from mock_server.tenant import Tenant

USAGE_DAYS = 30
USAGE_DAYS_MAX = 90


async def retrieve(call: Call) -> Answer:
    tenant, rulebook = call.tenant, call.world.rulebook
    models = list(rulebook.spec.models)
    return json_answer(
        {
            "creditBalance": max(tenant.ledger.balance, 0) // THOUSANDTHS,
            "tier": {
                "maxMonthlyCreditSpend": TIERS[tenant.tier].monthly_credits,
                "models": {model: _limits(tenant, model) for model in models},
            },
            "usage": {
                "models": {model: {"dailyGenerations": tenant.created_today(model)} for model in models}
            },
        }
    )


async def usage(call: Call) -> Answer:
    today = date.fromisoformat(iso_day(call.tenant.clock.now()))
    try:
        first = _day(call.body, "startDate", default=today - timedelta(days=USAGE_DAYS))
        before = _day(call.body, "beforeDate", default=first + timedelta(days=USAGE_DAYS))
    except (ValueError, OverflowError):
        return refusals.invalid_body([issues.custom("Invalid ISO date", [])])
    is_in_order = first < before or call.world.settings.pinned_id is not None
    if not is_in_order or before > first + timedelta(days=USAGE_DAYS_MAX):
        message = f"beforeDate must be 1 to {USAGE_DAYS_MAX} days after startDate"
        return refusals.invalid_body([issues.custom(message, ["beforeDate"])])
    return json_answer(usage_report(call.tenant, first.isoformat(), before.isoformat()))


def usage_report(tenant: Tenant, first: str, before: str) -> dict[str, Any]:
    """Days from `first` on and earlier than `before`, both ISO dates."""
    days: defaultdict[str, dict[str, Credits]] = defaultdict(dict)
    for (day, model), amount in sorted(tenant.ledger.usage.items()):
        if first <= day < before:
            days[day][model] = amount
    return {
        "models": sorted({model for amounts in days.values() for model in amounts}),
        "results": [{"date": day, "usedCredits": _amounts(amounts)} for day, amounts in days.items()],
    }


def _amounts(amounts: dict[str, Credits]) -> list[dict[str, Any]]:
    return [{"model": model, "amount": shown(amount)} for model, amount in amounts.items()]


def _limits(tenant: Tenant, model: str) -> dict[str, int | None]:
    allowance = tenant.allowance(model)
    return {"maxConcurrentGenerations": allowance.concurrent, "maxDailyGenerations": allowance.daily}


def _day(body: dict[str, Any], field: str, *, default: date) -> date:
    return date.fromisoformat(body[field]) if field in body else default

"""Policies from files and from options, checked before they are sent."""

from typing import IO, Any

import click
import msgspec

from gateway.rules.policy import EMPTY, Limit, Measure, Per, Policy, parse_policy

policy_file = click.option("--policy", "policy_file", type=click.File("rb"), help="A JSON file; - is stdin.")
credits_per_day = click.option("--credits-per-day", type=click.FloatRange(min=0), help="Adds this limit.")
credits_per_month = click.option("--credits-per-month", type=click.FloatRange(min=0), help="Adds this limit.")


def read_policy(file: IO[bytes]) -> Any:  # noqa: ANN401 - JSON
    """Read a policy as JSON to send. Raises ClickException with the place and the mend."""
    try:
        return msgspec.to_builtins(parse_policy(file.read()))
    except ValueError as wrong:
        raise click.ClickException(f"{file.name}: {wrong}") from None


def policy_with(file: IO[bytes] | None, *, per_day: float | None, per_month: float | None) -> Any:  # noqa: ANN401
    """Read a policy, if there is one, and add credit limits to it."""
    policy = EMPTY if file is None else msgspec.convert(read_policy(file), Policy)
    added = tuple(
        Limit(measure=Measure.CREDITS, per=per, amount=amount)
        for per, amount in ((Per.DAY, per_day), (Per.MONTH, per_month))
        if amount is not None
    )
    return msgspec.to_builtins(msgspec.structs.replace(policy, limits=(*policy.limits, *added)))

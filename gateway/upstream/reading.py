"""Reads Runway's JSON bodies, trusting nothing: a field of another type is a field that is absent."""

import re
from collections.abc import Mapping
from contextlib import suppress

import msgspec

from gateway.rules.credits import Credits, to_credits
from gateway.rules.generation import Status
from gateway.rules.ids import UpstreamId
from gateway.rules.settlement import Observation

_ID = re.compile(r"[A-Za-z0-9_-]{1,128}")
"""Runway's are UUIDs; these may stand in a path."""


def upstream_id(body: bytes) -> UpstreamId | None:
    """Read the id of a started task or invocation."""
    id = _text(_object(body).get("id"))
    return UpstreamId(id) if id and _ID.fullmatch(id) else None


def estimate(body: bytes) -> Credits | None:
    """Read the most that a started task may cost; routed generations say it under `routing`."""
    answer = _object(body)
    told = answer if "estimatedCost" in answer else _mapping(answer.get("routing"))
    return _credits(told.get("estimatedCost"))


def observation(body: bytes) -> Observation | None:
    """Read a task; None when its status is none that Runway documents."""
    task = _object(body)
    try:
        status = Status(_text(task.get("status")) or "")
    except ValueError:
        return None
    return Observation(
        status,
        progress=_fraction(task.get("progress")),
        output=_texts(task.get("output")),
        failure=_text(task.get("failure")),
        failure_code=_text(task.get("failureCode")),
        cost=_credits(task.get("cost")),
        estimate=_credits(task.get("estimatedCost")),
    )


def concurrency(body: bytes) -> dict[str, int | None] | None:
    """Read how many generations of each model may run at once from `GET /v1/organization`."""
    models = _mapping(_object(body).get("tier")).get("models")
    if not isinstance(models, dict):
        return None
    limits = {name: _mapping(model).get("maxConcurrentGenerations", "") for name, model in models.items()}
    return {name: limit for name, limit in limits.items() if limit is None or type(limit) is int}


def is_error(body: bytes) -> bool:
    """Tell whether this is an error that Runway itself wrote, not something in front of it."""
    return _text(_object(body).get("error")) is not None


def _object(body: bytes) -> Mapping[str, object]:
    with suppress(msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return _mapping(msgspec.json.decode(body))
    return {}


def _mapping(value: object) -> Mapping[str, object]:
    return value if isinstance(value, dict) else {}


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _texts(value: object) -> tuple[str, ...]:
    return tuple(text for text in value if isinstance(text, str)) if isinstance(value, list) else ()


def _number(value: object) -> int | float | None:
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None


def _fraction(value: object) -> float | None:
    number = _number(value)
    return float(number) if number is not None and 0 <= number <= 1 else None


def _credits(cost: object) -> Credits | None:
    number = _number(_mapping(cost).get("credits"))
    with suppress(ValueError):
        return None if number is None else to_credits(number)
    return None

"""Strings that mean something to a database, a script, a log or a terminal, put wherever one fits."""

from collections.abc import Iterator
from typing import Any, NamedTuple
from urllib.parse import quote

import httpx
import pytest

from tests.end_to_end.clips import IMAGE
from tests.support.gateway import Gateway

STRINGS = (
    *("'; DROP TABLE teams; --", '" OR 1=1 --', "\\'; SELECT 1; --", "%_\\%", "x'00'", "$1 :wanted ? @p"),
    *("redis.call('FLUSHALL')", "]]..redis.call('FLUSHALL')--", "team/ads|credits|day||", "r|1", "f|1", "*"),
    *("[!a]*", "?" * 100, "{0.__class__}", "%s%n%x", "${jndi:ldap://a.example}", "{{7*7}}", "$(reboot)"),
    *("../../etc/passwd", "..%2f..%2fetc", "%00", "%0d%0aset-cookie:%20a=b", "<script>alert(1)</script>"),
    *("__proto__", "constructor", "null", "NaN", "-1", "1e999", "0x10", "99999999999999999999999999", "true"),
    *(
        "\U0001f3ac",
        "\u202egnp.exe",
        "\ufeff",
        "\u0130\u0131",
        "e\u0301",
        "\x7f",
        "\x9b31m",
        "a\nb",
        "\t",
        " ",
    ),
    *("", "\x00", "a\x00b", "a" * 10_000),
)
TASK = "00000000-0000-4000-8000-000000000000"
LATEST = "9999-12-31T23:59:59.999999"
INSTANTS = (f"{LATEST}Z", f"{LATEST}-14:00", "0001-01-01T00:00:00+14:00", "0001-01-01", "2026-02-30")


QUICK = 7
"""Every seventh attempt takes little time, and strings and places take turns."""
LONG = (pytest.mark.long, pytest.mark.timeout(600))
"""For all attempts."""


class Attempt(NamedTuple):
    """One request, and what a clear answer to it may be."""

    method: str
    url: str
    body: Any = None
    headers: dict[str, bytes] = {}  # noqa: RUF012 (never changed)


def attempts_of_a_team(text: str) -> Iterator[Attempt]:
    """Put a text wherever a team may write one."""
    clip = {
        "model": "gen4_turbo",
        "promptImage": IMAGE,
        "promptText": "a",
        "ratio": "1280:720",
        "duration": 5,
    }
    for name in clip:
        yield Attempt("POST", "/v1/image_to_video", clip | {name: text})
    for extra in (
        {text: 1},
        {"seed": text},
        {"contentModeration": {text: text}},
        {"contentModeration": text},
    ):
        yield Attempt("POST", "/v1/image_to_video", clip | extra)
    for scheme in ("https://", "runway://", "data:image/png;base64,"):
        yield Attempt("POST", "/v1/image_to_video", clip | {"promptImage": scheme + text})
    yield Attempt("POST", "/v1/uploads", {"filename": text, "type": text, text: text})
    yield Attempt("POST", "/v1/uploads", {"filename": f"{text}.png", "type": "ephemeral"})
    for method in ("GET", "DELETE"):
        yield Attempt(method, f"/v1/tasks/{quote(text, safe='')}")
    yield Attempt("GET", f"/v1/{quote(text)}?{quote(text)}={quote(text)}")
    for value in _in_header(text):
        for name in ("Idempotency-Key", "X-Gateway-Labels", "X-Gateway-Cache", "X-Gateway-Priority"):
            yield Attempt("POST", "/v1/image_to_video", clip, {name: value})
        yield Attempt("POST", "/v1/image_to_video", clip, {"X-Gateway-Labels": b"a=" + value})
        for name in ("X-Runway-Trace", "X-Request-Id", "X-Stainless-Retry-Count", "X-Gateway-Dry-Run"):
            yield Attempt("POST", "/v1/image_to_video", clip, {name: value})
        for name in ("Authorization", "X-Runway-Version", "Content-Type", "Content-Encoding"):
            yield Attempt("POST", "/v1/image_to_video", clip, {name: value})
        yield Attempt("GET", f"/v1/tasks/{TASK}", None, {"Authorization": b"Bearer " + value})


def attempts_of_an_administrator(text: str) -> Iterator[Attempt]:
    """Put a text wherever an administrator may write one."""
    word = quote(text, safe="")
    good = {"id": "hostile", "name": "Hostile"}
    limit = {"measure": "credits", "per": "day", "amount": 1}
    policies: list[Any] = [
        *({"models": [text]}, {"operations": [text]}, {"reuse": text}, {text: text}, {"caps": {text: 1}}),
        *({"limits": [limit | {name: text}]} for name in (*limit, "model", "timezone", text)),
    ]
    yield Attempt("POST", "/admin/v1/teams", good | {"id": text})
    yield Attempt("POST", "/admin/v1/keys", {"team": text, "label": text})
    yield Attempt("POST", "/admin/v1/keys", {"team": "hostile", "label": text, "expiresAt": text})
    for policy in policies:
        yield Attempt("PATCH", "/admin/v1/teams/hostile", {"policy": policy}, {"If-Match": b"*"})
    yield Attempt("PATCH", "/admin/v1/teams/hostile", {"name": text})
    for value in _in_header(text):
        yield Attempt("PATCH", "/admin/v1/teams/hostile", {"policy": {}}, {"If-Match": value})
    for kind in ("teams", "keys", "tasks"):
        yield Attempt("GET", f"/admin/v1/{kind}/{word}")
        yield Attempt("DELETE", f"/admin/v1/{kind}/{word}")
    yield Attempt("POST", f"/admin/v1/tasks/{word}/resolution", {"charged": 1, "reason": text})
    yield Attempt("POST", f"/admin/v1/tasks/{TASK}/resolution", {"charged": 1, "reason": text})
    for name in ("cursor", "limit", "team", "stage", word):
        yield Attempt("GET", f"/admin/v1/tasks?{name}={word}")
    for name in ("from", "to", "by"):
        yield Attempt("GET", f"/admin/v1/usage?{name}={word}")


def attempts_at_the_ends_of_time() -> Iterator[Attempt]:
    """Name the first and the last instants there are."""
    for instant in INSTANTS:
        yield Attempt("POST", "/admin/v1/keys", {"team": "hostile", "label": "late", "expiresAt": instant})
        for name in ("from", "to"):
            yield Attempt("GET", f"/admin/v1/usage?{name}={quote(instant)}")


LISTS = ("teams", "keys", "tasks", "entries", "audit", "usage")


def strange_answers(gateway: Gateway, *, every: int = 1) -> list[str]:
    """Send one attempt of `every`, tell every answer that is no clear one, and read all lists at the end."""
    team = gateway.add_team()
    gateway.admin.post("/admin/v1/teams", json={"id": "hostile", "name": "Hostile"})
    as_team = {"Authorization": f"Bearer {team.secret}", "X-Runway-Version": "2024-11-06"}
    of_team = [attempt for text in STRINGS for attempt in attempts_of_a_team(text)]
    of_admin = [attempt for text in STRINGS for attempt in attempts_of_an_administrator(text)]
    lists = [Attempt("GET", f"/admin/v1/{kind}") for kind in LISTS]
    with httpx.Client(base_url=gateway.url, headers=as_team, timeout=60, trust_env=False) as wire:
        strange = [_strange(wire, attempt) for attempt in of_team[::every]]
    as_admin = (*of_admin[::every], *attempts_at_the_ends_of_time(), *lists)
    strange += [_strange(gateway.admin, attempt) for attempt in as_admin]
    return [answer for answer in strange if answer]


def _strange(wire: httpx.Client, attempt: Attempt) -> str:
    """Tell of an answer that is a fault of the server or an error without words."""
    headers = {name.encode(): value for name, value in attempt.headers.items()}
    answer = wire.request(attempt.method, attempt.url, json=attempt.body, headers=headers)
    refused = answer.is_client_error and isinstance(answer.json().get("error"), str)
    return (
        ""
        if answer.is_success or refused
        else f"{answer.status_code} {answer.text[:200]} to {str(attempt)[:300]}"
    )


def _in_header(text: str) -> Iterator[bytes]:
    """Give a text as bytes that can stand in a header, if it can."""
    value = text.encode()
    if text.strip() and all(byte >= ord(" ") and byte != ord("\x7f") for byte in value):
        yield value

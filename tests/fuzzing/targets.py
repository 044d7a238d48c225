"""What reads bytes from outside, each with what must hold of whatever it reads.

A target takes bytes and fails when something else comes of them than a value or a refusal.
"""

from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from itertools import product

import msgspec

from gateway.catalogue.catalogue import load_catalogue
from gateway.ports.reports import PAGE_MAX, Page
from gateway.records import reports_lists
from gateway.records.reports_paging import Order
from gateway.rules.accounts import Account, account_names
from gateway.rules.ids import ORGANIZATION
from gateway.rules.keys import is_well_formed
from gateway.rules.policy import Policy, check_policy
from gateway.rules.refusals import Invalid, InvalidBody, Refusal, Unauthenticated
from gateway.rules.sameness import fingerprint
from gateway.settings import WrongSettings, load
from gateway.upstream import reading
from gateway.web import wishes
from gateway.web.admin import usage
from gateway.web.admin.reading import parse
from gateway.web.admin.shapes import KeyChange, NewKey, NewTeam, Resolution, TeamChange
from gateway.web.admin.versions import wanted_version
from gateway.web.bearer import bearer
from gateway.web.exchange import parse_object
from gateway.web.request_id import request_id

Target = Callable[[bytes], object]

CATALOGUE = load_catalogue()
OPERATIONS = (
    "image_to_video",
    "text_to_image",
    "text_to_speech",
    "character_performance",
    "uploads_create_ephemeral",
)
BODIES = (NewTeam, TeamChange, NewKey, KeyChange, Resolution, Policy)
NOW = datetime(2026, 3, 29, 1, 30, tzinfo=UTC)
HEADERS = (
    b"idempotency-key",
    b"x-gateway-labels",
    b"x-gateway-cache",
    b"x-gateway-priority",
    b"x-gateway-dry-run",
)
WISHES = (
    wishes.idempotency_key,
    wishes.labels,
    wishes.cache,
    wishes.priority,
    wishes.dry_run,
    wishes.attempt,
)
ORDERS = [order for order in vars(reports_lists).values() if isinstance(order, Order)]


def read_create(body: bytes) -> None:
    """What is accepted is written again as the same, and has a price and a name."""
    with suppress(Invalid):
        asked = parse_object(body)
        assert parse_object(msgspec.json.encode(asked)) == asked
        for operation in OPERATIONS:
            if not CATALOGUE.problems(operation, asked) and CATALOGUE.path_of(operation) != "/v1/uploads":
                _price(operation, asked)


def _price(operation: str, asked: dict[str, object]) -> None:
    model = CATALOGUE.model_of(operation, asked)
    assert CATALOGUE.price(operation, asked).credits >= 0
    identity = CATALOGUE.identity(operation, asked)
    assert len(fingerprint("organisation", operation, model=model, identity=identity)) == 64


def read_administration(body: bytes) -> None:
    """A policy that is accepted counts in accounts that have names and windows."""
    for wanted in BODIES:
        with suppress(Invalid, InvalidBody):
            found = parse(body, wanted)
            policy = found if isinstance(found, Policy) else getattr(found, "policy", None)
            if isinstance(policy, Policy) and _makes_sense(policy):
                _count(policy)


def _makes_sense(policy: Policy) -> bool:
    try:
        check_policy(policy)
    except ValueError:
        return False
    return True


def _count(policy: Policy) -> None:
    assert all("\n" not in name for name in account_names(ORGANIZATION, policy))
    for limit in policy.limits:
        account = Account(ORGANIZATION, limit)
        assert account.counted_buckets(NOW)
        assert limit.units >= 0


def read_headers(value: bytes) -> None:
    """A wish is read or refused, and nothing that is read is long or unprintable."""
    for name, wish in product(HEADERS, WISHES):
        with suppress(Invalid):
            wish({name: value, b"x-stainless-retry-count": value})
    with suppress(Invalid):
        assert all(len(word) <= wishes.LABEL_LENGTH_MAX and word.isprintable() for word in _labels(value))
    with suppress(Unauthenticated):
        assert bearer({b"authorization": value}).isascii()
        assert not is_well_formed(bearer({b"authorization": value}))
    with suppress(Refusal):
        wanted_version(value.decode("latin-1"))
    assert len(request_id(value, lambda: "made")) <= 64
    assert all(map(str.isprintable, wishes.passed_headers({b"x-runway-version": value})))


def _labels(value: bytes) -> list[str]:
    return [word for pair in wishes.labels({b"x-gateway-labels": value}).items() for word in pair]


def read_queries(text: bytes) -> None:
    """A cursor or a period is read or refused."""
    word = text.decode("latin-1")
    for order in ORDERS:
        with suppress(ValueError):
            order.page(reports_lists.TEAMS, Page(PAGE_MAX, word))
    with suppress(Invalid):
        usage._groups(word)
    for start, end in ((word, None), (None, word), (word, word)):
        with suppress(Invalid):
            usage._period(start, end, NOW)


def find_operation(path: bytes) -> None:
    """A path leads to an operation whose own path begins like it, or to none."""
    word = path.decode("latin-1")
    for method in ("GET", "POST", "DELETE"):
        found = CATALOGUE.find(method, word)
        assert found is None or method in CATALOGUE.methods_of(word)


def read_upstream(body: bytes) -> None:
    """Whatever Runway answers is read: what makes no sense is absent."""
    id = reading.upstream_id(body)
    assert id is None or "/" not in id
    estimate, seen = reading.estimate(body), reading.observation(body)
    assert estimate is None or estimate >= 0
    assert seen is None or seen.progress is None or 0 <= seen.progress <= 1
    assert seen is None or all(isinstance(url, str) for url in seen.output)
    reading.concurrency(body)
    reading.is_error(body)


def read_settings(value: bytes) -> None:
    """A setting is read, or refused in one sentence."""
    name, _, word = value.decode("latin-1").partition("=")
    with suppress(WrongSettings):
        load(None, {f"GATEWAY__{name}": word})


TARGETS: dict[str, Target] = {
    target.__name__: target
    for target in (
        *(read_create, read_administration, read_headers, read_queries),
        *(find_operation, read_upstream, read_settings),
    )
}

"""What a team may ask for in headers, read once and checked."""

from collections.abc import Mapping

from gateway.flows.asked import CacheWish
from gateway.rules.generation import Priority
from gateway.rules.refusals import Invalid
from gateway.rules.spelling import meant

LABELS_MAX = 10
LABEL_LENGTH_MAX = 64
IDEMPOTENCY_KEY_LENGTH_MAX = 255
ATTEMPT_MAX = 100
PASSED_HEADER = b"x-runway-"
NOT_PASSED = frozenset({b"x-runway-version"})
OUR_HEADER = b"x-gateway-"
KNOWN = {
    name.lower().encode(): name
    for name in ("X-Gateway-Labels", "X-Gateway-Cache", "X-Gateway-Priority", "X-Gateway-Dry-Run")
}
HEADER_SHOWN_MAX = 64
WEBHOOK = b"x-gateway-webhook"


def passed_headers(headers: Mapping[bytes, bytes]) -> dict[str, str]:
    """Pick the `X-Runway-*` headers that go upstream unchanged; the version is the gateway's own."""
    return {
        name.decode("latin-1"): value.decode("latin-1")
        for name, value in headers.items()
        if name.startswith(PASSED_HEADER) and name not in NOT_PASSED
    }


def check_names(headers: Mapping[bytes, bytes]) -> None:
    """Refuse an `X-Gateway-*` header that does not exist: its sender counts on it. Raises Invalid."""
    if WEBHOOK in headers:
        raise Invalid("X-Gateway-Webhook is not offered; poll GET /v1/tasks/{id} and leave the header out")
    for name in headers:
        if name.startswith(OUR_HEADER) and name not in KNOWN:
            given = name.decode("latin-1").title()
            raise Invalid(
                f"There is no such header as {given[:HEADER_SHOWN_MAX]}{meant(given, KNOWN.values())}"
            )


def attempt(headers: Mapping[bytes, bytes]) -> int:
    """Read which automatic retry of an SDK this is; 0 for a first try and for anything unreadable."""
    sent = headers.get(b"x-stainless-retry-count", b"0")
    return min(int(sent), ATTEMPT_MAX) if sent.isdigit() and len(sent) <= 3 else 0  # noqa: PLR2004


def idempotency_key(headers: Mapping[bytes, bytes]) -> str | None:
    """Read `Idempotency-Key`. Raises Invalid when it is too long or not printable."""
    sent = headers.get(b"idempotency-key")
    if sent is None:
        return None
    key = sent.decode("latin-1")
    if not 1 <= len(key) <= IDEMPOTENCY_KEY_LENGTH_MAX or not key.isprintable():
        raise Invalid(f"Idempotency-Key takes 1 to {IDEMPOTENCY_KEY_LENGTH_MAX} printable characters")
    return key


def labels(headers: Mapping[bytes, bytes]) -> dict[str, str]:
    """Read `X-Gateway-Labels: project=spring,shot=12`. Raises Invalid."""
    sent = headers.get(b"x-gateway-labels")
    if sent is None:
        return {}
    pairs = [pair.strip().partition("=") for pair in sent.decode("latin-1").split(",") if pair.strip()]
    if len(pairs) > LABELS_MAX:
        raise Invalid(f"X-Gateway-Labels takes at most {LABELS_MAX} labels")
    for name, equals, value in pairs:
        if not name or not equals or not all(map(_can_be_label, (name, value))):
            raise Invalid(
                f"X-Gateway-Labels takes name=value pairs of up to {LABEL_LENGTH_MAX} characters each"
            )
    return {name: value for name, _, value in pairs}


def _can_be_label(text: str) -> bool:
    return len(text) <= LABEL_LENGTH_MAX and text.isprintable()


def cache(headers: Mapping[bytes, bytes]) -> CacheWish:
    """Read `X-Gateway-Cache`. Raises Invalid."""
    sent = headers.get(b"x-gateway-cache")
    if sent is None:
        return CacheWish.ANY
    wish = sent.decode("latin-1").strip().lower()
    if wish not in {CacheWish.NO_STORE, CacheWish.ONLY_IF_CACHED}:
        raise Invalid("X-Gateway-Cache takes no-store or only-if-cached")
    return CacheWish(wish)


def priority(headers: Mapping[bytes, bytes]) -> Priority:
    """Read `X-Gateway-Priority`. Raises Invalid."""
    sent = headers.get(b"x-gateway-priority")
    if sent is None:
        return Priority.NORMAL
    try:
        return Priority(sent.decode("latin-1").strip().lower())
    except ValueError:
        raise Invalid("X-Gateway-Priority takes low, normal or high") from None


def dry_run(headers: Mapping[bytes, bytes]) -> bool:
    """Read `X-Gateway-Dry-Run: 1`. Raises Invalid: what was meant to cost nothing is not bought."""
    sent = headers.get(b"x-gateway-dry-run")
    if sent is not None and sent.strip() != b"1":
        raise Invalid("X-Gateway-Dry-Run takes 1; leave it out to create the task")
    return sent is not None

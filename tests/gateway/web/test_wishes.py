"""What a team may ask for in headers."""

import pytest

from gateway.flows.asked import CacheWish
from gateway.rules.generation import Priority
from gateway.rules.refusals import Invalid
from gateway.web import wishes


def test_without_headers_nothing_special_is_asked_for() -> None:
    assert wishes.attempt({}) == 0
    assert wishes.idempotency_key({}) is None
    assert wishes.labels({}) == {}
    assert wishes.cache({}) is CacheWish.ANY
    assert wishes.priority({}) is Priority.NORMAL
    assert not wishes.dry_run({})
    assert wishes.passed_headers({}) == {}


# --- what passes ---


def test_runways_own_headers_pass_and_nothing_else() -> None:
    headers = {
        b"x-runway-on-behalf-of": b"5e88",
        b"x-runway-version": b"2024-11-06",
        b"authorization": b"Bearer secret",
        b"x-gateway-labels": b"a=b",
        b"cookie": b"session=1",
    }

    assert wishes.passed_headers(headers) == {"x-runway-on-behalf-of": "5e88"}


# --- automatic retries ---


@pytest.mark.parametrize(
    ("sent", "attempt"),
    [
        (b"0", 0),
        (b"2", 2),
        (b"100", 100),
        (b"101", wishes.ATTEMPT_MAX),
        (b"999", wishes.ATTEMPT_MAX),
        (b"1000", 0),
        (b"9" * 5000, 0),
        (b"-1", 0),
        (b"1.0", 0),
        (b"\xb2", 0),
        (b"", 0),
        (b"two", 0),
    ],
)
def test_an_unreadable_retry_count_is_a_first_try(sent: bytes, attempt: int) -> None:
    assert wishes.attempt({b"x-stainless-retry-count": sent}) == attempt


# --- idempotency keys ---


@pytest.mark.parametrize("sent", [b"k", b"order 17/b", b"a" * 255, b"\xe4"])
def test_a_printable_idempotency_key_is_taken(sent: bytes) -> None:
    assert wishes.idempotency_key({b"idempotency-key": sent}) == sent.decode("latin-1")


@pytest.mark.parametrize("sent", [b"", b"a" * 256, b"a\tb", b"a\x00", b"\x7f", b"\x85"])
def test_any_other_idempotency_key_is_refused(sent: bytes) -> None:
    with pytest.raises(Invalid, match="Idempotency-Key takes 1 to 255 printable characters"):
        wishes.idempotency_key({b"idempotency-key": sent})


# --- labels ---


@pytest.mark.parametrize(
    ("sent", "labels"),
    [
        (b"project=spring,shot=12", {"project": "spring", "shot": "12"}),
        (b" project=spring , shot=12 ,", {"project": "spring", "shot": "12"}),
        (b"project=", {"project": ""}),
        (b"formula=a=b", {"formula": "a=b"}),
        (b"", {}),
        (b"a=1,a=2", {"a": "2"}),
    ],
)
def test_labels_are_read_as_pairs(sent: bytes, labels: dict[str, str]) -> None:
    assert wishes.labels({b"x-gateway-labels": sent}) == labels


@pytest.mark.parametrize(
    "sent", [b"project", b"=spring", b"a=1,b", b"a" * 65 + b"=1", b"a=" + b"1" * 65, b"a=\x9b31m", b"\xad=1"]
)
def test_labels_that_are_no_pairs_or_too_long_are_refused(sent: bytes) -> None:
    with pytest.raises(Invalid, match="name=value pairs of up to 64 characters each"):
        wishes.labels({b"x-gateway-labels": sent})


def test_one_label_too_many_is_refused() -> None:
    sent = b",".join(b"l%d=1" % number for number in range(wishes.LABELS_MAX + 1))

    with pytest.raises(Invalid, match="at most 10 labels"):
        wishes.labels({b"x-gateway-labels": sent})


# --- cache, priority, dry run ---


@pytest.mark.parametrize(
    ("sent", "wish"),
    [
        (b"no-store", CacheWish.NO_STORE),
        (b" Only-If-Cached ", CacheWish.ONLY_IF_CACHED),
    ],
)
def test_a_wish_for_the_cache_is_read(sent: bytes, wish: CacheWish) -> None:
    assert wishes.cache({b"x-gateway-cache": sent}) is wish


@pytest.mark.parametrize("sent", [b"", b"no-cache", b"hit", b"\xff"])
def test_an_unknown_wish_for_the_cache_is_refused(sent: bytes) -> None:
    with pytest.raises(Invalid, match="X-Gateway-Cache takes no-store or only-if-cached"):
        wishes.cache({b"x-gateway-cache": sent})


@pytest.mark.parametrize("sent", [b"low", b"normal", b"HIGH"])
def test_a_priority_is_read(sent: bytes) -> None:
    assert wishes.priority({b"x-gateway-priority": sent}) == sent.decode().lower()


@pytest.mark.parametrize("sent", [b"", b"urgent", b"1"])
def test_an_unknown_priority_is_refused(sent: bytes) -> None:
    with pytest.raises(Invalid, match="X-Gateway-Priority takes low, normal or high"):
        wishes.priority({b"x-gateway-priority": sent})


@pytest.mark.parametrize("sent", [b"1", b" 1 "])
def test_a_dry_run_is_asked_for_with_a_1(sent: bytes) -> None:
    assert wishes.dry_run({b"x-gateway-dry-run": sent})


@pytest.mark.parametrize("sent", [b"true", b"yes", b"on", b"0", b"", b"11", b"\xb9"])
def test_any_other_word_for_a_dry_run_is_refused_and_nothing_is_bought(sent: bytes) -> None:
    with pytest.raises(Invalid, match="X-Gateway-Dry-Run takes 1"):
        wishes.dry_run({b"x-gateway-dry-run": sent})


# --- headers that do not exist ---


def test_every_header_that_is_read_exists() -> None:
    wishes.check_names(dict.fromkeys(wishes.KNOWN, b"") | {b"x-runway-trace": b"", b"x-other": b""})


@pytest.mark.parametrize(
    ("sent", "meant"),
    [
        (b"x-gateway-dryrun", "X-Gateway-Dry-Run"),
        (b"x-gateway-label", "X-Gateway-Labels"),
        (b"x-gateway-cahce", "X-Gateway-Cache"),
    ],
)
def test_a_mistyped_header_is_refused_with_the_nearest(sent: bytes, meant: str) -> None:
    with pytest.raises(Invalid, match=f"did you mean {meant}?"):
        wishes.check_names({sent: b"canary"})


def test_a_mistyped_header_is_not_shown_at_any_length() -> None:
    with pytest.raises(Invalid) as refused:
        wishes.check_names({b"x-gateway-" + b"a" * 5000: b"canary"})

    assert len(str(refused.value)) < 300
    assert "canary" not in str(refused.value)


def test_a_webhook_is_refused_as_long_as_none_is_called() -> None:
    with pytest.raises(Invalid, match="X-Gateway-Webhook is not offered"):
        wishes.check_names({b"x-gateway-webhook": b"https://example.com"})

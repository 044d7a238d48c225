import pytest

from gateway.rules.events import Event
from gateway.upstream.connection import Connection


def told_nothing(event: Event) -> None:
    raise AssertionError(event)


def connect(base_url: str, key: str = "key_canary") -> Connection:
    return Connection(
        base_url,
        key,
        operation_of=lambda method, path: f"{method} {path}",
        report=told_nothing,
        monotonic=lambda: 0.0,
    )


@pytest.mark.parametrize(
    "base_url",
    [
        "https://api.dev.runwayml.com",
        "https://proxy.example/runway/",
        "http://127.0.0.1:4010",
        "http://127.8.8.8",
        "http://[::1]:4010",
        "http://localhost:4010",
    ],
)
def test_the_key_may_go_over_tls_or_stay_on_this_machine(base_url: str) -> None:
    connect(base_url)


@pytest.mark.parametrize(
    "base_url",
    ["http://api.dev.runwayml.com", "http://10.0.0.1", "http://localhost.example", "http://0.0.0.0:4010"],
)
def test_plain_http_to_another_machine_is_refused(base_url: str) -> None:
    with pytest.raises(ValueError, match="unencrypted; use https"):
        connect(base_url)


@pytest.mark.parametrize(
    "base_url", ["", "api.dev.runwayml.com", "ftp://127.0.0.1", "https://", "unix:///sock"]
)
def test_a_base_url_needs_a_scheme_and_a_host(base_url: str) -> None:
    with pytest.raises(ValueError, match="must be an https URL with a host"):
        connect(base_url)


@pytest.mark.parametrize(
    "base_url", ["https://me:canary@a.example", "https://a.example?key=canary", "https://a.example#canary"]
)
def test_a_base_url_holds_no_secret_and_its_refusal_shows_none(base_url: str) -> None:
    with pytest.raises(ValueError, match="nothing else") as refusal:
        connect(base_url)

    assert "canary" not in str(refusal.value)


def test_a_base_url_that_is_no_url_is_refused() -> None:
    with pytest.raises(ValueError, match="is not a URL"):
        connect("https://a.example:port")


@pytest.mark.parametrize("key", ["", "canary\n", "canary\u2019"])
def test_a_key_that_cannot_stand_in_a_header_is_refused_and_not_shown(key: str) -> None:
    with pytest.raises(ValueError, match="printable ASCII") as refusal:
        connect("https://a.example", key)

    assert "canary" not in str(refusal.value)

"""What the first process refuses to start with."""

import socket
from collections.abc import Iterator

import pytest

from gateway.settings import Settings, Upstream
from gateway.supervisor import CannotServe, check_upstream


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener


def upstream(base_url: str) -> Settings:
    return Settings(upstream=Upstream(base_url=base_url, key="a canary"))


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "localhost", "LocalHost", "127.0.0.2", "0.0.0.0", "[::1]", "[::]"],  # noqa: S104 (as a client says it)
)
@pytest.mark.parametrize("scheme", ["http", "https"])
def test_an_upstream_that_is_the_gateway_itself_is_refused(
    listener: socket.socket, scheme: str, host: str
) -> None:
    port = listener.getsockname()[1]

    with pytest.raises(CannotServe, match="is the gateway itself") as refused:
        check_upstream(upstream(f"{scheme}://{host}:{port}/v1"), listener)

    assert "canary" not in str(refused.value)


@pytest.mark.parametrize("url", ["https://api.dev.runwayml.com", "http://127.0.0.1:4010", "http://[::1]:1"])
def test_another_upstream_is_taken(listener: socket.socket, url: str) -> None:
    check_upstream(upstream(url), listener)


def test_without_a_key_nothing_starts(listener: socket.socket) -> None:
    with pytest.raises(CannotServe, match="RUNWAYML_API_SECRET"):
        check_upstream(Settings(), listener)

"""What holds for all tests."""

import logging
import os
from collections.abc import Iterator

import pytest

pytest.register_assert_rewrite("tests.support")  # so that what tests stand on says as much when it fails

from tests.support.canaries import Listener  # noqa: E402 (rewritten)


def pytest_configure() -> None:
    """Tests talk to this machine alone, whatever proxy a shell names."""
    os.environ["NO_PROXY"] = os.environ["no_proxy"] = "127.0.0.1,localhost"


@pytest.fixture(scope="session")
def _listener() -> Iterator[Listener]:
    listener = Listener()
    logging.getLogger().addHandler(listener)
    yield listener
    logging.getLogger().removeHandler(listener)


@pytest.fixture(autouse=True)
def _nothing_secret_is_logged(_listener: Listener) -> Iterator[None]:
    """Search what a test made libraries log in its own process, tracebacks too."""
    yield
    assert not _listener.forget()

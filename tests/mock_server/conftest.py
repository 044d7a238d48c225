"""A mock server of its own for every test."""

from collections.abc import Iterator

import pytest

from tests.mock_server.driver import Driver


@pytest.fixture
def mock() -> Iterator[Driver]:
    with Driver() as driver:
        yield driver

"""What holds for all tests."""

import os

import pytest

pytest.register_assert_rewrite("tests.support")  # so that what tests stand on says as much when it fails


def pytest_configure() -> None:
    """Tests talk to this machine alone, whatever proxy a shell names."""
    os.environ["NO_PROXY"] = os.environ["no_proxy"] = "127.0.0.1,localhost"

"""The mock for the tests of others, as `pytest_plugin` offers it. The server itself imports nothing of it."""

from mock_server.testing.mock import RunwayClock, RunwayMock

__all__ = ["RunwayClock", "RunwayMock"]

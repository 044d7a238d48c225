"""Which hosts a test with the mock may call: all but Runway's."""

import pytest

IN_PROCESS = "runway-mock.invalid"
"""No real name ends in `.invalid` (RFC 2606), so nobody else ever answers to this one."""

RUNWAY = "runwayml.com"


def refuse_runway(host: str) -> None:
    """Fails the test; no client takes this for a connection that broke and may be tried again."""
    if host == RUNWAY or host.endswith(f".{RUNWAY}"):
        pytest.fail(f"A test with the Runway mock called the real {host}.", pytrace=False)

"""The id under which a request stands in answers and logs."""

import re
from collections.abc import Callable

_CLIENTS_OWN = re.compile(rb"[A-Za-z0-9-]{1,64}")


def request_id(sent: bytes | None, new_id: Callable[[], str]) -> str:
    """Take a client's own `X-Request-Id` if it can do no harm in a log, else make one."""
    if sent is not None and _CLIENTS_OWN.fullmatch(sent):
        return sent.decode()
    return new_id()

"""The id under which a request stands in answers and logs."""

import re
from collections.abc import Callable
from itertools import count

_CLIENTS_OWN = re.compile(rb"[A-Za-z0-9-]{1,64}")
_NODE_DIGITS = 12


class RequestIds:
    """Ids that no other request has: a UUID of this process, whose last part counts up."""

    def __init__(self, new_id: Callable[[], str]) -> None:
        own = new_id()
        self._begin = own[:-_NODE_DIGITS]
        self._numbers = count(int(own[-_NODE_DIGITS:], 16) >> 1)  # the upper half is room to count

    def __call__(self) -> str:
        return f"{self._begin}{next(self._numbers):012x}"


def request_id(sent: bytes | None, new_id: Callable[[], str]) -> str:
    """Take a client's own `X-Request-Id` if it can do no harm in a log, else make one."""
    if sent is not None and _CLIENTS_OWN.fullmatch(sent):
        return sent.decode()
    return new_id()

"""The bill of a test: what the mock charged while it ran, which must be what the gateway booked."""

from typing import NamedTuple

from tests.support.gateway import Gateway
from tests.support.mock import Mock
from tests.support.waiting import wait_until


class Bill(NamedTuple):
    """Tasks that were created upstream, credits that were charged for them, and those given back."""

    creates: int
    charged: float
    refunded: float = 0


class Books:
    """Compares both sides from the moment on at which it was opened."""

    def __init__(self, gateway: Gateway, mock: Mock) -> None:
        self._gateway = gateway
        self._mock = mock
        self._usage = gateway.usage()
        self._billed = self._billed_ever()
        self._suspected = self._suspected_ever()

    def settled(self) -> Bill:
        """Wait until the gateway holds no more than before, check that both sides agree, tell the bill."""
        wait_until(lambda: self._grown("reserved") <= 0, "settling")
        bill = self.billed()
        assert self._mock.audit()["balanced"]
        assert self._grown("unclear") == 0
        assert self._grown("spent") == bill.charged - bill.refunded
        return bill

    def billed(self) -> Bill:
        """What the mock charged so far."""
        now, before = self._billed_ever(), self._billed
        return Bill(
            now.creates - before.creates, now.charged - before.charged, now.refunded - before.refunded
        )

    def double_charges(self) -> int:
        """How many of the charges look like a second one for the same."""
        return self._suspected_ever() - self._suspected

    def spent(self) -> float:
        """What the gateway booked so far."""
        return self._grown("spent")

    def held(self) -> float:
        """What the gateway holds, clear or unclear."""
        return self._grown("reserved") + self._grown("unclear")

    def _grown(self, amount: str) -> float:
        return self._gateway.usage()[amount] - self._usage[amount]

    def _billed_ever(self) -> Bill:
        audit = self._mock.audit()
        return Bill(audit["creates"], audit["charged"], audit["refunded"])

    def _suspected_ever(self) -> int:
        return len(self._mock.audit()["suspectedDoubleCharges"])

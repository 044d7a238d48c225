"""The armed faults: each fires where its scope fits, as often as its schedule says, and then is gone."""

from collections.abc import Callable, Iterator, Mapping
from random import Random

import msgspec

from mock_server.clock import Moment, milliseconds
from mock_server.faults import AnyFault, Fault

NEWCOMERS = ""
"""Stands for the clock of tenants to come, where moments are kept by tenant."""

Moments = Mapping[str, Moment]


class Circumstances(msgspec.Struct, frozen=True, kw_only=True):
    """What a scope is compared with. `model` is asked for only when a fault cares.

    Side doors are no operations of the API: only a fault that names one fits.
    """

    operation: str
    model: Callable[[], str]
    tenant: str
    now: Moment
    is_create: bool = False
    is_side_door: bool = False


class ArmedFault(msgspec.Struct, kw_only=True):
    """`since` is when it was armed, by the clock of every tenant there was."""

    id: str
    fault: AnyFault
    since: Moments
    random: Random
    chances: int = 0
    fired: int = 0

    @property
    def is_spent(self) -> bool:
        return self.fault.times is not None and self.fired >= self.fault.times

    def is_over(self, moments: Moments) -> bool:
        """Whether it has closed for all whom it concerns."""
        closes_after, tenant = self.fault.closes_after, self.fault.tenant
        if closes_after is None:
            return False
        if tenant is not None:
            moments = {tenant: moments.get(tenant, moments[NEWCOMERS])}
        return all(self._age(name, now) >= milliseconds(closes_after) for name, now in moments.items())

    def concerns(self, where: Circumstances) -> bool:
        fault = self.fault
        return (
            fault.operation in ({where.operation} if where.is_side_door else {None, where.operation})
            and fault.tenant in {None, where.tenant}
            and (where.is_create or fault.operation is not None or not fault.creates_only)
            and self._is_open(where)
            and (fault.model is None or fault.model == where.model())
        )

    def fires(self) -> bool:
        """Counts one chance."""
        self.chances += 1
        if self.chances % self.fault.every or self.random.random() >= self.fault.probability:
            return False
        self.fired += 1
        return True

    def _is_open(self, where: Circumstances) -> bool:
        age, closes_after = self._age(where.tenant, where.now), self.fault.closes_after
        return age >= milliseconds(self.fault.opens_after) and (
            closes_after is None or age < milliseconds(closes_after)
        )

    def _age(self, tenant: str, now: Moment) -> int:
        return now - self.since.get(tenant, self.since[NEWCOMERS])


class Armory:
    """`random` gives each fault dice of its own, so that what others do does not change its chances."""

    def __init__(self, random: Random, *, faults_max: int) -> None:
        self._armed: dict[str, ArmedFault] = {}
        self._random = random
        self._faults_max = faults_max

    def arm(self, fault_id: str, fault: AnyFault, moments: Moments) -> ArmedFault | None:
        """None when too many are armed."""
        self.clear(moments)
        if len(self._armed) >= self._faults_max:
            return None
        dice = self._random.getrandbits(64) if fault.seed is None else fault.seed
        since = {name: moment for name, moment in moments.items() if fault.tenant in {None, name} or not name}
        armed = ArmedFault(id=fault_id, fault=fault, since=since, random=Random(dice))  # noqa: S311 (chances of a mock)
        self._armed[fault_id] = armed
        return armed

    def disarm(self, fault_id: str) -> bool:
        return self._armed.pop(fault_id, None) is not None

    def armed(self) -> list[ArmedFault]:
        return list(self._armed.values())

    def clear(self, moments: Moments) -> None:
        """Lets those go that can no longer fire."""
        self._keep(armed for armed in self._armed.values() if not armed.is_over(moments))

    def take(self, where: Circumstances) -> list[Fault]:
        """Those that fire now; the spent ones leave the list."""
        if not self._armed:
            return []
        concerned = [armed for armed in self._armed.values() if armed.concerns(where)]
        firing: list[Fault] = [armed.fault for armed in concerned if armed.fires()]
        self._keep(armed for armed in self._armed.values() if not armed.is_spent)
        return firing

    def _keep(self, armed: Iterator[ArmedFault]) -> None:
        self._armed = {each.id: each for each in armed}

"""The armed faults: each fires where its scope fits, as often as its schedule says, and then is gone."""

from random import Random

import msgspec

from mock_server.faults import AnyFault, Fault


class Circumstances(msgspec.Struct, frozen=True, kw_only=True):
    """What a scope is compared with."""

    operation: str
    is_create: bool
    model: str
    tenant: str


class ArmedFault(msgspec.Struct, kw_only=True):
    id: str
    fault: AnyFault
    chances: int = 0
    fired: int = 0

    @property
    def is_spent(self) -> bool:
        return self.fault.times is not None and self.fired >= self.fault.times

    def concerns(self, where: Circumstances) -> bool:
        fault = self.fault
        return (
            fault.operation in {None, where.operation}
            and fault.model in {None, where.model}
            and fault.tenant in {None, where.tenant}
            and (where.is_create or not fault.creates_only)
        )

    def fires(self, random: Random) -> bool:
        """Counts one chance."""
        self.chances += 1
        if self.chances % self.fault.every or random.random() >= self.fault.probability:
            return False
        self.fired += 1
        return True


class Armory:
    def __init__(self, random: Random, *, faults_max: int) -> None:
        self._armed: dict[str, ArmedFault] = {}
        self._random = random
        self._faults_max = faults_max

    def arm(self, fault_id: str, fault: AnyFault) -> ArmedFault | None:
        """None when too many are armed."""
        if len(self._armed) >= self._faults_max:
            return None
        self._armed[fault_id] = ArmedFault(id=fault_id, fault=fault)
        return self._armed[fault_id]

    def disarm(self, fault_id: str) -> bool:
        return self._armed.pop(fault_id, None) is not None

    def armed(self) -> list[ArmedFault]:
        return list(self._armed.values())

    def take(self, where: Circumstances) -> list[Fault]:
        """Those that fire now; the spent ones leave the list."""
        if not self._armed:
            return []
        concerned = [armed for armed in self._armed.values() if armed.concerns(where)]
        firing: list[Fault] = [armed.fault for armed in concerned if armed.fires(self._random)]
        self._armed = {key: armed for key, armed in self._armed.items() if not armed.is_spent}
        return firing

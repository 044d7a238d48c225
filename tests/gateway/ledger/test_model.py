"""Any sequence of verbs, against a model of a few lines."""

import asyncio
from collections.abc import Coroutine
from typing import Any, ClassVar, TypeVar

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from msgspec import structs

from gateway.ledger.connection import connect
from gateway.ledger.embedded import EmbeddedValkey
from gateway.ledger.redis_ledger import RedisLedger
from gateway.ports.ledger import Granted, LimitReached, Reservation, Snapshot, Stale, Use
from gateway.rules.accounts import Becomes, Claim
from gateway.rules.credits import Credits
from gateway.rules.fence import Fence
from gateway.rules.ids import ReservationId
from tests.gateway.ledger.support import NOW, credits, generations, reservation, running

ACCOUNTS = (
    credits(0, most=100, owner="organization"),
    credits(0, most=60, owner="team/ads"),
    generations(most=4),
    running(most=2),
)
T = TypeVar("T")

IDS = st.sampled_from(["a", "b", "c", "d", "e"])
AMOUNTS = st.integers(0, 50)


class Model(RuleBasedStateMachine):
    """The ledger beside what it should hold: open reservations, and what was settled on each account."""

    url: ClassVar[str]

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.ledger = RedisLedger(connect(self.url))
        self.fence = Fence(epoch=0, policies=1)
        self.open: dict[str, Reservation] = {}
        self.settled = dict.fromkeys((claim.field for claim in ACCOUNTS), 0)
        self.pushed: set[str] = set()  # accounts that a correction or a charge took beyond their limit

    @initialize()
    def flush(self) -> None:
        self._await(self.ledger._server.ask("FLUSHALL"))
        self.rebuild()

    @rule(id=IDS, amount=AMOUNTS)
    def reserve(self, id: str, amount: int) -> None:
        claims = [
            structs.replace(claim, amount=amount if claim.becomes is Becomes.CHARGE else 1)
            for claim in ACCOUNTS
        ]

        answer = self._await(self.ledger.reserve(self.fence, reservation(id, *claims), now=NOW))

        over = [claim for claim in claims if self._use(claim).total + claim.amount > (claim.amount_max or 0)]
        if id in self.open or not over:
            assert isinstance(answer, Granted)
            self.open.setdefault(id, reservation(id, *claims))
        else:
            assert answer == LimitReached(over[0], *structs.astuple(self._use(over[0])))

    @rule(id=IDS, amount=AMOUNTS)
    def correct(self, id: str, amount: int) -> None:
        assert isinstance(
            self._await(self.ledger.correct(self.fence, ReservationId(id), Credits(amount))), Granted
        )

        if id in self.open:
            self.open[id] = reservation(
                id,
                *(
                    _amounting(claim, amount) if claim.becomes is Becomes.CHARGE else claim
                    for claim in self.open[id].claims
                ),
            )
            self._note_pushed()

    @rule(id=IDS, charged=AMOUNTS)
    def close(self, id: str, charged: int) -> None:
        assert isinstance(
            self._await(self.ledger.close(self.fence, ReservationId(id), Credits(charged))), Granted
        )

        closed = self.open.pop(id, None)
        for claim in closed.claims if closed else ():
            match claim.becomes:
                case Becomes.CHARGE:
                    self.settled[claim.field] += charged
                case Becomes.COUNT:
                    self.settled[claim.field] += claim.amount if charged else 0
                case Becomes.NOTHING:
                    pass
        self._note_pushed()

    @rule()
    def rebuild(self) -> None:
        self.fence = Fence(epoch=self.fence.epoch + 1, policies=1)
        snapshot = Snapshot(dict(self.settled), tuple(self.open.values()))

        assert self._await(self.ledger.install(self.fence, snapshot, now=NOW))

    @rule()
    def lose(self) -> None:
        self._await(self.ledger._server.ask("FLUSHALL"))

        assert self._await(self.ledger.reserve(self.fence, reservation("z"), now=NOW)) == Stale()
        self.rebuild()

    @rule()
    def sweep(self) -> None:
        assert self._await(self.ledger.sweep(NOW)) == 0

    @invariant()
    def the_ledger_holds_what_the_model_holds(self) -> None:
        uses = self._await(self.ledger.use(ACCOUNTS)) if self.fence.epoch else []
        for claim, use in zip(ACCOUNTS, uses, strict=False):
            assert use == self._use(claim)
            assert use.total >= use.held >= 0
            assert use.total <= (claim.amount_max or 0) or claim.field in self.pushed

    def teardown(self) -> None:
        for id in list(self.open):
            self.close(id, 0)
        held = [use.held for use in self._await(self.ledger.use(ACCOUNTS))]
        left = self._await(self.ledger.opened_before(NOW.replace(year=9000)))
        self._await(self.ledger.disconnect())
        self.runner.close()
        assert held == [0] * len(ACCOUNTS)
        assert left == []

    def _await(self, verb: Coroutine[Any, Any, T]) -> T:
        return self.runner.run(verb)

    def _use(self, claim: Claim) -> Use:
        amounts = [c.amount for each in self.open.values() for c in each.claims if c.field == claim.field]
        return Use(total=self.settled[claim.field] + sum(amounts), held=sum(amounts))

    def _note_pushed(self) -> None:
        self.pushed |= {c.field for c in ACCOUNTS if self._use(c).total > (c.amount_max or 0)}


def _amounting(claim: Claim, amount: int) -> Claim:
    return structs.replace(claim, amount=amount)


@pytest.mark.parametrize(
    "examples",
    [
        pytest.param(40, id="few"),
        pytest.param(1500, id="many", marks=[pytest.mark.long, pytest.mark.timeout(600)]),
    ],
)
def test_any_sequence_of_verbs_does_what_the_model_says(shared_valkey: EmbeddedValkey, examples: int) -> None:
    Model.url = shared_valkey.url

    run_state_machine_as_test(
        Model, settings=settings(max_examples=examples, stateful_step_count=30, deadline=None)
    )

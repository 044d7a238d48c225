"""The flows that both requests and loops tell, joined to their ports."""

import asyncio
from dataclasses import dataclass

from gateway.assembly.adapters import Adapters
from gateway.flows.attempts import Attempts
from gateway.flows.authenticate import Authenticate
from gateway.flows.deliveries import Deliveries
from gateway.flows.forward import Forward
from gateway.flows.forwards import Forwards
from gateway.flows.hand_over import HandOver
from gateway.flows.hold import Hold
from gateway.flows.mend import Mend
from gateway.flows.price import Prices
from gateway.flows.retract import Retract
from gateway.flows.settle import Settle
from gateway.flows.slots import Slots
from gateway.settings import Settings
from gateway.world import World


@dataclass(frozen=True, kw_only=True)
class Stories:
    """The flows that both requests and loops tell."""

    authenticate: Authenticate
    prices: Prices
    mend: Mend
    settle: Settle
    hold: Hold
    retract: Retract
    hand_over: HandOver
    slots: Slots
    forward: Forward
    forwards: Forwards
    deliveries: Deliveries
    wake: asyncio.Event


def make_stories(settings: Settings, adapters: Adapters, world: World) -> Stories:
    wake = asyncio.Event()
    clock, report = world.clock, adapters.report
    ledger, stages, board = adapters.ledger, adapters.stages, adapters.board
    prices = Prices(catalogue=adapters.catalogue, admissions=adapters.admissions)
    mend = _mend(adapters, world)
    settle = Settle(
        stages=stages,
        ledger=ledger,
        mend=mend,
        prices=prices,
        board=board,
        clock=clock,
        report=report,
        slot_freed=wake.set,
    )
    hold = Hold(stages=stages, settle=settle, board=board, clock=clock, report=report)
    forward = Forward(
        stages=stages,
        ledger=ledger,
        upstream=adapters.upstream,
        mend=mend,
        prices=prices,
        settle=settle,
        hold=hold,
        board=board,
        clock=clock,
        path_of=adapters.catalogue.path_of,
        report=report,
    )
    forwards = Forwards(
        forward=forward,
        stages=stages,
        clock=clock,
        spawn=adapters.group.spawn,
        wait_seconds=settings.limits.forward_wait_seconds,
    )
    return Stories(
        authenticate=Authenticate(directory=adapters.directory, clock=clock, attempts=Attempts(clock=clock)),
        prices=prices,
        mend=mend,
        settle=settle,
        hold=hold,
        hand_over=_hand_over(adapters, world, mend=mend, settle=settle),
        retract=Retract(stages=stages, mend=mend, settle=settle, clock=clock),
        slots=Slots(ledger=ledger, mend=mend, concurrency=adapters.tier, clock=clock, new_id=world.new_id),
        forward=forward,
        forwards=forwards,
        deliveries=Deliveries(admissions=adapters.admissions),
        wake=wake,
    )


def _mend(adapters: Adapters, world: World) -> Mend:
    return Mend(
        ledger=adapters.ledger,
        admissions=adapters.admissions,
        stages=adapters.stages,
        concurrency=adapters.tier,
        clock=world.clock,
        seconds=world.seconds,
        report=adapters.report,
    )


def _hand_over(adapters: Adapters, world: World, *, mend: Mend, settle: Settle) -> HandOver:
    return HandOver(
        stages=adapters.stages,
        sight=adapters.sight,
        directory=adapters.directory,
        ledger=adapters.ledger,
        mend=mend,
        settle=settle,
        clock=world.clock,
    )

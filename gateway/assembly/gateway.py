"""One process's gateway: an ASGI application and the loops behind it."""

import asyncio
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta

from gateway.assembly.adapters import Adapters, Stores, make_adapters
from gateway.assembly.stories import Stories, make_stories
from gateway.background import Background, Followed, Group
from gateway.flows.administer import Administer
from gateway.flows.admit import Admit
from gateway.flows.cancel import Cancel
from gateway.flows.create import Create
from gateway.flows.dispatch import Dispatch
from gateway.flows.pass_on import PassOn
from gateway.flows.refresh import Refresh
from gateway.flows.share import Share
from gateway.flows.tier import Tier
from gateway.flows.watch import Watch
from gateway.ledger.redis_ledger import RedisLedger
from gateway.ports.ledger import LedgerAway
from gateway.ports.records import RecordsAway
from gateway.records.database import Database
from gateway.rules.events import StoreAway
from gateway.settings import Settings
from gateway.telemetry.log import Stream
from gateway.telemetry.telemetry import Telemetry
from gateway.upstream.connection import Connection
from gateway.web.application import Parts, application
from gateway.web.bearer import AdminKeys
from gateway.web.exchange import Bodies
from gateway.web.front import Front
from gateway.web.polls import Polls
from gateway.web.request_id import RequestIds
from gateway.web.surface import Surface
from gateway.world import World

BOARD_SECONDS = 0.5
"""How often a process looks for what others changed: half of the age that a poll may have."""
TIER_SECONDS = 60.0
TIER_AT_START_SECONDS_MAX = 2.0
OPEN_AGAIN_SECONDS = 0.5
"""How soon a start looks again for a store that is away."""
POLLS_SECONDS = 1.0
"""How late metrics may know of polls that were answered from memory."""


@dataclass(frozen=True, kw_only=True)
class Gateway:
    """One process's gateway: an ASGI application and the loops behind it."""

    app: Front
    background: Background
    group: Group
    parts: Parts
    ledger: RedisLedger
    database: Database
    connection: Connection
    telemetry: Telemetry
    tier: Tier
    drain_seconds: float

    async def run(self, ready: asyncio.Event) -> None:
        """Run the loops until cancelled; `ready` is set when creates can be answered."""
        await self._read_tier()
        while not await self._opened():
            await self.background.clock.sleep(OPEN_AGAIN_SECONDS)
        ready.set()
        await self.background.run()

    async def _read_tier(self) -> None:
        """Learn how much Runway runs at once before anything is sent, unless Runway is away."""
        with suppress(TimeoutError):
            async with asyncio.timeout(TIER_AT_START_SECONDS_MAX):
                await self.tier.refresh()

    async def _opened(self) -> bool:
        """Check both stores and make the ledger complete; False while one of them is away."""
        try:
            await self.database.check()
            await self.ledger.check()
            fence = await self.background.mend.mend()
        except (LedgerAway, RecordsAway) as away:
            store = "ledger" if isinstance(away, LedgerAway) else "records"
            self.background.report(StoreAway(store=store))
            return False
        self.background.authenticate.policies_are(fence.policies)
        return True

    async def close(self) -> None:
        """Finish what is under way, within bounds, close every connection, and tell what happened."""
        try:
            await self.group.drain(self.drain_seconds)
            await self.background.guarded("leases", self.background.followed.let_go)
            await self.background.deliveries.flush()
            await self.app.polls.tell()
            await self.connection.aclose()
            await self.ledger.disconnect()
            self.database.close()
        finally:
            self.telemetry.tell()


def assemble(settings: Settings, stores: Stores, *, owner: str, log: Stream, world: World) -> Gateway:
    """Join one process's parts. `owner` names the process in leases.

    Raises ValueError when the upstream's address or key cannot be used.
    """
    adapters = make_adapters(settings, stores, owner=owner, log=log, world=world)
    stories = make_stories(settings, adapters, world)
    parts = _parts(settings, adapters, stories, world)
    front = _front(settings, adapters, stories, parts=parts, world=world)
    return Gateway(
        app=front,
        background=_background(adapters, stories, world, polls=front.polls),
        group=adapters.group,
        parts=parts,
        ledger=adapters.ledger,
        database=adapters.database,
        connection=adapters.connection,
        telemetry=adapters.report,
        tier=adapters.tier,
        drain_seconds=settings.limits.drain_seconds,
    )


def _create(settings: Settings, adapters: Adapters, stories: Stories, world: World) -> Create:
    admit = Admit(
        ledger=adapters.ledger,
        admissions=adapters.admissions,
        mend=stories.mend,
        slots=stories.slots,
        settle=stories.settle,
        retract=stories.retract,
        clock=world.clock,
        new_id=world.new_id,
        project=settings.upstream.project,
    )
    share = Share(
        admissions=adapters.admissions,
        admit=admit,
        deliveries=stories.deliveries,
        clock=world.clock,
        reuse_window=timedelta(hours=settings.reuse.hours),
    )
    return Create(
        authenticate=stories.authenticate,
        catalogue=adapters.catalogue,
        prices=stories.prices,
        ledger=adapters.ledger,
        admissions=adapters.admissions,
        stages=adapters.stages,
        share=share,
        admit=admit,
        forwards=stories.forwards,
        board=adapters.board,
        clock=world.clock,
        report=adapters.report,
    )


def _front(settings: Settings, adapters: Adapters, stories: Stories, *, parts: Parts, world: World) -> Front:
    refresh = Refresh(
        sight=adapters.sight,
        stages=adapters.stages,
        upstream=adapters.upstream,
        board=adapters.board,
        clock=world.clock,
    )
    polls = Polls(board=adapters.board, refresh=refresh, report=adapters.report)
    surface = Surface(
        authenticate=stories.authenticate,
        admin_keys=parts.admin_keys,
        catalogue=adapters.catalogue,
        create=_create(settings, adapters, stories, world),
        cancel=_cancel(adapters, stories, world),
        pass_on=_pass_on(adapters, world),
        polls=polls,
        clock=world.clock,
        bodies=Bodies(
            bytes_max=settings.limits.body_bytes_max, in_flight_max=settings.limits.in_flight_bytes_max
        ),
    )
    return Front(
        authenticate=stories.authenticate,
        catalogue=adapters.catalogue,
        polls=polls,
        surface=surface,
        own=application(parts),
        clock=world.clock,
        deliveries=stories.deliveries,
        new_id=RequestIds(world.new_id),
        seconds=world.seconds,
        report=adapters.report,
    )


def _cancel(adapters: Adapters, stories: Stories, world: World) -> Cancel:
    return Cancel(
        stages=adapters.stages,
        upstream=adapters.upstream,
        hand_over=stories.hand_over,
        forwards=stories.forwards,
        settle=stories.settle,
        board=adapters.board,
        clock=world.clock,
        report=adapters.report,
    )


def _pass_on(adapters: Adapters, world: World) -> PassOn:
    return PassOn(
        upstream=adapters.upstream,
        admissions=adapters.admissions,
        reports=adapters.reports,
        ledger=adapters.ledger,
        concurrency=adapters.tier,
        models=adapters.catalogue.models(),
        clock=world.clock,
    )


def _parts(settings: Settings, adapters: Adapters, stories: Stories, world: World) -> Parts:
    administer = Administer(
        directory=adapters.directory,
        sight=adapters.sight,
        settle=stories.settle,
        mend=stories.mend,
        board=adapters.board,
        clock=world.clock,
        new_id=world.new_id,
        random_bytes=world.random_bytes,
        report=adapters.report,
    )
    return Parts(
        administer=administer,
        reports=adapters.reports,
        directory=adapters.directory,
        admin_keys=AdminKeys(settings.admin.key),
        attempts=stories.authenticate.attempts,
        offered=adapters.catalogue.offered(),
        ready=_Readiness(adapters).parts,
        clock=world.clock,
        new_id=world.new_id,
        report=adapters.report,
    )


@dataclass(frozen=True)
class _Readiness:
    """Whether creates can be answered now."""

    adapters: Adapters

    async def parts(self) -> dict[str, str]:
        """Say of each store in one word how it is."""
        found = {"records": "ok", "ledger": "ok"}
        try:
            wanted = await self.adapters.admissions.fence()
            await self.adapters.database.check_writes()
        except RecordsAway:
            return {"records": "away", "ledger": "unknown"}
        try:
            if await self.adapters.ledger.fence() != wanted:
                found["ledger"] = "rebuilding"
        except LedgerAway:
            found["ledger"] = "away"
        return found


def _background(adapters: Adapters, stories: Stories, world: World, *, polls: Polls) -> Background:
    clock, report, stages = world.clock, adapters.report, adapters.stages
    watch = Watch(
        stages=stages,
        directory=adapters.directory,
        upstream=adapters.upstream,
        slots=stories.slots,
        settle=stories.settle,
        hold=stories.hold,
        board=adapters.board,
        clock=clock,
        report=report,
    )
    dispatch = Dispatch(
        stages=stages,
        directory=adapters.directory,
        slots=stories.slots,
        forwards=stories.forwards,
        settle=stories.settle,
        hand_over=stories.hand_over,
        retract=stories.retract,
        board=adapters.board,
        clock=clock,
    )
    return Background(
        admissions=adapters.admissions,
        stages=stages,
        ledger=adapters.ledger,
        authenticate=stories.authenticate,
        prices=stories.prices,
        deliveries=stories.deliveries,
        mend=stories.mend,
        settle=stories.settle,
        forward=stories.forward,
        retract=stories.retract,
        dispatch=dispatch,
        watch=watch,
        followed=Followed(stages=stages, watch=watch, clock=clock, spawn=adapters.group.spawn),
        clock=clock,
        report=report,
        chores={
            "board": (BOARD_SECONDS, adapters.board.refresh),
            "tier": (TIER_SECONDS, adapters.tier.refresh),
            "polls": (POLLS_SECONDS, polls.tell),
        },
        wake=stories.wake,
    )

"""Gateways assembled in this peer on real stores; their loops go round when a test says so."""
# ruff: noqa: ANN401 - what is passed on has the types of whoever takes it

import asyncio
import dataclasses
import io
import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from msgspec import structs
from redis.asyncio import Redis

from gateway import settings
from gateway.assembly.adapters import Stores
from gateway.assembly.gateway import Gateway, assemble
from gateway.background import Background
from gateway.flows.administer import Administer
from gateway.flows.asked import Asked, Created
from gateway.ports.ledger import Use
from gateway.records.leases import LEASE
from gateway.records.rows import GENERATIONS, TASKS, to_generation, to_task
from gateway.rules.accounts import Account, Claim
from gateway.rules.generation import OPEN, Generation, Stage, Task
from gateway.rules.ids import GenerationId, Owner, TaskId, TeamId
from gateway.rules.policy import Limit, Measure, Per, Policy
from gateway.settings import Settings
from gateway.world import World
from tests.gateway.flows.clock import ManualClock
from tests.gateway.flows.upstream import KEY, Upstream

CLIP = {
    "model": "gen4_turbo",
    "promptImage": "https://example.com/first.png",
    "promptText": "a lighthouse",
    "ratio": "1280:720",
    "duration": 5,
}
CLIP_PATH = "/v1/image_to_video"
CLIP_COST = 25_000
CLIP_CREDITS = 25
"""What a clip of five seconds costs, by the price book and by the mock."""
ROUND = timedelta(seconds=15)
ROUNDS_MAX = 60
PAST_LEASES = LEASE + timedelta(seconds=1)
"""What it takes until another gateway takes up what one has in hand."""
MEMORY = Path("/dev/shm")  # noqa: S108 (a folder of random name in it)


def clip(**changes: object) -> dict[str, Any]:
    return CLIP | changes


def seeded(seed: int = 1, **changes: object) -> dict[str, Any]:
    """A clip that may be shared."""
    return CLIP | {"seed": seed} | changes


def credits_limit(amount: float, per: Per = Per.DAY, **more: Any) -> Limit:
    return Limit(measure=Measure.CREDITS, amount=amount, per=per, **more)


def generations_limit(amount: int, per: Per = Per.DAY) -> Limit:
    return Limit(measure=Measure.GENERATIONS, amount=amount, per=per)


def running_limit(amount: int, **more: Any) -> Limit:
    return Limit(measure=Measure.RUNNING, amount=amount, **more)


def limits(*limits: Limit, **more: Any) -> Policy:
    return Policy(limits=limits, **more)


async def flush(redis_url: str) -> None:
    """Empty a ledger's server, however long it takes to answer."""
    client = Redis.from_url(redis_url)
    await client.flushall()
    await client.aclose()


@contextmanager
def records_in_memory(empty: Path) -> Iterator[str]:
    """Copy empty records to where a commit costs nothing, if there is such a place, and tell their URL."""
    with TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None) as folder:
        path = Path(folder) / "records.db"
        shutil.copyfile(empty, path)
        yield f"sqlite:///{path}"


@dataclass(frozen=True, kw_only=True)
class Member:
    """A team's developer with a key."""

    team: TeamId
    secret: str
    team_owner: Owner
    key_owner: Owner


@dataclass
class Peer:
    """One gateway as one peer has it."""

    gateway: Gateway
    clock: ManualClock
    log: io.StringIO

    @property
    def background(self) -> Background:
        return self.gateway.background

    @property
    def administer(self) -> Administer:
        return self.gateway.parts.administer

    async def begin(self) -> None:
        """Do what a gateway does before it answers creates."""
        await self.background.mend.mend()
        self.background.authenticate.policies_are(self.background.mend.fence.policies)

    async def add_member(self, team: str, policy: Policy = Policy(), key: Policy = Policy()) -> Member:  # noqa: B008
        """Add a key, and its team unless it is there."""
        if await self.administer.directory.team(TeamId(team)) is None:
            await self.administer.add_team(team, team, policy)
        made = await self.administer.add_key(TeamId(team), "a key", key, expires_at=None)
        return Member(
            team=TeamId(team),
            secret=made.secret,
            team_owner=Owner(f"team/{team}"),
            key_owner=Owner(f"key/{made.key.id}"),
        )

    async def asked(self, member: Member, body: dict[str, Any] | None = None, **wishes: Any) -> Asked:
        """Make of a body what the web makes of it."""
        content = CLIP if body is None else body
        operation = self.gateway.app.catalogue.find("POST", CLIP_PATH)
        assert operation is not None
        text = json.dumps(content).encode()
        return Asked(
            holder=await self.background.authenticate.holder(member.secret, address="127.0.0.1"),
            operation=operation,
            body=content,
            digest=sha256(operation.name.encode() + b"\n" + text).hexdigest(),
            **wishes,
        )

    async def create_slowly(
        self, member: Member, body: dict[str, Any] | None = None, **wishes: Any
    ) -> Created:
        """Create while the test moves the clock."""
        return await self.gateway.app.surface.create.create(await self.asked(member, body, **wishes))

    async def create(self, member: Member, body: dict[str, Any] | None = None, **wishes: Any) -> Created:
        """Create, however long it takes."""
        return await self.clock.passing(self.create_slowly(member, body, **wishes))

    async def cancel(self, created: Created, member: Member) -> None:
        await self.clock.passing(self.gateway.app.surface.cancel.cancel(_task(created).id, member.team))

    async def round(self) -> None:
        """Let every loop go round once, and end what that starts."""
        for _, step in self.background._own_chores().values():
            await self.clock.passing(asyncio.ensure_future(step()))
            await self.work_done()
        await self.background.chores["board"][1]()

    async def work_done(self) -> None:
        """Wait for all that goes on beside the loops."""
        while going_on := set(self.gateway.group._tasks):
            await self.clock.passing(asyncio.wait(going_on))

    async def rest(self) -> None:
        """Let time pass until nothing is left to be done."""
        await self.round()
        for _ in range(ROUNDS_MAX):
            busy = OPEN - {Stage.UNCLEAR} | {Stage.CLOSING}
            if not any(generation.stage in busy for generation in await self.generations()):
                return
            self.clock.advance(ROUND)
            await self.round()
        raise AssertionError("it never came to rest")

    async def go_on_for(self, time: timedelta) -> None:
        """Let time pass with all loops going round."""
        until = self.clock.now() + time
        while self.clock.now() < until:
            self.clock.advance(ROUND)
            await self.round()

    async def read_tier(self) -> None:
        await self.background.chores["tier"][1]()

    async def generations(self) -> list[Generation]:
        """All that the records hold, oldest first; voids left out."""
        rows = await self.gateway.database.read(lambda connection: connection.execute(GENERATIONS).all())
        found = [to_generation(row) for row in rows if row.stage != Stage.VOID]
        return sorted(found, key=lambda generation: generation.created_at)

    async def tasks(self) -> list[Task]:
        rows = await self.gateway.database.read(lambda connection: connection.execute(TASKS).all())
        return [to_task(row) for row in rows]

    async def generation(self, created: Created) -> Generation:
        """A task's generation as it stands."""
        wanted = _task(created).generation
        return next(generation for generation in await self.generations() if generation.id == wanted)

    async def use(self, owner: Owner, limit: Limit) -> Use:
        """What the ledger holds on an account now."""
        (use,) = await self.gateway.ledger.use([Claim(Account(owner, limit), 0, self.clock.now())])
        return use

    async def shown(self, created: Created) -> Any:
        """The task as its team sees it."""
        shown = self.board.shown(_task(created).id) or await self.board.load(_task(created).id)
        return None if shown is None else json.loads(shown.body)

    @property
    def board(self) -> Any:
        return self.administer.board

    def told(self, event: str) -> list[dict[str, Any]]:
        """The events of one name, oldest first."""
        self.gateway.telemetry.tell()
        lines = [json.loads(line) for line in self.log.getvalue().splitlines()]
        return [line for line in lines if line["event"] == event]

    async def close(self) -> None:
        for work in set(self.gateway.group._tasks):
            work.cancel()
        await self.gateway.connection.aclose()
        await self.gateway.ledger.disconnect()
        self.gateway.database.close()


@dataclass
class Play:
    """Two stores, an upstream, a clock, and as many gateways as a test wants."""

    stores: Stores
    upstream: Upstream
    clock: ManualClock
    peers: list[Peer] = field(default_factory=list)

    async def peer(self, **changes: Any) -> Peer:
        """Start one more gateway."""
        peer = self.assembled(**changes)
        await peer.begin()
        return peer

    def assembled_without_ledger(self) -> Peer:
        """Make one more gateway, whose ledger is away."""
        nowhere = dataclasses.replace(self.stores, redis_url="unix:///nowhere/valkey.sock")
        return Play(nowhere, self.upstream, self.clock, self.peers).assembled()

    async def flush_ledger(self) -> None:
        """Lose the whole ledger."""
        await flush(self.stores.redis_url)

    def assembled(self, **changes: Any) -> Peer:
        """Make one more gateway that has done nothing yet."""
        chosen = Settings(
            upstream=settings.Upstream(base_url=self.upstream.url, key=KEY), admin=settings.Admin(key="admin")
        )
        clock, log = self.clock, io.StringIO()
        gateway = assemble(
            structs.replace(chosen, **changes),
            self.stores,
            owner=f"peer-{len(self.peers)}",
            log=log,
            world=World(clock=clock, store_time=clock.micros, seconds=clock.seconds),
        )
        self.peers.append(Peer(gateway, clock, log))
        return self.peers[-1]

    async def close(self) -> None:
        for peer in self.peers:
            await peer.close()


def task_id(created: Created) -> TaskId:
    return _task(created).id


def generation_id(created: Created) -> GenerationId:
    return _task(created).generation


def _task(created: Created) -> Task:
    assert created.task is not None, "not a dry run"
    return created.task

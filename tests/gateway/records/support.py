"""Generations, tasks, teams and stores as the tests of the records write them."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from uuid import uuid4

from msgspec import structs

from gateway.records.admissions import SqlAdmissions
from gateway.records.database import Database
from gateway.records.directory import SqlDirectory
from gateway.records.engines import Patience
from gateway.records.sight import SqlSight
from gateway.records.stages import SqlStages
from gateway.rules.credits import Credits
from gateway.rules.directory import Key, Team
from gateway.rules.fence import Fence
from gateway.rules.generation import Generation, Stage, Status, Task
from gateway.rules.ids import GenerationId, KeyId, ReservationId, TaskId, TeamId, UpstreamId
from gateway.rules.policy import Policy
from gateway.rules.settlement import Observation, Settlement, settle

NOW = datetime(2026, 3, 10, 12, 30, tzinfo=UTC)
LATER = NOW + timedelta(minutes=5)
LONG_AGO = NOW - timedelta(days=400)
ADS, ART = TeamId("ads"), TeamId("art")
ADS_KEY, ART_KEY = KeyId("ads-key"), KeyId("art-key")
RESERVED = Credits(25_000)
PATIENT = Patience(answer=30.0, statement=20.0, lock=10.0)
"""Where a test is not about time, a busy machine must not make it so."""


def generation(**changes: object) -> Generation:
    """Make a QUEUED generation of the team `ads`, with some fields as given."""
    id = str(uuid4())
    new = Generation(
        id=GenerationId(id),
        stage=Stage.QUEUED,
        operation="image_to_video",
        model="gen4_turbo",
        project="default",
        body=b'{"promptText":"a fox"}',
        headers={"X-Runway-Version": "2024-11-06"},
        team=ADS,
        key=ADS_KEY,
        reservation=ReservationId(id),
        reserved=RESERVED,
        priced_as="priced-as",
        created_at=NOW,
        due_at=NOW,
    )
    return structs.replace(new, **changes)


def task(of: Generation, **changes: object) -> Task:
    """Make the paying task of a generation, with some fields as given."""
    new = Task(
        id=TaskId(str(uuid4())),
        generation=of.id,
        team=of.team,
        key=of.key,
        created_at=of.created_at,
        pays=True,
        digest="digest",
    )
    return structs.replace(new, **changes)


def follower(**changes: object) -> Task:
    """Make a task of the team `art` that is to join whatever it finds."""
    of_art = generation(id=GenerationId(""), team=ART, key=ART_KEY)
    return task(of_art, **{"pays": False, **changes})


def team(id: TeamId = ADS, **changes: object) -> Team:
    new = Team(id=id, name=id.title(), policy=Policy(), version=1, created_at=NOW)
    return structs.replace(new, **changes)


def key(id: KeyId = ADS_KEY, of: TeamId = ADS, **changes: object) -> Key:
    new = Key(id=id, team=of, label="ci", policy=Policy(), version=1, created_at=NOW)
    return structs.replace(new, **changes)


def succeeded(charged: int = RESERVED) -> Settlement:
    seen = Observation(Status.SUCCEEDED, output=("https://cdn.test/1.mp4",), cost=Credits(charged))
    return settle(seen, RESERVED)


def failed(charged: int = 0) -> Settlement:
    seen = Observation(Status.FAILED, failure="No.", failure_code="INTERNAL", cost=Credits(charged))
    return settle(seen, RESERVED)


@dataclass
class StoreClock:
    """The store's clock, which a test may move."""

    moved: Callable[[timedelta], None] = lambda _: None
    ahead: timedelta = timedelta()

    def __call__(self) -> int:
        """Tell the time to SQLite; PostgreSQL has its own."""
        return time.time_ns() // 1000 + self.ahead // timedelta(microseconds=1)

    def advance(self, by: timedelta) -> None:
        self.ahead += by
        self.moved(self.ahead)


@dataclass
class Records:
    """All of the records on one store, as one process has them."""

    address: str
    clock: StoreClock = field(default_factory=StoreClock)
    owner: str = "one"
    patience: Patience = PATIENT

    def __post_init__(self) -> None:
        self.database = Database(self.address, owner=self.owner, patience=self.patience, clock=self.clock)
        self.admissions = SqlAdmissions(self.database)
        self.stages = SqlStages(self.database)
        self.directory = SqlDirectory(self.database)
        self.sight = SqlSight(self.database)

    def elsewhere(self) -> "Records":
        """Open the same store once more, as another process would."""
        return Records(self.address, self.clock, owner="another")

    async def fence(self) -> Fence:
        return await self.admissions.fence()

    async def recorded(self, **changes: object) -> Generation:
        """Record a generation with its task and answer it."""
        new = generation(**changes)
        await self.admissions.record(await self.fence(), new, task(new))
        return new

    async def running(self, **changes: object) -> Generation:
        """Record a generation and start it."""
        new = await self.recorded(**changes)
        return await self.stages.started(new.id, UpstreamId(f"up-{new.id}"), answer=None, at=NOW, due_at=NOW)

    async def now(self, id: GenerationId) -> Generation:
        """Read a generation as it stands."""
        return (await self.stages.find({id}))[id]

    def close(self) -> None:
        self.database.close()

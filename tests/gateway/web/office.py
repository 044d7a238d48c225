"""The administration of one process on real stores, asked over HTTP without a socket."""

import asyncio
import secrets
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from uuid import uuid4

import httpx

from gateway.catalogue.catalogue import load_catalogue
from gateway.flows.administer import Administer
from gateway.flows.attempts import Attempts
from gateway.flows.mend import Mend
from gateway.flows.price import Prices
from gateway.flows.settle import Settle
from gateway.ledger.connection import connect
from gateway.ledger.redis_ledger import RedisLedger
from gateway.records.board import MemoryBoard
from gateway.records.reports import SqlReports
from gateway.rules.events import Event
from gateway.rules.keys import make_secret
from gateway.web.application import Parts, application
from gateway.web.bearer import AdminKeys
from gateway.web.exchange import App
from tests.gateway.records.support import NOW, Records

ADMIN_KEY = "rwadm_of_the_tests"
TEAM_SECRET = make_secret(secrets.token_bytes)
POLICY = {"limits": [{"measure": "credits", "per": "day", "amount": 500}]}


@dataclass
class Clock:
    """Stands still unless a test moves it."""

    at: datetime = NOW

    def now(self) -> datetime:
        return self.at

    async def sleep(self, seconds: float) -> None:  # noqa: ARG002 - no time passes
        """Sleep as long as the clock stands: for ever."""
        await asyncio.get_running_loop().create_future()


class Told(list[Event]):
    """Keeps every event."""

    def __call__(self, event: Event) -> None:
        self.append(event)


@dataclass(kw_only=True)
class Office:
    """An administrator's view; `told` are the events so far."""

    app: App
    http: httpx.AsyncClient
    records: Records
    clock: Clock
    told: Told
    words: dict[str, str] = field(default_factory=dict)

    async def add_team(self, id: str = "ads") -> httpx.Response:
        return await self.http.post("/admin/v1/teams", json={"id": id, "name": id.title(), "policy": POLICY})

    async def add_key(self, team: str = "ads") -> httpx.Response:
        return await self.http.post("/admin/v1/keys", json={"team": team, "label": "ci"})


class Unlimited:
    """Runway's tier, where it runs any number."""

    def __call__(self, model: str) -> None:
        """Name no limit."""

    def counted(self, model: str) -> None:
        """Count nothing."""


@asynccontextmanager
async def open_office(database_url: str, redis_url: str) -> AsyncIterator[Office]:
    """Open an office on stores of which the ledger is empty."""
    records, clock, told, words = (
        Records(database_url),
        Clock(),
        Told(),
        {"records": "ok", "ledger": "ok"},
    )
    connection = connect(redis_url)
    await connection.flushall()
    ledger = RedisLedger(connection)

    async def ready() -> Mapping[str, str]:
        return words

    parts = Parts(
        administer=await _administer(records, ledger, clock, told),
        reports=SqlReports(records.database),
        directory=records.directory,
        admin_keys=AdminKeys(ADMIN_KEY),
        attempts=Attempts(clock=clock),
        offered=load_catalogue().offered(),
        ready=ready,
        clock=clock,
        new_id=lambda: str(uuid4()),
        report=told,
    )
    app = application(parts)
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app),
        base_url="http://gateway",
        headers={"Authorization": f"Bearer {ADMIN_KEY}"},
    ) as http:
        yield Office(app=app, http=http, records=records, clock=clock, told=told, words=words)
    await ledger.disconnect()
    await connection.aclose()
    records.close()


async def _administer(records: Records, ledger: RedisLedger, clock: Clock, told: Told) -> Administer:
    board = MemoryBoard(records.sight, clock)
    mend = Mend(
        ledger=ledger,
        admissions=records.admissions,
        stages=records.stages,
        concurrency=Unlimited(),
        clock=clock,
        seconds=clock.at.timestamp,
        report=told,
    )
    await mend.mend()
    settle = Settle(
        stages=records.stages,
        ledger=ledger,
        mend=mend,
        prices=Prices(catalogue=load_catalogue(), admissions=records.admissions),
        board=board,
        clock=clock,
        report=told,
        slot_freed=lambda: None,
    )
    return Administer(
        directory=records.directory,
        sight=records.sight,
        settle=settle,
        mend=mend,
        board=board,
        clock=clock,
        new_id=lambda: str(uuid4()),
        random_bytes=secrets.token_bytes,
        report=told,
    )

"""The parts that touch the world, made from settings."""

import asyncio
from dataclasses import dataclass
from pathlib import Path

from prometheus_client import CollectorRegistry

from gateway.background import Group
from gateway.catalogue.catalogue import RunwayCatalogue, load_catalogue
from gateway.flows.tier import Tier
from gateway.ledger.connection import connect
from gateway.ledger.redis_ledger import RedisLedger
from gateway.records.admissions import SqlAdmissions
from gateway.records.board import MemoryBoard
from gateway.records.database import Database
from gateway.records.directory import SqlDirectory
from gateway.records.reports import SqlReports
from gateway.records.sight import SqlSight
from gateway.records.stages import SqlStages
from gateway.settings import Settings
from gateway.telemetry.log import Log, Stream
from gateway.telemetry.metrics import Metrics, labellers
from gateway.telemetry.telemetry import Telemetry
from gateway.upstream.connection import Connection
from gateway.upstream.runway import Runway
from gateway.world import World


@dataclass(frozen=True, kw_only=True)
class Stores:
    """Where the two stores answer, and the folder that all processes count their metrics in."""

    redis_url: str
    database_url: str
    metrics: str | None = None


@dataclass(frozen=True, kw_only=True)
class Adapters:
    """Everything that touches the world."""

    catalogue: RunwayCatalogue
    report: Telemetry
    group: Group
    ledger: RedisLedger
    database: Database
    connection: Connection
    upstream: Runway
    admissions: SqlAdmissions
    stages: SqlStages
    directory: SqlDirectory
    sight: SqlSight
    reports: SqlReports
    board: MemoryBoard
    tier: Tier


def make_adapters(settings: Settings, stores: Stores, *, owner: str, log: Stream, world: World) -> Adapters:
    catalogue = load_catalogue()
    report = _telemetry(settings, stores, catalogue, log=log, world=world)
    database = Database(stores.database_url, owner=owner, clock=world.store_time)
    connection = Connection(
        settings.upstream.base_url,
        settings.upstream.key,
        operation_of=lambda method, path: found.name if (found := catalogue.find(method, path)) else "other",
        report=report,
        monotonic=world.seconds,
    )
    upstream, sight = Runway(connection), SqlSight(database)
    return Adapters(
        catalogue=catalogue,
        report=report,
        group=Group(report),
        ledger=RedisLedger(connect(stores.redis_url)),
        database=database,
        connection=connection,
        upstream=upstream,
        admissions=SqlAdmissions(database),
        stages=SqlStages(database),
        directory=SqlDirectory(database),
        sight=sight,
        reports=SqlReports(database),
        board=MemoryBoard(sight, world.clock),
        tier=Tier(upstream=upstream),
    )


def _telemetry(
    settings: Settings, stores: Stores, catalogue: RunwayCatalogue, *, log: Stream, world: World
) -> Telemetry:
    labels = labellers(
        catalogue.models(),
        catalogue.operation_names(),
        team_label_max=settings.telemetry.team_label_max,
        shared=None if stores.metrics is None else Path(stores.metrics),
    )
    metrics = Metrics(CollectorRegistry(), labels)
    return Telemetry(
        metrics,
        Log(log, labellers=labels),
        now=world.clock.now,
        call_later=lambda seconds, step: asyncio.get_running_loop().call_later(seconds, step),
    )

"""What the process that serves /metrics says: counters of all workers, gauges read from the stores once."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from prometheus_client import CollectorRegistry

from gateway.assembly.adapters import Stores
from gateway.catalogue.catalogue import load_catalogue
from gateway.ledger.connection import connect
from gateway.ledger.redis_ledger import RedisLedger
from gateway.ports.ledger import LedgerAway
from gateway.ports.records import RecordsAway
from gateway.ports.reports import PAGE_MAX, Page
from gateway.records.database import Database
from gateway.records.directory import SqlDirectory
from gateway.records.reports import SqlReports
from gateway.rules.accounts import Account, Claim
from gateway.rules.ids import ORGANIZATION, Owner, team_owner
from gateway.rules.policy import Measure, Policy
from gateway.settings import Settings
from gateway.telemetry import gauges
from gateway.telemetry.exposition import GaugeRow, GaugeRows, expose
from gateway.telemetry.labels import Labeller
from gateway.telemetry.metrics import labellers
from gateway.telemetry.workers import of_all_processes
from gateway.world import World


@dataclass(frozen=True)
class Exposure:
    """Renders /metrics."""

    ledger: RedisLedger
    database: Database
    reports: SqlReports
    directory: SqlDirectory
    registry: CollectorRegistry
    counters: CollectorRegistry
    rows: GaugeRows
    labels: dict[str, Labeller]
    teams_max: int
    world: World

    @classmethod
    def make(cls, settings: Settings, stores: Stores, world: World) -> "Exposure":
        assert stores.metrics is not None, "the exposing process counts in a folder"
        counted = Path(stores.metrics)
        database = Database(stores.database_url, owner="metrics")
        registry = CollectorRegistry()
        catalogue = load_catalogue()
        labels = labellers(
            catalogue.models(),
            catalogue.operation_names(),
            team_label_max=settings.telemetry.team_label_max,
            shared=counted,
        )
        return cls(
            ledger=RedisLedger(connect(stores.redis_url)),
            database=database,
            reports=SqlReports(database),
            directory=SqlDirectory(database),
            registry=registry,
            counters=of_all_processes(counted),
            rows=GaugeRows(registry),
            labels=labels,
            teams_max=settings.telemetry.team_label_max,
            world=world,
        )

    async def render(self) -> bytes:
        """Write all metrics; gauges of a store that is away are left out."""
        now = self.world.clock.now()
        rows: list[GaugeRow] = []
        try:
            standing = await self.reports.standing()
            rows += gauges.standing_rows(standing, now=now, model_label=self.labels["model"])
            claims = await self._limits(now)
            uses = await self.ledger.use(claims)
            accounts = [claim.account for claim in claims]
            rows += gauges.budget_rows(zip(accounts, uses, strict=True), team_label=self.labels["team"])
        except (LedgerAway, RecordsAway):
            pass
        self.rows.rows = rows
        return expose(self.counters, self.registry)

    async def _limits(self, now: datetime) -> list[Claim]:
        """List the limits of the organisation and of as many teams as have a series of their own."""
        policy, _ = await self.directory.organization()
        found = list(_claims(ORGANIZATION, policy, now))
        cursor, seen = None, 0
        while seen < self.teams_max:
            teams, cursor = await self.reports.teams(Page(PAGE_MAX, cursor))
            for team in teams:
                found += _claims(team_owner(team.id), team.policy, now)
            seen += len(teams)
            if cursor is None:
                break
        return found

    async def close(self) -> None:
        await self.ledger.disconnect()
        self.database.close()


def _claims(owner: Owner, policy: Policy, now: datetime) -> Iterator[Claim]:
    """Ask for what an owner's limits hold; requests per minute are not worth a series."""
    for limit in policy.limits:
        if limit.measure is not Measure.REQUESTS:
            yield Claim(Account(owner, limit), 0, now)

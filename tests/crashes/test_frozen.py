"""Stores, Runway and workers that stand still, a disk that is full, a database that takes no connection.

Creates are refused at once where nothing can be granted, polls go on, health tells the truth, all comes back
by itself, and nothing is paid twice.
"""

from collections.abc import Iterator
from contextlib import AbstractContextManager

import pytest

from gateway.records.leases import LEASE
from tests.crashes.installation import Victim, embedded, shared
from tests.crashes.scarcity import full_disk, no_connections_left
from tests.crashes.team_at_work import TeamAtWork
from tests.support.books import Bill, Books
from tests.support.freezing import frozen
from tests.support.waiting import wait_until

CREDITS = 25.0
WAIT_FOR_RUNWAY = {"GATEWAY__LIMITS__FORWARD_WAIT_SECONDS": "0.5"}
CREATE_SECONDS = 60
"""How long Runway's answer to a create is waited for."""
LEASED = "SELECT id FROM generations WHERE stage = 'running' AND lease_owner IS NOT NULL"


@pytest.fixture(scope="module")
def on_shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TeamAtWork]:
    folder = tmp_path_factory.mktemp("frozen")
    with shared(folder, environment=WAIT_FOR_RUNWAY) as installation, TeamAtWork(installation) as team:
        yield team


@pytest.fixture(scope="module")
def on_embedded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TeamAtWork]:
    with embedded(tmp_path_factory.mktemp("full")) as installation, TeamAtWork(installation) as team:
        yield team


def test_a_frozen_valkey_holds_up_creates_alone_and_only_for_as_long(on_shared: TeamAtWork) -> None:
    assert on_shared.installation.valkey is not None

    _comes_through(on_shared, on_shared.installation.valkey.frozen())


def test_a_frozen_postgresql_holds_up_creates_alone_and_only_for_as_long(on_shared: TeamAtWork) -> None:
    assert on_shared.installation.postgres is not None

    _comes_through(on_shared, on_shared.installation.postgres.frozen())


@pytest.mark.long  # it takes a while to take all
def test_a_postgresql_without_connections_holds_up_creates_alone_and_only_for_as_long(
    on_shared: TeamAtWork,
) -> None:
    _comes_through(on_shared, no_connections_left(on_shared.installation))


def test_a_full_disk_holds_up_creates_alone_and_only_for_as_long(on_embedded: TeamAtWork) -> None:
    _comes_through(on_embedded, full_disk(on_embedded.installation))


def _comes_through(team: TeamAtWork, trouble: AbstractContextManager[None]) -> None:
    """Play the one story that is the same whichever store is in trouble."""
    books = Books(team.installation.gateway, team.installation.mock)
    before = team.create()
    team.is_known_to_all_workers(before)

    with trouble:
        team.create_is_refused_at_once()
        assert set(team.shown(before, times=10)) == {"PENDING"}
        team.create_is_refused_at_once()

    wait_until(team.installation.is_ready, "readiness")
    after = team.create_patiently()
    team.installation.mock.advance()
    team.cancel(after)  # so that nobody has to wait until it is read
    assert books.settled() == Bill(creates=2, charged=2 * CREDITS)
    assert books.double_charges() == 0
    wait_until(lambda: set(team.shown(before, times=10)) == {"SUCCEEDED"}, "the news")


def test_health_says_which_store_is_away(on_shared: TeamAtWork) -> None:
    valkey, postgres = on_shared.installation.valkey, on_shared.installation.postgres
    assert valkey is not None
    assert postgres is not None

    with valkey.frozen():
        without_valkey = on_shared.health()
    with postgres.frozen():
        without_postgres = on_shared.health()

    assert without_valkey == (503, {"records": "ok", "ledger": "away"})
    assert without_postgres == (503, {"records": "away", "ledger": "unknown"})
    wait_until(lambda: on_shared.health() == (200, {"records": "ok", "ledger": "ok"}), "readiness")


def test_health_says_that_a_full_disk_takes_no_records(on_embedded: TeamAtWork) -> None:
    with full_disk(on_embedded.installation):
        on_embedded.create_is_refused_at_once()
        health = on_embedded.health()

    assert health == (503, {"records": "away", "ledger": "unknown"})
    wait_until(lambda: on_embedded.health() == (200, {"records": "ok", "ledger": "ok"}), "readiness")


def test_what_is_asked_of_a_frozen_runway_is_kept_and_sent_once(on_shared: TeamAtWork) -> None:
    installation = on_shared.installation
    books = Books(installation.gateway, installation.mock)
    with frozen(installation.mock.program.pid):
        kept = [on_shared.create() for _ in range(3)]
        on_shared.is_known_to_all_workers(*kept)
        shown = on_shared.shown(*kept)
        health, _ = on_shared.health()

    wait_until(lambda: books.billed().creates == len(kept), "what Runway makes of the requests")
    installation.mock.advance()
    assert books.settled() == Bill(creates=3, charged=3 * CREDITS)
    assert books.double_charges() == 0
    assert set(shown) == {"PENDING"}
    assert health == 200


@pytest.mark.long  # a create is waited for a minute
@pytest.mark.timeout(200)
def test_what_runway_left_unanswered_for_too_long_is_unclear_and_never_asked_again(
    on_shared: TeamAtWork,
) -> None:
    installation = on_shared.installation
    books = Books(installation.gateway, installation.mock)
    with frozen(installation.mock.program.pid):
        task = on_shared.create()
        wait_until(
            lambda: on_shared.stages(1) == ["unclear"], "the end of waiting", seconds_max=2 * CREATE_SECONDS
        )
        shown = on_shared.shown(task)

    wait_until(lambda: books.billed().creates == 1, "what Runway makes of the request")
    installation.mock.advance()
    assert books.billed() == Bill(creates=1, charged=CREDITS)
    assert books.held() == CREDITS
    on_shared.resolve(task, CREDITS)
    assert shown == ["RUNNING"]
    assert books.settled() == Bill(creates=1, charged=CREDITS)


@pytest.mark.long  # Runway takes its time
def test_what_a_frozen_worker_had_in_hand_is_taken_up_once_its_leases_end(on_shared: TeamAtWork) -> None:
    """It goes on later with an answer that nobody waits for, and with tasks that another one has settled."""
    installation = on_shared.installation
    books = Books(installation.gateway, installation.mock)
    frozen_later, other = sorted(installation.gateway.workers())
    with frozen(other):
        running = [on_shared.create() for _ in range(3)]
        wait_until(lambda: len(installation.rows(LEASED)) == len(running), "the leases")
        under_way = on_shared.create("[[slow:6]]")

    with frozen(frozen_later):
        installation.mock.advance()
        installation.advance_store_clock(LEASE.total_seconds() + 1)
        wait_until(lambda: on_shared.stages(4) == ["unclear", "done", "done", "done"], "the other worker")
        shown = on_shared.shown(under_way, *running)
        meanwhile = on_shared.create()

    wait_until(lambda: "unclear" not in on_shared.stages(5), "the late answer")
    installation.mock.advance()
    assert books.settled() == Bill(creates=5, charged=5 * CREDITS)
    assert books.double_charges() == 0
    assert shown == ["RUNNING", "SUCCEEDED", "SUCCEEDED", "SUCCEEDED"]
    wait_until(lambda: set(on_shared.shown(meanwhile, under_way)) == {"SUCCEEDED"}, "the news")


def test_a_frozen_worker_ends_with_its_supervisor_and_keeps_no_port(on_embedded: TeamAtWork) -> None:
    installation = on_embedded.installation
    with frozen(*installation.gateway.workers()):
        installation.kill(Victim.GATEWAY)

        installation.mend()
        assert installation.is_ready()

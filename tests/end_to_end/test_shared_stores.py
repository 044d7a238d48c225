"""PostgreSQL and a Valkey by URL, two workers: the same main job, through the same code."""

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
import runwayml

from tests.end_to_end import hostile, keeping
from tests.end_to_end.clips import CREDITS, create
from tests.end_to_end.contests import fifty_alike_are_paid_once, two_of_fifty_are_admitted
from tests.support.books import Bill, Books
from tests.support.dumps import dump_postgres, dump_valkey
from tests.support.films import download, film
from tests.support.gateway import Gateway, running_gateway
from tests.support.mock import Mock
from tests.support.postgres import Postgres
from tests.support.sdk import sdk_of
from tests.support.stores import Valkey, running_valkey
from tests.support.waiting import wait_until


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("shared")


@pytest.fixture(scope="module")
def valkey(folder: Path) -> Iterator[Valkey]:
    with running_valkey(folder / "valkey") as valkey:
        yield valkey


@pytest.fixture(scope="module")
def database() -> Iterator[str]:
    with TemporaryDirectory(prefix="postgres-", ignore_cleanup_errors=True) as folder:
        postgres = Postgres(Path(folder))
        yield postgres.empty_database()
        postgres.stop()


@pytest.fixture(scope="module")
def gateway(mock: Mock, folder: Path, database: str, valkey: Valkey) -> Iterator[Gateway]:
    stores = {"GATEWAY_DATABASE_URL": database, "GATEWAY_REDIS_URL": valkey.url}
    with running_gateway(folder, mock, workers=2, environment=stores) as gateway:
        yield gateway


def test_a_clip_is_created_settled_and_downloaded(gateway: Gateway, mock: Mock, books: Books) -> None:
    with sdk_of(gateway, gateway.add_team()) as sdk:
        task_id = create(sdk)
        mock.advance()
        bill = books.settled()
        wait_until(lambda: sdk.tasks.retrieve(task_id).status == "SUCCEEDED", "the news in both workers")
        task = sdk.tasks.retrieve(task_id)

    assert task.status == "SUCCEEDED"
    assert film(download(task.output[0])).seconds == 5
    assert bill == Bill(creates=1, charged=CREDITS)


async def test_the_budget_holds_across_workers(gateway: Gateway, mock: Mock) -> None:
    await two_of_fifty_are_admitted(gateway, mock)


async def test_identical_creates_are_paid_once_across_workers(gateway: Gateway, mock: Mock) -> None:
    await fifty_alike_are_paid_once(gateway, mock)


def test_the_stores_keep_what_is_asked_for_until_it_is_answered_and_no_key_ever(
    gateway: Gateway, mock: Mock, database: str, valkey: Valkey
) -> None:
    kept = keeping.play(gateway, mock, lambda: dump_postgres(database) | dump_valkey(valkey.url))

    assert (kept.waiting, kept.running) == (keeping.WHILE_IT_WAITS, keeping.WHILE_IT_RUNS)
    assert kept.done == keeping.FOR_GOOD


def test_without_the_ledger_creates_wait_and_reads_go_on(
    gateway: Gateway, mock: Mock, books: Books, valkey: Valkey
) -> None:
    limits = [{"measure": "credits", "per": "month", "amount": 2 * CREDITS}]
    with sdk_of(gateway, gateway.add_team(limits=limits), max_retries=0) as sdk:
        first = create(sdk)

        valkey.stop()
        with pytest.raises(runwayml.InternalServerError) as refused:
            create(sdk)
        seen = sdk.tasks.retrieve(first).status
        valkey.start()
        wait_until(lambda: gateway.admin.get("/health/ready").is_success, "the rebuilt ledger")
        create(sdk.with_options(max_retries=2))
        with pytest.raises(runwayml.APIStatusError) as exceeded:
            create(sdk)

    assert refused.value.status_code == 503
    assert 1 <= int(refused.value.response.headers["retry-after"]) <= 60
    assert seen == "PENDING"
    assert exceeded.value.status_code == 402
    mock.advance()
    assert books.settled() == Bill(creates=2, charged=2 * CREDITS)


@pytest.mark.parametrize("every", [hostile.QUICK, pytest.param(1, marks=hostile.LONG)])
def test_no_string_anywhere_breaks_anything(gateway: Gateway, mock: Mock, books: Books, every: int) -> None:
    """The last one here: strange keys leave no new team's key any chance for a minute."""
    strange = hostile.strange_answers(gateway, every=every)

    mock.advance()
    books.settled()
    assert strange == []

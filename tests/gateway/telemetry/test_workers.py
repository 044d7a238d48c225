import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from gateway.telemetry.exposition import expose
from gateway.telemetry.workers import FOLDER_VARIABLE, MEMORY, begin, end, of_all_processes, retire

REPOSITORY = Path(__file__).parents[3]
WORKER = """
import sys
from pathlib import Path
from msgspec import structs
from prometheus_client import CollectorRegistry
from gateway.rules.ids import TeamId
from gateway.telemetry.metrics import Metrics, labellers
from tests.gateway.telemetry.examples import ADMITTED, DIFFERED, MODEL, ONE_OF_EACH, OPERATION
shared = Path(sys.argv[1])
metrics = Metrics(CollectorRegistry(), labellers({MODEL}, {OPERATION}, team_label_max=3, shared=shared))
for event in ONE_OF_EACH:
    metrics.count(event)
for team in sys.argv[3:]:
    metrics.count(structs.replace(ADMITTED, team=TeamId(team)))
metrics.count(structs.replace(DIFFERED, theirs=int(sys.argv[2])))
"""


def work(folder: Path, last_price: int, *teams: str) -> int:
    """Run a worker to its end, and tell its process id."""
    worker = subprocess.Popen(
        [sys.executable, "-c", WORKER, str(folder), str(last_price), *teams],
        env={**os.environ, FOLDER_VARIABLE: str(folder)},
        cwd=REPOSITORY,
    )
    assert worker.wait() == 0
    return worker.pid


def sample(folder: Path, series: str) -> float | None:
    text = expose(of_all_processes(folder)).decode()
    found = re.search(rf"^runway_gateway_{re.escape(series)} (.*)$", text, re.MULTILINE)
    return float(found[1]) if found else None


SPENT = 'credits_spent_total{model="gen4_turbo",team="ads"}'
RATIO = 'price_ratio{model="gen4_turbo",operation="image_to_video"}'
WAITS = 'queue_wait_seconds_bucket{le="5.0",model="gen4_turbo"}'


def creates(team: str) -> str:
    return f'creates_total{{model="gen4_turbo",operation="image_to_video",team="{team}"}}'


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two workers have counted here."""
    folder = tmp_path_factory.mktemp("metrics")
    work(folder, 40_000, "film", "news", "late")
    work(folder, 50_000, "late", "news")
    return folder


def test_counters_and_histograms_of_two_processes_add_up(folder: Path) -> None:
    assert sample(folder, SPENT) == 25
    assert sample(folder, WAITS) == 2


def test_the_latest_value_of_any_process_is_shown(folder: Path) -> None:
    assert sample(folder, RATIO) == 2.5


def test_processes_agree_on_the_teams_that_have_a_label(folder: Path) -> None:
    shown = {team: sample(folder, creates(team)) for team in ("ads", "film", "news", "late", "other")}
    assert shown == {"ads": 2, "film": 1, "news": 2, "late": None, "other": 2}


def test_a_retired_worker_takes_its_files_and_leaves_its_counts(tmp_path: Path) -> None:
    workers = [work(tmp_path, 40_000), work(tmp_path, 50_000)]
    before = expose(of_all_processes(tmp_path))

    for worker in workers:
        retire(tmp_path, worker)

    assert sorted(expose(of_all_processes(tmp_path)).splitlines()) == sorted(before.splitlines())
    assert sorted(file.name for file in tmp_path.glob("*.db")) == [
        "counter_retired.db",
        "gauge_mostrecent_retired.db",
        "histogram_retired.db",
    ]


def test_a_start_clears_what_an_earlier_run_counted(tmp_path: Path) -> None:
    folder = tmp_path / "metrics"
    begin(folder)
    earlier = folder.resolve()
    work(folder, 40_000)

    begin(folder)

    assert expose(of_all_processes(folder)) == b""
    assert list(folder.iterdir()) == []
    assert not earlier.exists()
    end(folder)


@pytest.mark.skipif(not os.access(MEMORY, os.W_OK), reason="this system has no such place")
def test_counters_are_where_no_full_disk_ends_whoever_counts(tmp_path: Path) -> None:
    folder = tmp_path / "metrics"

    begin(folder)

    assert folder.resolve().parent == MEMORY
    end(folder)


def test_an_end_leaves_nothing(tmp_path: Path) -> None:
    folder = tmp_path / "metrics"
    begin(folder)
    place = folder.resolve()
    work(folder, 40_000)

    end(folder)

    assert not place.exists()
    assert list(tmp_path.iterdir()) == []


def test_the_folder_that_an_older_version_counted_in_is_no_obstacle(tmp_path: Path) -> None:
    folder = tmp_path / "metrics"
    folder.mkdir()
    (folder / "counter_17.db").write_bytes(b"")

    begin(folder)

    assert folder.is_symlink()
    assert list(folder.iterdir()) == []
    end(folder)

import pytest

from mock_server.clock import Clock, ClockMode, Moment
from mock_server.settings import Bounds, Settings
from tests.mock_server.driver import KEY, START, Driver, Wall, clip

BEGINNING = int(START * 1000)


def test_a_real_clock_follows_the_wall_at_its_speed() -> None:
    wall = Wall()
    clock = Clock(ClockMode.REAL, speed=60, wall=wall)

    wall.seconds += 2

    assert clock.now() == BEGINNING + 120_000


def test_many_short_looks_lose_no_time() -> None:
    wall = Wall()
    clock = Clock(ClockMode.REAL, speed=1, wall=wall)

    for _ in range(10_000):
        wall.seconds += 0.0004
        clock.now()

    assert clock.now() == pytest.approx(BEGINNING + 4_000, abs=2)


def test_a_clock_never_runs_backwards_with_the_wall() -> None:
    wall = Wall()
    clock = Clock(ClockMode.REAL, speed=1, wall=wall)
    wall.seconds += 10
    before = clock.now()

    wall.seconds -= 3600

    assert clock.now() == before


def test_a_frozen_clock_moves_only_when_told() -> None:
    wall = Wall()
    clock = Clock(ClockMode.FROZEN, speed=1, wall=wall)

    wall.seconds += 10
    clock.advance(0.25)

    assert clock.now() == BEGINNING + 250


def test_no_advance_leads_past_the_last_date() -> None:
    clock = Clock(ClockMode.FROZEN, speed=1, wall=Wall())

    clock.reach(Moment(10**18))

    assert clock.now() < 10**18


def test_on_an_automatic_clock_a_task_ends_after_a_few_polls_without_waiting() -> None:
    with Driver(Settings(clock=ClockMode.AUTO)) as mock:
        task = mock.create()

        polls = [mock.task(task)["status"] for _ in range(3)]

    assert polls == ["RUNNING", "RUNNING", "SUCCEEDED"]  # at 6, 12 and 18 seconds


def test_on_an_automatic_clock_parallel_polls_do_not_add_up() -> None:
    with Driver(Settings(clock=ClockMode.AUTO)) as mock:
        tasks = [mock.create() for _ in range(5)]

        polls = [mock.task(task)["status"] for task in tasks]

    assert polls == ["RUNNING"] * 5


def test_the_clock_advances_until_a_throttled_task_has_succeeded(mock: Driver) -> None:
    mock.create()
    task = mock.create()

    answer = mock.advance_until(task)

    assert answer.json()["now"] == "2026-11-01T00:00:26.000Z"
    assert mock.task(task)["status"] == "SUCCEEDED"


def test_waiting_for_what_never_comes_is_refused(mock: Driver) -> None:
    task = mock.create(promptText="[[stuck:0.5]]")

    answer = mock.advance_until(task)

    assert answer.status_code == 409
    assert mock.task(task)["progress"] == 0


def test_one_tenant_can_have_another_time(mock: Driver) -> None:
    task, other = mock.create(key="key_a"), mock.create(key="key_b")

    mock.post("/_mock/clock?tenant=key_a", {"advance": 60})

    assert mock.task(task, key="key_a")["status"] == "SUCCEEDED"
    assert mock.task(other, key="key_b")["status"] == "PENDING"


def test_one_tenant_can_have_another_mode(mock: Driver) -> None:
    task, other = mock.create(key="key_a"), mock.create(key="key_b")

    mock.post("/_mock/clock?tenant=key_a", {"mode": "auto"})
    statuses = [mock.task(task, key="key_a")["status"] for _ in range(3)]

    assert statuses[-1] == "SUCCEEDED"
    assert mock.get("/_mock/clock?tenant=key_a")["mode"] == "auto"
    assert mock.get("/_mock/clock")["mode"] == "frozen"
    assert [mock.task(other, key="key_b")["status"] for _ in range(3)][-1] == "PENDING"


def test_the_clock_of_one_key_waits_for_no_task_of_another(mock: Driver) -> None:
    task = mock.create(key="key_a")

    answer = mock.post("/_mock/clock?tenant=key_b", {"advanceUntil": {"task": task}})

    assert answer.status_code == 404
    assert mock.task(task, key="key_a")["status"] == "PENDING"


def test_a_clock_of_a_key_too_many_moves_no_other() -> None:
    with Driver(Settings(clock=ClockMode.FROZEN, bounds=Bounds(tenants=1))) as mock:
        task = mock.create()

        answer = mock.post("/_mock/clock?tenant=key_too_many", {"advance": 60})

        assert answer.status_code == 503
        assert mock.task(task)["status"] == "PENDING"


def test_on_an_automatic_clock_time_is_that_of_the_most_patient_poller() -> None:
    with Driver(Settings(clock=ClockMode.AUTO)) as mock:
        first = mock.create(promptText="[[lasts:3600]]")
        for _ in range(10):
            mock.task(first)
        second = mock.create(promptText="[[lasts:3600]]")
        mock.task(second)
        mock.task(first)

        now = mock.get(f"/_mock/clock?tenant={KEY}")["now"]

    assert (
        now == "2026-11-01T00:01:06.000Z"
    )  # 11 polls of the first; the second came at 60 s and is at 66 s, too


def test_on_an_automatic_clock_a_throttled_task_has_its_turn_when_it_is_polled() -> None:
    with Driver(Settings(clock=ClockMode.AUTO, tier="1")) as mock:
        mock.create()
        second = mock.create()

        statuses = [mock.task(second)["status"] for _ in range(5)]

    assert statuses == ["THROTTLED", "THROTTLED", "RUNNING", "RUNNING", "SUCCEEDED"]


def test_on_an_automatic_clock_looking_at_an_ended_task_moves_nothing() -> None:
    with Driver(Settings(clock=ClockMode.AUTO)) as mock:
        task = mock.create()
        for _ in range(20):
            mock.task(task)

        now = mock.get(f"/_mock/clock?tenant={KEY}")["now"]

    assert now == "2026-11-01T00:00:18.000Z"


def test_waiting_for_a_stuck_task_moves_the_clock_only_until_it_is_stuck(mock: Driver) -> None:
    other = mock.create(model="gen4.5", promptText="[[lasts:3600]]")
    task = mock.create(promptText="[[stuck:0.5]]")

    answer = mock.advance_until(task)

    assert answer.status_code == 409
    assert mock.get("/_mock/clock")["now"] == "2026-11-01T00:00:01.000Z"
    assert mock.task(other)["status"] == "RUNNING"


def test_a_deleted_task_leaves_no_moment_to_wait_for(mock: Driver) -> None:
    mock.ask("DELETE", f"/v1/tasks/{mock.create(promptText='[[lasts:3600]]')}")
    task = mock.create()

    mock.advance_until(task)

    assert mock.get("/_mock/clock")["now"] == "2026-11-01T00:00:13.000Z"


def test_the_clock_can_stop_at_any_status_on_the_way(mock: Driver) -> None:
    mock.create()
    task = mock.create()

    mock.advance_until(task, "RUNNING")

    assert mock.task(task) | {"progress": 0, "status": "RUNNING"} == mock.task(task)
    assert mock.get("/_mock/clock")["now"] == "2026-11-01T00:00:14.000Z"


def test_a_status_that_is_over_never_comes_again(mock: Driver) -> None:
    task = mock.create()
    mock.advance_until(task)

    assert mock.advance_until(task, "RUNNING").status_code == 409


def test_everything_that_lasts_is_measured_by_one_clock(mock: Driver) -> None:
    task = mock.create()
    upload = mock.post("/v1/uploads", {"filename": "a.png", "type": "ephemeral"}).json()
    mock.ask("POST", upload["uploadUrl"], data=upload["fields"], files={"file": b"x" * 600})
    mock.advance_until(task)
    [url] = mock.task(task)["output"]

    mock.advance(48 * 3600)

    usage = mock.get("/v1/organization")["usage"]["models"]["gen4_turbo"]
    with_upload = mock.post("/v1/image_to_video", clip(promptImage=upload["runwayUri"]))
    assert usage == {"dailyGenerations": 0}
    assert mock.ask("GET", url).status_code == 403
    assert with_upload.status_code == 400


def test_a_later_tenant_begins_at_the_time_that_all_others_have(mock: Driver) -> None:
    mock.wall.seconds += 500
    mock.advance(3600)

    task = mock.create(key="key_of_a_latecomer")

    assert mock.task(task, key="key_of_a_latecomer")["createdAt"] == "2026-11-01T01:00:00.000Z"


def test_the_mode_can_change_while_it_runs(mock: Driver) -> None:
    task = mock.create()

    mock.post("/_mock/clock", {"mode": "real", "speed": 60})
    mock.wall.seconds += 1

    assert mock.get("/_mock/clock") == {"mode": "real", "speed": 60, "now": "2026-11-01T00:01:00.000Z"}
    assert mock.task(task)["status"] == "SUCCEEDED"


@pytest.mark.parametrize("order", [{"advance": -1}, {"mode": "sometimes"}, {"speed": 0}, {"forward": 3}, []])
def test_a_wrong_order_to_the_clock_is_refused(mock: Driver, order: object) -> None:
    answer = mock.ask("POST", "/_mock/clock", json=order)

    assert answer.status_code == 400

import pytest

from mock_server.clock import Clock, ClockMode, Moment
from mock_server.settings import Settings
from tests.mock_server.driver import START, Driver, Wall

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

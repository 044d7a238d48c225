"""Real programs are killed at random moments under load: nothing is lost, nothing is paid twice."""

import secrets
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from random import Random

import pytest

from gateway.rules.generation import Stage
from tests.crashes.installation import BOTH, Installation, Victim, shared
from tests.crashes.load import Load
from tests.crashes.reckoning import assert_nothing_was_lost_or_doubled, balance, settle
from tests.support.gateway import Team
from tests.support.waiting import wait_until

Start = Callable[[Path], AbstractContextManager[Installation]]
Round = tuple[Victim, ...]
Strikes = Counter[tuple[Victim, Stage]]
"""In how many kills of whom generations stood in a stage."""

CREDITS = 1_000_000
AMPLE = {"measure": "credits", "per": "total", "amount": CREDITS}
ONE_AT_A_TIME = {"measure": "running", "amount": 1}
MANY_AT_A_TIME = {"measure": "running", "amount": 1_000}
ANSWERS_BETWEEN = (5, 60)
SHORTLY = (1, 12)
"""Answers between the two kills of a round that has two."""
STAGES = (Stage.QUEUED, Stage.FORWARDING, Stage.RUNNING, Stage.CLOSING, Stage.UNCLEAR)
ROUNDS_MANY = 50
ABANDONED_SECONDS_MAX = 120.0
"""A reservation whose create died before it was recorded is given back after a minute."""


@pytest.mark.timeout(300)  # on a busy machine
def test_a_few_kills_at_any_moment_lose_and_double_nothing(folder: Path, random: Random) -> None:
    rounds = [(random.choice((Victim.WORKER, Victim.POSTGRES)),), (Victim.VALKEY, Victim.GATEWAY)]

    with shared(folder, workers=1) as installation:
        _play(installation, rounds, random)


@pytest.mark.long
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("start", BOTH.values(), ids=BOTH.keys())
def test_many_kills_in_every_stage_lose_and_double_nothing(
    start: Start, folder: Path, random: Random
) -> None:
    with start(folder) as installation:
        rounds = [*_dealt(installation.victims, random), (Victim.GATEWAY,)]
        strikes = _play(installation, rounds, random)

    assert {stage for _, stage in strikes} == set(STAGES)


@pytest.fixture
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a short name: a socket lies in it."""
    return tmp_path_factory.mktemp("killed")


@pytest.fixture
def random() -> Random:
    seed = secrets.randbits(32)
    print(f"seed {seed}")  # noqa: T201 - with it the same kills come again, if not at the same instants
    return Random(seed)  # noqa: S311


def _play(installation: Installation, rounds: Sequence[Round], random: Random) -> Strikes:
    """Kill in every round, the gateway in the last; let all settle; hold both bills against each other."""
    limits = ([AMPLE], [AMPLE], [AMPLE, ONE_AT_A_TIME])
    teams = [installation.gateway.add_team(limits=chosen) for chosen in limits]
    strikes: Strikes = Counter()
    with Load(installation, teams, random) as load:
        for number, victims in enumerate(rounds):
            load.go_on_for(random.randint(*ANSWERS_BETWEEN))
            strikes += _strike(installation, load, victims, random)
            if number < len(rounds) - 1:
                installation.mend()
    _let_all_end(installation, teams)

    difference = assert_nothing_was_lost_or_doubled(installation)
    print(_told(len(rounds), strikes, load), difference)  # noqa: T201
    assert difference.unexplained == 0
    assert load.unexpected() == []
    assert load.told <= {row.id for row in installation.rows("SELECT id FROM tasks")}
    for team in teams:
        _assert_what_is_not_held_can_be_spent(installation, team)
    return strikes


def _dealt(victims: Sequence[Victim], random: Random) -> list[Round]:
    """Deal who dies in which round, one or two shortly after each other, all about equally often."""
    deck: list[Round] = [(victim,) for victim in victims for _ in range(2)]
    deck += [(first, second) for first in victims for second in victims if first is not second]
    rounds: list[Round] = []
    while len(rounds) < ROUNDS_MANY - 1:
        rounds += random.sample(deck, len(deck))
    return rounds[: ROUNDS_MANY - 1]


def _strike(installation: Installation, load: Load, victims: Round, random: Random) -> Strikes:
    strikes: Strikes = Counter()
    for number, victim in enumerate(victims):
        if number and Victim.GATEWAY not in victims[:number]:
            load.go_on_for(random.randint(*SHORTLY))
        standing = installation.kill(victim)
        strikes.update((victim, stage) for stage in STAGES if standing[stage])
    return strikes


def _let_all_end(installation: Installation, teams: Sequence[Team]) -> None:
    """Come back after all leases, let the queue move, and wait until everything has ended that can."""
    installation.let_leases_end()
    installation.mend()
    for team in teams:
        installation.gateway.change_policy(team.id, limits=[AMPLE, MANY_AT_A_TIME])
    settle(installation)


def _assert_what_is_not_held_can_be_spent(installation: Installation, team: Team) -> None:
    usage = installation.gateway.usage(team.id)
    left = CREDITS - usage["spent"] - usage["unclear"]

    wait_until(
        lambda: balance(installation, team) == left,
        f"what {team.id} has left, {left}",
        seconds_max=ABANDONED_SECONDS_MAX,
    )
    assert usage["reserved"] == 0


def _told(rounds: int, strikes: Strikes, load: Load) -> str:
    kills = "; ".join(f"{victim} in {stage} {count}" for (victim, stage), count in sorted(strikes.items()))
    return f"{rounds} rounds: {kills}. Answers: {dict(load.answers)}."

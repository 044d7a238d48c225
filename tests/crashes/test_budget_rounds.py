"""Round after round against gateways in processes of their own: what is admitted is what fits, every time."""

import asyncio
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import partial
from itertools import cycle, islice, product
from pathlib import Path
from random import Random
from typing import Any, Protocol

import pytest

from tests.crashes.crowd import CREATED, OVER_BUDGET, Answer, create_at_once, delete_queued
from tests.crashes.fleet import RELEASED_SECONDS_MAX, Fleet, one_gateway, three_gateways
from tests.end_to_end.clips import CREDITS
from tests.support.gateway import Team
from tests.support.waiting import wait_until

MEASURES = ("credits", "generations", "running")
BINDING = ("organization", "team", "key", "all")
"""Which level has a limit that does not fit all; the others have the like of it, which does."""
AMPLE = 10_000
FITS_MAX = 12
ROUNDS_BETWEEN_AUDITS = 12

ONE = pytest.param(partial(one_gateway, workers=1), id="one")
THREE_WORKERS = pytest.param(partial(one_gateway, workers=3), id="three-workers")
THREE_GATEWAYS = pytest.param(three_gateways, id="three-gateways")
SEED = 20_260_310


class Runs(Protocol):
    """Starts a fleet under a folder."""

    def __call__(self, folder: Path) -> AbstractContextManager[Fleet]: ...


@pytest.mark.parametrize("runs", [THREE_WORKERS])
async def test_a_few_rounds(runs: Runs, tmp_path: Path) -> None:
    rounds = [("credits", "team", 50), ("generations", "all", 50), ("running", "organization", 50)]

    with runs(tmp_path) as fleet:
        await _Contest(fleet, Random(SEED)).play(iter(rounds))  # noqa: S311 (how many fit)


@pytest.mark.long
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("runs", [ONE, THREE_WORKERS, THREE_GATEWAYS])
async def test_a_hundred_rounds(runs: Runs, tmp_path: Path) -> None:
    """Each kind of round four times or more, with 50 and with 500 creates at once."""
    rounds = islice(cycle(product(MEASURES, BINDING, (50, 500))), 100)

    with runs(tmp_path) as fleet:
        await _Contest(fleet, Random(SEED)).play(rounds)  # noqa: S311 (how many fit)


@dataclass
class _Contest:
    """Rounds on one fleet. What was admitted in earlier rounds counts on the organisation's account."""

    fleet: Fleet
    random: Random
    admitted: int = 0
    ended: int = 0

    async def play(self, rounds: Iterator[tuple[str, str, int]]) -> None:
        for number, (measure, binding, creates) in enumerate(rounds, 1):
            await self._round(measure, binding, creates)
            if number % ROUNDS_BETWEEN_AUDITS == 0:
                await self._audit()
        await self._audit()

    async def _round(self, measure: str, binding: str, creates: int) -> None:
        fits = self.random.randint(1, FITS_MAX)
        team = self._team(measure, binding, fits)

        answers = await create_at_once(self.fleet.urls, team, creates)

        if measure == "running":
            assert _statuses(answers) == {CREATED: creates}
            await self._fill_slots(team, self.admitted + fits)
        else:
            assert await self._admitted(team, answers, fits) == fits
        self.admitted += fits

    async def _admitted(self, team: Team, answers: list[Answer], fits: int) -> int:
        """Count what was admitted, at once or when what a 503 left behind is released."""
        statuses = _statuses(answers)
        assert statuses.keys() <= {CREATED, OVER_BUDGET}
        deadline = time.monotonic() + RELEASED_SECONDS_MAX
        if any(answer.tries > 1 for answer in answers):
            while statuses[CREATED] < fits and time.monotonic() < deadline:
                await asyncio.sleep(1)
                statuses += _statuses(await create_at_once(self.fleet.urls, team, 1))
        assert _statuses(await create_at_once(self.fleet.urls, team, 1)) == {OVER_BUDGET: 1}
        assert self._created_upstream() <= self.admitted + fits
        return statuses[CREATED]

    async def _fill_slots(self, team: Team, creates: int) -> None:
        """See the slots filled and not one more, then delete what waits for them."""
        self._wait_for(creates)
        await delete_queued(self.fleet.first, team)
        assert self._created_upstream() == creates

    def _team(self, measure: str, binding: str, fits: int) -> Team:
        """Add a team with one key, and set the limits of all three levels to what fits or to more."""
        before = self.admitted - (self.ended if measure == "running" else 0)
        left = {
            level: fits if binding in {level, "all"} else AMPLE for level in ("organization", "team", "key")
        }
        self.fleet.set_organization_limits(_limit(measure, before + left["organization"]))
        team = self.fleet.first.add_team(limits=[_limit(measure, left["team"])])
        return self.fleet.first.add_key(team.id, limits=[_limit(measure, left["key"])])

    def _wait_for(self, creates: int) -> None:
        wait_until(
            lambda: self._created_upstream() >= creates,
            "the slots being filled",
            seconds_max=RELEASED_SECONDS_MAX,
        )

    def _created_upstream(self) -> int:
        return int(self.fleet.mock.audit()["creates"])

    async def _audit(self) -> None:
        await self.fleet.settle()
        self.ended = self.admitted


def _statuses(answers: list[Answer]) -> Counter[int]:
    return Counter(answer.status for answer in answers)


def _limit(measure: str, clips: int) -> dict[str, Any]:
    if measure == "running":
        return {"measure": measure, "amount": clips}
    return {"measure": measure, "per": "total", "amount": clips * (CREDITS if measure == "credits" else 1)}

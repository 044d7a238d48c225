"""Rounds of creates against a fleet: what is admitted is what fits, whatever befalls it meanwhile."""

import asyncio
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from random import Random
from typing import Any, NamedTuple

from tests.crashes.crowd import CREATED, OVER_BUDGET, Answer, create_at_once, delete_queued
from tests.crashes.fleet import RELEASED_SECONDS_MAX, Fleet
from tests.end_to_end.clips import CREDITS
from tests.support.gateway import Team
from tests.support.waiting import wait_until

MEASURES = ("credits", "generations", "running")
BINDING = ("organization", "team", "key", "all")
AMPLE = 10_000
FITS_MAX = 12
ROUNDS_BETWEEN_AUDITS = 12

Accident = Callable[[Fleet, Random], Awaitable[None]]


class Round(NamedTuple):
    """What is limited, at which level the limit does not fit all, and how many creates come at once.

    The other levels have the like of that limit, which fits all.
    """

    measure: str
    binding: str
    creates: int


@dataclass
class Contest:
    """Rounds on one fleet. What was admitted in earlier rounds counts on the organisation's account."""

    fleet: Fleet
    random: Random
    accident: Accident | None = None
    """Befalls the fleet while a round's creates are under way."""
    admitted: int = 0
    ended: int = 0

    async def play(self, rounds: Iterable[Round]) -> None:
        """Play rounds. Each ends with as many admitted as fit, and what is between them with equal books."""
        for number, each in enumerate(rounds, 1):
            await self._round(*each)
            if number % ROUNDS_BETWEEN_AUDITS == 0:
                await self._audit()
        await self._audit()

    async def _round(self, measure: str, binding: str, creates: int) -> None:
        fits = self.random.randint(1, FITS_MAX)
        team = self._team(measure, binding, fits)

        answers, _ = await asyncio.gather(create_at_once(self.fleet.urls, team, creates), self._accident())

        if measure == "running":
            assert _statuses(answers) == {CREATED: creates}
            await self._fill_slots(team, self.admitted + fits)
        else:
            assert await self._admitted(team, answers, fits) == fits
        self.admitted += fits

    async def _accident(self) -> None:
        if self.accident is not None:
            await self.accident(self.fleet, self.random)

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

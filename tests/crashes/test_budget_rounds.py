"""Round after round against gateways in programs of their own: what is admitted is what fits, every time."""

from itertools import cycle, islice, product, starmap
from pathlib import Path
from random import Random

import pytest

from tests.crashes.contest import BINDING, MEASURES, Contest, Round
from tests.crashes.fleet import ONE, THREE_GATEWAYS, THREE_WORKERS, Runs

SEED = 20_260_310


async def test_a_few_rounds(tmp_path: Path) -> None:
    rounds = [
        Round("credits", "team", 50),
        Round("generations", "all", 50),
        Round("running", "organization", 50),
    ]

    with THREE_WORKERS(tmp_path) as fleet:
        await Contest(fleet, Random(SEED)).play(rounds)  # noqa: S311 (how many fit)


@pytest.mark.long
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("runs", [ONE, THREE_WORKERS, THREE_GATEWAYS], ids=["one", "workers", "gateways"])
async def test_a_hundred_rounds(runs: Runs, tmp_path: Path) -> None:
    """Each kind of round four times or more, with 50 and with 500 creates at once."""
    kinds = starmap(Round, product(MEASURES, BINDING, (50, 500)))

    with runs(tmp_path) as fleet:
        await Contest(fleet, Random(SEED)).play(islice(cycle(kinds), 100))  # noqa: S311 (how many fit)

from datetime import UTC, datetime, timedelta

from gateway.ports.ledger import Use
from gateway.ports.reports import Standing
from gateway.rules.accounts import Account
from gateway.rules.credits import Credits
from gateway.rules.generation import Stage
from gateway.rules.ids import ORGANIZATION, Owner
from gateway.rules.policy import Limit, Measure, Per
from gateway.telemetry.exposition import GaugeRow
from gateway.telemetry.gauges import budget_rows, standing_rows
from gateway.telemetry.labels import FirstSeen, Known

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
MODELS = Known({"gen4.5", "gen4_turbo"})
DAILY = Limit(measure=Measure.CREDITS, amount=500, per=Per.DAY, timezone="Europe/Berlin")


def standing(stage: Stage, model: str, generations: int, *, age_seconds: int) -> Standing:
    return Standing(
        model=model,
        stage=stage,
        generations=generations,
        reserved=Credits(generations * 12_500),
        oldest_created_at=NOON - timedelta(seconds=age_seconds),
    )


def values(rows: list[GaugeRow]) -> dict[tuple[str, ...], float]:
    return {(row.name.removeprefix("runway_gateway_"), *row.labels.values()): row.value for row in rows}


def test_what_is_not_done_shows_by_stage_and_model() -> None:
    rows = standing_rows([standing(Stage.QUEUED, "gen4.5", 3, age_seconds=90)], now=NOON, model_label=MODELS)

    assert values(rows) == {
        ("generations", "queued", "gen4.5"): 3,
        ("credits_held", "queued", "gen4.5"): 37.5,
        ("oldest_generation_seconds", "queued", "gen4.5"): 90,
    }


def test_models_that_are_not_known_add_up() -> None:
    rows = standing_rows(
        [
            standing(Stage.RUNNING, "new-1", 1, age_seconds=5),
            standing(Stage.RUNNING, "new-2", 2, age_seconds=70),
        ],
        now=NOON,
        model_label=MODELS,
    )

    assert values(rows) == {
        ("generations", "running", "other"): 3,
        ("credits_held", "running", "other"): 37.5,
        ("oldest_generation_seconds", "running", "other"): 70,
    }


def test_a_clock_behind_the_databases_makes_no_negative_age() -> None:
    rows = standing_rows([standing(Stage.QUEUED, "gen4.5", 1, age_seconds=-3)], now=NOON, model_label=MODELS)

    assert values(rows)["oldest_generation_seconds", "queued", "gen4.5"] == 0


def test_a_budget_shows_its_amount_and_its_use_in_credits() -> None:
    rows = budget_rows(
        [(Account(Owner("team/ads"), DAILY), Use(total=62_500, held=25_000))], team_label=FirstSeen(1)
    )

    where = ("team/ads", "credits", "day", "", "Europe/Berlin")
    assert values(rows) == {
        ("budget_amount", *where): 500,
        ("budget_used", *where): 62.5,
        ("budget_held", *where): 25,
    }


def test_a_limit_of_the_organisation_in_pieces_shows_as_pieces() -> None:
    limit = Limit(measure=Measure.RUNNING, amount=3, model="gen4*")

    rows = budget_rows([(Account(ORGANIZATION, limit), Use(total=2, held=2))], team_label=FirstSeen(1))

    assert values(rows)["budget_amount", "organization", "running", "", "gen4*", ""] == 3


def test_keys_projects_and_teams_beyond_the_limit_have_no_rows() -> None:
    owners = [Owner("key/k1"), Owner("project/main"), Owner("team/ads"), Owner("team/film")]

    rows = budget_rows(
        [(Account(owner, DAILY), Use(total=0, held=0)) for owner in owners], team_label=FirstSeen(1)
    )

    assert {row.labels["owner"] for row in rows} == {"team/ads"}

"""Model routers: settings that are saved, the model that they choose, and what is said when there is none."""

from typing import Any

import httpx
import pytest

from mock_server import prices, spec
from mock_server.routing import Modality, fits
from mock_server.settings import Settings
from mock_server.validation import Validation
from tests.mock_server.driver import FROZEN, KEY, Driver

PROMPT = {"promptText": "a lighthouse"}
UNLIMITED = Settings(clock=FROZEN.clock, tier="unlimited")
RUNWAY = spec.load()
INPUTS = [
    (Modality.VIDEO, PROMPT),
    (Modality.VIDEO, PROMPT | {"aspectRatio": "9:16", "resolution": "1080p", "duration": 8, "audio": True}),
    (
        Modality.VIDEO,
        PROMPT | {"referenceImages": [{"role": "first", "uri": "https://example.com/a.png"}]},
    ),
    (
        Modality.VIDEO,
        PROMPT | {"referenceVideos": [{"role": "source", "uri": "https://example.com/a.mp4"}]},
    ),
    (Modality.IMAGE, PROMPT | {"outputCount": 4, "resolution": "2k", "aspectRatio": "16:9"}),
    (Modality.AUDIO, PROMPT | {"type": "speech"}),
    (Modality.AUDIO, PROMPT | {"type": "audio", "duration": 10}),
]


def router(mock: Driver, *, key: str = KEY, **settings: object) -> str:
    answer = mock.post("/v1/routers", {"slug": "main", "settings": settings}, key=key)
    assert answer.status_code == 200, answer.text
    return str(answer.json()["id"])


def video(mock: Driver, *, key: str = KEY, dry: bool = False, **given: object) -> httpx.Response:
    body = {"configId": "main", "input": PROMPT | given} | ({"dryRun": True} if dry else {})
    return mock.post("/v1/generate/video", body, key=key)


def chosen(answer: httpx.Response) -> str:
    assert answer.status_code == 200, answer.text
    return str(answer.json()["routing"]["model"])


@pytest.mark.parametrize(("modality", "given"), INPUTS)
def test_a_model_that_fits_gets_a_body_that_it_accepts_and_that_has_a_price(
    modality: Modality, given: dict[str, Any]
) -> None:
    validation = Validation(RUNWAY)
    operations = {operation.id: operation for operation in RUNWAY.operations}

    fitting = [fit for fit in fits(modality, given, RUNWAY, validation) if not fit.misfits]

    assert fitting
    for fit in fitting:
        assert validation.problems(operations[fit.operation], fit.body) == []
        assert prices.load().estimate(fit.operation, fit.body) > 0


def test_settings_are_saved_with_their_defaults(mock: Driver) -> None:
    made = mock.post("/v1/routers", {"slug": "main"}).json()

    assert (made["name"], made["version"]) == ("main", 1)
    assert made["settings"]["optimizeFor"] == "cost"
    assert made == mock.get(f"/v1/routers/{made['id']}")


def test_a_change_raises_the_version_and_keeps_the_rest(mock: Driver) -> None:
    made = router(mock, optimizeFor="quality", maxCreditsPerGeneration={"video": 100})

    changed = mock.ask("PATCH", f"/v1/routers/{made}", json={"settings": {"maxCreditsPerGeneration": None}})

    assert (changed.json()["version"], changed.json()["settings"]["optimizeFor"]) == (2, "quality")
    assert changed.json()["settings"]["maxCreditsPerGeneration"] is None


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ({"slug": "main"}, ["slug"]),
        ({"slug": "Main"}, ["slug"]),
        (
            {"slug": "other", "settings": {"models": {"mode": "allowlist_only", "ids": ["gen3"]}}},
            ["settings", "models", "ids", 0],
        ),
        ({"slug": "other", "more": 1}, []),
    ],
)
def test_a_router_that_cannot_be_is_a_400(mock: Driver, body: dict[str, Any], path: list[object]) -> None:
    router(mock)

    answer = mock.post("/v1/routers", body)

    assert (answer.status_code, answer.json()["issues"][0]["path"]) == (400, path)


def test_the_slug_of_a_removed_router_is_free_again(mock: Driver) -> None:
    mock.ask("DELETE", f"/v1/routers/{router(mock)}")

    assert router(mock)


def test_an_unknown_router_is_a_404_with_its_code(mock: Driver) -> None:
    answer = video(mock)

    assert (answer.status_code, answer.json()["code"]) == (404, "router_config_not_found")


def test_the_router_of_another_tenant_is_unknown(mock: Driver) -> None:
    router(mock, key="key_other")

    assert video(mock).status_code == 404


def test_the_cheapest_model_is_taken_when_cost_counts(mock: Driver) -> None:
    routed = router(mock, optimizeFor="cost")

    answer = video(mock, resolution="720p", duration=5)

    [record] = mock.get(f"/v1/routers/{routed}/requests")["data"]
    eligible = next(step for step in reversed(record["pipeline"]) if step["type"] == "filter")["models"]
    table = prices.load()
    found = fits(Modality.VIDEO, PROMPT | {"resolution": "720p", "duration": 5}, RUNWAY, Validation(RUNWAY))
    costs = {fit.model: table.estimate(fit.operation, fit.body) for fit in found if fit.model in eligible}
    assert costs[chosen(answer)] == min(costs.values())
    assert record["reasonCode"] == "lowest_cost"


@pytest.mark.parametrize(
    ("preference", "model"), [("quality", "seedance2_5"), ("latency", "grok_imagine_1_5_lite")]
)
def test_another_preference_takes_another_model(mock: Driver, preference: str, model: str) -> None:
    router(mock, optimizeFor=preference)

    assert chosen(video(mock, resolution="720p", duration=5)) == model


def test_only_listed_models_are_taken(mock: Driver) -> None:
    router(mock, models={"mode": "allowlist_only", "ids": ["gen4.5"]})

    assert chosen(video(mock)) == "gen4.5"


def test_excepted_models_are_not_taken(mock: Driver) -> None:
    router(mock, models={"mode": "allow_new_except", "ids": ["seedance2_5"]}, optimizeFor="quality")

    assert chosen(video(mock, resolution="720p", duration=5)) != "seedance2_5"


def test_a_task_of_the_chosen_model_is_charged_at_its_rate(mock: Driver) -> None:
    router(mock, models={"mode": "allowlist_only", "ids": ["gen4.5"]})

    answer = video(mock, duration=5, aspectRatio="9:16").json()

    task = mock.get(f"/_mock/tasks/{answer['id']}")
    assert task["model"] == "gen4.5"
    assert answer["routing"]["estimatedCost"]["credits"] == 60 == mock.audit()["charged"]
    assert answer["routing"]["resolvedInput"] == {"duration": 5, "ratio": "720:1280", "resolution": "720p"}


def test_its_output_is_what_the_chosen_model_makes(mock: Driver) -> None:
    router(mock, models={"mode": "allowlist_only", "ids": ["gen4_image"]})
    body = {"configId": "main", "input": PROMPT | {"aspectRatio": "16:9"}}
    task = mock.post("/v1/generate/image", body).json()["id"]

    mock.advance_until(task)

    [url] = mock.task(task)["output"]
    assert mock.ask("GET", url).headers["content-type"] == "image/png"


@pytest.mark.parametrize(
    ("settings", "given", "emptied_by"),
    [
        ({}, {"duration": 30, "resolution": "4k"}, "capability"),
        (
            {"models": {"mode": "allowlist_only", "ids": ["gen4.5"]}},
            {"referenceAudio": [{"uri": "https://example.com/a.mp3"}]},
            "allow_deny",
        ),
        ({"maxCreditsPerGeneration": {"video": 1}}, {}, "price"),
    ],
)
def test_no_eligible_model_says_which_filter_left_none(
    mock: Driver, settings: dict[str, Any], given: dict[str, Any], emptied_by: str
) -> None:
    routed = router(mock, **settings)

    answer = video(mock, **given)

    body = answer.json()
    assert (answer.status_code, body["code"], body["emptiedBy"]) == (400, "no_eligible_model", [emptied_by])
    assert body["pipeline"][-1] == {"type": "filter", "filter": emptied_by, "models": []}
    [record] = mock.get(f"/v1/routers/{routed}/requests")["data"]
    assert (record["status"], mock.audit()["creates"]) == ("no_eligible_model", 0)


def test_a_prompt_that_is_too_long_for_some_leaves_the_others(mock: Driver) -> None:
    routed = router(mock)

    chosen(video(mock, promptText="x" * 5000))

    [record] = mock.get(f"/v1/routers/{routed}/requests")["data"]
    before, after = (set(step["models"]) for step in record["pipeline"][:2])
    assert "gen4.5" in before - after


def test_the_price_ceiling_is_for_each_output(mock: Driver) -> None:
    router(
        mock,
        models={"mode": "allowlist_only", "ids": ["seedream5_lite"]},
        maxCreditsPerGeneration={"image": 4},
    )
    body = {"configId": "main", "input": PROMPT | {"outputCount": 4}}

    answer = mock.post("/v1/generate/image", body)

    assert answer.json()["routing"]["estimatedCost"]["credits"] == 16
    assert answer.json()["routing"]["resolvedSettings"]["priceCeiling"] == 4


def test_a_dry_run_routes_and_leaves_nothing_behind(mock: Driver) -> None:
    routed = router(mock)

    answer = video(mock, dry=True)

    assert answer.json().keys() == {"routing"}
    assert (mock.audit()["creates"], mock.audit()["charged"]) == (0, 0)
    assert mock.get(f"/v1/routers/{routed}/requests")["data"] == []


def test_a_busy_model_is_passed_over_when_the_settings_say_so(mock: Driver) -> None:
    models = {"mode": "allowlist_only", "ids": ["gen4.5", "veo3.1"]}
    router(mock, models=models, optimizeFor="quality", fallback={"onCapacity": True})
    first = video(mock, duration=4)

    second = video(mock, duration=4)
    third = video(mock, duration=4)

    assert (chosen(first), chosen(second), chosen(third)) == ("veo3.1", "gen4.5", "veo3.1")
    assert second.json()["routing"]["capacityFallback"] == {"allExhausted": False, "skipped": ["veo3.1"]}
    assert third.json()["routing"]["capacityFallback"] == {"allExhausted": True, "skipped": []}


def test_speech_and_sounds_go_to_different_models(mock: Driver) -> None:
    router(mock)

    models = {
        kind: chosen(mock.post("/v1/generate/audio", {"configId": "main", "input": PROMPT | {"type": kind}}))
        for kind in ("speech", "audio")
    }

    assert models["speech"] != models["audio"]


def test_a_voice_of_ones_own_goes_to_the_model_that_takes_it(mock: Driver) -> None:
    router(mock)
    voice = {"type": "reference-audio", "audioUri": "https://example.com/voice.mp3"}
    body = {"configId": "main", "input": PROMPT | {"type": "speech", "voice": voice}}

    answer = mock.post("/v1/generate/audio", body)

    assert chosen(answer) == "seed_audio"
    assert answer.json()["routing"]["resolvedInput"]["voice"] == "reference-audio"


def test_the_history_comes_newest_first_and_names_the_tasks() -> None:
    with Driver(UNLIMITED) as mock:
        routed = router(mock)
        tasks = [video(mock).json()["id"] for _ in range(3)]

        page = mock.get(f"/v1/routers/{routed}/requests?limit=2")

    assert [record["taskId"] for record in page["data"]] == [tasks[2], tasks[1]]
    assert page["hasMore"]

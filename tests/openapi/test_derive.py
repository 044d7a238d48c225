"""The committed document as a whole: what it holds, that it is valid, that it is not stale."""

import json

import jsonschema_rs
import pytest
from schemathesis.specs.openapi.definitions import OPENAPI_31

from openapi.derive import COMMITTED, document_text
from tests.openapi.runway import Json, document, operations, resolved, validator, variants

MODELS = {
    "image_to_video": """
        gen4.5 gen4_turbo veo3.1 veo3.1_fast h3_max hailuo3 happyhorse_1_0 wan3 wan3_prime
        kling2.5_turbo_pro kling3.0_standard kling3.0_pro kling3.0_4k
        klingO3_standard klingO3_pro klingO3_4k kling_4
        seedance2 seedance2_fast seedance2_mini seedance2_5
        gemini_omni_flash gemini_omni_flash_1.1 grok_imagine_1_5 grok_imagine_1_5_lite
    """,
    "text_to_video": """
        gen4.5 veo3.1 veo3.1_fast h3_max hailuo3 happyhorse_1_0 wan3 wan3_prime
        kling2.5_turbo_pro kling3.0_standard kling3.0_pro kling3.0_4k
        klingO3_standard klingO3_pro klingO3_4k kling_4
        seedance2 seedance2_fast seedance2_mini seedance2_5
        gemini_omni_flash gemini_omni_flash_1.1 grok_imagine_1_5 grok_imagine_1_5_lite
    """,
    "video_to_video": """
        aleph2 hailuo3 klingO3_standard klingO3_pro klingO3_4k kling_4
        seedance2 seedance2_fast seedance2_mini seedance2_5 gemini_omni_flash gemini_omni_flash_1.1
    """,
    "text_to_image": """
        gen4_image_turbo gen4_image gpt_image_2 gpt_image_2_5_flare gpt_image_2_5_sunburst
        gemini_2.5_flash gemini_image3_pro gemini_image3.1_flash gemini_image3.1_flash_lite nano_banana_2.1
        seedream5_pro seedream5_lite seedream5_flash muse_image grok_imagine_image_2
        bria_fibo_1_5 bria_fibo_edit_1_5 ideogram_4_0 ideogram_4_5 recraft_v4_1_flash recraft_v4_1_vector
    """,
    "image_upscale": "magnific_precision_upscaler_v2",
    "video_upscale": "magnific_video_upscaler_creative enhance_frame_rate",
    "video_to_hdr": "ruby",
    "video_to_audio": "mirelo_sfx_2_0",
    "character_performance": "act_two",
    "text_to_speech": "seed_audio eleven_v4 eleven_v3 eleven_multilingual_v2",
    "sound_effect": "seed_audio mirelo_sfx_2_0 eleven_text_to_sound_v2",
    "speech_to_speech": "eleven_multilingual_sts_v2",
    "voice_dubbing": "eleven_voice_dubbing",
    "voice_isolation": "eleven_voice_isolation",
    "avatar_videos": "gwm1_avatars",
}
"""The models that create tasks, by operation."""

WITHOUT_MODEL = {
    *("recipes_ad_localization", "recipes_marketing_stock_image", "recipes_multi_shot_video"),
    *("recipes_product_ad", "recipes_product_campaign_image", "recipes_product_swap", "recipes_product_ugc"),
    *("generate_video", "generate_image", "generate_audio"),
}

SEEDED = """
    gen4.5 gen4_turbo gen4_image gen4_image_turbo aleph2 act_two veo3.1 veo3.1_fast h3_max
    seedance2 seedance2_fast seedance2_mini seedance2_5 bria_fibo_1_5 bria_fibo_edit_1_5 recraft_v4_1_flash
    eleven_v3 eleven_v4 mirelo_sfx_2_0
"""

PLAIN_PATHS = {
    "/v1/tasks/{id}": {"get", "delete"},
    "/v1/uploads": {"post"},
    "/v1/organization": {"get"},
    "/v1/organization/usage": {"post"},
    "/v1/organization/webapp/usage": {"get"},
    "/v1/organization/webapp/audit_logs": {"get"},
    "/v1/organization/webapp/audit_logs/{eventId}": {"get"},
    "/v1/routers": {"get", "post"},
    "/v1/routers/{id}": {"get", "patch", "delete"},
    "/v1/routers/{id}/requests": {"get"},
    "/v1/workflows": {"get"},
    "/v1/workflows/{id}": {"get", "post"},
    "/v1/workflow_invocations/{id}": {"get"},
    "/v1/avatars": {"get", "post"},
    "/v1/avatars/{id}": {"get", "patch", "delete"},
    "/v1/avatar_conversations": {"get"},
    "/v1/avatar_conversations/{id}": {"get", "delete"},
    "/v1/avatar_usage": {"get"},
    "/v1/realtime_sessions": {"post"},
    "/v1/realtime_sessions/{id}": {"get", "delete"},
    "/v1/documents": {"get", "post"},
    "/v1/documents/{id}": {"get", "patch", "delete"},
    "/v1/voices": {"get", "post"},
    "/v1/voices/{id}": {"get", "patch", "delete"},
    "/v1/voices/preview": {"post"},
}
"""All paths but those that create tasks."""

ANSWERS = [
    (operation_id, reference["schema"]["$ref"], title, example["value"])
    for operation_id, operation in operations().items()
    for reference in operation["responses"].get("200", {}).get("content", {}).values()
    for title, example in reference.get("examples", {}).items()
]


def test_the_committed_document_is_what_the_sdk_and_the_overlay_give() -> None:
    assert document_text() == COMMITTED.read_text(), "stale: run `make openapi` and read the difference"


def test_the_document_is_valid_openapi() -> None:
    assert list(jsonschema_rs.validator_for(OPENAPI_31).iter_errors(document())) == []


def test_every_schema_is_valid_json_schema() -> None:
    for schema in document()["components"]["schemas"].values():
        jsonschema_rs.meta.validate(schema | {"$schema": "https://json-schema.org/draft/2020-12/schema"})


def test_every_reference_leads_somewhere() -> None:
    components = document()["components"]
    known = {f"#/components/{kind}/{name}" for kind, entries in components.items() for name in entries}

    assert set(_references(document())) <= known


def test_every_component_is_used() -> None:
    components = document()["components"]
    known = {f"#/components/{kind}/{name}" for kind in ("schemas", "responses") for name in components[kind]}

    assert known <= set(_references(document()))


def test_there_are_66_operations_with_names_of_their_own() -> None:
    assert len([verb for path in document()["paths"].values() for verb in path]) == 66
    assert len(operations()) == 66


def test_every_path_beside_those_that_create_tasks_is_there() -> None:
    creating = {
        operation_id for operation_id, entry in operations().items() if entry.get("x-creates") == "task"
    }

    plain = {
        path: {verb for verb, entry in entries.items() if entry["operationId"] not in creating}
        for path, entries in document()["paths"].items()
    }

    assert {path: verbs for path, verbs in plain.items() if verbs} == PLAIN_PATHS


def test_every_operation_that_creates_a_task_says_so() -> None:
    creating = {
        operation_id: entry["x-creates"]
        for operation_id, entry in operations().items()
        if "x-creates" in entry
    }

    assert creating == dict.fromkeys({*MODELS, *WITHOUT_MODEL}, "task") | {"workflows_run": "invocation"}


def test_an_operation_that_creates_a_task_is_called_after_its_path() -> None:
    for path, entries in document()["paths"].items():
        if entries.get("post", {}).get("x-creates") == "task":
            assert entries["post"]["operationId"] == path.removeprefix("/v1/").replace("/", "_")


@pytest.mark.parametrize(("operation_id", "models"), MODELS.items())
def test_every_model_of_an_operation_has_its_own_body(operation_id: str, models: str) -> None:
    named = variants(operation_id)

    assert set(named) == set(models.split())
    for model, reference in named.items():
        assert resolved(reference)["properties"]["model"] == {"const": model}
        assert "model" in resolved(reference)["required"]


def test_the_models_that_honour_a_seed_are_those_known_to() -> None:
    bodies = [(model, resolved(ref)) for name in MODELS for model, ref in variants(name).items()]

    assert {model for model, body in bodies if "seed" in body["properties"]} == set(SEEDED.split())


def test_every_operation_wants_the_version_header_and_a_key() -> None:
    header = {"$ref": "#/components/parameters/XRunwayVersion"}

    assert document()["components"]["parameters"]["XRunwayVersion"]["schema"] == {"const": "2024-11-06"}
    assert all(header in operation["parameters"] for operation in operations().values())
    assert all(operation["security"] == [{"bearer": []}] for operation in operations().values())


def test_a_body_says_whether_unknown_keys_are_refused_or_that_this_is_a_guess() -> None:
    strict, assumed = set(), set()
    for model, reference in variants("image_to_video").items():
        body = resolved(reference)
        strict |= {model} if body.get("additionalProperties") is False else set()
        assumed |= {model} if "additionalProperties" in body.get("x-assumed", []) else set()

    assert strict >= {"hailuo3", "happyhorse_1_0", "seedance2", "seedance2_5", "veo3.1"}
    assert not strict & {"gen4.5", "gen4_turbo", "gemini_omni_flash", "kling_4"}
    assert assumed >= {"kling_4", "wan3", "veo3.1"}
    assert not assumed & {"gen4_turbo", "seedance2", "hailuo3"}


@pytest.mark.parametrize("status", ["PENDING", "THROTTLED", "RUNNING", "SUCCEEDED", "FAILED", "CANCELLED"])
def test_a_task_has_a_shape_for_every_status(status: str) -> None:
    reference = resolved("Task")["discriminator"]["mapping"][status]
    money = "cost" if status in {"SUCCEEDED", "FAILED", "CANCELLED"} else "estimatedCost"

    assert {"id", "createdAt", "status", money} <= set(resolved(reference)["required"])


def test_every_200_answer_has_an_example() -> None:
    answering = {operation_id for operation_id, entry in operations().items() if "200" in entry["responses"]}

    assert {answer[0] for answer in ANSWERS} == answering


@pytest.mark.parametrize(("operation_id", "reference", "title", "value"), ANSWERS)
def test_every_example_of_an_answer_is_one(
    operation_id: str, reference: str, title: str, value: Json
) -> None:
    assert list(validator(reference).iter_errors(value)) == [], (operation_id, title)


@pytest.mark.parametrize("name", sorted(document()["components"]["responses"]))
def test_every_example_of_an_error_is_one(name: str) -> None:
    for content in document()["components"]["responses"][name].get("content", {}).values():
        for example in content.get("examples", {}).values():
            assert list(validator(content["schema"]["$ref"]).iter_errors(example["value"])) == []


def test_the_document_is_written_with_a_newline_at_its_end() -> None:
    text = COMMITTED.read_text()

    assert text == json.dumps(document(), indent=1, ensure_ascii=False) + "\n"


def _references(part: object) -> list[str]:
    match part:
        case {"$ref": str(reference)}:
            return [reference]
        case dict():
            return [found for value in part.values() for found in _references(value)]
        case list():
            return [found for value in part for found in _references(value)]
        case str() if part.startswith("#/components/"):
            return [part]
        case _:
            return []

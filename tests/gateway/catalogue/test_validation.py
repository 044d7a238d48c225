"""What is accepted and refused, and how it is said."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway.catalogue.document import read_document
from gateway.catalogue.validation import ENTRIES_MAX, ISSUES_MAX, Validation
from gateway.ports.catalogue import Issue

VALIDATION = Validation(read_document())

IMAGE = "https://example.com/cat.png"
VIDEO = "https://example.com/cat.mp4"
TURBO: dict[str, Any] = {"model": "gen4_turbo", "promptImage": IMAGE, "ratio": "1280:720"}
VEO: dict[str, Any] = {"model": "veo3.1", "promptText": "a cat", "ratio": "1280:720"}
SEEDANCE: dict[str, Any] = {"model": "seedance2", "promptText": "a cat"}


def without(body: dict[str, Any], field: str) -> dict[str, Any]:
    return {name: value for name, value in body.items() if name != field}


ACCEPTED: list[tuple[str, dict[str, Any]]] = [
    ("image_to_video", TURBO),
    ("image_to_video", TURBO | {"duration": 2, "seed": 0}),
    ("image_to_video", TURBO | {"duration": 10.0, "seed": 4294967295}),
    ("image_to_video", TURBO | {"promptImage": "runway://uploads/cat"}),
    ("image_to_video", TURBO | {"promptImage": "data:image/png;base64,iVBORw0KGgo="}),
    ("image_to_video", TURBO | {"promptImage": [{"uri": IMAGE, "position": "first"}]}),
    ("image_to_video", TURBO | {"promptText": "😀" * 500}),
    ("image_to_video", TURBO | {"comment": "an open body ignores it"}),
    ("image_to_video", TURBO | {"contentModeration": {"publicFigureThreshold": "low"}}),
    ("text_to_video", VEO | {"duration": 4, "audio": False}),
    ("text_to_video", SEEDANCE | {"duration": "auto"}),
    ("text_to_video", {"model": "seedance2_5", "draftTaskId": "0b7f0a3e-1f6c-4c11-9c4f-0d7f0a3e1f6c"}),
    ("video_to_video", {"model": "aleph2", "videoUri": VIDEO}),
    ("text_to_image", {"model": "gen4_image", "promptText": "a cat", "ratio": "1024:1024"}),
    ("video_to_hdr", {"model": "ruby", "videoUri": VIDEO}),
    ("sound_effect", {"model": "eleven_text_to_sound_v2", "promptText": "a purr", "duration": 0.5}),
    ("recipes_multi_shot_video", {"mode": "auto", "version": "2026-06", "prompt": "a cat"}),
    ("generate_image", {"configId": "cheap", "input": {"promptText": "a cat"}}),
    ("uploads_create_ephemeral", {"filename": "cat.png", "type": "ephemeral"}),
]

REFUSED: list[tuple[str, dict[str, Any], str, tuple[str | int, ...]]] = [
    ("image_to_video", without(TURBO, "promptImage"), "invalid_type", ("promptImage",)),
    ("image_to_video", without(TURBO, "ratio"), "invalid_type", ("ratio",)),
    ("image_to_video", without(TURBO, "model"), "invalid_value", ("model",)),
    ("image_to_video", TURBO | {"model": "gen3a_turbo"}, "invalid_value", ("model",)),
    ("image_to_video", TURBO | {"model": 4}, "invalid_value", ("model",)),
    ("image_to_video", TURBO | {"ratio": "16:9"}, "invalid_value", ("ratio",)),
    ("image_to_video", TURBO | {"duration": 1}, "too_small", ("duration",)),
    ("image_to_video", TURBO | {"duration": 11}, "too_big", ("duration",)),
    ("image_to_video", TURBO | {"duration": 5.5}, "invalid_type", ("duration",)),
    ("image_to_video", TURBO | {"duration": "5"}, "invalid_type", ("duration",)),
    ("image_to_video", TURBO | {"duration": True}, "invalid_type", ("duration",)),
    ("image_to_video", TURBO | {"seed": -1}, "too_small", ("seed",)),
    ("image_to_video", TURBO | {"seed": 2**32}, "too_big", ("seed",)),
    ("image_to_video", TURBO | {"seed": None}, "invalid_type", ("seed",)),
    ("image_to_video", TURBO | {"promptText": ""}, "too_small", ("promptText",)),
    ("image_to_video", TURBO | {"promptText": "a" * 1001}, "too_big", ("promptText",)),
    ("image_to_video", TURBO | {"promptText": "😀" * 501}, "too_big", ("promptText",)),
    ("image_to_video", TURBO | {"promptText": "\ud800"}, "custom", ()),
    ("image_to_video", TURBO | {"promptImage": 5}, "invalid_type", ("promptImage",)),
    ("image_to_video", TURBO | {"promptImage": "http://example.com/"}, "invalid_union", ("promptImage",)),
    (
        "image_to_video",
        TURBO | {"promptImage": "data:video/mp4;base64,AA=="},
        "invalid_union",
        ("promptImage",),
    ),
    ("image_to_video", TURBO | {"promptImage": "https://e/" + "a" * 2048}, "too_big", ("promptImage",)),
    ("image_to_video", TURBO | {"promptImage": []}, "too_small", ("promptImage",)),
    ("text_to_video", VEO | {"duration": 5}, "invalid_value", ("duration",)),
    ("text_to_video", VEO | {"audio": "yes"}, "invalid_type", ("audio",)),
    ("text_to_video", SEEDANCE | {"style": "noir"}, "unrecognized_keys", ()),
    ("text_to_video", SEEDANCE | {"duration": "long"}, "invalid_union", ("duration",)),
    ("text_to_video", {"model": "seedance2_5", "draftTaskId": "a", "seed": 1}, "custom", ()),
    (
        "image_to_video",
        VEO | {"promptImage": [{"uri": IMAGE, "position": "last"}]},
        "custom",
        ("promptImage",),
    ),
    ("generate_image", {"configId": "cheap"}, "invalid_type", ("input",)),
    ("recipes_multi_shot_video", {"mode": "slow"}, "invalid_value", ("mode",)),
    ("uploads_create_ephemeral", {"filename": "a", "type": "ephemeral"}, "too_small", ("filename",)),
]


@pytest.mark.parametrize(("operation", "body"), ACCEPTED)
def test_what_runway_accepts_has_no_problems(operation: str, body: dict[str, Any]) -> None:
    assert VALIDATION.problems(operation, body) == ()


@pytest.mark.parametrize(("operation", "body", "code", "path"), REFUSED)
def test_what_runway_refuses_is_refused_at_its_place(
    operation: str, body: dict[str, Any], code: str, path: tuple[str | int, ...]
) -> None:
    issues = VALIDATION.problems(operation, body)

    assert (code, path) in [(issue.code, issue.path) for issue in issues]


def test_all_problems_are_told_at_once() -> None:
    issues = problems(ratio="1:1", duration=60, seed="seven", promptImage="cat.png")

    assert {issue.path for issue in issues} == {("ratio",), ("duration",), ("seed",), ("promptImage",)}


def test_one_problem_is_told_once() -> None:
    assert len(problems(promptText="a" * 2000)) == 1


def test_a_mistake_in_a_list_is_told_where_it_is() -> None:
    (issue,) = problems(promptImage=[{"uri": "cat.png", "position": "first"}])

    assert issue.path == ("promptImage", 0, "uri")


def test_an_unknown_model_lists_the_accepted_ones_and_the_nearest() -> None:
    (issue,) = problems(model="gen4-turbo")

    assert '"gen4.5"|"gen4_turbo"|"veo3.1"' in issue.message
    assert issue.message.endswith('The nearest is "gen4_turbo"')


def test_an_unknown_ratio_names_the_nearest() -> None:
    (issue,) = problems(ratio="1920:1080")

    assert issue.message.endswith('The nearest is "1280:720"')


def test_unknown_keys_are_named_up_to_a_length() -> None:
    (issue,) = VALIDATION.problems("text_to_video", SEEDANCE | {"k" * 500: 1, "style": 2})

    assert issue.message.startswith("Unrecognized keys")
    assert "style" in issue.message
    assert len(issue.message) < 150


def test_an_image_of_a_wrong_kind_is_told_the_kinds_there_are() -> None:
    (issue,) = problems(promptImage="ftp://example.com/cat.png")

    assert issue.message.endswith("https:// or runway:// or data:image/")


def test_a_number_that_may_also_be_a_word_is_told_both() -> None:
    (issue,) = VALIDATION.problems("text_to_video", SEEDANCE | {"duration": "long"})

    assert issue.message == 'Invalid input: expected integer or "auto"'


def test_a_voice_without_a_known_shape_is_told_so() -> None:
    speech = {"type": "text", "text": "Hello", "voice": {"type": "unknown"}}
    body = {"model": "gwm1_avatars", "avatar": {"type": "custom", "avatarId": "a"}, "speech": speech}

    issues = VALIDATION.problems("avatar_videos", body)

    assert ("invalid_union", ("speech", "voice")) in [(issue.code, issue.path) for issue in issues]


def test_many_mistakes_make_few_sentences() -> None:
    body = SEEDANCE | {"references": [{"uri": 5}] * ENTRIES_MAX}

    assert len(VALIDATION.problems("text_to_video", body)) == ISSUES_MAX


def test_more_entries_than_any_body_needs_are_refused_without_a_look_at_each() -> None:
    body = SEEDANCE | {"references": [{"uri": 5}] * (ENTRIES_MAX + 1)}

    (issue,) = VALIDATION.problems("text_to_video", body)

    assert issue.code == "too_big"


SECRET = "a-secret-that-nobody-else-may-read"


@pytest.mark.parametrize(
    "field",
    ["promptText", "promptImage", "ratio", "duration", "seed", "model"],
)
@pytest.mark.parametrize("shape", [lambda text: text, lambda text: [text], lambda text: {text: text}])
def test_no_problem_repeats_what_the_body_says(field: str, shape: Any) -> None:  # noqa: ANN401 - three callables
    issues = problems(**{field: shape(SECRET * 40)})

    assert issues
    assert SECRET not in str(issues)


@settings(suppress_health_check=[HealthCheck.too_slow])  # the first text waits for tables of all characters
@given(
    st.dictionaries(
        st.sampled_from(["model", "promptText", "promptImage", "ratio", "duration", "seed", "x"]),
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
            lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
        ),
    )
)
def test_no_body_breaks_the_validation(body: dict[str, Any]) -> None:
    assert isinstance(VALIDATION.problems("image_to_video", TURBO | body), tuple)


def problems(**changes: object) -> tuple[Issue, ...]:
    return VALIDATION.problems("image_to_video", TURBO | changes)

"""Where media stand: found for every operation, so that none is forgotten."""

from typing import Any

import pytest

from mock_server import spec
from mock_server.inputs.places import Places
from mock_server.sniffing import Kind
from mock_server.spec import Operation
from tests.mock_server.smallest import bodies

RUNWAY = spec.load()
OPERATIONS = {operation.id: operation for operation in RUNWAY.operations}
PLACES = Places(RUNWAY)
EXAMPLES = [
    pytest.param(operation, name, body, id=f"{operation.id} {name}".strip())
    for operation in RUNWAY.operations
    for name, body in bodies(operation, RUNWAY).items()
]
URI = "https://example.com/a"


def media(operation: Operation, variant: str, body: dict[str, Any]) -> dict[str, set[Kind]]:
    ref = operation.body if isinstance(operation.body, str) else operation.body.refs[variant]  # type: ignore[union-attr]
    found = PLACES.media(ref, body)
    return {".".join(map(str, medium.path)): set(medium.kinds) for medium in found}


@pytest.mark.parametrize(("operation", "variant", "body"), EXAMPLES)
def test_every_address_in_the_smallest_body_is_found(
    operation: Operation, variant: str, body: dict[str, Any]
) -> None:
    expected = str(body).count("https://media.example/")

    assert len(media(operation, variant, body)) == expected


@pytest.mark.parametrize(
    ("operation", "variant", "body", "expected"),
    [
        ("image_to_video", "veo3.1", {"promptImage": URI}, {"promptImage": {Kind.IMAGE}}),
        (
            "image_to_video",
            "seedance2",
            {"promptImage": [{"uri": URI}, {"uri": URI}], "referenceAudio": [{"type": "audio", "uri": URI}]},
            {
                "promptImage.0.uri": {Kind.IMAGE},
                "promptImage.1.uri": {Kind.IMAGE},
                "referenceAudio.0.uri": {Kind.AUDIO},
            },
        ),
        (
            "character_performance",
            "act_two",
            {"character": {"type": "video", "uri": URI}, "reference": {"type": "video", "uri": URI}},
            {"character.uri": {Kind.VIDEO}, "reference.uri": {Kind.VIDEO}},
        ),
        (
            "character_performance",
            "act_two",
            {"character": {"type": "image", "uri": URI}},
            {"character.uri": {Kind.IMAGE}},
        ),
        (
            "workflows_run",
            "",
            {"nodeOutputs": {"a-node": {"a-key": {"type": "image", "uri": URI}}}},
            {"nodeOutputs.a-node.a-key.uri": {Kind.IMAGE}},
        ),
        ("image_to_video", "veo3.1", {"promptText": URI, "unknown": URI}, {}),
    ],
)
def test_media_are_found_with_the_kind_that_their_place_takes(
    operation: str, variant: str, body: dict[str, Any], expected: dict[str, set[Kind]]
) -> None:
    assert media(OPERATIONS[operation], variant, body) == expected

"""From an artifact to its bytes: the one place that knows which module writes which kind of file."""

from typing import assert_never

from mock_server.outputs.artifact import Artifact, Kind
from mock_server.outputs.drawing import drawing
from mock_server.outputs.encodings import ENCODINGS
from mock_server.outputs.image import image
from mock_server.outputs.sequence import sequence
from mock_server.outputs.sound import sound
from mock_server.outputs.video import film


def write(artifact: Artifact, *, label: str) -> bytes:
    encoding = ENCODINGS[artifact.encoding]
    match artifact.kind:
        case Kind.VIDEO:
            return film(artifact, encoding, label=label)
        case Kind.IMAGE if encoding.extension == "svg":
            return drawing(artifact, label=label)
        case Kind.IMAGE:
            return image(artifact, encoding, label=label)
        case Kind.AUDIO:
            return sound(artifact, encoding, label=label)
        case Kind.ARCHIVE:
            return sequence(artifact, encoding, label=label)
        case _:
            assert_never(artifact.kind)

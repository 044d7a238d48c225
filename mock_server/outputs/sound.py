"""Sound: a short tune that depends on the seed, repeated for as long as it takes."""

import io
from array import array
from collections.abc import Iterator
from math import pi, sin

import av

from mock_server.outputs.artifact import Artifact
from mock_server.outputs.encodings import Encoding
from mock_server.outputs.scene import chance

NOTES = 8
NOTES_PER_SECOND = 4
LOUDNESS = 8_000  # of 32 767
LOWEST_HERTZ = 220.0
HALF_TONES = (0, 3, 5, 7, 10, 12, 15, 17)  # a pentatonic scale: no two notes clash
BLOCK_SAMPLES = 4096
SAMPLE_BYTES = 2


def sound(artifact: Artifact, encoding: Encoding, *, label: str) -> bytes:
    """Mono sound of the artifact's duration; the label becomes its title."""
    file = io.BytesIO()
    with av.open(file, "w", format=encoding.container, options={"fflags": "bitexact"}) as container:
        container.metadata["title"] = label
        stream = container.add_stream(encoding.codec, rate=artifact.sample_rate, layout="mono")
        assert isinstance(stream, av.AudioStream), "an audio codec makes an audio stream"
        for block in _blocks(artifact):
            container.mux(stream.encode(block))
        container.mux(stream.encode(None))
    return file.getvalue()


def _blocks(artifact: Artifact) -> Iterator[av.AudioFrame]:
    tune = _tune(artifact)
    remaining = max(1, round(artifact.duration_seconds * artifact.sample_rate))
    place = 0
    while remaining:
        start = place * SAMPLE_BYTES % len(tune)
        content = tune[start : start + min(BLOCK_SAMPLES, remaining) * SAMPLE_BYTES]
        samples = len(content) // SAMPLE_BYTES
        frame = av.AudioFrame(format="s16", layout="mono", samples=samples)
        frame.planes[0].update(content)
        frame.sample_rate, frame.pts = artifact.sample_rate, place
        yield frame
        place, remaining = place + samples, remaining - samples


def _tune(artifact: Artifact) -> bytes:
    samples_per_note = artifact.sample_rate // NOTES_PER_SECOND
    notes = (HALF_TONES[throw % len(HALF_TONES)] for throw in chance(artifact)[:NOTES])
    tune = array("h")
    for half_tones in notes:
        turn = 2 * pi * LOWEST_HERTZ * 2 ** (half_tones / 12) / artifact.sample_rate
        fading = ((1 - place / samples_per_note) * sin(turn * place) for place in range(samples_per_note))
        tune.extend(round(LOUDNESS * level) for level in fading)
    return tune.tobytes()

"""Films: frames drawn one at a time and handed to the encoder."""

import io
from collections.abc import Iterator
from fractions import Fraction

import av

from mock_server.outputs.artifact import Artifact
from mock_server.outputs.encodings import Encoding
from mock_server.outputs.scene import draw, scene

FRAMES_PER_SECOND = 24
FRAMES_MIN = 2
CLOCK = 1000  # durations are kept to a millisecond


def film(artifact: Artifact, encoding: Encoding, *, label: str) -> bytes:
    """A film of exactly the artifact's duration and size."""
    rate = frame_count(artifact, encoding) / duration(artifact)
    file = io.BytesIO()
    with av.open(file, "w", format=encoding.container, options={"fflags": "bitexact"}) as container:
        stream = container.add_stream(encoding.codec, rate=rate, options=encoding.options)
        assert isinstance(stream, av.VideoStream), "a video codec makes a video stream"
        stream.width, stream.height, stream.pix_fmt = artifact.width, artifact.height, encoding.pixel_format
        context = stream.codec_context
        context.color_primaries, context.color_trc, context.colorspace = encoding.colour
        for frame in frames(artifact, encoding, label=label):
            frame.color_primaries, frame.color_trc, frame.colorspace = encoding.colour  # ProRes reads it here
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return file.getvalue()


def frames(artifact: Artifact, encoding: Encoding, *, label: str) -> Iterator[av.VideoFrame]:
    """The frames of the film, each made when it is asked for."""
    count = frame_count(artifact, encoding)
    step = duration(artifact) / count
    picture = None
    for number in range(count):
        frame = av.VideoFrame(artifact.width, artifact.height, "yuv420p")
        picture = picture or scene(artifact, label=label, strides=_strides(frame))
        for plane, content in zip(frame.planes, draw(picture, float(number * step)), strict=True):
            plane.update(bytes(content))
        frame.pts, frame.time_base = number, step
        yield frame


def duration(artifact: Artifact) -> Fraction:
    return Fraction(max(1, round(artifact.duration_seconds * CLOCK)), CLOCK)


def frame_count(artifact: Artifact, encoding: Encoding) -> int:
    smooth = round(duration(artifact) * FRAMES_PER_SECOND)
    return max(FRAMES_MIN, min(smooth, encoding.pixels_max // (artifact.width * artifact.height)))


def _strides(frame: av.VideoFrame) -> tuple[int, int, int]:
    luma, blue, red = (plane.line_size for plane in frame.planes)
    return luma, blue, red

"""Still images: the first frame of the scene."""

from fractions import Fraction

import av
from av.video.codeccontext import VideoCodecContext

from mock_server.outputs.artifact import Artifact
from mock_server.outputs.encodings import Encoding
from mock_server.outputs.video import frames

ANY_RATE = Fraction(1, 25)  # encoders insist on one


def image(artifact: Artifact, encoding: Encoding, *, label: str) -> bytes:
    frame = next(frames(artifact, encoding, label=label))
    return encoded(frame, encoding)


def encoded(frame: av.VideoFrame, encoding: Encoding) -> bytes:
    """The frame alone, as a file of the encoding's codec."""
    context = av.CodecContext.create(encoding.codec, "w")
    assert isinstance(context, VideoCodecContext), "an image codec is a video codec of one frame"
    context.width, context.height = frame.width, frame.height
    context.pix_fmt, context.time_base, context.options = encoding.pixel_format, ANY_RATE, encoding.options
    frame.pts, frame.time_base = 0, ANY_RATE
    return b"".join(bytes(packet) for last in (frame, None) for packet in context.encode(last))

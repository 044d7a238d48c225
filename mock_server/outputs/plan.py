"""Which files a successful task yields, told from its request alone."""

from collections.abc import Mapping
from math import sqrt

from mock_server import extents
from mock_server.extents import Extent
from mock_server.outputs.artifact import Artifact, Kind
from mock_server.outputs.encodings import ENCODINGS

OUTPUTS_MAX = 50
DURATION_SECONDS_MAX = 300.0  # some models state no bound of their own
PIXELS_MAX = 26_000_000
SAMPLE_RATE_DEFAULT = 44_100
SAMPLE_RATES = frozenset({8_000, 16_000, 24_000, 32_000, 44_100, 48_000})
SAMPLE_RATE_OPUS = 48_000  # Opus is always played at this rate
SIDE_MIN = 2
SEED_BITS = 32
PLAIN_ENCODINGS = {"video": "mp4", "image": "png", "audio": "mp3"}


class TooManyOutputsError(ValueError):
    """The request asks for more files than one task may yield."""


def plan(
    operation: str, model: str | None, body: Mapping[str, object], *, outputs_max: int = OUTPUTS_MAX
) -> tuple[Artifact, ...]:
    """The outputs in the order of their URLs; equal requests plan equal files. Raises TooManyOutputsError.

    `operation` is the path after /v1/ with `_` for `/`. For a routed request pass what it was routed to.
    """
    request = body if model is None else {**body, "model": model}
    extent = extents.imagined(operation, request)
    if extent.outputs > outputs_max:  # some models state no bound of their own
        raise TooManyOutputsError
    digest = extents.digest([operation, request])
    return tuple(_artifact(extent, request, digest=digest, place=place) for place in range(extent.outputs))


def _artifact(extent: Extent, request: Mapping[str, object], *, digest: int, place: int) -> Artifact:
    name = _encoding_name(extent, request.get("proresProfile"))
    encoding = ENCODINGS[name]
    is_sound = encoding.kind is Kind.AUDIO
    width, height = (0, 0) if is_sound else _size(extent, is_still=encoding.kind is Kind.IMAGE)
    return Artifact(
        kind=encoding.kind,
        encoding=name,
        extension=encoding.extension,
        media_type=encoding.media_type,
        width=width,
        height=height,
        duration_seconds=min(float(extent.seconds), DURATION_SECONDS_MAX),
        sample_rate=_sample_rate(name, request.get("sampleRate")) if is_sound else 0,
        seed=_seed(request.get("seed"), digest),
        fingerprint=f"{digest:016x}-{place}",
    )


def _size(extent: Extent, *, is_still: bool) -> tuple[int, int]:
    """The size asked for, within what can be rendered; films have even sides, as YUV 4:2:0 needs."""
    scale = min(1.0, sqrt(PIXELS_MAX / extent.pixels))
    width, height = (max(SIDE_MIN, int(side * scale)) for side in (extent.width, extent.height))
    return (width, height) if is_still else (width // 2 * 2, height // 2 * 2)


def _encoding_name(extent: Extent, profile: object) -> str:
    """A format that no encoder knows becomes a plain file of its kind."""
    known = (name for name in (f"{extent.format} {profile}", extent.format) if name in ENCODINGS)
    return next(known, PLAIN_ENCODINGS[extent.kind])


def _sample_rate(name: str, asked: object) -> int:
    if name == "ogg_opus":
        return SAMPLE_RATE_OPUS
    return asked if isinstance(asked, int) and asked in SAMPLE_RATES else SAMPLE_RATE_DEFAULT


def _seed(asked: object, digest: int) -> int:
    """The request's own, else one that follows from the request: Runway draws one and does not tell."""
    return asked if isinstance(asked, int) else digest % 2**SEED_BITS

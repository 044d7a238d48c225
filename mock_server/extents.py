"""How much a request asks for: seconds, frame size, number of outputs, file format.

Lengths and sizes of input media decide what some tasks yield and cost, and the mock opens no media. So
there are two views of every request: the ceiling (the most it may come to) and the imagined (a plausible
figure, the same for the same input).
"""

import hashlib
import re
from decimal import ROUND_UP, Decimal
from functools import cache
from math import sqrt

import msgspec

from mock_server.model_table import Body, ModelTable, Row, entries, field, read

IMAGINED_SECONDS_MAX = Decimal(30)  # a longer one would only make tests slow
SPOKEN_CHARACTERS_PER_SECOND = 15
WIDESCREEN = (16, 9)
ASPECT_SIDE_MAX = 32  # "21:9" is an aspect ratio, "416:624" a size
UPSCALED_PIXELS_MAX = 25_300_000  # Runway's own limit of image_upscale
SIDES = re.compile(r"([1-9][0-9]{0,4}):([1-9][0-9]{0,4})")
NUMBER = re.compile(r"[0-9]{1,12}(\.[0-9]{1,30})?")

SIZES = {
    "480p": (854, 480),
    "720p": (1280, 720),
    "768p": (1366, 768),
    "1k": (1024, 1024),
    "1080p": (1920, 1080),
    "2k": (2560, 1440),
    "4k": (3840, 2160),
}


class Extent(msgspec.Struct, frozen=True, kw_only=True):
    """What one request comes to. `seconds` is zero for still images; `frame_rate` is for billing."""

    kind: str
    format: str
    outputs: int
    seconds: Decimal
    width: int
    height: int
    frame_rate: int

    @property
    def pixels(self) -> int:
        return self.width * self.height


class Length(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where the seconds of the output stand: a field, the parts, the length of an input or of a text."""

    field: str = ""
    default: Decimal | None = None
    parts: str = ""
    media: str = ""
    text: str = ""
    minimum: Decimal = Decimal(1)
    maximum: Decimal = Decimal(10)


class Frame(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where the size of the output stands: the first of `fields` that is given, else `default`.

    A size by name, such as `720p`, takes its shape from the field `aspect`; `auto` is the size where the
    model chooses. A default of `input` means the size of an input, at most `ceiling`; `enlarged` names a
    field with a factor.
    """

    fields: tuple[str, ...] = ("ratio",)
    default: str = "1280:720"
    auto: str = "720p"
    aspect: str = "ratio"
    ceiling: str = "1080p"
    enlarged: str = ""


class Count(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    field: str = "outputCount"
    default: int = 1


class FileFormat(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    field: str = "outputFormat"
    default: str = "mp4"


class FrameRate(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The rate of an input nobody opened; `doubled` names the switch that doubles it."""

    ceiling: int = 60
    imagined: int = 30
    doubled: str = ""


class ExtentRow(Row, frozen=True, forbid_unknown_fields=True, kw_only=True):
    kind: str
    seconds: Length | None = None
    frame: Frame = Frame()
    outputs: Count = Count()
    format: FileFormat = FileFormat()
    frame_rate: FrameRate = FrameRate()


def ceiling(operation: str, body: Body) -> Extent:
    """The most that the request may come to, as far as it can be told without opening its media."""
    return _extent(operation, body, imagine=False)


def imagined(operation: str, body: Body) -> Extent:
    """What the request comes to in the mock's own world; equal requests come to the same."""
    return _extent(operation, body, imagine=True)


def imagined_seconds(source: object, minimum: Decimal, maximum: Decimal) -> Decimal:
    """A length in tenths of a second between the two, decided by the source: a URI, or a whole body."""
    tenths_min = int(minimum * 10)
    tenths_max = max(tenths_min, int(min(maximum, max(minimum, IMAGINED_SECONDS_MAX)) * 10))
    return Decimal(tenths_min + digest(source) % (tenths_max - tenths_min + 1)) / 10


def digest(source: object) -> int:
    """64 bits that depend on every part of a JSON value, the same in every process."""
    canonical = msgspec.json.encode(source, order="deterministic")
    return int.from_bytes(hashlib.blake2b(canonical, digest_size=8).digest(), "big")


@cache
def table() -> ModelTable[ExtentRow]:
    return ModelTable(msgspec.convert(read("extents.toml")["extent"], list[ExtentRow]))


def _extent(operation: str, body: Body, *, imagine: bool) -> Extent:
    row = table().find(operation, body)
    width, height = _size(row.frame, body, imagine=imagine)
    return Extent(
        kind=row.kind,
        format=str(field(body, row.format.field) or row.format.default),
        outputs=max(1, int(_number(field(body, row.outputs.field)) or row.outputs.default)),
        seconds=_seconds(row.seconds, body, imagine=imagine) if row.seconds else Decimal(0),
        width=width,
        height=height,
        frame_rate=_frame_rate(row.frame_rate, body, imagine=imagine),
    )


def _seconds(length: Length, body: Body, *, imagine: bool) -> Decimal:
    asked = field(body, length.field)
    if asked is None and length.parts:
        asked = sum(_number(field(part, "duration")) or 0 for part in entries(body, length.parts)) or None
    exact = _number(length.default if asked is None else asked)
    if exact is not None:
        return exact
    if not imagine:
        return length.maximum
    text = field(body, length.text)
    if isinstance(text, str):
        return _spoken_seconds(text, length)
    return imagined_seconds(field(body, length.media) or body, length.minimum, length.maximum)


def _spoken_seconds(text: str, length: Length) -> Decimal:
    seconds = Decimal(len(text)) / SPOKEN_CHARACTERS_PER_SECOND
    bounded = min(max(seconds, length.minimum), length.maximum, IMAGINED_SECONDS_MAX)
    return bounded.quantize(Decimal("0.1"), rounding=ROUND_UP)


def _size(frame: Frame, body: Body, *, imagine: bool) -> tuple[int, int]:
    asked = next((str(value) for path in frame.fields if (value := field(body, path))), frame.default)
    if asked == "input":
        return _input_size(frame, body, imagine=imagine)
    sides = _sides(asked)
    if sides and min(sides) > ASPECT_SIDE_MAX:
        return sides
    name = asked.lower().removeprefix("auto_")
    if name not in SIZES:
        name = frame.auto
    return _sides(name) or _shaped(SIZES[name], _sides(str(field(body, frame.aspect))))


def _input_size(frame: Frame, body: Body, *, imagine: bool) -> tuple[int, int]:
    """The size of a medium nobody opened, enlarged where the request asks for it."""
    if imagine:
        width, height = SIZES["720p"] if digest(body) % 2 or frame.enlarged else SIZES["1080p"]
    else:
        width, height = SIZES[frame.ceiling]
    factor = float(_number(field(body, frame.enlarged)) or 2) if frame.enlarged else 1.0
    factor = min(factor, sqrt(UPSCALED_PIXELS_MAX / (width * height)))
    return 2 * int(width * factor / 2), 2 * int(height * factor / 2)


def _shaped(size: tuple[int, int], aspect: tuple[int, int] | None) -> tuple[int, int]:
    """The same number of pixels in another shape, both sides even."""
    if aspect is None or min(aspect) > ASPECT_SIDE_MAX:
        return size
    pixels = size[0] * size[1]
    height = sqrt(pixels * aspect[1] / aspect[0])
    return 2 * round(height * aspect[0] / aspect[1] / 2), 2 * round(height / 2)


def _sides(text: str) -> tuple[int, int] | None:
    sides = SIDES.fullmatch(text)
    return (int(sides[1]), int(sides[2])) if sides else None


def _frame_rate(rate: FrameRate, body: Body, *, imagine: bool) -> int:
    doubled = 2 if field(body, rate.doubled) else 1
    return (rate.imagined if imagine else rate.ceiling) * doubled


def _number(value: object) -> Decimal | None:
    """A JSON number, or one in a string as in `scaleFactor`."""
    if isinstance(value, bool) or not isinstance(value, int | float | str | Decimal):
        return None
    text = str(value)
    return Decimal(text) if NUMBER.fullmatch(text) else None

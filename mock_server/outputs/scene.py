"""The moving picture: waves of light that drift, a bright block that bounces, a label and a clock.

Drawn straight into the three planes of YUV 4:2:0, row by row from prepared patterns, so that a frame costs
little more than copying it: no image library is needed and no frame is kept.
"""

import hashlib
from math import pi, sin

import msgspec

from mock_server.outputs.artifact import Artifact
from mock_server.outputs.font import DOTS_ACROSS, DOTS_DOWN, dot_rows

INK, PAPER, BLOCK = 235, 16, 220  # luma, in video range
DOT_SHARE = 90  # a dot of the label is at most this part of the height
BLOCK_SHARE = 6

Planes = tuple[bytearray, bytearray, bytearray]


class Wave(msgspec.Struct, frozen=True):
    """A periodic row of one plane; it leans by `slant` samples a row, drifts by `speed` samples a second."""

    row: bytes
    period: int
    slant: int
    speed: int


class Scene(msgspec.Struct, frozen=True):
    """What is drawn for one artifact; `strides` are the bytes from row to row of each plane."""

    width: int
    height: int
    strides: tuple[int, int, int]
    waves: tuple[Wave, Wave, Wave]
    block_speed: tuple[int, int]
    label: str
    has_clock: bool


def scene(artifact: Artifact, *, label: str, strides: tuple[int, int, int]) -> Scene:
    dice = chance(artifact)
    spans = (artifact.width, artifact.width // 2, artifact.width // 2)
    luma, *colours = (
        _wave(dice[4 * plane : 4 * plane + 4], spans[plane], strides[plane], low=low, high=high)
        for plane, (low, high) in enumerate(((60, 170), (70, 190), (70, 190)))
    )
    return Scene(
        width=artifact.width,
        height=artifact.height,
        strides=strides,
        waves=(luma, colours[0], colours[1]),
        block_speed=(artifact.width // 8 + dice[12], artifact.height // 8 + dice[13]),
        label=label,
        has_clock=artifact.duration_seconds > 0,
    )


def draw(picture: Scene, seconds: float) -> Planes:
    """The three planes at that moment."""
    heights = (picture.height, (picture.height + 1) // 2, (picture.height + 1) // 2)
    luma, blue, red = (
        _drift(wave, stride, height, seconds)
        for wave, stride, height in zip(picture.waves, picture.strides, heights, strict=True)
    )
    _draw_block(picture, luma, seconds)
    _draw_text(picture, luma, f"{picture.label} {seconds:.2f}" if picture.has_clock else picture.label)
    return luma, blue, red


def chance(artifact: Artifact) -> bytes:
    """32 bytes that follow from the seed and the request: the dice of everything drawn or played."""
    return hashlib.blake2b(f"{artifact.seed} {artifact.fingerprint}".encode(), digest_size=32).digest()


def _wave(dice: bytes, span: int, stride: int, *, low: int, high: int) -> Wave:
    period = max(16, span // 2 + span * dice[0] // 256)
    middle, swing = (low + high) / 2, (high - low) / 2
    phase = 2 * pi * dice[1] / 256
    cycle = bytes(round(middle + swing * sin(phase + 2 * pi * place / period)) for place in range(period))
    return Wave(
        row=cycle * (stride // period + 2),
        period=period,
        slant=dice[2] % 5,
        speed=span // 8 + span * dice[3] // 512,
    )


def _drift(wave: Wave, stride: int, height: int, seconds: float) -> bytearray:
    start = int(wave.speed * seconds)
    starts = ((start + wave.slant * row) % wave.period for row in range(height))
    return bytearray().join(wave.row[begin : begin + stride] for begin in starts)


def _draw_block(picture: Scene, luma: bytearray, seconds: float) -> None:
    side = max(2, min(picture.width, picture.height) // BLOCK_SHARE)
    left = _bounce(picture.block_speed[0] * seconds, picture.width - side)
    top = _bounce(picture.block_speed[1] * seconds, picture.height - side)
    for row in range(top, top + side):
        start = row * picture.strides[0] + left
        luma[start : start + side] = bytes([BLOCK]) * side


def _bounce(travelled: float, room: int) -> int:
    """A place between 0 and `room`, forth and back."""
    if room <= 0:
        return 0
    place = int(travelled) % (2 * room)
    return place if place <= room else 2 * room - place


def _draw_text(picture: Scene, luma: bytearray, text: str) -> None:
    dots_wide = len(text) * DOTS_ACROSS
    scale = max(1, min(picture.width // (dots_wide + 2), picture.height // DOT_SHARE))
    width = min(dots_wide * scale, picture.width)
    paper, ink = bytes([PAPER]) * scale, bytes([INK]) * scale
    lines = [b"".join(ink if dot else paper for dot in row)[:width] for row in dot_rows(text)]
    top = max(0, picture.height - (DOTS_DOWN + 2) * scale)
    for place, line in enumerate(line for line in lines for _ in range(scale)):
        if top + place < picture.height:
            start = (top + place) * picture.strides[0]
            luma[start : start + width] = line

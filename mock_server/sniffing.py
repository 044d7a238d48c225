"""What the first bytes of a file tell: which kind of medium it is, and how large a picture."""

import struct
from enum import StrEnum

import msgspec

HEAD_BYTES = 64 * 1024
"""So much of a file is looked at; the size of a JPEG stands behind its metadata."""


class Kind(StrEnum):
    IMAGE = "image"
    VIDEO = "video"
    AUDIO = "audio"


class Sniffed(msgspec.Struct, frozen=True):
    """None is unknown. The size is that of an image."""

    kind: Kind | None = None
    width: int | None = None
    height: int | None = None


UNKNOWN = Sniffed()
JPEG_SIZES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}  # start of frame, whatever the coding
AUDIO_BRANDS = (b"M4A ", b"M4B ")


def sniffed(head: bytes) -> Sniffed:
    match head[:4]:
        case b"\x89PNG":
            return _of_png(head)
        case b"RIFF":
            return _of_riff(head)
        case b"fLaC" | b"OggS":
            return Sniffed(Kind.AUDIO) if head[:4] == b"fLaC" else UNKNOWN  # Ogg holds sound or video
        case b"\x1aE\xdf\xa3":
            return Sniffed(Kind.VIDEO)
        case _:
            return _of_others(head)


def _of_others(head: bytes) -> Sniffed:
    if head.startswith(b"\xff\xd8\xff"):
        return _of_jpeg(head)
    if head[4:8] == b"ftyp":
        return Sniffed(Kind.AUDIO if head[8:12] in AUDIO_BRANDS else Kind.VIDEO)
    if head.startswith(b"ID3") or (head[:1] == b"\xff" and head[1:2] in (b"\xfb", b"\xf3", b"\xf2", b"\xf1")):
        return Sniffed(Kind.AUDIO)
    return UNKNOWN


def _of_png(head: bytes) -> Sniffed:
    if head[12:16] != b"IHDR" or len(head) < 24:  # noqa: PLR2004 (the end of the size)
        return Sniffed(Kind.IMAGE)
    width, height = struct.unpack(">II", head[16:24])
    return Sniffed(Kind.IMAGE, width, height)


def _of_riff(head: bytes) -> Sniffed:
    match head[8:16]:
        case b"WEBPVP8X" if len(head) >= 30:  # noqa: PLR2004 (the end of the size)
            sides = (1 + int.from_bytes(head[start : start + 3], "little") for start in (24, 27))
            return Sniffed(Kind.IMAGE, *sides)
        case b"WEBPVP8 " if len(head) >= 30:  # noqa: PLR2004
            width, height = struct.unpack("<HH", head[26:30])
            return Sniffed(Kind.IMAGE, width & 0x3FFF, height & 0x3FFF)
        case b"WEBPVP8L" if len(head) >= 25:  # noqa: PLR2004
            bits = int.from_bytes(head[21:25], "little")
            return Sniffed(Kind.IMAGE, 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF))
        case chunk:
            kinds = {b"WEBP": Kind.IMAGE, b"WAVE": Kind.AUDIO, b"AVI ": Kind.VIDEO}
            return Sniffed(kinds.get(chunk[:4]))


def _of_jpeg(head: bytes) -> Sniffed:
    """Steps from marker to marker up to the one that holds the size."""
    place = 2
    while place + 9 <= len(head) and head[place] == 0xFF:  # noqa: PLR2004 (every marker begins so)
        marker, length = head[place + 1], int.from_bytes(head[place + 2 : place + 4], "big")
        if marker in JPEG_SIZES:
            height, width = struct.unpack(">HH", head[place + 5 : place + 9])
            return Sniffed(Kind.IMAGE, width, height)
        place += 2 + length
    return Sniffed(Kind.IMAGE)

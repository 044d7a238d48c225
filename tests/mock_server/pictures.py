"""Heads of picture files, made by hand: no more than what tells their kind and size."""

import struct


def png(width: int, height: int) -> bytes:
    return b"\x89PNG\r\n\x1a\n" + struct.pack(">I4sII", 13, b"IHDR", width, height) + b"\x08\x02\0\0\0" * 2


def jpeg(width: int, height: int, *, metadata_bytes: int = 0) -> bytes:
    metadata = struct.pack(">BBH", 0xFF, 0xE1, metadata_bytes + 2) + bytes(metadata_bytes)
    frame = struct.pack(">BBHBHHB", 0xFF, 0xC0, 17, 8, height, width, 3)
    return b"\xff\xd8" + metadata + frame + bytes(12)


def webp(width: int, height: int) -> bytes:
    sides = (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    return b"RIFF\x40\0\0\0WEBPVP8X\x0a\0\0\0" + bytes(4) + sides

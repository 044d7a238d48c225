"""Looks at a downloaded output as a player does."""

import io
from typing import NamedTuple

import av
import httpx

RENDER_SECONDS_MAX = 60.0
"""An output is made when it is first fetched."""


class Film(NamedTuple):
    width: int
    height: int
    seconds: float


def download(url: str) -> bytes:
    """Fetch an output without any key, as a browser would."""
    answer = httpx.get(url, trust_env=False, timeout=RENDER_SECONDS_MAX)
    answer.raise_for_status()
    assert answer.headers["content-type"] == "video/mp4"
    return answer.content


def film(content: bytes) -> Film:
    """Decode every frame of an MP4."""
    with av.open(io.BytesIO(content), "r") as file:
        assert "mp4" in file.format.name
        stream = file.streams.video[0]
        assert stream.average_rate is not None
        frames = sum(1 for _ in file.decode(stream))
        return Film(stream.width, stream.height, round(float(frames / stream.average_rate), 1))

"""One output file of a task, described and not yet made."""

from enum import StrEnum

import msgspec


class Kind(StrEnum):
    VIDEO = "video"
    IMAGE = "image"
    AUDIO = "audio"
    ARCHIVE = "archive"  # a zip of numbered still frames


class Artifact(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that decides the bytes of the file, but for the label drawn into it.

    Width and height are zero for sound, the duration is zero for still images. The fingerprint stands for the
    whole request and the place of this file among its outputs. `encoding` is a name in `encodings.py`.
    """

    kind: Kind
    encoding: str
    extension: str
    media_type: str
    width: int
    height: int
    duration_seconds: float
    sample_rate: int
    seed: int
    fingerprint: str

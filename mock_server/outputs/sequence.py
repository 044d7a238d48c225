"""Zip files of numbered still frames."""

import io
import zipfile

import msgspec

from mock_server.outputs.artifact import Artifact
from mock_server.outputs.encodings import Encoding
from mock_server.outputs.image import encoded
from mock_server.outputs.video import frames

COLORIMETRY = "colorimetry.json"
EPOCH = (1980, 1, 1, 0, 0, 0)  # a fixed date: the same bytes tomorrow


def sequence(artifact: Artifact, encoding: Encoding, *, label: str) -> bytes:
    """Frames named frame.0001 and so on, with a note of their colours where they are not plain."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
        for number, frame in enumerate(frames(artifact, encoding, label=label), start=1):
            name = f"frame.{number:04}.{encoding.codec}"
            archive.writestr(zipfile.ZipInfo(name, EPOCH), encoded(frame, encoding))
        if encoding.pixel_format != "rgb24":
            archive.writestr(zipfile.ZipInfo(COLORIMETRY, EPOCH), _colorimetry(encoding))
    return file.getvalue()


def _colorimetry(encoding: Encoding) -> bytes:
    primaries, transfer, matrix = encoding.colour
    return msgspec.json.encode({"primaries": primaries, "transfer": transfer, "matrix": matrix})

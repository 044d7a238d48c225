from typing import Any

import pytest

from mock_server.outputs import plan
from mock_server.sniffing import Kind, Sniffed, sniffed
from tests.mock_server.pictures import jpeg, png, webp


@pytest.mark.parametrize("picture", [png(1280, 720), jpeg(1280, 720), webp(1280, 720)])
def test_the_size_of_a_picture_stands_in_its_head(picture: bytes) -> None:
    assert sniffed(picture) == Sniffed(Kind.IMAGE, 1280, 720)


def test_the_size_of_a_jpeg_stands_behind_its_metadata() -> None:
    assert sniffed(jpeg(300, 500, metadata_bytes=40_000)) == Sniffed(Kind.IMAGE, 300, 500)


@pytest.mark.parametrize(
    ("head", "kind"),
    [
        (b"\0\0\0\x20ftypisom", Kind.VIDEO),
        (b"\0\0\0\x20ftypqt  ", Kind.VIDEO),
        (b"\0\0\0\x20ftypM4A ", Kind.AUDIO),
        (b"\x1aE\xdf\xa3", Kind.VIDEO),
        (b"RIFF\0\0\0\0WAVEfmt ", Kind.AUDIO),
        (b"RIFF\0\0\0\0AVI LIST", Kind.VIDEO),
        (b"ID3\x04", Kind.AUDIO),
        (b"\xff\xfb\x90", Kind.AUDIO),
        (b"fLaC", Kind.AUDIO),
        (b"OggS", None),
        (b"plain text", None),
        (b"", None),
    ],
)
def test_the_kind_of_a_medium_stands_in_its_head(head: bytes, kind: Kind | None) -> None:
    assert sniffed(head) == Sniffed(kind)


@pytest.mark.parametrize("picture", [png(3, 5), jpeg(3, 5), webp(3, 5)])
def test_a_head_that_breaks_off_anywhere_is_no_error(picture: bytes) -> None:
    for length in range(len(picture)):
        assert sniffed(picture[:length]).kind in {Kind.IMAGE, None}


@pytest.mark.parametrize("form", ["png", "jpeg", "webp"])
def test_real_files_are_recognized(form: str) -> None:
    pytest.importorskip("av")
    from mock_server.outputs.files import write  # noqa: PLC0415 (needs PyAV)

    body: dict[str, Any] = {"ratio": "1024:1024", "outputFormat": form}
    [artifact] = plan("text_to_image", "muse_image", body)

    found = sniffed(write(artifact, label="A"))

    assert found == Sniffed(Kind.IMAGE, 1024, 1024)

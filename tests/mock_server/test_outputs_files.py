import io
import subprocess
import sys
import zipfile
from hashlib import sha256
from xml.etree import ElementTree as ET

import av
import msgspec
import pytest

from mock_server.outputs import Artifact, Kind, plan
from mock_server.outputs.encodings import ENCODINGS
from mock_server.outputs.files import write

LABEL = "182bd5e5-6e1a-4fe4-a799-aa6d9a6ab26e"
FILMS = [name for name, encoding in ENCODINGS.items() if encoding.kind is Kind.VIDEO]
ARCHIVES = [name for name, encoding in ENCODINGS.items() if encoding.kind is Kind.ARCHIVE]
PICTURES = [name for name, encoding in ENCODINGS.items() if encoding.kind is Kind.IMAGE and encoding.codec]
SOUNDS = [name for name, encoding in ENCODINGS.items() if encoding.kind is Kind.AUDIO]
CODECS = {"libx264": "h264", "libx265": "hevc", "prores_ks": "prores"}


def small(encoding: str, *, seed: int = 7) -> Artifact:
    kind = ENCODINGS[encoding].kind
    return Artifact(
        kind=kind,
        encoding=encoding,
        extension=ENCODINGS[encoding].extension,
        media_type=ENCODINGS[encoding].media_type,
        width=322,
        height=182,
        duration_seconds=0.0 if kind is Kind.IMAGE else 1.3,
        sample_rate=48_000 if encoding == "ogg_opus" else 24_000,
        seed=seed,
        fingerprint="one",
    )


def written(artifact: Artifact, *, label: str = LABEL) -> bytes:
    return write(artifact, label=label)


def opened(content: bytes) -> av.container.InputContainer:
    return av.open(io.BytesIO(content), "r")


def luma(content: bytes) -> list[bytes]:
    with opened(content) as container:
        return [bytes(frame.reformat(format="gray").planes[0]) for frame in container.decode(video=0)]


def test_a_clip_has_exactly_the_length_size_and_codec_of_its_request() -> None:
    (artifact,) = plan("image_to_video", "gen4_turbo", {"ratio": "1280:720", "duration": 5, "seed": 1})

    with opened(written(artifact)) as container:
        stream = container.streams.video[0]
        frames = len(list(container.decode(stream)))

        assert container.duration == 5 * av.time_base
        assert (stream.duration or 0) * (stream.time_base or 0) == 5
        assert (stream.width, stream.height, frames) == (1280, 720, 120)
        assert (stream.codec_context.name, stream.codec_context.pix_fmt) == ("h264", "yuv420p")


@pytest.mark.parametrize("name", FILMS)
def test_every_film_decodes_to_its_length_and_size(name: str) -> None:
    encoding = ENCODINGS[name]

    with opened(written(small(name))) as container:
        stream = container.streams.video[0]
        transfers = [frame.color_trc for frame in container.decode(stream)]

        assert container.duration == 1_300_000
        assert (stream.width, stream.height) == (322, 182)
        assert stream.codec_context.name == CODECS[encoding.codec]
        assert transfers == [encoding.colour[1]] * 31


@pytest.mark.parametrize("name", PICTURES)
def test_every_picture_decodes_to_its_size(name: str) -> None:
    with opened(written(small(name))) as container:
        frame = next(container.decode(video=0))

        assert (frame.width, frame.height) == (322, 182)


@pytest.mark.parametrize("name", SOUNDS)
def test_every_sound_decodes_to_its_length(name: str) -> None:
    with opened(written(small(name))) as container:
        samples = sum([frame.samples for frame in container.decode(audio=0)])
        rate = container.streams.audio[0].rate

    assert samples / rate == pytest.approx(1.3, abs=0.05)


@pytest.mark.parametrize("name", ARCHIVES)
def test_every_sequence_is_a_zip_of_frames_that_decode(name: str) -> None:
    with zipfile.ZipFile(io.BytesIO(written(small(name)))) as archive:
        frames = [entry for entry in archive.namelist() if entry.startswith("frame.")]
        with opened(archive.read("frame.0001." + ENCODINGS[name].codec)) as container:
            frame = next(container.decode(video=0))

        assert archive.testzip() is None
        assert len(frames) == 31
        assert (frame.width, frame.height) == (322, 182)
        assert ("colorimetry.json" in archive.namelist()) == name.startswith("hdr")


def test_a_vector_image_is_well_formed_whatever_its_label() -> None:
    drawing = written(small("svg"), label="<a & b>")

    root = ET.fromstring(drawing)  # noqa: S314 - our own file

    assert (root.get("width"), root.get("height")) == ("322", "182")
    assert root[-1].text == "<a & b>"


@pytest.mark.parametrize("name", ENCODINGS)
def test_the_same_artifact_gives_the_same_bytes_and_another_seed_others(name: str) -> None:
    first, again, other = (written(small(name, seed=seed)) for seed in (7, 7, 8))

    assert first == again
    assert first != other


def test_another_process_makes_the_same_bytes() -> None:
    program = (
        "import sys, msgspec; from hashlib import sha256; from mock_server.outputs import Artifact;"
        "from mock_server.outputs.files import write;"
        "artifact = msgspec.json.decode(sys.argv[1], type=Artifact);"
        "print(sha256(write(artifact, label=sys.argv[2])).hexdigest())"
    )
    artifact = small("mp4")
    arguments = [sys.executable, "-c", program, msgspec.json.encode(artifact).decode(), LABEL]

    elsewhere = subprocess.run(arguments, capture_output=True, check=True, text=True)

    assert elsewhere.stdout.strip() == sha256(written(artifact)).hexdigest()


def test_the_picture_moves() -> None:
    frames = luma(written(small("mp4")))

    assert len(set(frames)) == len(frames)


def test_the_label_is_drawn_into_the_picture() -> None:
    plain, labelled = (written(small("png"), label=label) for label in ("", LABEL))

    (without,), (with_label,) = luma(plain), luma(labelled)

    assert without != with_label
    assert without[: len(without) // 2] == with_label[: len(with_label) // 2]


def test_a_long_film_in_a_large_size_has_fewer_frames_and_its_full_length() -> None:
    artifact = msgspec.structs.replace(small("mp4"), width=1920, height=1080, duration_seconds=120.5)

    with opened(written(artifact)) as container:
        assert container.duration == 120_500_000
        assert container.streams.video[0].frames == 120


def test_the_smallest_and_oddest_sizes_can_be_drawn() -> None:
    artifact = msgspec.structs.replace(small("png"), width=177, height=1409)

    with opened(written(artifact)) as container:
        assert next(container.decode(video=0)).height == 1409

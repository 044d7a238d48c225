"""The file formats of Runway's `outputFormat`, and how each is written."""

import msgspec

from mock_server.outputs.artifact import Kind

X264 = {"preset": "ultrafast", "crf": "28", "threads": "1"}  # one thread: the same bytes on every machine
X265 = {
    "preset": "ultrafast",
    "x265-params": "log-level=none:pools=none:frame-threads=1:info=0:bframes=0:rc-lookahead=0",
}

QUICK_PIXELS_MAX = 250_000_000
SLOW_PIXELS_MAX = 20_000_000
DEEP_PIXELS_MAX = 10_000_000  # stills of 16 bits a sample

BT709 = (1, 1, 1)
BT2020_PQ = (9, 16, 9)
BT2020_HLG = (9, 18, 9)


class Encoding(msgspec.Struct, frozen=True, kw_only=True):
    """A container and what goes into it, in FFmpeg's names.

    `colour` is (primaries, transfer, matrix) in the numbers of ITU-T H.273. All frames of a film have at most
    `pixels_max` together, a second or two of work: a long film in a large size has fewer frames a second.
    """

    kind: Kind
    extension: str
    media_type: str
    container: str = ""
    codec: str = ""
    pixel_format: str = "yuv420p"
    options: dict[str, str] = {}
    colour: tuple[int, int, int] = BT709
    pixels_max: int = QUICK_PIXELS_MAX


def _mp4(codec: str, pixel_format: str, colour: tuple[int, int, int], options: dict[str, str]) -> Encoding:
    return Encoding(
        kind=Kind.VIDEO,
        extension="mp4",
        media_type="video/mp4",
        container="mp4",
        codec=codec,
        pixel_format=pixel_format,
        options=options,
        colour=colour,
        pixels_max=QUICK_PIXELS_MAX if codec == "libx264" else SLOW_PIXELS_MAX,
    )


def _mov(codec: str, pixel_format: str, colour: tuple[int, int, int], options: dict[str, str]) -> Encoding:
    movie = _mp4(codec, pixel_format, colour, options)
    return msgspec.structs.replace(movie, extension="mov", media_type="video/quicktime", container="mov")


def _prores(profile: str, pixel_format: str, colour: tuple[int, int, int] = BT709) -> Encoding:
    return _mov("prores_ks", pixel_format, colour, {"profile": profile, "threads": "1"})


def _frames(codec: str, pixel_format: str) -> Encoding:
    return Encoding(
        kind=Kind.ARCHIVE,
        extension="zip",
        media_type="application/zip",
        codec=codec,
        pixel_format=pixel_format,
        options={"compression": "zip1", "format": "half"} if codec == "exr" else {},
        colour=BT2020_PQ,
        pixels_max=SLOW_PIXELS_MAX if pixel_format == "rgb24" else DEEP_PIXELS_MAX,
    )


def _picture(
    codec: str, extension: str, pixel_format: str, options: dict[str, str] | None = None
) -> Encoding:
    return Encoding(
        kind=Kind.IMAGE,
        extension=extension,
        media_type="image/svg+xml" if extension == "svg" else f"image/{extension}",
        codec=codec,
        pixel_format=pixel_format,
        options=options or {},
    )


def _sound(codec: str, container: str, extension: str, media_type: str) -> Encoding:
    return Encoding(
        kind=Kind.AUDIO, extension=extension, media_type=media_type, container=container, codec=codec
    )


ENCODINGS = {
    "mp4": _mp4("libx264", "yuv420p", BT709, X264),
    "sdr_rec709_10bit": _mp4("libx265", "yuv420p10le", BT709, X265),
    "hdr10": _mp4("libx265", "yuv420p10le", BT2020_PQ, X265),
    "hlg": _mp4("libx265", "yuv420p10le", BT2020_HLG, X265),
    "hdr_pq_12bit_master": _mov("libx265", "yuv444p12le", BT2020_PQ, X265),
    "mov": _prores("2", "yuv422p10le"),
    "prores": _prores("4", "yuva444p10le"),
    "prores 422 Proxy": _prores("0", "yuv422p10le"),
    "prores 422 LT": _prores("1", "yuv422p10le"),
    "prores 422": _prores("2", "yuv422p10le"),
    "prores 422 HQ": _prores("3", "yuv422p10le"),
    "prores 4444": _prores("4", "yuva444p10le"),
    "prores 4444 XQ": _prores("5", "yuva444p10le"),
    "hdr_prores": _prores("3", "yuv422p10le", BT2020_PQ),
    "hdr_prores 422": _prores("2", "yuv422p10le", BT2020_PQ),
    "hdr_prores 422 HQ": _prores("3", "yuv422p10le", BT2020_PQ),
    "hdr_prores 4444": _prores("4", "yuva444p10le", BT2020_PQ),
    "png_sequence": _frames("png", "rgb24"),
    "hdr_png_sequence": _frames("png", "rgb48be"),
    "hdr_exr_sequence": _frames("exr", "gbrpf32le"),
    "hdr_exr_acescg_sequence_1_3": _frames("exr", "gbrpf32le"),
    "hdr_exr_acescg_sequence_2_0": _frames("exr", "gbrpf32le"),
    "png": _picture("png", "png", "rgb24"),
    "jpeg": _picture("mjpeg", "jpeg", "yuvj420p", {"qscale": "3"}),
    "webp": _picture("libwebp", "webp", "yuv420p"),
    "svg": _picture("", "svg", ""),
    "wav": _sound("pcm_s16le", "wav", "wav", "audio/wav"),
    "mp3": _sound("libmp3lame", "mp3", "mp3", "audio/mpeg"),
    "flac": _sound("flac", "flac", "flac", "audio/flac"),
    "ogg_opus": _sound("libopus", "ogg", "ogg", "audio/ogg"),
}

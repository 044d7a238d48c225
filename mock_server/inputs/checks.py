"""What is wrong with the media of a request: addresses, uploads, and files that came along in the body."""

import binascii
import ipaddress
import re
from collections.abc import Iterable, Iterator
from urllib.parse import urlsplit

import msgspec

from mock_server import issues
from mock_server.clock import Moment
from mock_server.inputs.places import Medium
from mock_server.inputs.windows import Window
from mock_server.issues import Issue
from mock_server.sniffing import HEAD_BYTES, Kind, Sniffed, sniffed
from mock_server.uploads import Uploads

TYPES = {
    Kind.IMAGE: frozenset({"image/jpeg", "image/jpg", "image/png", "image/webp"}),
    Kind.VIDEO: frozenset(
        f"video/{name}"
        for name in ("mp4", "quicktime", "x-matroska", "webm", "3gpp", "ogg", "x-msvideo", "x-flv", "mpeg")
    ),
    Kind.AUDIO: frozenset(
        f"audio/{name}"
        for name in ("mpeg", "mp3", "wav", "x-wav", "wave", "flac", "x-flac", "mp4", "m4a", "x-m4a", "aac")
    ),
}
"""Those of Runway's page on inputs, the merely tolerated ones among them."""
PLAIN_ADDRESS = re.compile(r"https://[a-z][a-z0-9-]*(\.[a-z0-9-]+)+(?=[/?#])")
"""Most are so, and need no closer look: no numeric address begins with a letter."""
MEDIA_TYPE = re.compile(r"[a-z]{1,20}/[a-z0-9.+-]{1,40}")


class Standards(msgspec.Struct, frozen=True, kw_only=True):
    """What a medium is held against. `own_host` is that of the mock, whose outputs may be inputs."""

    uploads: Uploads
    now: Moment
    window: Window
    own_host: str


def media_problems(media: Iterable[Medium], standards: Standards) -> list[Issue]:
    return [issue for medium in media for issue in _problems(medium, standards)]


def _problems(medium: Medium, standards: Standards) -> Iterator[Issue]:
    scheme = medium.uri.partition(":")[0]
    match scheme:
        case "https":
            yield from _of_address(medium, own_host=standards.own_host)
        case "runway":
            yield from _of_upload(medium, standards)
        case "data":
            yield from _of_attached(medium, standards.window)
        case _:
            return


def _of_address(medium: Medium, *, own_host: str) -> Iterator[Issue]:
    """Never fetched; but Runway takes names of hosts only, no addresses."""
    if PLAIN_ADDRESS.match(medium.uri):
        return
    try:
        parts = urlsplit(medium.uri)
        host = parts.hostname or ""
    except ValueError:
        yield issues.custom("Invalid URL", medium.path)
        return
    if parts.netloc != own_host and (not host or _is_ip(host)):
        yield issues.custom("The URL must name its host by a domain name.", medium.path)


def _of_upload(medium: Medium, standards: Standards) -> Iterator[Issue]:
    upload = standards.uploads.usable(medium.uri, standards.now)
    if upload is None:
        message = "The upload was not found, was not completed, or has expired."
        yield issues.custom(message, medium.path)
    elif upload.media_type not in _accepted(medium):
        yield _wrong_type(upload.media_type, medium)
    else:
        yield from _of_content(upload.sniffed, medium, standards.window)


def _of_attached(medium: Medium, window: Window) -> Iterator[Issue]:
    """The schema has seen to the length, and that the content is said to be base64."""
    header, _, content = medium.uri.partition(",")
    media_type = header.removeprefix("data:").partition(";")[0].lower()
    if media_type not in _accepted(medium):
        yield _wrong_type(media_type, medium)
        return
    try:
        head = binascii.a2b_base64(content + "=" * (-len(content) % 4), strict_mode=True)[:HEAD_BYTES]
    except ValueError:
        yield issues.custom("The data URI is not valid base64.", medium.path)
        return
    yield from _of_content(sniffed(head), medium, window)


def _of_content(found: Sniffed, medium: Medium, window: Window) -> Iterator[Issue]:
    """What the mock does not recognize passes: tests need no real media."""
    if found.kind is not None and found.kind not in medium.kinds:
        expected = " or ".join(sorted(medium.kinds))
        yield issues.custom(f"Invalid asset: expected {expected}, received {found.kind}.", medium.path)
    elif found.width is not None and found.height is not None:
        yield from window.problems(found.width, found.height, medium.path)


def _accepted(medium: Medium) -> frozenset[str]:
    return frozenset[str]().union(*(TYPES[kind] for kind in medium.kinds))


def _wrong_type(media_type: str, medium: Medium) -> Issue:
    known = ", ".join(sorted(_accepted(medium)))
    shown = media_type if MEDIA_TYPE.fullmatch(media_type) else "this"
    return issues.custom(f"Unsupported asset type: {shown}. Supported: {known}", medium.path)


def _is_ip(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return host.replace(".", "").isdigit()  # 127.1 and 2130706433 are addresses too
    return True

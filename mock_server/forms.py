"""Reads an upload's form as it streams in: small fields are kept, of the file size, digest and beginning."""

import hashlib
from typing import TYPE_CHECKING

from python_multipart.exceptions import MultipartParseError
from python_multipart.multipart import MultipartParser, parse_options_header

from mock_server.asgi import BodyTooLarge, Request
from mock_server.sniffing import HEAD_BYTES

if TYPE_CHECKING:  # it exists for the type checker only
    from python_multipart.multipart import MultipartCallbacks

FIELD_BYTES_MAX = 64 * 1024
FILE_FIELD = "file"


class MalformedForm(Exception):
    """It is no multipart form, or it breaks off."""


class Form:
    """`size` is None as long as no file came. `head` is the beginning of the file."""

    def __init__(self) -> None:
        self.fields: dict[str, str] = {}
        self.size: int | None = None
        self._digest = hashlib.sha256()
        self._header_name, self._header_value = b"", b""
        self._name = ""
        self._text = bytearray()
        self.head = bytearray()
        self.is_complete = False

    @property
    def digest(self) -> str:
        return self._digest.hexdigest()

    def on_header_field(self, chunk: bytes, start: int, end: int) -> None:
        self._header_name += chunk[start:end]

    def on_header_value(self, chunk: bytes, start: int, end: int) -> None:
        self._header_value += chunk[start:end]

    def on_header_end(self) -> None:
        if self._header_name.lower() == b"content-disposition":
            self._name = (
                parse_options_header(self._header_value)[1].get(b"name", b"").decode("utf-8", "replace")
            )
        self._header_name, self._header_value = b"", b""

    def on_headers_finished(self) -> None:
        if self._name == FILE_FIELD:
            self.size = 0

    def on_content(self, chunk: bytes, start: int, end: int) -> None:
        if self._name == FILE_FIELD:
            self._digest.update(memoryview(chunk)[start:end])
            self.head += chunk[start : min(end, start + HEAD_BYTES - len(self.head))]
            self.size = (self.size or 0) + end - start
            return
        self._text += chunk[start:end]
        if len(self._text) > FIELD_BYTES_MAX:
            raise MalformedForm

    def on_part_end(self) -> None:
        if self._name != FILE_FIELD:
            self.fields[self._name] = self._text.decode("utf-8", "replace")
        self._name, self._text = "", bytearray()

    def on_end(self) -> None:
        self.is_complete = True


async def read(request: Request, *, bytes_max: int) -> Form:
    """Raises MalformedForm, and BodyTooLarge as soon as more than `bytes_max` came."""
    kind, options = parse_options_header(request.headers.get("content-type"))
    if kind != b"multipart/form-data" or b"boundary" not in options:
        raise MalformedForm
    form = Form()
    parser = MultipartParser(options[b"boundary"], _callbacks(form))
    received = 0
    async for chunk in request.chunks():
        received += len(chunk)
        if received > bytes_max:
            raise BodyTooLarge
        _feed(parser, chunk)
    if not form.is_complete:
        raise MalformedForm
    return form


def _feed(parser: MultipartParser, chunk: bytes) -> None:
    try:
        parser.write(chunk)
    except MultipartParseError:
        raise MalformedForm from None


def _callbacks(form: Form) -> "MultipartCallbacks":
    return {
        "on_header_field": form.on_header_field,
        "on_header_value": form.on_header_value,
        "on_header_end": form.on_header_end,
        "on_headers_finished": form.on_headers_finished,
        "on_part_data": form.on_content,
        "on_part_end": form.on_part_end,
        "on_end": form.on_end,
    }

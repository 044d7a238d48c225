"""The error answers of administration, as its document tells them."""

from collections.abc import Mapping
from http import HTTPStatus

from litestar.openapi import ResponseSpec
from msgspec import Struct


class ErrorIssue(Struct, frozen=True):
    """One problem of a body, and where it is."""

    code: str
    path: tuple[str | int, ...]
    message: str


class Error(Struct, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    """One sentence for people, a code for programs, and the problems of a body."""

    error: str
    code: str
    issues: tuple[ErrorIssue, ...] = ()
    doc_url: str | None = None


_ALWAYS = (
    HTTPStatus.BAD_REQUEST,
    HTTPStatus.UNAUTHORIZED,
    HTTPStatus.FORBIDDEN,
    HTTPStatus.TOO_MANY_REQUESTS,
    HTTPStatus.SERVICE_UNAVAILABLE,
)


def errors(*also: HTTPStatus) -> Mapping[int, ResponseSpec]:
    """Describe the errors that every route may answer, and those of one."""
    return {
        int(status): ResponseSpec(Error, generate_examples=False, description=status.phrase)
        for status in (*_ALWAYS, *also)
    }

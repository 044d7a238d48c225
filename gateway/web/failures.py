"""What the framework's own errors and refusals have in common: the project's shape of an error."""

from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

import msgspec
from litestar import MediaType, Request, Response
from litestar.exceptions import (
    HTTPException,
    MethodNotAllowedException,
    NotFoundException,
    ValidationException,
)

from gateway.ports.ledger import LedgerAway
from gateway.ports.records import RecordsAway
from gateway.ports.telemetry import Report
from gateway.rules.events import StepFailed, StoreAway
from gateway.rules.refusals import Invalid, NotFound, Refusal, TooLarge, Unavailable
from gateway.web.admin.reading import BODY_BYTES_MAX
from gateway.web.problems import Problem, problem

DOC_URL = "/docs"


@dataclass(frozen=True)
class Failures:
    """Answers every exception; tells those that are not the caller's."""

    report: Report

    def answer(self, request: Request[Any, Any, Any], failure: Exception) -> Response[bytes]:
        answer = self._problem(request, failure)
        return Response(
            answer.body,
            status_code=answer.status,
            headers=dict(answer.headers),
            media_type=MediaType.JSON,
        )

    def _problem(self, request: Request[Any, Any, Any], failure: Exception) -> Problem:
        match failure:
            case Refusal():
                return problem(failure, doc_url=DOC_URL)
            case RecordsAway():
                return self._away("records")
            case LedgerAway():
                return self._away("ledger")
            case MethodNotAllowedException():
                return _own(HTTPStatus.METHOD_NOT_ALLOWED, failure.headers or {})
            case HTTPException() if failure.status_code < HTTPStatus.INTERNAL_SERVER_ERROR:
                return problem(_refusal(failure), doc_url=DOC_URL)
            case _:
                step = f"{request.method} {request.scope.get('path_template', 'other')}"
                self.report(StepFailed(step=step, error=type(failure).__name__))
                return _own(HTTPStatus.INTERNAL_SERVER_ERROR, {})

    def _away(self, store: str) -> Problem:
        self.report(StoreAway(store=store))
        return problem(Unavailable(f"its {store} cannot be reached"))


def _refusal(failure: HTTPException) -> Refusal:
    """Say in the project's words what the framework refused."""
    match failure:
        case NotFoundException():
            return NotFound("this path; the paths are listed at /docs")
        case ValidationException(extra=[*wrong]):
            return Invalid("; ".join(f"{each.get('key', 'request')}: {each['message']}" for each in wrong))
        case HTTPException(status_code=HTTPStatus.REQUEST_ENTITY_TOO_LARGE):
            return TooLarge(BODY_BYTES_MAX)
        case _:
            return Invalid(failure.detail)


def _own(status: HTTPStatus, headers: dict[str, str]) -> Problem:
    """Make an answer for which there is no refusal: no caller ever meets it by the rules."""
    content = {"error": status.phrase, "code": status.name.lower()}
    return Problem(int(status), {"x-should-retry": "false", **headers}, msgspec.json.encode(content))

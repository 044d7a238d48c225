"""Runway's error bodies, and the mock's own, in one place.

Each says in `x-mock-reason` whether Runway's rule, a fault or a limitation of the mock produced it.
"""

from collections.abc import Sequence
from enum import StrEnum

from mock_server.asgi import Answer, Hangup, json_answer
from mock_server.issues import Issue

DOC_URL = "https://docs.dev.runwayml.com/api"
REASON_HEADER = "x-mock-reason"
REASON_NAME = REASON_HEADER.encode()


class Reason(StrEnum):
    RULE = "rule"
    FAULT = "fault"
    LIMITATION = "limitation"


def reason_of(outcome: Answer | Hangup) -> str:
    """What a refusal says of itself; nothing for an answer that is none."""
    headers = outcome.headers if isinstance(outcome, Answer) else ()
    return next((value.decode() for name, value in headers if name == REASON_NAME), "")


def refusal(status: int, error: str, *, reason: Reason = Reason.RULE, **facts: object) -> Answer:
    return json_answer({"error": error, **facts}, status).with_header(REASON_HEADER, reason)


def limitation(status: int, error: str) -> Answer:
    """Runway would have done something else here."""
    return refusal(status, f"The mock server: {error}", reason=Reason.LIMITATION)


def invalid_body(problems: Sequence[Issue]) -> Answer:
    return refusal(400, "Validation of body failed", issues=problems, docUrl=DOC_URL)


def invalid_query(problems: Sequence[Issue]) -> Answer:
    return refusal(400, "Validation of query failed", issues=problems, docUrl=DOC_URL)


def malformed_body() -> Answer:
    return refusal(400, "The body is not valid JSON.", docUrl=DOC_URL)


def body_too_large() -> Answer:
    return refusal(413, "The body is too large.", docUrl=DOC_URL)


def unsupported(error: str) -> Answer:
    return refusal(415, error, docUrl=DOC_URL)


def wrong_version(expected: str) -> Answer:
    return refusal(400, f"The X-Runway-Version header must be {expected}.", docUrl=DOC_URL)


def no_key() -> Answer:
    return refusal(401, "The Authorization header holds no API key.", docUrl=DOC_URL)


def real_key() -> Answer:
    """A real key sent to a mock was sent to the wrong place."""
    error = (
        "this key looks like a real Runway key. Use any other text as key, or start with --allow-real-keys."
    )
    return limitation(401, error)


def unknown_path() -> Answer:
    return refusal(404, "Not found", docUrl=DOC_URL)


def wrong_method(allowed: frozenset[str]) -> Answer:
    return refusal(405, "Method not allowed", docUrl=DOC_URL).with_header("allow", ", ".join(sorted(allowed)))


def task_not_found() -> Answer:
    return not_found("Task")


def not_found(kind: str) -> Answer:
    return refusal(404, f"Could not find {kind}")


def not_enough_credits() -> Answer:
    return refusal(400, "You do not have enough credits to run this task.", docUrl=DOC_URL)


def daily_limit() -> Answer:
    return refusal(429, "Your daily task limit has been reached.", docUrl=DOC_URL)


def denied_file(reason: Reason) -> Answer:
    """As a CDN answers when a signature is wrong or has expired."""
    return _of_cdn(403, "AccessDenied", "Access Denied", reason=reason)


def missing_file(reason: Reason) -> Answer:
    return _of_cdn(404, "NoSuchKey", "The specified key does not exist.", reason=reason)


def too_many_uploads(*, retry_after: int) -> Answer:
    refused = refusal(429, "Too many uploads in a short time.", docUrl=DOC_URL)
    return refused.with_header("retry-after", str(retry_after))


def too_many_keys(keys_max: int) -> Answer:
    return limitation(503, f"it keeps at most {keys_max} API keys apart.")


def _of_cdn(status: int, code: str, message: str, *, reason: Reason) -> Answer:
    error = f"<Error><Code>{code}</Code><Message>{message}</Message></Error>"
    body = f'<?xml version="1.0" encoding="UTF-8"?>\n{error}'.encode()
    typed = Answer(status, body).with_header("content-type", "application/xml")
    return typed.with_header(REASON_HEADER, reason)

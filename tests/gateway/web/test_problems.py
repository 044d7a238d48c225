"""How refusals become answers that both SDKs take as they are meant."""

import json

import pytest

from gateway.rules import refusals
from gateway.rules.refusals import Refusal
from gateway.web.problems import DOC_URL, RETRY_AFTER_MAX, problem
from tests.gateway.rules.examples import FACTS, REFUSALS

RETRIED_BY_SDKS = {408, 409, 429, *range(500, 600)}
OWN = [refusal for refusal in REFUSALS if not isinstance(refusal, refusals.UpstreamRefused)]
FINAL = (refusals.BudgetExceeded, refusals.NotAllowed, refusals.AboveCap, refusals.Conflict)


def name(refusal: Refusal) -> str:
    return type(refusal).__name__


@pytest.mark.parametrize("refusal", OWN, ids=name)
def test_every_refusal_answers_with_its_sentence_and_code(refusal: Refusal) -> None:
    answer = problem(refusal)

    body = json.loads(answer.body)
    assert 400 <= answer.status < 600
    assert (body["error"], body["code"]) == (refusal.message, refusal.code)


@pytest.mark.parametrize("refusal", OWN, ids=name)
def test_every_answer_tells_the_sdks_whether_to_retry(refusal: Refusal) -> None:
    answer = problem(refusal)

    retries = answer.headers["x-should-retry"] == "true"
    assert answer.headers["x-should-retry"] in {"true", "false"}
    assert not retries or answer.status in RETRIED_BY_SDKS
    assert "retry-after" not in answer.headers or retries


@pytest.mark.parametrize("refusal", [each for each in OWN if isinstance(each, FINAL)], ids=name)
def test_what_a_retry_cannot_change_is_not_retried(refusal: Refusal) -> None:
    headers = problem(refusal).headers

    assert headers["x-should-retry"] == "false"
    assert "retry-after" not in headers


def test_a_budget_that_is_used_up_answers_402_with_the_limit() -> None:
    answer = problem(refusals.BudgetExceeded(FACTS))

    assert answer.status == 402
    assert json.loads(answer.body)["limit"] == {
        "owner": "team/ads",
        "measure": "credits",
        "per": "day",
        "amount": 500,
        "spent": 480,
        "reserved": 20,
        "resetsAt": "2026-05-21T00:00:00Z",
    }


def test_no_client_is_made_to_sleep_longer_than_a_minute() -> None:
    answer = problem(refusals.TooManyAttempts(3_600))

    assert answer.headers["retry-after"] == str(RETRY_AFTER_MAX) == "60"


def test_a_store_that_is_away_is_worth_a_retry() -> None:
    answer = problem(refusals.Unavailable("its ledger is away"))

    assert (answer.status, answer.headers) == (503, {"x-should-retry": "true", "retry-after": "1"})


def test_a_body_that_is_too_slow_may_come_again_on_another_connection() -> None:
    answer = problem(refusals.TooSlow(60))

    assert (answer.status, answer.headers) == (408, {"x-should-retry": "true", "connection": "close"})


def test_a_stranger_is_asked_for_a_bearer() -> None:
    answer = problem(refusals.Unauthenticated())

    assert (answer.status, answer.headers["www-authenticate"]) == (401, "Bearer")


def test_an_invalid_body_answers_in_runways_own_shape() -> None:
    issue = refusals.Issue("too_big", ("shots", 0, "duration"), "At most 10")

    body = json.loads(problem(refusals.InvalidBody((issue,))).body)

    assert body == {
        "error": "Validation of body failed",
        "code": "invalid_body",
        "issues": [{"code": "too_big", "path": ["shots", 0, "duration"], "message": "At most 10"}],
        "docUrl": DOC_URL,
    }


def test_a_task_that_is_not_there_answers_in_runways_words() -> None:
    answer = problem(refusals.NotFound("Task"))

    assert (answer.status, json.loads(answer.body)["error"]) == (404, "Could not find Task")


@pytest.mark.parametrize(("status", "retry"), [(400, "false"), (429, "false"), (502, "true"), (503, "true")])
def test_runways_refusal_passes_unchanged_but_its_daily_cap_is_not_retried(status: int, retry: str) -> None:
    body = b'{"error":"Validation of body failed","issues":[]}'

    answer = problem(refusals.UpstreamRefused(status, body))

    assert (answer.status, answer.body, answer.headers) == (status, body, {"x-should-retry": retry})

"""Holds what the mock is about to answer against Runway's document."""

from mock_server import refusals
from mock_server.asgi import Answer, Hangup
from mock_server.calls import Call
from mock_server.refusals import REASON_HEADER, Reason

UNDOCUMENTED = frozenset({413, 415})  # of the transport, about which the document is silent


def checked(call: Call, outcome: Answer | Hangup) -> Answer | Hangup:
    """The outcome itself, or what is wrong with it as a 500 of the mock's own."""
    if not call.world.settings.check_responses or isinstance(outcome, Hangup) or _is_our_own(outcome, call):
        return outcome
    validation = call.world.rulebook.validation
    problem = validation.answer_problem(call.operation, outcome.status, outcome.body)
    if problem is None:
        return outcome
    return refusals.limitation(500, f"its own answer is not as in Runway's document: {problem}.")


def _is_our_own(answer: Answer, call: Call) -> bool:
    """What Runway would not answer; and the answer to a dry run, which is documented elsewhere."""
    reason = dict(answer.headers).get(REASON_HEADER.encode(), b"rule").decode()
    return reason != Reason.RULE or answer.status in UNDOCUMENTED or call.is_dry_run

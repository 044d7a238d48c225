"""Which faults step into a request, and how they change what is done and answered."""

from collections.abc import Awaitable, Callable, Sequence

from mock_server import refusals
from mock_server.asgi import Answer, Hangup, Request
from mock_server.calls import Refused
from mock_server.faults import Fault, Sleep, tokens
from mock_server.faults.armory import Armory, Circumstances


def faults_of(request: Request, raw: bytes, where: Circumstances, armory: Armory) -> list[Fault]:
    """From the strongest to the weakest: tokens of the body, those of the header, those armed."""
    try:
        asked = [*tokens.in_body(raw), *tokens.in_header(request.headers.get(tokens.HEADER, ""))]
    except tokens.WrongToken as wrong:
        raise Refused(refusals.limitation(400, str(wrong))) from None
    return [*asked, *armory.take(where)]


async def carry_out(
    act: Callable[[], Awaitable[Answer | Hangup]], faults: Sequence[Fault], sleep: Sleep
) -> Answer | Hangup:
    """The strongest fault has the last word: it refuses first, and delivers last."""
    for fault in faults:
        if (answer := fault.refusal()) is not None:
            return answer
    outcome = await act()
    for fault in reversed(faults):
        outcome = await fault.deliver(outcome, sleep)
    return outcome

"""Sends what the application answers, also badly: late, in drops, broken off, not at all."""

from collections.abc import Awaitable, Callable, Iterator
from typing import assert_never

from mock_server.asgi import Answer, CutOff, Dripping, Hangup, Parting, Request, Send, Whole

PIECE_BYTES = 64 * 1024
"""The next piece goes when the last one is on its way: a slow client holds a piece, not a whole film."""
DROPS = 10
NO_CONTENT = 204

Sleep = Callable[[float], Awaitable[None]]


async def deliver(outcome: Answer | Hangup, request: Request, send: Send, *, sleep: Sleep) -> None:
    match outcome:
        case Hangup(parting=parting):
            await request.hang_up(parting)
        case Answer():
            await _send_answer(outcome, request, send, sleep=sleep)
        case _:
            assert_never(outcome)


async def _send_answer(answer: Answer, request: Request, send: Send, *, sleep: Sleep) -> None:
    headers = list(answer.headers)
    if answer.status != NO_CONTENT:
        headers.append((b"content-length", str(len(answer.body)).encode()))
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    body = b"" if request.method == "HEAD" else answer.body
    match answer.manner:
        case Whole():
            await _send_pieces(body, send, piece_bytes=PIECE_BYTES)
        case Dripping(seconds=seconds):
            await _send_drops(body, send, pause=seconds / DROPS, sleep=sleep)
        case CutOff(share=share):
            await _send_piece(body[: int(len(body) * share)], send, is_last=False)
            await request.hang_up(Parting.CLOSE)
        case _:
            assert_never(answer.manner)


async def _send_pieces(body: bytes, send: Send, *, piece_bytes: int) -> None:
    for piece, is_last in _pieces(body, piece_bytes):
        await _send_piece(piece, send, is_last=is_last)


async def _send_drops(body: bytes, send: Send, *, pause: float, sleep: Sleep) -> None:
    for piece, is_last in _pieces(body, max(1, -(-len(body) // DROPS))):
        await sleep(pause)
        await _send_piece(piece, send, is_last=is_last)


def _pieces(body: bytes, piece_bytes: int) -> Iterator[tuple[bytes, bool]]:
    """Each with whether it is the last; an empty body is one empty piece."""
    for start in range(0, max(1, len(body)), piece_bytes):
        yield body[start : start + piece_bytes], start + piece_bytes >= len(body)


async def _send_piece(piece: bytes, send: Send, *, is_last: bool) -> None:
    await send({"type": "http.response.body", "body": piece, "more_body": not is_last})

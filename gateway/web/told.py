"""Tells the answers of an application: each request once, under an id that the client sees too."""

from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from gateway.ports.clock import Clock
from gateway.ports.telemetry import Report
from gateway.rules.events import Answered
from gateway.web.exchange import App, Receive, Scope, Send, header_map
from gateway.web.request_id import request_id

ID = b"x-request-id"
ELSEWHERE = "other"
"""The route of a request that matched none: a stranger's paths make no new series."""
METHODS = frozenset({"GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"})


class Told:
    """An ASGI application around another one."""

    def __init__(self, app: App, *, clock: Clock, new_id: Callable[[], str], report: Report) -> None:
        self._app, self._clock, self._new_id, self._report = app, clock, new_id, report

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began = self._clock.now()
        id = request_id(header_map(scope["headers"]).get(ID), self._new_id)
        status = HTTPStatus.INTERNAL_SERVER_ERROR.value

        async def stamped(message: Any) -> None:  # noqa: ANN401 - ASGI's own
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message["headers"], (ID, id.encode())]
            await send(message)

        try:
            await self._app(scope, receive, stamped)
        finally:
            self._report(
                Answered(
                    request_id=id,
                    route=scope.get("path_template", ELSEWHERE),
                    method=scope["method"] if scope["method"] in METHODS else ELSEWHERE,
                    status=status,
                    seconds=(self._clock.now() - began).total_seconds(),
                    team=None,
                )
            )

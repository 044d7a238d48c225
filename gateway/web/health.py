"""Health: whether this process is alive, and whether it may be sent requests."""

from http import HTTPStatus

from litestar import Controller, Response, get
from litestar.openapi import ResponseSpec

from gateway.web.given import GivenReady

OK = "ok"
NEEDED = ("records", "ledger")
"""Without these nothing can be granted. Runway away is told but changes nothing: reads go on."""


class Health(Controller):
    path = "/health"
    tags = ("Health",)

    @get("/live", summary="Tell that the process answers")
    async def live(self) -> dict[str, str]:
        """Always 200; a process that does not answer is to be restarted."""
        return {"process": OK}

    @get(
        "/ready",
        responses={
            int(HTTPStatus.SERVICE_UNAVAILABLE): ResponseSpec(
                dict[str, str], generate_examples=False, description="A store is away"
            )
        },
        summary="Tell whether creates can be granted",
    )
    async def ready(self, ready: GivenReady) -> Response[dict[str, str]]:
        """One word per part, `ok` or what is wrong; 503 while records or ledger are away."""
        words = dict(await ready())
        is_ready = all(words.get(part) == OK for part in NEEDED)
        status = HTTPStatus.OK if is_ready else HTTPStatus.SERVICE_UNAVAILABLE
        return Response(words, status_code=status, headers={"Cache-Control": "no-store"})

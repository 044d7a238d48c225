"""`/_mock/ui`: one page for people, with nothing from elsewhere; it asks the paths beside it."""

from functools import cache
from pathlib import Path

from mock_server.asgi import Answer, Request
from mock_server.router import Parameters
from mock_server.world import World

PAGE = Path(__file__).with_name("page.html")
POLICY = (
    "default-src 'none'; connect-src 'self'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; "
    "img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


async def show(world: World, request: Request, parameters: Parameters) -> Answer:
    del world, request, parameters
    answer = Answer(200, _page()).with_header("content-type", "text/html; charset=utf-8")
    return answer.with_header("content-security-policy", POLICY).with_header("cache-control", "no-cache")


@cache
def _page() -> bytes:
    return PAGE.read_bytes()

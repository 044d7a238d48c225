"""How administration reads a body: strictly, as the very type that the route asks for."""

import re
from typing import Any

import msgspec
from litestar import Request
from msgspec import UnsetType

from gateway.rules.offered import Offered
from gateway.rules.policy import EMPTY, Policy, with_words
from gateway.rules.refusals import Invalid, InvalidBody, Issue

BODY_BYTES_MAX = 256 * 1024
"""The largest policy, with all its limits and patterns, takes a quarter of this."""
_STEP = re.compile(r"\.(\w+)|\[(\d+)\]")


class AdminRequest(Request[Any, Any, Any]):
    """A request whose JSON is not stretched to fit: "25" is no number and 1 is no instant."""

    async def body(self) -> bytes:
        """Read the body whole. Raises Invalid when there is none or when it is encoded."""
        if self.headers.get("content-encoding", "identity") != "identity":
            raise Invalid("Send the body as it is: Content-Encoding is not supported")
        body = await super().body()
        if not body:
            raise Invalid("The request needs a JSON body")
        return body

    async def json(self) -> Any:  # noqa: ANN401 - Litestar's own signature
        """Read what the route's argument `data` asks for. Raises InvalidBody or Invalid."""
        wanted = self.route_handler.parsed_data_field
        assert wanted is not None, "only routes with a body read one"
        return parse(await self.body(), wanted.annotation)


def parse(body: bytes, wanted: type) -> object:
    """Parse JSON as a type. Raises InvalidBody with the place, or Invalid."""
    try:
        return msgspec.json.decode(body, type=wanted)
    except msgspec.ValidationError as wrong:
        message, _, place = with_words(str(wrong)).partition(" - at ")
        raise InvalidBody((Issue("invalid_value", _path(place), message),)) from None
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise Invalid("The body is not valid JSON") from None


def check_names(policy: Policy | UnsetType, offered: Offered) -> None:
    """Refuse a policy that names what there is not: it would bind nobody. Raises Invalid."""
    try:
        offered.check(policy or EMPTY)
    except ValueError as wrong:
        raise Invalid(str(wrong)) from None


def _path(place: str) -> tuple[str | int, ...]:
    """Split msgspec's words for a place, such as `$.limits[0].amount`."""
    return tuple(name or int(index) for name, index in _STEP.findall(place))

"""The connection to Runway: where it may lead, how long it may take, how much it may answer."""

import asyncio
import re
import ssl
from collections.abc import AsyncIterator, Callable, Mapping
from http import HTTPStatus
from ipaddress import ip_address
from urllib.parse import quote

import aiohttp
import certifi
from msgspec import Struct
from yarl import URL

from gateway.ports.telemetry import Report
from gateway.rules.events import UpstreamCalled

RUNWAY_VERSION = "2024-11-06"
USER_AGENT = "runway-gateway"
HOP_HEADER = "X-Gateway-Hop"
"""Marks the gateway's own requests, so that a gateway pointed at itself refuses them."""

CONNECT_SECONDS = 5.0
CREATE_SECONDS = 60.0
"""Runway fetches a create's media while the request is open."""
READ_SECONDS = 10.0
DELETE_SECONDS = 10.0
FORWARD_SECONDS = 30.0
IDLE_SECONDS = 3.0
"""Shorter than what any server in front of Runway allows, so that none hangs up as we speak."""
CONNECTIONS_MAX = 100
PIECE_BYTES = 64 * 1024
ANSWER_BYTES_MAX = 4 * 1024 * 1024

_PATH = re.compile(r"/v1(/(?!\.\.?(/|$))[A-Za-z0-9._~-]+)+")
_QUERY_SAFE = "!$%&'()*+,;=:@/?[]-._~"


class Timeouts(Struct, frozen=True, kw_only=True):
    """Seconds: to get a connection, and from then on until the whole answer is there."""

    connect: float = CONNECT_SECONDS
    create: float = CREATE_SECONDS
    read: float = READ_SECONDS
    delete: float = DELETE_SECONDS
    forward: float = FORWARD_SECONDS


class Request(Struct, frozen=True, kw_only=True):
    """One request. `call` names it in the event; `fresh` asks for a connection of its own."""

    call: str
    method: str
    path: str
    seconds: float
    query: str = ""
    body: bytes | None = None
    headers: Mapping[str, str] = {}
    fresh: bool = False


class Reply(Struct, frozen=True):
    """Runway answered. `body` is None when it broke off, came too late or was too large."""

    status: int
    headers: Mapping[str, str]
    """By name in any case."""
    body: bytes | None

    @property
    def is_success(self) -> bool:
        return HTTPStatus.OK <= self.status < HTTPStatus.MULTIPLE_CHOICES

    @property
    def is_client_error(self) -> bool:
        return HTTPStatus.BAD_REQUEST <= self.status < HTTPStatus.INTERNAL_SERVER_ERROR


class Lost(Struct, frozen=True):
    """No answer. `sent` tells whether Runway may have seen the request; `why` names the failure."""

    sent: bool
    why: str
    late: bool


class Connection:
    """Sends single requests with the real key. Retries nothing, follows nothing, keeps no cookie."""

    def __init__(
        self,
        base_url: str,
        key: str,
        *,
        operation_of: Callable[[str, str], str],
        report: Report,
        monotonic: Callable[[], float],
        timeouts: Timeouts | None = None,
    ) -> None:
        """Connect to nothing yet.

        `operation_of` names the operation of a method and path. Raises ValueError when the key would leave
        this machine unencrypted or cannot stand in a header.
        """
        self._base = checked_url(base_url)
        check_key(key)
        self._operation_of = operation_of
        self._report = report
        self._monotonic = monotonic
        self.timeouts = timeouts or Timeouts()
        self._headers = {
            "Authorization": f"Bearer {key}",
            "X-Runway-Version": RUNWAY_VERSION,
            "User-Agent": USER_AGENT,
            HOP_HEADER: "1",
            "Accept": "application/json",
            "Accept-Encoding": "identity",
        }
        self._tls = ssl.create_default_context(cafile=certifi.where())
        self._sessions: dict[bool, aiohttp.ClientSession] = {}

    async def send(self, request: Request) -> Reply | Lost:
        """Send one request, once, and tell of it."""
        begun = self._monotonic()
        outcome: Reply | Lost | None = None
        try:
            outcome = await self._exchange(request)
        finally:
            self._report(
                UpstreamCalled(
                    call=request.call,
                    operation=self._operation_of(request.method, request.path),
                    status=outcome.status if isinstance(outcome, Reply) else None,
                    seconds=self._monotonic() - begun,
                )
            )
        return outcome

    async def aclose(self) -> None:
        """Close every connection."""
        for session in self._sessions.values():
            await session.close()

    async def _exchange(self, request: Request) -> Reply | Lost:
        response, body = None, None
        try:
            async with asyncio.timeout(self.timeouts.connect + request.seconds):
                response = await self._ask(request)
                async with response:
                    body = await _bounded_body(response)
        except (aiohttp.ClientError, OSError) as error:
            if response is None:
                return _lost(error)
        return Reply(response.status, response.headers, body)

    async def _ask(self, request: Request) -> aiohttp.ClientResponse:
        assert _PATH.fullmatch(request.path), "a path is made of an operation and checked ids"
        query = f"?{quote(request.query, safe=_QUERY_SAFE)}" if request.query else ""
        return await self._session(fresh=request.fresh).request(
            request.method,
            URL(f"{self._base}{request.path}{query}", encoded=True),
            data=None if request.body is None else _sent(request.body),
            headers=_passing(request.headers) | _body_headers(request.body),
            allow_redirects=False,
        )

    def _session(self, *, fresh: bool) -> aiohttp.ClientSession:
        """Make a session when it is first used, in the loop that uses it."""
        session = self._sessions.get(fresh)
        if session is None:
            session = self._sessions[fresh] = aiohttp.ClientSession(
                connector=_connector(self._tls, fresh=fresh),
                headers=self._headers,
                timeout=aiohttp.ClientTimeout(total=None, connect=self.timeouts.connect),
                cookie_jar=aiohttp.DummyCookieJar(),
                trust_env=False,
            )
        return session


def check_key(key: str) -> None:
    """Check that a header can carry the key. Raises ValueError, which does not show it."""
    if not (key and is_plain(key)):
        raise ValueError("The upstream's key must be printable ASCII without line breaks.")


def checked_url(base_url: str) -> str:
    """Check where the key would go. Raises ValueError with scheme and host only: a URL may hold a secret."""
    try:
        url = URL(base_url)
    except ValueError:
        raise ValueError("The upstream's base URL is not a URL.") from None
    if url.scheme not in {"http", "https"} or not url.host:
        raise ValueError("The upstream's base URL must be an https URL with a host.")
    if "@" in url.raw_authority or url.query_string or url.fragment:
        raise ValueError("The upstream's base URL may hold a host, a port and a path, nothing else.")
    if url.scheme == "http" and not _is_loopback(url.host):
        raise ValueError(
            f"Plain http to {url.host} would send the upstream's key unencrypted; "
            "use https, or an address of this machine."
        )
    return str(url).rstrip("/")


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _connector(tls: ssl.SSLContext, *, fresh: bool) -> aiohttp.TCPConnector:
    """Keep connections, or with `fresh` open one for each request.

    On a connection that is used again, the server may hang up just as a request goes out, and then nobody
    knows whether it was seen: for a paid create that costs more than a handshake.
    """
    if fresh:
        return aiohttp.TCPConnector(ssl=tls, limit=CONNECTIONS_MAX, force_close=True)
    return aiohttp.TCPConnector(ssl=tls, limit=CONNECTIONS_MAX, keepalive_timeout=IDLE_SECONDS)


def _passing(headers: Mapping[str, str]) -> dict[str, str]:
    """Keep a caller's `X-Runway-*` headers of printable ASCII; the version is the gateway's own."""
    return {
        name: value
        for name, value in headers.items()
        if name.lower().startswith("x-runway-") and name.lower() != "x-runway-version" and is_plain(value)
    }


def is_plain(value: str) -> bool:
    """Tell whether a text can stand in a header."""
    return value.isascii() and value.isprintable()


def _body_headers(body: bytes | None) -> dict[str, str]:
    if body is None:
        return {}
    return {"Content-Type": "application/json", "Content-Length": str(len(body))}


def _sent(body: bytes) -> bytes | AsyncIterator[bytes]:
    """Cut a body with media in it, so that writing it does not hold up the event loop."""
    return body if len(body) <= PIECE_BYTES else _pieces(body)


async def _pieces(body: bytes) -> AsyncIterator[bytes]:
    for start in range(0, len(body), PIECE_BYTES):
        yield body[start : start + PIECE_BYTES]


async def _bounded_body(response: aiohttp.ClientResponse) -> bytes | None:
    body = bytearray()
    async for part in response.content.iter_any():
        body += part
        if len(body) > ANSWER_BYTES_MAX:
            response.close()
            return None
    return bytes(body)


def _lost(error: Exception) -> Lost:
    """Tell a failure by its kind, never its text, which may name URLs."""
    unsent = isinstance(error, aiohttp.ClientConnectorError | aiohttp.ConnectionTimeoutError)
    return Lost(sent=not unsent, why=type(error).__name__, late=isinstance(error, TimeoutError))

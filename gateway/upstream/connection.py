"""The connection to Runway: where it may lead, how long it may take, how much it may answer."""

import asyncio
import logging
import re
import ssl
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import aclosing
from http.cookiejar import CookieJar, DefaultCookiePolicy
from ipaddress import ip_address
from urllib.parse import quote

import aiohttp
import httpx
from httpx_aiohttp import AiohttpTransport
from msgspec import Struct

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

# httpx logs every URL, query included; what is told of a request is the event UpstreamCalled.
logging.getLogger("httpx").disabled = True

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
    headers: httpx.Headers
    body: bytes | None


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
        self._base = _checked(base_url)
        if not (key and _is_plain(key)):
            raise ValueError("The upstream's key must be printable ASCII without line breaks.")
        self._operation_of = operation_of
        self._report = report
        self._monotonic = monotonic
        self.timeouts = timeouts or Timeouts()
        headers = {
            "Authorization": f"Bearer {key}",
            "X-Runway-Version": RUNWAY_VERSION,
            "User-Agent": USER_AGENT,
            HOP_HEADER: "1",
            "Accept": "application/json",
            "Accept-Encoding": "identity",
        }
        tls = httpx.create_ssl_context(trust_env=False)
        self._kept = _client(headers, tls, fresh=False)
        self._fresh = _client(headers, tls, fresh=True)

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
        await self._kept.aclose()
        await self._fresh.aclose()

    async def _exchange(self, request: Request) -> Reply | Lost:
        client = self._fresh if request.fresh else self._kept
        outgoing = self._outgoing(client, request)
        deadline = asyncio.get_running_loop().time() + self.timeouts.connect + request.seconds
        try:
            async with asyncio.timeout_at(deadline):
                response = await client.send(outgoing, stream=True)
        except (httpx.HTTPError, aiohttp.ClientError, OSError) as error:
            return _lost(error)
        try:
            async with asyncio.timeout_at(deadline), aclosing(response):
                body = await _bounded_body(response)
        except (httpx.HTTPError, aiohttp.ClientError, OSError):
            body = None
        return Reply(response.status_code, response.headers, body)

    def _outgoing(self, client: httpx.AsyncClient, request: Request) -> httpx.Request:
        assert _PATH.fullmatch(request.path), "a path is made of an operation and checked ids"
        query = f"?{quote(request.query, safe=_QUERY_SAFE)}" if request.query else ""
        connect = self.timeouts.connect
        return client.build_request(
            request.method,
            f"{self._base}{request.path}{query}",
            content=None if request.body is None else _pieces(request.body),
            headers=_passing(request.headers) | _body_headers(request.body),
            timeout=httpx.Timeout(None, connect=connect, pool=connect),
        )


def _checked(base_url: str) -> str:
    """Check where the key would go. Errors name scheme and host only: a URL may hold a secret."""
    try:
        url = httpx.URL(base_url)
    except httpx.InvalidURL:
        raise ValueError("The upstream's base URL is not a URL.") from None
    if url.scheme not in {"http", "https"} or not url.host:
        raise ValueError("The upstream's base URL must be an https URL with a host.")
    if url.userinfo or url.query or url.fragment:
        raise ValueError("The upstream's base URL may hold a host, a port and a path, nothing else.")
    if url.scheme == "http" and not _is_loopback(url.host):
        raise ValueError(
            f"Plain http to {url.host} would send the upstream's key unencrypted; "
            "use https, or an address of this machine."
        )
    return str(url.copy_with(query=None, fragment=None)).rstrip("/")


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _client(headers: Mapping[str, str], tls: ssl.SSLContext, *, fresh: bool) -> httpx.AsyncClient:
    """Make a client; a `fresh` one opens a connection per request.

    On a connection that is used again, the server may hang up just as a request goes out, and then nobody
    knows whether it was seen: for a paid create that costs more than a handshake.
    """

    def session() -> aiohttp.ClientSession:
        connector = (
            aiohttp.TCPConnector(ssl=tls, limit=CONNECTIONS_MAX, force_close=True)
            if fresh
            else aiohttp.TCPConnector(ssl=tls, limit=CONNECTIONS_MAX, keepalive_timeout=IDLE_SECONDS)
        )
        return aiohttp.ClientSession(
            connector=connector, cookie_jar=aiohttp.DummyCookieJar(), trust_env=False
        )

    return httpx.AsyncClient(
        transport=AiohttpTransport(verify=tls, trust_env=False, client=session),
        headers=headers,
        cookies=CookieJar(policy=DefaultCookiePolicy(allowed_domains=[])),
        trust_env=False,
        follow_redirects=False,
    )


def _passing(headers: Mapping[str, str]) -> dict[str, str]:
    """Keep a caller's `X-Runway-*` headers of printable ASCII; the version is the gateway's own."""
    return {
        name: value
        for name, value in headers.items()
        if name.lower().startswith("x-runway-") and name.lower() != "x-runway-version" and _is_plain(value)
    }


def _is_plain(value: str) -> bool:
    return value.isascii() and value.isprintable()


def _body_headers(body: bytes | None) -> dict[str, str]:
    if body is None:
        return {}
    return {"Content-Type": "application/json", "Content-Length": str(len(body))}


async def _pieces(body: bytes) -> AsyncIterator[bytes]:
    """Cut a body with media in it, so that writing it does not hold up the event loop."""
    for start in range(0, len(body), PIECE_BYTES):
        yield body[start : start + PIECE_BYTES]


async def _bounded_body(response: httpx.Response) -> bytes | None:
    body = bytearray()
    async for chunk in response.aiter_bytes():
        body += chunk
        if len(body) > ANSWER_BYTES_MAX:
            return None
    return bytes(body)


def _lost(error: Exception) -> Lost:
    """Tell a failure by its cause, never its text, which may name URLs.

    The transport names some disconnects after sending ConnectTimeout, so only aiohttp's own error shows
    whether a connection ever stood.
    """
    cause = error.__cause__ if isinstance(error, httpx.HTTPError) else error
    unsent = isinstance(cause, aiohttp.ClientConnectorError | aiohttp.ConnectionTimeoutError)
    return Lost(sent=not unsent, why=type(cause).__name__, late=isinstance(cause, TimeoutError))

"""Whether a gateway can serve with its settings, as far as that is known before anything is started."""

from contextlib import suppress
from ipaddress import ip_address, ip_network
from urllib.parse import urlsplit

from gateway.ledger.connection import connect
from gateway.records.engines import to_url
from gateway.rules.keys import PREFIX as TEAM_KEY
from gateway.settings import Server, Settings, Upstream, WrongSettings
from gateway.upstream.connection import check_key, checked_url

ALL_ADDRESSES = frozenset({"0.0.0.0", "::"})  # noqa: S104 (compared, not listened on)
ANY_PROXY = ("*",)


def check(settings: Settings) -> None:
    """Refuse what `serve` cannot work with. Raises WrongSettings, whose words hold no secret."""
    try:
        _check_server(settings.server)
        _check_upstream(settings.upstream)
        check_not_itself(settings.upstream, settings.server.host, settings.server.port)
        if settings.stores.redis_url:
            _ = connect(settings.stores.redis_url)  # connects when it is first used
        if settings.stores.database_url:
            to_url(settings.stores.database_url)
    except ValueError as wrong:
        raise WrongSettings(str(wrong)) from None


def check_not_itself(upstream: Upstream, host: str, port: int) -> None:
    """Refuse an upstream that is where the gateway listens. Raises WrongSettings."""
    url = urlsplit(upstream.base_url)
    same_port = (url.port or {"http": 80}.get(url.scheme, 443)) == port
    if same_port and _is_here(url.hostname or "", host):
        raise WrongSettings(
            f"The upstream {upstream.base_url} is the gateway itself: RUNWAYML_BASE_URL must name "
            "Runway or the mock server; unset it where it points clients at the gateway"
        )


def _check_server(server: Server) -> None:
    if not server.host or not server.metrics_host:
        raise WrongSettings(
            "server.host and server.metrics_host are addresses; 0.0.0.0 stands for all of them"
        )
    hosts = {server.host, server.metrics_host}
    if server.port == server.metrics_port != 0 and (len(hosts) == 1 or hosts & ALL_ADDRESSES):
        raise WrongSettings(
            f"server.port and server.metrics_port are both {server.port}; choose another for one"
        )
    for proxy in server.proxies:
        if server.proxies != ANY_PROXY and not _is_network(proxy):
            raise WrongSettings(f"server.proxies are addresses such as 10.0.0.1 or 10.0.0.0/8, not {proxy}")


def _check_upstream(upstream: Upstream) -> None:
    if not upstream.key:
        raise WrongSettings("No Runway key: set RUNWAYML_API_SECRET (with the mock server any text will do)")
    if upstream.key.startswith(TEAM_KEY):
        raise WrongSettings(
            "RUNWAYML_API_SECRET holds a team's key of a gateway; set the key that Runway gave"
        )
    check_key(upstream.key)
    if checked_url(upstream.base_url).endswith("/v1"):
        raise WrongSettings("RUNWAYML_BASE_URL ends before /v1, which every path begins with; leave it out")


def _is_network(text: str) -> bool:
    with suppress(ValueError):
        ip_network(text)
        return True
    return False


def _is_here(name: str, host: str) -> bool:
    if name in {"localhost", host}:
        return True
    with suppress(ValueError):
        return ip_address(name).is_loopback or ip_address(name).is_unspecified
    return False

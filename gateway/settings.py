"""Settings: a TOML file, overridden by the environment, each with a default that works alone."""

import re
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, get_origin

import msgspec
from msgspec import Meta, Struct

from gateway.rules.spelling import meant

PREFIX = "GATEWAY__"
SHORT_NAMES = {
    "GATEWAY_REDIS_URL": ("stores", "redis_url"),
    "GATEWAY_DATABASE_URL": ("stores", "database_url"),
    "GATEWAY_ADMIN_KEY": ("admin", "key"),
    "RUNWAYML_API_SECRET": ("upstream", "key"),
    "RUNWAYML_BASE_URL": ("upstream", "base_url"),
}
"""Variables with names of their own; `GATEWAY__SECTION__NAME` stands above them."""

OURS = "GATEWAY_"
NO_SETTINGS = frozenset({"GATEWAY_CONFIG", "GATEWAY_URL"})
"""What the command line reads itself."""
OF_KUBERNETES = re.compile(r"GATEWAY_(\w+_)?(SERVICE_(HOST|PORT)|PORT_\d+_(TCP|UDP|SCTP))\w*")
"""What Kubernetes tells every container when a service of the namespace is called `gateway`."""
OF_KUBERNETES_VALUES = ("tcp://", "udp://", "sctp://")

ADMIN_KEY_LENGTH_MIN = 32
"""Characters of an administrators' key that somebody chose: an hour's guessing must not find it."""
ADMIN_KEY_LENGTH_MAX = 512
"""What a bearer may be long; the web refuses more."""

Port = Annotated[int, Meta(ge=0, le=65535)]
Seconds = Annotated[float, Meta(gt=0)]


class Server(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where the gateway listens."""

    host: str = "127.0.0.1"
    port: Port = 8080
    workers: Annotated[int, Meta(ge=1, le=64)] = 1
    proxies: tuple[str, ...] = ()
    metrics_host: str = "127.0.0.1"
    metrics_port: Port = 9090
    var: str = "var"


class Upstream(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Runway, and the one real key."""

    base_url: str = "https://api.dev.runwayml.com"
    key: str = ""
    project: Annotated[str, Meta(pattern=r"^[a-z][a-z0-9-]{0,62}$")] = "default"
    follow_tier: bool = True


class Stores(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Empty means embedded, under `server.var`."""

    redis_url: str = ""
    database_url: str = ""


class Admin(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The administrators' key; empty means one is made at first start."""

    key: str = ""


class Reuse(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How long the result of an identical seeded request is shared."""

    hours: Annotated[float, Meta(gt=0, le=48)] = 24.0


class Limits(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Bounds on what one process takes on."""

    body_bytes_max: Annotated[int, Meta(ge=1024)] = 32 * 1024 * 1024
    in_flight_bytes_max: Annotated[int, Meta(ge=1024)] = 256 * 1024 * 1024
    forward_wait_seconds: Annotated[float, Meta(gt=0, le=55)] = 45.0
    drain_seconds: Seconds = 50.0


class Telemetry(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is told, and to how many series."""

    team_label_max: Annotated[int, Meta(ge=0, le=100_000)] = 200


class Settings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """All settings."""

    server: Server = Server()
    upstream: Upstream = Upstream()
    stores: Stores = Stores()
    admin: Admin = Admin()
    reuse: Reuse = Reuse()
    limits: Limits = Limits()
    telemetry: Telemetry = Telemetry()


class WrongSettings(Exception):
    """A setting is unknown or has a wrong value; the message says which and what to do."""


def load(path: Path | None, environment: Mapping[str, str]) -> Settings:
    """Read settings. Raises WrongSettings."""
    _check_variables(environment)
    sections = _read(path) if path is not None else {}
    for section, name, value in _overrides(environment):
        within = sections.setdefault(section, {})
        if not isinstance(within, dict):
            raise WrongSettings(f"[{section}] is a section, not a value")
        within[name] = _parts(value) if (section, name) in _LISTS else value
    _check_names(sections)
    try:
        settings = msgspec.convert(sections, Settings, strict=False)
    except msgspec.ValidationError as wrong:
        raise WrongSettings(str(wrong).replace("`$.", "`")) from None
    check_admin_key(settings.admin.key)
    return settings


def check_admin_key(key: str) -> None:
    """Refuse a key that is soon guessed or that no request can carry; none is right. Raises WrongSettings."""
    if key and not ADMIN_KEY_LENGTH_MIN <= len(key) <= ADMIN_KEY_LENGTH_MAX:
        raise WrongSettings(
            f"admin.key has {ADMIN_KEY_LENGTH_MIN} to {ADMIN_KEY_LENGTH_MAX} characters, not {len(key)}: "
            "`openssl rand -hex 32` makes one; leave it out and one is made in var/admin.key"
        )
    if not (key.isascii() and key.isprintable()) or " " in key:
        raise WrongSettings("admin.key has printable ASCII characters without spaces")


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as wrong:
        raise WrongSettings(f"The config file {path} cannot be read: {wrong.strerror}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as wrong:
        raise WrongSettings(f"The config file {path} is not TOML: {wrong}") from None


def _overrides(environment: Mapping[str, str]) -> Iterator[tuple[str, str, str]]:
    for variable, (section, name) in SHORT_NAMES.items():
        if environment.get(variable):
            yield section, name, environment[variable]
    for variable, value in environment.items():
        if variable.startswith(PREFIX):
            section, separator, name = variable.removeprefix(PREFIX).lower().partition("__")
            if not separator:
                raise WrongSettings(f"{variable} names no setting: use {PREFIX}SECTION__NAME")
            yield section, name, value


def _parts(value: str) -> list[str]:
    """Take a list apart: `10.0.0.1,10.0.0.2`."""
    return [part.strip() for part in value.split(",") if part.strip()]


def _check_variables(environment: Mapping[str, str]) -> None:
    """Refuse variables of ours that do not exist. Raises WrongSettings, and says nothing of their values."""
    for variable, value in environment.items():
        if not variable.startswith(OURS) or variable.startswith(PREFIX):
            continue
        is_known = variable in SHORT_NAMES or variable in NO_SETTINGS
        if (
            not is_known
            and not OF_KUBERNETES.fullmatch(variable)
            and not value.startswith(OF_KUBERNETES_VALUES)
        ):
            raise WrongSettings(f"There is no variable {variable}{meant(variable, _VARIABLES)}")


def _check_names(sections: Mapping[str, Any]) -> None:
    """Name the nearest known setting for each unknown one."""
    known = {field.encode_name: field.type for field in msgspec.structs.fields(Settings)}
    for section, content in sections.items():
        if section not in known:
            raise WrongSettings(f"There is no section [{section}]{meant(section, known)}")
        names = {field.encode_name for field in msgspec.structs.fields(known[section])}
        for name in content if isinstance(content, dict) else ():
            if name not in names:
                raise WrongSettings(f"There is no setting {section}.{name}{meant(name, names)}")


_FIELDS = [
    (section.encode_name, field.encode_name, field.type)
    for section in msgspec.structs.fields(Settings)
    for field in msgspec.structs.fields(section.type)
]
_LISTS = {(section, name) for section, name, type in _FIELDS if get_origin(type) is tuple}
_VARIABLES = {
    *SHORT_NAMES,
    *NO_SETTINGS,
    *(f"{PREFIX}{section}__{name}".upper() for section, name, _ in _FIELDS),
}

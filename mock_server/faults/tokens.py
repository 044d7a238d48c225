"""Faults that a request itself asks for: `[[fail:INTERNAL]]` in a text of its body, or in a header."""

import re

import msgspec

from mock_server.faults import ALL, Fault

HEADER = "x-mock-fault"
TOKEN = re.compile(rb"\[\[([a-z-]+)(?::([^\[\]\"\\]{1,100}))?\]\]")
TOKENS_MAX = 10


class WrongToken(Exception):
    """A known fault with an argument that it does not take; the text says which."""


def in_body(raw: bytes) -> list[Fault]:
    """Tokens with unknown names are taken for ordinary text. Raises WrongToken."""
    if b"[[" not in raw:
        return []
    found = [(name.decode(), argument.decode()) for name, argument in TOKEN.findall(raw)[:TOKENS_MAX]]
    return [_fault(name, argument) for name, argument in found if name in ALL]


def in_header(text: str) -> list[Fault]:
    """A comma-separated list such as `fail:INTERNAL, slow:2`. Raises WrongToken."""
    return [_fault(*_split(item)) for item in text.split(",")[:TOKENS_MAX] if item.strip()]


def _split(item: str) -> tuple[str, str]:
    name, _, argument = item.strip().partition(":")
    return name, argument


def _fault(name: str, argument: str) -> Fault:
    if name not in ALL:
        raise WrongToken(f"there is no fault {name!r}; there are {', '.join(ALL)}.")
    kind = ALL[name]
    fields = {"fault": name, **({kind.argument: argument} if argument else {})}
    try:
        return msgspec.convert(fields, kind, strict=False)
    except msgspec.ValidationError as error:
        raise WrongToken(f"the token of the fault {name!r} is wrong: {error}.") from error

"""Faults that a request itself asks for: `[[fail:INTERNAL]]` in a text of its body, or in a header.

An argument may be followed by more fields: `[[refuse:429;retryAfter=2]]`.
"""

import re

import msgspec

from mock_server.faults import ALL, Fault

HEADER = "x-mock-fault"
TOKEN = re.compile(rb"\[\[([a-z-]+)((?:[:;][^\[\]\"\\]{0,200})?)\]\]")
TOKENS_MAX = 10
ARMED_ONLY = frozenset(field.encode_name for field in msgspec.structs.fields(Fault))
"""Scope and schedule: a token concerns the request that it comes with."""


class WrongToken(Exception):
    """A known fault with an argument that it does not take; the text says which."""


def in_body(raw: bytes) -> list[Fault]:
    """Tokens with unknown names are taken for ordinary text. Raises WrongToken."""
    if b"[[" not in raw:
        return []
    found = [(name.decode(), rest.decode()) for name, rest in TOKEN.findall(raw)[:TOKENS_MAX]]
    return [_fault(name, rest) for name, rest in found if name in ALL]


def in_header(text: str) -> list[Fault]:
    """A comma-separated list such as `fail:INTERNAL, slow:2`. Raises WrongToken."""
    return [_fault(*_split(item.strip())) for item in text.split(",")[:TOKENS_MAX] if item.strip()]


def _split(item: str) -> tuple[str, str]:
    name = re.split("[:;]", item, maxsplit=1)[0]
    return name, item.removeprefix(name)


def _fault(name: str, rest: str) -> Fault:
    """`rest` is `:argument`, `;field=value`, both, or nothing."""
    if name not in ALL:
        raise WrongToken(f"there is no fault {name!r}; there are {', '.join(ALL)}.")
    kind = ALL[name]
    argument, *options = rest.removeprefix(":").split(";")
    fields = dict(_option(name, option) for option in options)
    if argument:
        fields[_field(name, kind.argument)] = argument
    try:
        return msgspec.convert({"fault": name, **fields}, kind, strict=False)
    except msgspec.ValidationError as error:
        raise WrongToken(f"the token of the fault {name!r} is wrong: {error}.") from error


def _option(name: str, option: str) -> tuple[str, str]:
    field, _, value = option.strip().partition("=")
    return _field(name, field), value


def _field(name: str, field: str) -> str:
    if not field or field in ARMED_ONLY:
        raise WrongToken(f"the token of the fault {name!r} takes no {field or 'argument'!r}.")
    return field

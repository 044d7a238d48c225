"""The short words of the overlay and the JSON Schema keywords they stand for."""

from collections.abc import Callable, Iterator
from typing import Any

import msgspec

from openapi.schemas import Schema


def constrain(schema: Schema, wanted: dict[str, Any]) -> bool:
    """Adds the wanted keywords to each branch of the schema whose type they fit; false when a word fits none.

    `assumed` beside other words marks their keywords as our guess.
    """
    assumed = "assumed" in wanted
    words = {name: value for name, value in wanted.items() if name != "assumed"}
    unfit = [name for name, value in words.items() if not _add(schema, _WORDS[name], value, assumed=assumed)]
    return not unfit


class _Word(msgspec.Struct, frozen=True):
    fits: frozenset[str]
    keywords: Callable[[Any], Schema]


def _add(schema: Schema, word: _Word, value: object, *, assumed: bool) -> bool:
    fitting = [branch for branch in _branches(schema) if _fits(branch, word)] if word.fits else [schema]
    for branch in fitting:
        added = word.keywords(value)
        if assumed:
            guesses = [name for name in added if name != "x-assumed"]
            added["x-assumed"] = (branch.get("x-assumed", []) if "x-assumed" not in added else []) + guesses
        branch.update(added)
        for name in [name for name, keyword in branch.items() if keyword is None]:
            del branch[name]
    return bool(fitting)


def _branches(schema: Schema) -> Iterator[Schema]:
    for branch in schema.get("anyOf", []):
        yield from _branches(branch)
    if "anyOf" not in schema:
        yield schema


def _fits(branch: Schema, word: _Word) -> bool:
    return branch.get("type") in word.fits and "enum" not in branch


def _span(lower: str, upper: str) -> Callable[[str], Schema]:
    """`2..10`, `..10` or `2..` as two keywords."""

    def keywords(span: str) -> Schema:
        ends = zip((lower, upper), span.split(".."), strict=True)
        return {name: float(end) if "." in end else int(end) for name, end in ends if end}

    return keywords


def _chars(span: str) -> Schema:
    """JSON Schema counts code points, Runway UTF-16 units: the custom keyword is the exact limit."""
    lengths = _span("minLength", "maxLength")(span)
    return lengths | ({"x-utf16-max": lengths["maxLength"]} if "maxLength" in lengths else {})


def _keys(rule: str) -> Schema:
    """Replaces the guess that a derived body carries; absent means that unknown keys are allowed."""
    return {"additionalProperties": {"strict": False, "open": None}[rule], "x-assumed": None}


def _media(component: str) -> Schema:
    return {"type": None, "$ref": f"#/components/schemas/{component}"}


def _also(component: str) -> Schema:
    return {"allOf": [{"$ref": f"#/components/schemas/{component}"}]}


def _keyword(name: str) -> Callable[[Any], Schema]:
    return lambda value: {name: value}


_STRING, _ARRAY, _OBJECT = frozenset({"string"}), frozenset({"array"}), frozenset({"object"})
_WHOLE: frozenset[str] = frozenset()  # not for one branch, for the schema that has the branches

_WORDS = {
    "chars": _Word(_STRING, _chars),
    "range": _Word(frozenset({"integer", "number"}), _span("minimum", "maximum")),
    "items": _Word(_ARRAY, _span("minItems", "maxItems")),
    "pattern": _Word(_STRING, _keyword("pattern")),
    "format": _Word(_STRING, _keyword("format")),
    "media": _Word(_STRING, _media),
    "also": _Word(_ARRAY, _also),
    "keys": _Word(_OBJECT, _keys),
    "required": _Word(_OBJECT, _keyword("required")),
    "rules": _Word(_OBJECT, _keyword("allOf")),
    "default": _Word(_WHOLE, _keyword("default")),
    "deprecated": _Word(_WHOLE, _keyword("deprecated")),
    "schema": _Word(_WHOLE, dict),
}

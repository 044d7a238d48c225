"""Checks a body against the schema of its variant and lists every problem at once."""

from collections.abc import Mapping
from itertools import islice
from typing import Any

from jsonschema_rs import Draft202012Validator, Registry

from gateway.catalogue.document import BodyShape, Document
from gateway.catalogue.wording import issues_of, not_an_option
from gateway.ports.catalogue import Body, Issue

ISSUES_MAX = 50
ENTRIES_MAX = 100
"""More list entries than any body needs. A wrong body that has more is refused for that alone: to tell the
problems of a hundred thousand entries takes seconds."""
_DOCUMENT = "runway:document"


class Validation:
    """The validators of all bodies, each compiled when it is first needed."""

    def __init__(self, document: Document) -> None:
        self._bodies = document.bodies
        contents = {"components": {"schemas": dict(document.schemas)}}
        self._registry = Registry([(_DOCUMENT, contents)])
        self._validators: dict[str, Draft202012Validator] = {}

    def problems(self, operation: str, body: Body) -> tuple[Issue, ...]:
        shape = self._bodies[operation]
        variant = shape.variant_of(body)
        if variant is None:
            return (_unknown_variant(shape, body),)
        validator = self._validators.get(variant.schema) or self._compile(variant.schema)
        try:
            return () if validator.is_valid(body) else _issues(validator, body)
        except UnicodeEncodeError:
            return (Issue("custom", (), "The text contains half of a surrogate pair, which is no character"),)

    def _compile(self, schema: str) -> Draft202012Validator:
        validator = Draft202012Validator(
            {"$ref": f"{_DOCUMENT}#/components/schemas/{schema}"},
            registry=self._registry,
            keywords={"x-utf16-max": _Utf16Max},
            mask="…",  # otherwise every error copies the value into two messages, megabytes of media too
        )
        return self._validators.setdefault(schema, validator)


class _Utf16Max:
    """The keyword for texts whose length Runway counts in UTF-16 code units, as JavaScript does."""

    def __init__(self, _schema: Mapping[str, Any], most: int, _path: list[str | int]) -> None:
        self._most = most

    def validate(self, instance: object) -> None:
        if isinstance(instance, str) and len(instance.encode("utf-16-le")) > 2 * self._most:
            raise ValueError(self._most)


def _issues(validator: Draft202012Validator, body: Body) -> tuple[Issue, ...]:
    if _entries(body) > ENTRIES_MAX:
        return (
            Issue("too_big", (), f"Too big: expected at most {ENTRIES_MAX} entries in all lists together"),
        )
    errors = islice(validator.iter_errors(body), ISSUES_MAX)
    issues = dict.fromkeys(issue for error in errors for issue in issues_of(error))
    return tuple(issues)[:ISSUES_MAX]


def _entries(value: object) -> int:
    match value:
        case dict():
            return sum(map(_entries, value.values()))
        case list():
            return len(value) + sum(map(_entries, value))
        case _:
            return 0


def _unknown_variant(shape: BodyShape, body: Body) -> Issue:
    assert shape.chooser is not None, "a body with one shape always has its variant"
    options = [value for value in shape.variants if value is not None]
    return not_an_option((shape.chooser,), options, given=body.get(shape.chooser))

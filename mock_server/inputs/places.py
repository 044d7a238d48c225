"""Where in the body of an operation media may stand, as its schema says."""

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from mock_server.issues import Path
from mock_server.sniffing import Kind
from mock_server.spec import Schema, Spec

KINDS = {"ImageUri": Kind.IMAGE, "VideoUri": Kind.VIDEO, "AudioUri": Kind.AUDIO}


class Medium(msgspec.Struct, frozen=True):
    """A URI in a body. `kinds` are those that its place takes."""

    path: Path
    uri: str
    kinds: frozenset[Kind]


class Place(msgspec.Struct):
    """A part of a schema, without the parts that hold no media. `constants` tell variants apart."""

    kind: Kind | None = None
    constants: dict[str, object] = {}
    fields: dict[str, "Place"] = {}
    entries: "Place | None" = None
    others: "Place | None" = None
    variants: list["Place"] = []


class Places:
    """Of every schema, found when it is first needed."""

    def __init__(self, spec: Spec) -> None:
        self._spec = spec
        self._by_ref: dict[str, Place | None] = {}

    def media(self, ref: str, body: Mapping[str, Any]) -> list[Medium]:
        if ref not in self._by_ref:
            self._by_ref[ref] = self._place({"$ref": ref})
        place = self._by_ref[ref]
        if place is None:
            return []
        kinds: dict[tuple[str | int, ...], set[Kind]] = {}
        uris: dict[tuple[str | int, ...], str] = {}
        for path, uri, kind in _found(place, body, ()):
            kinds.setdefault(path, set()).add(kind)
            uris[path] = uri
        return [Medium(list(path), uri, frozenset(kinds[path])) for path, uri in uris.items()]

    def _place(self, schema: Schema) -> Place | None:
        """None when no medium can stand there."""
        name = str(schema.get("$ref", "")).rpartition("/")[2]
        if name in KINDS:
            return Place(kind=KINDS[name])
        schema = self._spec.resolved(schema)
        properties = schema.get("properties", {})
        place = Place(
            constants={name: part["const"] for name, part in properties.items() if _is_constant(part)},
            fields={name: found for name, part in properties.items() if (found := self._place_of(part))},
            entries=self._place_of(schema.get("items")),
            others=self._place_of(schema.get("additionalProperties")),
            variants=[
                found
                for union in ("anyOf", "oneOf", "allOf")
                for part in schema.get(union, [])
                if (found := self._place(part))
            ],
        )
        return place if place.fields or place.entries or place.others or place.variants else None

    def _place_of(self, schema: object) -> Place | None:
        return self._place(schema) if isinstance(schema, dict) else None


def _is_constant(part: object) -> bool:
    return isinstance(part, dict) and "const" in part


Found = tuple[tuple[str | int, ...], str, Kind]


def _found(place: Place, value: object, path: tuple[str | int, ...]) -> Iterator[Found]:
    match value:
        case str() if place.kind is not None:
            yield path, value, place.kind
        case dict() if all(value.get(name, wanted) == wanted for name, wanted in place.constants.items()):
            for name, item in value.items():
                part = place.fields.get(name) or place.others
                if part is not None:
                    yield from _found(part, item, (*path, name))
        case list() if place.entries is not None:
            for index, item in enumerate(value):
                yield from _found(place.entries, item, (*path, index))
        case _:
            pass
    for variant in place.variants:
        yield from _found(variant, value, path)

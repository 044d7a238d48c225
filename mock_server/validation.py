"""Checks a body against `runway.json`: one compiled validator per operation and model, made when needed."""

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Any, assert_never

import msgspec
from jsonschema_rs import Draft202012Validator, Registry

from mock_server import issues, nearest
from mock_server.issues import Issue
from mock_server.spec import Operation, Schema, Spec, Variants

if TYPE_CHECKING:  # it exists for the type checker only
    from jsonschema_rs import KeywordValidator

DOCUMENT_URI = "urn:runway"


class Utf16Max:
    """`x-utf16-max`: Runway counts the length of texts in UTF-16 units."""

    def __init__(self, parent: object, value: int, path: object) -> None:
        del parent, path
        self._units_max = value

    def validate(self, text: object) -> None:
        if isinstance(text, str) and utf16_length(text) > self._units_max:
            raise ValueError(str(self._units_max))


def utf16_length(text: str) -> int:
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2


class Validation:
    """Answers every problem of a body at once, as Runway does; nothing for a good one."""

    def __init__(self, spec: Spec) -> None:
        self._spec = spec
        self._registry = Registry([(DOCUMENT_URI, spec.document)])
        self._validators: dict[str, Draft202012Validator] = {}

    def problems(self, operation: Operation, body: object) -> list[Issue]:
        match operation.body:
            case None:
                return []
            case Variants() as variants:
                return self._variant_problems(variants, body)
            case str(ref):
                return self._schema_problems(ref, body)
            case _:
                assert_never(operation.body)

    def query_problems(self, operation: Operation, query: Mapping[str, object]) -> list[Issue]:
        found: list[Issue] = []
        for name, field in operation.query.items():
            if name in query:
                validator = self._inline_validator(f"{operation.id} {name}", field.schema)
                for error in validator.iter_errors(query[name]):
                    found += [issue | {"path": [name]} for issue in issues.of_error(error, self._spec)]
            elif field.is_required:
                found.append(issues.absent(str(field.schema.get("type", "string")), [name]))
        return found

    def answer_problem(self, operation: Operation, status: int, body: bytes) -> str | None:
        """What an answer has that the document has not; None when it is as documented."""
        if status not in operation.answers:
            return f"{operation.id} has no answer {status}"
        ref = operation.answers[status]
        if ref is None:
            return None
        answer = msgspec.json.decode(body)
        chosen = self._variant_of(ref, answer)
        error = next(self._validator(chosen).iter_errors(answer), None)
        if error is None:
            return None
        place = ".".join(str(step) for step in error.instance_path) or "its top"
        return f"{chosen.rpartition('/')[2]} fails at {place} ({error.kind.name})"

    def known_fields(self, operation: Operation, body: dict[str, Any]) -> dict[str, Any]:
        """A valid body without what Runway ignores: the fields that an open schema does not name."""
        ref = self.schema_of(operation, body)
        known = () if ref is None else self._field_names(ref)
        return {name: value for name, value in body.items() if name in known}

    def schema_of(self, operation: Operation, body: Mapping[str, Any]) -> str | None:
        """The reference of the schema that a valid body was checked against."""
        match operation.body:
            case Variants() as variants:
                return variants.refs[body[variants.field]]
            case ref:
                return ref

    def _variant_of(self, ref: str, answer: Any) -> str:  # noqa: ANN401 (any JSON)
        """Of an answer that has one schema for each status, that of its own."""
        choice = self._spec.resolved({"$ref": ref}).get("discriminator")
        if choice is None or not isinstance(answer, dict):
            return ref
        return str(choice["mapping"].get(answer.get(choice["propertyName"]), ref))

    def _variant_problems(self, variants: Variants, body: object) -> list[Issue]:
        if not isinstance(body, dict):
            return [issues.wrong_type("object", body, path=[])]
        chosen = body.get(variants.field)
        if not isinstance(chosen, str) or chosen not in variants.refs:
            return [nearest.hinted(issues.unknown_variant(variants.field, sorted(variants.refs)), body)]
        return self._schema_problems(variants.refs[chosen], body)

    def _schema_problems(self, ref: str, body: object) -> list[Issue]:
        validator = self._validator(ref)
        if validator.is_valid(body):
            return []
        errors = validator.iter_errors(body)
        found = [issue for error in errors for issue in issues.of_error(error, self._spec)]
        fields = self._field_names(ref)
        return [nearest.hinted(issue, body, fields) for issue in without_repeats(found)]

    def _field_names(self, ref: str) -> Collection[str]:
        names: Collection[str] = self._spec.resolved({"$ref": ref})["properties"].keys()
        return names

    def _validator(self, ref: str) -> Draft202012Validator:
        if ref not in self._validators:
            schema: dict[str, Any] = {"$ref": DOCUMENT_URI + ref}
            keywords: dict[str, type[KeywordValidator]] = {"x-utf16-max": Utf16Max}
            self._validators[ref] = Draft202012Validator(schema, registry=self._registry, keywords=keywords)
        return self._validators[ref]

    def _inline_validator(self, name: str, schema: Schema) -> Draft202012Validator:
        if name not in self._validators:
            self._validators[name] = Draft202012Validator(schema, validate_formats=True)
        return self._validators[name]


def without_repeats(found: list[Issue]) -> list[Issue]:
    """A text can be too long twice: in code points and in UTF-16 units."""
    return [issue for place, issue in enumerate(found) if issue not in found[:place]]

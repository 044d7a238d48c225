"""Issues of fields that are right by themselves and wrong together: frames, references, modes."""

from collections.abc import Sequence
from typing import Any

from jsonschema_rs import ValidationError, ValidationErrorKind

from mock_server.spec import Spec

MIXED = "KeyframesOrReferences"
MIXTURE = "Either every image has a `position`, or none has: frames and references cannot be mixed."


def of_contains(error: ValidationError, spec: Spec) -> str:
    """Too few or too many entries of a kind: `first` frames, `human` subjects."""
    owner = spec.schema_at(list(error.schema_path)[:-1])
    field, value = next((name, part["const"]) for name, part in owner["contains"]["properties"].items())
    if error.schema_path[-1] == "minContains":
        return f"You must specify a frame in {field} `{value}`."
    limit = owner["maxContains"]
    return f"At most {limit} {'entry' if limit == 1 else 'entries'} may have the {field} `{value}`."


def of_forbidden(error: ValidationError) -> str:
    return f"`{error.instance_path[-1]}` cannot be combined with what else is given."


def of_company(error: ValidationError, spec: Spec) -> str:
    """A field that stands alone: the condition says which."""
    rule = spec.schema_at(list(error.schema_path)[:-2])
    alone = ", ".join(f"`{name}`" for name in rule["if"]["required"])
    return f"No other field may be given with {alone}."


def is_mixed(error: ValidationError) -> bool:
    """Whether the images must all be frames or all be references."""
    return MIXED in error.schema_path


def is_frameless(branch: Sequence[ValidationError]) -> bool:
    """Whether the images are all frames, and only a frame is missing or there twice."""
    return all(error.kind.name == "contains" for error in branch)


def speaking(branches: Sequence[Sequence[ValidationError]], path: Sequence[Any]) -> list[int]:
    """The branches of a union that take a value of this type: only they have something to say about it."""
    refusing = [any(_is_about_type(error, path) for error in branch) for branch in branches]
    return [place for place, refuses in enumerate(refusing) if not refuses]


def _is_about_type(error: ValidationError, path: Sequence[Any]) -> bool:
    if list(error.instance_path) != list(path):
        return False
    match error.kind:
        case ValidationErrorKind.Type():
            return True
        case (
            ValidationErrorKind.AnyOf(context=branches) | ValidationErrorKind.OneOfNotValid(context=branches)
        ):
            return not speaking(branches, path)
        case _:
            return False

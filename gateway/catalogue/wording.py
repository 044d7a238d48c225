"""Says what is wrong with a body in the shape of Runway's `issues`, and never repeats what the body said."""

from collections.abc import Iterator, Sequence
from itertools import takewhile
from typing import Any

from jsonschema_rs import ValidationError
from jsonschema_rs import ValidationErrorKind as Kind

from gateway.catalogue.nearest import nearest
from gateway.ports.catalogue import Issue

OPTIONS_SHOWN_MAX = 60
KEYS_SHOWN_MAX = 10
KEY_LENGTH_MAX = 64
RULES = {
    "contains": "Invalid list: it lacks an entry, such as a frame in position `first`, or has one twice",
    "falseSchema": "Invalid input: not allowed together with the other fields",
    "maxProperties": "Invalid input: no other fields are allowed beside these",
}
"""What the rules between fields ask for, by keyword."""

Path = tuple[str | int, ...]
Errors = Sequence[ValidationError]


def issues_of(error: ValidationError) -> Iterator[Issue]:
    """Put one violation into words; one of a union becomes those of the branch that was meant."""
    path = tuple(error.instance_path)
    match error.kind:
        case Kind.AnyOf(branches) | Kind.OneOfNotValid(branches):
            yield from _union(path, branches)
        case Kind.Required(name):
            yield Issue("invalid_type", (*path, name), "Required: this field is missing")
        case Kind.Type(types):
            yield _wrong_type(path, types, error.instance)
        case Kind.Enum(options):
            yield not_an_option(path, options, given=error.instance)
        case Kind.Constant(option):
            yield not_an_option(path, [option], given=error.instance)
        case Kind.AdditionalProperties(names):
            yield _unknown_keys(path, names)
        case kind:
            yield _outside(path, kind)


def not_an_option(path: Path, options: Sequence[Any], *, given: object) -> Issue:
    """Name the accepted values, and the one that the given value comes nearest to."""
    shown = "|".join(_literal(option) for option in options[:OPTIONS_SHOWN_MAX])
    more = len(options) - OPTIONS_SHOWN_MAX
    close = nearest(given, options) if len(options) > 1 else None
    return Issue(
        "invalid_value",
        path,
        f"Invalid option: expected one of {shown}"
        + (f" and {more} more" if more > 0 else "")
        + ("" if close is None else f". The nearest is {_literal(close)}"),
    )


def _union(path: Path, branches: Sequence[Errors]) -> Iterator[Issue]:
    """Take the branch that differs in no type, prefix or tag, for that is the one that was meant."""
    open_branches = list(_flattened(path, branches))
    meant = [branch for branch in open_branches if not any(_rules_out(error, path) for error in branch)]
    if meant:
        for error in min(meant, key=len):
            yield from issues_of(error)
    else:
        yield _no_branch(path, [error for branch in open_branches for error in branch])


def _flattened(path: Path, branches: Sequence[Errors]) -> Iterator[Errors]:
    for branch in branches:
        match [error.kind for error in branch if tuple(error.instance_path) == path]:
            case [Kind.AnyOf(inner)] if len(branch) == 1:
                yield from _flattened(path, inner)
            case _:
                yield branch


def _rules_out(error: ValidationError, path: Path) -> bool:
    place = tuple(error.instance_path)
    match error.kind:
        case Kind.Type() | Kind.Pattern():
            return place == path
        case Kind.Constant():
            return place == path or place[:-1] == path
        case _:
            return False


def _no_branch(path: Path, errors: Errors) -> Issue:
    """Say what a value may be that is none of it."""
    kinds = [error.kind for error in errors if tuple(error.instance_path) == path]
    beginnings = [_beginning(kind.pattern) for kind in kinds if isinstance(kind, Kind.Pattern)]
    types = [name for kind in kinds if isinstance(kind, Kind.Type) for name in kind.types]
    words = [_literal(kind.expected_value) for kind in kinds if isinstance(kind, Kind.Constant)]
    if beginnings:
        expected = f"expected a text that begins with {' or '.join(beginnings)}"
    elif len(kinds) < len(errors):
        expected = "it has none of the accepted shapes"
    elif words:
        expected = f"expected {' or '.join([*types, *words])}"
    else:
        return _wrong_type(path, types, errors[0].instance)
    return Issue("invalid_union", path, f"Invalid input: {expected}")


def _beginning(pattern: str) -> str:
    return "".join(takewhile(lambda letter: letter.isalnum() or letter in ":/", pattern.removeprefix("^")))


def _wrong_type(path: Path, types: Sequence[str], given: object) -> Issue:
    expected = " or ".join(dict.fromkeys(types))
    return Issue("invalid_type", path, f"Invalid input: expected {expected}, received {_type(given)}")


def _unknown_keys(path: Path, names: Sequence[str]) -> Issue:
    shown = ", ".join(f'"{name[:KEY_LENGTH_MAX]}"' for name in names[:KEYS_SHOWN_MAX])
    return Issue("unrecognized_keys", path, f"Unrecognized key{'s' if len(names) > 1 else ''}: {shown}")


def _outside(path: Path, kind: Kind) -> Issue:
    """Say which bound was crossed."""
    match kind:
        case Kind.Maximum(most) | Kind.ExclusiveMaximum(most):
            code, rule = "too_big", f"Too big: expected a number of at most {most}"
        case Kind.Minimum(least) | Kind.ExclusiveMinimum(least):
            code, rule = "too_small", f"Too small: expected a number of at least {least}"
        case Kind.MaxLength(most) | Kind.Custom("x-utf16-max", most):
            code, rule = "too_big", f"Too big: expected a text of at most {most} characters"
        case Kind.MinLength(least):
            code, rule = "too_small", f"Too small: expected a text of at least {least} characters"
        case Kind.MaxItems(most):
            code, rule = "too_big", f"Too big: expected at most {most} entries"
        case Kind.MinItems(least):
            code, rule = "too_small", f"Too small: expected at least {least} entries"
        case Kind.Pattern(pattern):
            code, rule = "custom", f"Invalid text: it must match {pattern}"
        case _:
            code, rule = "custom", RULES.get(kind.name, f"Invalid input: it breaks the rule `{kind.name}`")
    return Issue(code, path, rule)


def _literal(value: object) -> str:
    return f'"{value}"' if isinstance(value, str) else str(value).lower()


def _type(value: object) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return "boolean"
        case int() | float():
            return "number"
        case str():
            return "string"
        case list():
            return "array"
        case _:
            return "object"

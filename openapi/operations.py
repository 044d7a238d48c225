"""The operations of Runway's API, read from the installed SDK.

Every public method of the SDK is called once with a client that notes the request instead of sending it:
the SDK itself says which verb and path it uses and what it expects back.
"""

import inspect
import re
import sys
from collections.abc import Callable, Iterator
from functools import cached_property
from typing import Any, Never

import msgspec
from runwayml import RunwayML

_FILE_ARGUMENT = {"file": ("clip.mp4", b"")}  # the one argument that the SDK looks into before it sends


class Operation(msgspec.Struct, frozen=True):
    """One operation; `request` is a TypedDict, `response` a pydantic model, either may be a union of them."""

    resource: str
    method: str
    verb: str
    path: str
    request: Any
    response: Any
    is_paged: bool
    creates_task: bool

    @property
    def id(self) -> str:
        """The path for what creates a task, resource and method otherwise."""
        name = self.path.removeprefix("/v1/") if self.creates_task else f"{self.resource}.{self.method}"
        return re.sub(r"\W", "_", name)


def sdk_operations() -> list[Operation]:
    """All operations of the installed SDK, ordered by path and verb."""
    resources = {name: member for name, member in vars(RunwayML).items() if _is_resource(name, member)}
    recorder = _Recorder()
    found = [
        operation for name, member in resources.items() for operation in _walk(name, member.func(recorder))
    ]
    return sorted(found, key=lambda operation: (operation.path, operation.verb))


class _RequestNotedError(Exception):
    """Carries a request from the SDK's method back to the caller."""

    def __init__(self, verb: str, path: str, request: dict[str, Any]) -> None:
        super().__init__(path)
        self.verb, self.path, self.request = verb, path, request


class _Recorder:
    """Stands where the SDK expects its HTTP client."""

    def __getattr__(self, verb: str) -> Callable[..., Never]:
        def note(path: str, **request: object) -> Never:
            raise _RequestNotedError("get" if verb == "get_api_list" else verb, path, request)

        return note


def _walk(name: str, resource: object) -> Iterator[Operation]:
    for method, member in vars(type(resource)).items():
        if inspect.isfunction(member) and not method.startswith("_"):
            yield _operation(name, resource, method)
        elif _is_resource(method, member):
            yield from _walk(f"{name}.{method}", member.func(resource))


def _is_resource(name: str, member: object) -> bool:
    return isinstance(member, cached_property) and not name.startswith("with_")


def _operation(resource_name: str, resource: object, method: str) -> Operation:
    noted = _call(getattr(type(resource), method), resource)
    expected = noted.request["model"] if "page" in noted.request else noted.request["cast_to"]
    return Operation(
        resource=resource_name,
        method=method,
        verb=noted.verb,
        path=re.sub(r"~(\w+)~", lambda match: f"{{{_camel(match[1])}}}", noted.path),
        request=_parameters_type(type(resource), method),
        response=None if expected is type(None) else expected,
        is_paged="page" in noted.request,
        creates_task=hasattr(expected, "wait_for_task_output"),
    )


def _call(method: Callable[..., object], resource: object) -> _RequestNotedError:
    unchecked = inspect.unwrap(method)  # the wrapper would insist on complete arguments
    positional: list[Any] = [resource]
    keywords: dict[str, Any] = {}
    for name, parameter in list(inspect.signature(unchecked).parameters.items())[1:]:
        if parameter.kind is parameter.POSITIONAL_OR_KEYWORD:
            positional.append(f"~{name}~")
        elif parameter.default is parameter.empty:
            keywords[name] = _FILE_ARGUMENT.get(name)
    try:
        unchecked(*positional, **keywords)
    except _RequestNotedError as noted:
        return noted
    raise AssertionError(f"{method} sent no request")


def _parameters_type(resource: type, method: str) -> object:
    """The type that the SDK's own module keeps for this method's parameters, by its naming convention."""
    for name, member in vars(sys.modules[resource.__module__]).items():
        if name.endswith(f"_{method}_params"):
            return getattr(member, member.__all__[0])
    return None


def _camel(name: str) -> str:
    return re.sub(r"_(\w)", lambda match: match[1].upper(), name)

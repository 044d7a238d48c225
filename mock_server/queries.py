"""Reads the query of a request by the parameters of its operation."""

import re
from collections.abc import Mapping

from mock_server.spec import Operation

WHOLE_NUMBER = re.compile(r"-?\d{1,9}")


def read(texts: Mapping[str, str], operation: Operation) -> dict[str, object]:
    """The parameters that the operation knows, typed where that can be, with its defaults."""
    found: dict[str, object] = {}
    for name, parameter in operation.query.items():
        if name in texts:
            found[name] = _typed(texts[name], parameter.schema.get("type"))
        elif "default" in parameter.schema:
            found[name] = parameter.schema["default"]
    return found


def _typed(text: str, kind: object) -> object:
    return int(text) if kind == "integer" and WHOLE_NUMBER.fullmatch(text) else text

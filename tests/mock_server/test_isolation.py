"""The mock cannot reach anything: none of its modules imports what could open a connection."""

import ast
from collections.abc import Iterator
from pathlib import Path

PACKAGE = Path(__file__).parents[2] / "mock_server"
CLIENTS = {
    "aiohttp",
    "http.client",
    "httpx",
    "requests",
    "runwayml",
    "socket",
    "ssl",
    "urllib.request",
    "urllib3",
}
ALLOWED = {("serving.py", "socket")}  # the type of the socket that it listens on


def test_no_module_imports_a_client() -> None:
    found = {
        (path.relative_to(PACKAGE).as_posix(), name)
        for path in PACKAGE.rglob("*.py")
        for name in _imports(path)
        if name in CLIENTS
    }

    assert found == ALLOWED


def _imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module

"""A misspelt name in a control request would match nothing, and so prove anything: it is refused."""

from collections.abc import Sequence

from mock_server import refusals
from mock_server.asgi import Answer
from mock_server.nearest import nearest
from mock_server.routes import downloads, sessions, uploads
from mock_server.world import World

SIDE_DOORS = (downloads.DOWNLOAD.name, uploads.FORM.name, sessions.CONSUME.name)


def unknown_operation(world: World, name: str | None) -> Answer | None:
    """The refusal of an operation that is neither in `runway.json` nor a side door."""
    operations = [operation.id for operation in world.rulebook.spec.operations]
    return unknown("operation", name, [*operations, *SIDE_DOORS])


def unknown(noun: str, name: object, known: Sequence[str]) -> Answer | None:
    """None where no name is given, or a known one."""
    if name is None or name in known:
        return None
    near = nearest(name, known)
    hint = f" Nearest: {near}" if near else ""
    return refusals.refusal(400, f"There is no such {noun}.{hint}")

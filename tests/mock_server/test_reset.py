"""A reset leaves nothing: after it, the world and the modules are as if nobody had ever asked anything."""

import itertools
import sys
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from random import Random
from types import FunctionType, MethodType
from typing import Any

import msgspec
import pytest

from mock_server.app import create_app
from mock_server.settings import Surroundings
from mock_server.world import World
from tests.mock_server.driver import CLIP, FROZEN, KEY, Driver, Wall, headers

RULES = {"settings", "surroundings", "rulebook", "renderer", "exercised"}
"""What a world is given, the cache of rendered files, the tally of the run: they hold nothing of anyone."""

SESSION = {"model": "gwm1_avatars", "avatar": {"type": "runway-preset", "presetId": "influencer"}}
SOUND = {"model": "eleven_text_to_sound_v2", "promptText": "a foghorn", "duration": 1}
CONTAINERS = {"dict", "defaultdict", "list", "deque", "set"}
ATOMS = (str, bytes, int, float, bool, type(None))


def test_nothing_in_memory_survives_a_reset(mock: Driver) -> None:
    untouched = graph(mock.app.world)

    _leave_traces(mock)
    mock.arm(fault="refuse", times=3)
    mock.post("/_mock/clock", {"mode": "real", "speed": 3, "advance": 1000})
    used = graph(mock.app.world)
    mock.post("/_mock/reset", {})

    assert untouched.keys() != used.keys()
    assert graph(mock.app.world) == untouched


def test_a_world_after_a_reset_lives_on_like_a_new_one(mock: Driver) -> None:
    _leave_traces(mock)
    mock.post("/_mock/reset", {})

    with Driver() as fresh:
        lives = [[_leave_traces(world), graph(world.app.world)] for world in (mock, fresh)]

    assert lives[0] == lives[1]


def test_no_module_remembers_anything(mock: Driver) -> None:
    _leave_traces(mock)  # what is loaded when it is first needed, is loaded now
    mock.post("/_mock/reset", {})
    before = _globals()

    _leave_traces(mock)

    assert _globals() == before


def test_nothing_of_a_key_survives_its_own_reset(mock: Driver) -> None:
    mock.create(key="key_b")
    before = _without_chance(mock.app.world)

    _leave_traces(mock)
    assert KEY in str(_without_chance(mock.app.world))
    mock.post(f"/_mock/reset?tenant={KEY}", {})

    assert KEY not in str(_without_chance(mock.app.world))
    assert _of("key_b", _without_chance(mock.app.world)) == _of("key_b", before)


async def test_a_call_that_a_reset_overtakes_leaves_nothing_behind() -> None:
    wall = Wall()

    async def reset_meanwhile(_seconds: float) -> None:
        app.world.reset()

    app = create_app(FROZEN, surroundings=Surroundings(wall=wall, sleep=reset_meanwhile))
    untouched = graph(app.world)

    await _ask(app, headers() | {"x-mock-fault": "slow:5"})

    assert graph(app.world) == untouched


async def test_a_call_that_the_reset_of_its_key_overtakes_leaves_nothing_behind() -> None:
    async def reset_meanwhile(_seconds: float) -> None:
        app.world.forget(KEY)

    app = create_app(FROZEN, surroundings=Surroundings(wall=Wall(), sleep=reset_meanwhile))

    await _ask(app, headers() | {"x-mock-fault": "slow:5"})

    assert KEY not in str(graph(app.world))


@pytest.mark.parametrize(
    "spoil",
    [
        lambda world: world.journal.__setattr__("dropped", 1),
        lambda world: world.tenants.setdefault("key_left_over", None),
        lambda world: world.clock.advance(0.001),
        lambda world: world.random.random(),
        lambda world: setattr(world, "notes", ["something new"]),
    ],
)
def test_the_comparison_sees_whatever_is_left(mock: Driver, spoil: Callable[[World], object]) -> None:
    untouched = graph(mock.app.world)

    spoil(mock.app.world)

    assert graph(mock.app.world) != untouched


def graph(world: World) -> dict[str, object]:
    """Every value that can be reached from the world, by the path to it."""
    roots = {name: value for name, value in vars(world).items() if name not in RULES}
    return dict(_walk(roots, "world", on_the_way=()))


def _walk(value: Any, path: str, *, on_the_way: tuple[int, ...]) -> Iterator[tuple[str, object]]:  # noqa: ANN401
    if id(value) in on_the_way:
        return
    within = (*on_the_way, id(value))
    yield path, value if isinstance(value, ATOMS) else type(value).__name__
    for name, part in _parts(value):
        yield from _walk(part, f"{path}.{name}", on_the_way=within)


def _parts(value: Any) -> Iterator[tuple[str, object]]:  # noqa: ANN401 (anything)
    match value:
        case Mapping():
            yield from ((str(name), part) for name, part in value.items())
        case list() | tuple() | deque():
            yield from ((str(place), part) for place, part in enumerate(value))
        case set() | frozenset():
            yield from ((str(part), part) for part in sorted(value, key=repr))
        case Random():
            yield "state", value.getstate()
        case itertools.count() | msgspec.Raw():
            yield "next", repr(value) if isinstance(value, itertools.count) else bytes(value)
        case FunctionType() | MethodType() | type():
            return
        case msgspec.Struct():
            yield from ((name, getattr(value, name)) for name in value.__struct_fields__)
        case _:
            yield from getattr(value, "__dict__", {}).items()


def _globals() -> dict[str, object]:
    """What the modules of the mock keep in containers."""
    return {
        path: value
        for name, module in list(sys.modules.items())
        if name.split(".")[0] == "mock_server"
        for variable, kept in vars(module).items()
        if isinstance(kept, dict | list | set | deque) and not variable.startswith("__")
        for path, value in _walk(kept, f"{name}.{variable}", on_the_way=())
    }


def _without_chance(world: World) -> dict[str, object]:
    """Chances and numbers go on, whoever is forgotten."""
    return {
        path: value for path, value in graph(world).items() if ".random" not in path and "_random" not in path
    }


def _of(key: str, found: dict[str, object]) -> dict[str, object]:
    """A container that someone looked for and that holds nothing is nothing."""
    return {
        path: value for path, value in found.items() if f".tenants.{key}." in path and value not in CONTAINERS
    }


def _leave_traces(mock: Driver) -> list[str]:
    """Everything that a key can leave behind; the ids that it was given."""
    first = mock.create()
    second = mock.create(promptText="[[fail:INTERNAL]]")
    upload = mock.post("/v1/uploads", {"filename": "a.png", "type": "ephemeral"}).json()["runwayUri"]
    document = mock.post("/v1/documents", {"name": "a cliff", "content": "high"}).json()["id"]
    session = mock.post("/v1/realtime_sessions", SESSION).json()["id"]
    sound = mock.post("/v1/sound_effect", SOUND).json()["id"]
    mock.post(f"/_mock/clock?tenant={KEY}", {"advanceUntil": {"task": sound}})
    mock.ask("GET", mock.task(sound)["output"][0])
    mock.post("/v1/image_to_video", {"model": "nothing"})
    mock.ask("GET", "/v1/organization", headers={"Authorization": ""})
    mock.ask("DELETE", f"/v1/tasks/{second}")
    mock.arm(fault="fail", code="INTERNAL", tenant=KEY, times=3)
    mock.arm(fault="slow", tenant=KEY, probability=0)
    mock.post(f"/_mock/clock?tenant={KEY}", {"mode": "real", "speed": 3, "advance": 1000})
    mock.ask("PUT", f"/_mock/tenants/{KEY}", json={"balance": 1_000, "tier": 4, "refundsCancelled": True})
    mock.post("/_mock/verify", {"times": 1})
    mock.audit()
    return [first, second, upload, document, session, sound]


async def _ask(app: Any, sent: dict[str, str]) -> None:  # noqa: ANN401 (the application)
    async def receive() -> dict[str, object]:
        return {"type": "http.request", "body": msgspec.json.encode(CLIP)}

    async def send(_message: object) -> None:
        return

    head = [(name.lower().encode(), value.encode()) for name, value in sent.items()]
    scope = {
        "type": "http",
        "method": "POST",
        "path": "/v1/image_to_video",
        "headers": head,
        "query_string": b"",
    }
    await app(scope, receive, send)

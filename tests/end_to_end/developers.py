"""A team's developer with one of Runway's SDKs, unchanged, with its own retries: the same deeds in each."""

import asyncio
import json
import shutil
import subprocess
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol, TypeVar
from uuid import uuid4

import httpx
import msgspec
from msgspec import Struct
from runwayml import AsyncRunwayML, RunwayML

from tests.end_to_end.clips import clip
from tests.support.gateway import Team
from tests.support.programs import PATH

PATIENCE_SECONDS = 60.0
"""How long the SDKs wait for an answer unless they are told otherwise."""
IN_NODE = {"prompt_image": "promptImage", "prompt_text": "promptText"}

T = TypeVar("T")


class Raised(Exception):
    """What an SDK raised: the name of its class, and the status of the answer if there was one."""

    def __init__(self, name: str, status: int | None) -> None:
        super().__init__(f"{name} {status}")
        self.name, self.status = name, status


class Look(Struct, frozen=True, rename="camel"):
    """A task as `tasks.retrieve` answers it."""

    id: str
    status: str
    progress: float | None = None
    failure: str | None = None
    failure_code: str | None = None
    cost: dict[str, float] | None = None


class Developer(Protocol):
    """Raises Raised wherever the SDK raises."""

    def create(self, text: str, **changes: object) -> str:
        """Create a clip and tell its task's id."""
        ...

    def create_at_once(self, texts: Iterable[str], *, keyed: bool = False) -> list[str]:
        """Create clips side by side; `keyed`: each with an Idempotency-Key of its own."""
        ...

    def delete(self, task: str) -> None: ...

    def look(self, task: str) -> Look: ...

    def wait(self, task: str, *, seconds_max: float) -> Look:
        """Wait for a task's end as the SDK does."""
        ...


class Sdk(Protocol):
    """Makes a developer, who waits for an answer for so many seconds."""

    def __call__(self, url: str, team: Team, *, patience: float = PATIENCE_SECONDS) -> Developer: ...


class Python:
    """The connections of all developers who use the SDK for Python."""

    def __init__(self, connections: httpx.Client) -> None:
        self._connections = connections

    def developer(self, url: str, team: Team, *, patience: float = PATIENCE_SECONDS) -> Developer:
        return PythonDeveloper(
            self._connections, {"base_url": url, "api_key": team.secret, "timeout": patience}
        )


class PythonDeveloper:
    """Uses the asynchronous client for what goes on side by side, and the synchronous one for all else."""

    def __init__(self, connections: httpx.Client, options: dict[str, Any]) -> None:
        self._sdk = RunwayML(http_client=connections, **options)
        self._options = options

    def create(self, text: str, **changes: object) -> str:
        return self._ask(lambda sdk: sdk.image_to_video.create(**clip(text, **changes)).id)

    def create_at_once(self, texts: Iterable[str], *, keyed: bool = False) -> list[str]:
        return asyncio.run(self._created(texts, keyed=keyed))

    def delete(self, task: str) -> None:
        self._ask(lambda sdk: sdk.tasks.delete(task))

    def look(self, task: str) -> Look:
        return self._ask(lambda sdk: _look(sdk.tasks.retrieve(task).to_dict()))

    def wait(self, task: str, *, seconds_max: float) -> Look:
        return self._ask(
            lambda sdk: _look(sdk.tasks.retrieve(task).wait_for_task_output(seconds_max).to_dict())
        )

    async def _created(self, texts: Iterable[str], *, keyed: bool) -> list[str]:
        async with AsyncRunwayML(**self._options) as sdk:
            creates = [
                sdk.image_to_video.create(**clip(text), extra_headers=_own_key() if keyed else {})
                for text in texts
            ]
            return [answer.id for answer in await asyncio.gather(*creates)]

    def _ask(self, deed: Callable[[RunwayML], T]) -> T:
        try:
            return deed(self._sdk)
        except Exception as error:
            raise Raised(type(error).__name__, getattr(error, "status_code", None)) from error


class Node:
    """One Node program, which does for any developer what it is told."""

    def __init__(self, program: "subprocess.Popen[str]") -> None:
        self._program = program

    def developer(self, url: str, team: Team, *, patience: float = PATIENCE_SECONDS) -> Developer:
        options = {"baseURL": url, "apiKey": team.secret, "timeout": round(patience * 1000)}
        return NodeDeveloper(self, options)

    def ask(self, orders: list[dict[str, Any]]) -> list[Any]:
        """Have orders carried out side by side; tell what came of them, in their order. Raises Raised."""
        assert self._program.stdin is not None, "orders go through a pipe"
        assert self._program.stdout is not None, "and answers through another"
        for number, order in enumerate(orders):
            self._program.stdin.write(json.dumps(order | {"number": number}) + "\n")
        self._program.stdin.flush()
        answers = [json.loads(self._program.stdout.readline()) for _ in orders]
        for answer in answers:
            if "error" in answer:
                raise Raised(answer["error"], answer["status"])
        return [answer["value"] for answer in sorted(answers, key=lambda answer: int(answer["number"]))]


class NodeDeveloper:
    def __init__(self, node: Node, options: dict[str, Any]) -> None:
        self._node, self._options = node, options

    def create(self, text: str, **changes: object) -> str:
        return str(self._ask("create", _prompt(text, **changes))["id"])

    def create_at_once(self, texts: Iterable[str], *, keyed: bool = False) -> list[str]:
        orders = [
            self._order("create", _prompt(text), {"headers": _own_key() if keyed else {}}) for text in texts
        ]
        return [str(answer["id"]) for answer in self._node.ask(orders)]

    def delete(self, task: str) -> None:
        self._ask("delete", task)

    def look(self, task: str) -> Look:
        return _look(self._ask("retrieve", task))

    def wait(self, task: str, *, seconds_max: float) -> Look:
        return _look(self._ask("wait", task, round(seconds_max * 1000)))

    def _ask(self, deed: str, *arguments: object) -> Any:  # noqa: ANN401 (JSON)
        (answer,) = self._node.ask([self._order(deed, *arguments)])
        return answer

    def _order(self, deed: str, *arguments: object) -> dict[str, Any]:
        return {"deed": deed, "with": arguments, "options": self._options}


@contextmanager
def running_node(folder: Path) -> Iterator[Node]:
    """Run the script in a folder where the SDK is installed."""
    node = shutil.which("node")
    assert node, "asked for only where Node is"
    with subprocess.Popen(
        [node, "obeys.mjs"],
        cwd=folder,
        env={"PATH": PATH},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as program:
        yield Node(program)
        assert program.stdin is not None, "orders go through a pipe"
        program.stdin.close()


def _own_key() -> dict[str, str]:
    return {"Idempotency-Key": str(uuid4())}


def _look(task: object) -> Look:
    return msgspec.convert(task, Look)


def _prompt(text: str, **changes: object) -> dict[str, object]:
    return {IN_NODE.get(name, name): value for name, value in clip(text, **changes).items()}

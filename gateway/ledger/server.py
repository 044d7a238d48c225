"""One question to the server, one answer or LedgerAway; and the scripts it is asked to run."""

import asyncio
import hashlib
from collections.abc import Sequence
from importlib import resources
from typing import Any

from redis.asyncio import Redis
from redis.exceptions import NoScriptError, ReadOnlyError, RedisError

from gateway.ports.ledger import LedgerAway

ANSWER_SECONDS_MAX = 0.5
"""For everything between the question and its answer: a free connection, connecting, waiting."""

QUESTIONS_MAX = 32
"""At once, from one process. The server answers one after another: more would wait there instead of here."""

SCAN_COUNT = 1000
"""Fields that one step of a scan looks at: well under a millisecond of the server's time."""

Argument = str | bytes | int


class Script:
    """A Lua script: its verb's file after the shared prelude, and the digest that the server knows it by."""

    def __init__(self, name: str) -> None:
        folder = resources.files(__package__)
        prelude = (folder / "prelude.lua").read_text()
        kind, verb = (folder / f"{name}.lua").read_text().split("\n", 1)
        self.text = f"{kind}\n{prelude}{verb}"
        self.digest = hashlib.sha1(self.text.encode(), usedforsecurity=False).hexdigest()


class Server:
    """Asks each question once: whether to ask again is for the caller to say."""

    def __init__(self, client: Redis) -> None:
        self._client = client
        self._places = asyncio.Semaphore(QUESTIONS_MAX)

    async def ask(self, *command: Argument) -> Any:  # noqa: ANN401 - an answer has the shape of its command
        try:
            async with asyncio.timeout(ANSWER_SECONDS_MAX), self._places:
                return await self._client.execute_command(*command)  # type: ignore[no-untyped-call]
        except NoScriptError:
            raise
        except ReadOnlyError as demoted:
            # The name in the URL may mean another server by now; connections to this one would stay.
            await self.disconnect()
            raise LedgerAway("the server is a replica") from demoted
        except (RedisError, OSError, TimeoutError) as wrong:
            raise LedgerAway(type(wrong).__name__) from wrong

    async def run(self, script: Script, keys: Sequence[str], *arguments: Argument) -> Any:  # noqa: ANN401
        try:
            return await self.ask("EVALSHA", script.digest, len(keys), *keys, *arguments)
        except NoScriptError:
            return await self.ask("EVAL", script.text, len(keys), *keys, *arguments)

    async def disconnect(self) -> None:
        await self._client.connection_pool.disconnect()

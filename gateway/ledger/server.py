"""The server: the scripts that it runs, and what its refusals mean."""

import hashlib
from collections.abc import Sequence
from importlib import resources
from typing import Any

from redis.asyncio import Redis
from redis.exceptions import NoScriptError, ReadOnlyError, ResponseError

from gateway.ledger.connection import disconnect
from gateway.ledger.line import REFUSED, Argument, Line
from gateway.ports.ledger import LedgerAway


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
        self._line = Line(client.connection_pool)

    async def ask(self, *command: Argument) -> Any:  # noqa: ANN401 - an answer has the shape of its command
        """Ask one command, answered as the protocol gives it. Raises LedgerAway."""
        try:
            return await self._line.ask(*command)
        except NoScriptError:
            raise
        except ReadOnlyError as demoted:
            # The name in the URL may mean another server by now: the next question shall look.
            await self._line.disconnect()
            raise LedgerAway("the server is a replica") from demoted
        except ResponseError as refused:
            raise LedgerAway(f"{REFUSED}{type(refused).__name__}") from refused

    async def run(self, script: Script, keys: Sequence[str], *arguments: Argument) -> Any:  # noqa: ANN401
        """Run a script, which the server is sent when it does not know it. Raises LedgerAway."""
        try:
            return await self.ask("EVALSHA", script.digest, len(keys), *keys, *arguments)
        except NoScriptError:
            return await self.ask("EVAL", script.text, len(keys), *keys, *arguments)

    async def disconnect(self) -> None:
        await self._line.disconnect()
        await disconnect(self._client)

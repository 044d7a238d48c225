"""The client commands: what an administrator asks of a running gateway, over HTTP."""

from click import Command

from gateway.commands.keys import keys
from gateway.commands.tasks import tasks
from gateway.commands.teams import teams
from gateway.commands.usage import usage

COMMANDS: tuple[Command, ...] = (teams, keys, usage, tasks)

"""The client commands: teams, keys, usage and tasks of a running gateway, over HTTP."""

from click import Command

COMMANDS: list[Command] = []

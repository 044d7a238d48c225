"""Writes the script of what a call creates."""

from mock_server.calls import Call
from mock_server.clock import milliseconds
from mock_server.credits import NONE, Credits
from mock_server.script import Script, Succeeds


def written(call: Call, *, running_seconds: float, cost: Credits = NONE) -> Script:
    """What happens by itself, and then what the faults make of it; the strongest has the last word."""
    script = Script(
        pending=milliseconds(call.world.settings.pending_seconds),
        running=milliseconds(running_seconds),
        ending=Succeeds(cost),
    )
    for fault in reversed(call.faults):
        script = fault.rewrite(script)
    return script

"""Whose turn it is when slots are full."""

from datetime import datetime

from gateway.rules.generation import Priority

TURN_SECONDS = 30
"""About how long one generation keeps a slot: what each one that already waits puts off its team's next."""


BEFORE: dict[Priority, tuple[Priority, ...]] = {
    Priority.HIGH: (Priority.HIGH,),
    Priority.NORMAL: (Priority.HIGH, Priority.NORMAL),
    Priority.LOW: tuple(Priority),
}
"""By a generation's priority: which of its own team's wait before it. Other teams are not concerned."""


def turn(now: datetime, *, waiting: int, weight: int) -> float:
    """Compute a queued generation's place: the lowest goes first.

    `waiting` are the team's own generations that go before it in the same lane: those of at least its
    priority. A team that queues many goes on in
    turns with those that queue few, in proportion to their weights, and nobody waits for ever, because
    later arrivals start later.
    """
    return now.timestamp() + waiting * TURN_SECONDS / weight

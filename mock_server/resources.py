"""What a tenant keeps besides its tasks, of every kind, in one store that its clock moves."""

import heapq
from collections import defaultdict
from collections.abc import Callable
from enum import StrEnum
from itertools import count
from typing import Any

import msgspec

from mock_server.billing import Entry, EntryKind, Ledger
from mock_server.clock import Moment
from mock_server.credits import NONE, Credits
from mock_server.outputs import Artifact
from mock_server.script import Fails, Script


class Kind(StrEnum):
    """As Runway's errors name them."""

    AVATAR = "Avatar"
    CONVERSATION = "AvatarConversation"
    DOCUMENT = "Document"
    ROUTER = "Router"
    ROUTED_REQUEST = "RouterRequest"
    SESSION = "RealtimeSession"
    VOICE = "Voice"
    VOICE_PREVIEW = "VoicePreview"


class State(StrEnum):
    """Of an avatar or a voice; what needs no preparation is READY from the start."""

    PROCESSING = "PROCESSING"
    READY = "READY"
    FAILED = "FAILED"


class Resource(msgspec.Struct, kw_only=True, eq=False):
    """One thing of one kind. `fields` is what was asked for; `due` is when it changes by itself."""

    kind: Kind
    id: str
    created: Moment
    updated: Moment
    fields: dict[str, Any]
    number: int = 0
    status: str = State.READY
    failure_code: str | None = None
    due: Moment | None = None
    polls: int = 0
    artifacts: tuple[Artifact, ...] = ()

    @property
    def model(self) -> str:
        """What its costs are booked under."""
        return str(self.fields.get("model", ""))

    def prepare(self, script: Script, at: Moment) -> None:
        """From now on it is in preparation, as long and with that end as the script says."""
        self.status = State.PROCESSING
        after = script.end_after
        self.due = None if after is None else Moment(at + after)
        self.failure_code = (script.ending.code or "INTERNAL") if isinstance(script.ending, Fails) else None

    def turn(self, at: Moment) -> Credits:
        """What happens at the moment that was due; returns what it costs."""
        del at
        self.due = None
        self.status = State.READY if self.failure_code is None else State.FAILED
        return NONE


class Resources:
    """All of one tenant. Under the pinned id, nothing can be removed."""

    def __init__(self, ledger: Ledger, *, pinned_id: str | None = None) -> None:
        self._ledger = ledger
        self._pinned_id = pinned_id
        self._of_kind: defaultdict[Kind, dict[str, Resource]] = defaultdict(dict)
        self._due: list[tuple[Moment, int, Resource]] = []
        self._numbers = count(1)
        self._turns = count()

    def __len__(self) -> int:
        return sum(len(known) for known in self._of_kind.values())

    def add(self, resource: Resource) -> None:
        resource.number = next(self._numbers)
        self._of_kind[resource.kind][resource.id] = resource
        self.schedule(resource)

    def find(self, kind: Kind, resource_id: str) -> Resource | None:
        return self._of_kind[kind].get(resource_id)

    def every(self, kind: Kind) -> list[Resource]:
        """In the order in which they were added."""
        return list(self._of_kind[kind].values())

    def remove(self, resource: Resource) -> None:
        if resource.id != self._pinned_id:
            resource.due = None
            del self._of_kind[resource.kind][resource.id]

    def schedule(self, resource: Resource) -> None:
        """To be called whenever `due` has changed."""
        if resource.due is not None:
            heapq.heappush(self._due, (resource.due, next(self._turns), resource))

    def next_due(self) -> Moment | None:
        while self._due and self._due[0][2].due != self._due[0][0]:
            heapq.heappop(self._due)
        return self._due[0][0] if self._due else None

    def turn_next(self) -> None:
        at, _, resource = heapq.heappop(self._due)
        self.change(resource, resource.turn, at=at)

    def change(self, resource: Resource, step: Callable[[Moment], Credits], *, at: Moment) -> None:
        """Takes one step in the life of a resource, and books what it costs."""
        cost = step(at)
        if cost:
            entry = Entry(
                kind=EntryKind.CHARGE, amount=cost, moment=at, task=resource.id, model=resource.model
            )
            self._ledger.post(entry)
        self.schedule(resource)

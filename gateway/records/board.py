"""The board: what tasks show, in the memory of one process, kept up by what any process writes."""

from collections import OrderedDict, deque
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from gateway.ports.board import Shown
from gateway.ports.clock import Clock
from gateway.ports.records import Change, Seen, Sight
from gateway.rules import views
from gateway.rules.generation import UNCLEAR_SHOWN_RUNNING, Generation
from gateway.rules.ids import GenerationId, TaskId, TeamId
from gateway.rules.views import Face

TASKS_MAX = 100_000
"""Tasks in memory, about 1.5 kB each; the least recently asked for goes first, and is read again."""
CHANGES_MAX = 20_000
"""Changes in one reading; the next one goes on where a full one ended."""
READ_MAX = 1_000
"""Generations whose tasks are read at once: a tenth of the time that a read has, on an idle machine."""
OVERLAP = timedelta(seconds=5)
"""How far the first reading goes back."""
OVERLAP_READINGS = 10
"""Each reading begins where the tenth before it ended, five seconds ago at two a second: a change becomes
visible when it is committed, which may be later than one that was made after it. Counted in readings, so that
a store that stood still for a while is read from before that."""


class MemoryBoard:
    """Implements the port Board. Belongs to one event loop."""

    def __init__(
        self, sight: Sight, clock: Clock, *, tasks_max: int = TASKS_MAX, read_max: int = READ_MAX
    ) -> None:
        self._sight = sight
        self._clock = clock
        self._tasks_max = tasks_max
        self._read_max = read_max
        self._tasks: OrderedDict[TaskId, _Place] = OrderedDict()
        self._groups: dict[GenerationId, _Group] = {}
        self._given_up_at: dict[GenerationId, datetime] = {}
        self._read_until: deque[datetime] = deque(maxlen=OVERLAP_READINGS)

    def shown(self, task: TaskId) -> Shown | None:
        place = self._tasks.get(task)
        if place is None:
            return None
        self._tasks.move_to_end(task)
        return place.shown

    async def load(self, task: TaskId) -> Shown | None:
        seen = await self._sight.task(task)
        if seen is None:
            self.drop(task)
            return None
        self.put(seen)
        return self._tasks[task].shown

    def put(self, seen: Seen) -> None:
        task, generation = seen.task, seen.generation
        place = self._tasks.get(task.id)
        if place is None:
            place = self._tasks[task.id] = _Place(generation.id, task.team)
            self._groups.setdefault(generation.id, _Group()).tasks.add(task.id)
        place.face = Face.of(task)
        self._show(generation, (place,))
        while len(self._tasks) > self._tasks_max:
            self.drop(next(iter(self._tasks)))

    def update(self, generation: Generation) -> None:
        group = self._groups.get(generation.id)
        if group is not None:
            self._show(generation, [self._tasks[task] for task in group.tasks])

    def drop(self, task: TaskId) -> None:
        place = self._tasks.pop(task, None)
        if place is None:
            return
        tasks = self._groups[place.generation].tasks
        tasks.discard(task)
        if not tasks:
            del self._groups[place.generation]
            self._given_up_at.pop(place.generation, None)

    async def refresh(self) -> None:
        """Read which generations changed, then those of them that stand here and were not read since.

        A few at a time: when the records go away meanwhile, the next refresh has less to read.
        """
        if not self._read_until:
            self._read_until.append(await self._sight.store_time() - OVERLAP)
        changes = await self._sight.changes(self._read_until[0], limit=CHANGES_MAX)
        changed = {change.generation: change.at for change in changes.found if self._is_news(change)}
        wanted = list({**changed, **dict.fromkeys(self._given_up())})
        for start in range(0, len(wanted), self._read_max):
            await self._read(wanted[start : start + self._read_max], changed)
        self._read_until.append(changes.until)

    def _is_news(self, change: Change) -> bool:
        """Tell whether a change is of something shown here and was not read before."""
        group = self._groups.get(change.generation)
        return group is not None and group.changed_at != change.at

    def _given_up(self) -> list[GenerationId]:
        """List unclear generations that show FAILED from now on."""
        now = self._clock.now()
        return [generation for generation, at in self._given_up_at.items() if at <= now]

    async def _read(self, wanted: Sequence[GenerationId], changed: Mapping[GenerationId, datetime]) -> None:
        """Show what the records say of some generations, and no more those tasks that left them."""
        here = [generation for generation in wanted if generation in self._groups]
        if not here:
            return
        before = {task for generation in here for task in self._groups[generation].tasks}
        attached = {seen.task.id: seen for seen in await self._sight.tasks_of(here)}
        for task in before:
            if task not in attached:
                self.drop(task)
            elif task in self._tasks:
                self.put(attached[task])
        for generation in here:
            if generation in self._groups and generation in changed:
                self._groups[generation].changed_at = changed[generation]

    def _show(self, generation: Generation, places: Iterable["_Place"]) -> None:
        """Render some tasks of a generation; a reading that is older than an end changes nothing.

        One of another change than the last that was read may be older, so that one is read again.
        """
        group = self._groups[generation.id]
        if generation.changed_at != group.changed_at:
            group.changed_at = None
        now = self._clock.now()
        outcome = views.outcome_shown(generation, now)
        self._await_deadline(generation)
        expires_at = None if outcome is None else views.expires_at(outcome.output)
        for place in places:
            if outcome is not None or not place.has_ended:
                place.has_ended = outcome is not None
                place.shown = Shown(place.team, views.body(place.face, generation, now), expires_at)

    def _await_deadline(self, generation: Generation) -> None:
        if generation.unclear_at is None or views.is_given_up(generation, self._clock.now()):
            self._given_up_at.pop(generation.id, None)
        else:
            self._given_up_at[generation.id] = generation.unclear_at + UNCLEAR_SHOWN_RUNNING


class _Place:
    """A task on the board: what its view needs, and the view."""

    __slots__ = ("face", "generation", "has_ended", "shown", "team")

    face: Face
    shown: Shown

    def __init__(self, generation: GenerationId, team: TeamId) -> None:
        self.generation = generation
        self.team = team
        self.has_ended = False


class _Group:
    """The tasks of a generation that stand here, and the change of it that they show."""

    __slots__ = ("changed_at", "tasks")

    def __init__(self) -> None:
        self.tasks: set[TaskId] = set()
        self.changed_at: datetime | None = None

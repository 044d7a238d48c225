"""Anything in any order: only legal transitions, an end is final, the books balance, tenants stay apart."""

from collections import Counter
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    initialize,
    invariant,
    multiple,
    rule,
    run_state_machine_as_test,
)

from mock_server.failures import KNOWN_CODES
from mock_server.lifecycle import LEGAL, Status
from tests.mock_server.driver import CLIP, Controls, Driver, Remote
from tests.support.mock import running_mock

KEYS = st.sampled_from(["key_a", "key_b"])
OTHER = {"key_a": "key_b", "key_b": "key_a"}
MODELS = st.sampled_from(["gen4_turbo", "gen4.5"])
FAULTS: st.SearchStrategy[dict[str, Any]] = st.one_of(
    st.builds(dict, fault=st.just("fail"), code=st.sampled_from(KNOWN_CODES)),
    st.builds(dict, fault=st.just("stuck"), progress=st.sampled_from([0, 0.5, 0.99])),
    st.builds(dict, fault=st.just("cost"), credits=st.integers(0, 60)),
    st.builds(dict, fault=st.just("estimate"), credits=st.integers(0, 60)),
    st.builds(
        dict,
        fault=st.just("lose-answer"),
        status=st.sampled_from([502, 504]),
        stage=st.sampled_from(["before", "during", "after"]),
    ),
    st.builds(dict, fault=st.just("throttle"), seconds=st.sampled_from([5, None])),
    st.builds(
        dict,
        fault=st.just("lose-cancel"),
        end=st.sampled_from(["ended", "ignored", "not-found"]),
        operation=st.sampled_from([None, "tasks_delete"]),
    ),
    st.builds(dict, fault=st.just("refuse"), status=st.sampled_from([429, 500, 503])),
)
PROMPTS = st.sampled_from(["a lighthouse", "[[fail:INTERNAL]]", "[[fail:SAFETY.INPUT.TEXT]]", "[[lasts:0]]"])
STATUSES = st.sampled_from(["RUNNING", "SUCCEEDED", "FAILED"])


class Reached(msgspec.Struct):
    """What a play came to, over all its examples."""

    statuses: Counter[Status] = msgspec.field(default_factory=Counter)
    moves: Counter[tuple[Status, Status]] = msgspec.field(default_factory=Counter)
    resets: int = 0

    def __str__(self) -> str:
        statuses = ", ".join(f"{status} {count}" for status, count in self.statuses.most_common())
        moves = ", ".join(f"{before}->{after} {count}" for (before, after), count in self.moves.most_common())
        return f"tasks that reached a status: {statuses}; seen moves: {moves}; resets: {self.resets}"


class Known(msgspec.Struct):
    """A task as the client knows it; `shown` is what it was last told."""

    id: str
    key: str
    shown: dict[str, Any]
    is_gone: bool = False


def may_become(before: Status, after: Status) -> bool:
    """In any number of legal steps."""
    return before is after or any(may_become(step, after) for step in LEGAL[before])


class LifeOfTasks(RuleBasedStateMachine):
    tasks = Bundle("tasks")

    def __init__(self, mock: Controls, reached: Reached) -> None:
        super().__init__()
        self.mock = mock
        self.reached = reached
        self.known: list[Known] = []
        self.statuses: dict[str, Status] = {}

    def teardown(self) -> None:
        self.mock.post("/_mock/reset", {})

    @initialize(target=tasks)
    def begin_with_a_queue(self) -> Any:  # noqa: ANN401 (Hypothesis' own type)
        prompts = ("a lighthouse", "[[fail:INTERNAL]]", "a lighthouse")
        created = [
            self._know(self.mock.create(key="key_a", promptText=prompt), "key_a") for prompt in prompts
        ]
        return multiple(*created)

    @rule(target=tasks, key=KEYS, model=MODELS, prompt=PROMPTS)
    def create(self, key: str, model: str, prompt: str) -> Any:  # noqa: ANN401 (Hypothesis' own type)
        body = CLIP | {"model": model, "promptText": prompt}
        answer = self.mock.post("/v1/image_to_video", body, key=key)
        if answer.status_code != 200:
            assert answer.headers["x-mock-reason"] == "fault" or answer.status_code in {400, 429}
            return multiple()
        return self._know(answer.json()["id"], key)

    @rule(task=tasks)
    def poll(self, task: Known) -> None:
        answer = self.mock.ask("GET", f"/v1/tasks/{task.id}", key=task.key)
        if answer.headers.get("x-mock-reason") == "fault":
            return
        assert (answer.status_code == 404) is task.is_gone
        if not task.is_gone:
            self._compare(task, answer.json())

    @rule(task=tasks)
    def look_with_the_other_key(self, task: Known) -> None:
        status = self.mock.ask("GET", f"/v1/tasks/{task.id}", key=OTHER[task.key]).status_code

        assert status != 200

    @rule(task=tasks)
    def delete(self, task: Known) -> None:
        answer = self.mock.ask("DELETE", f"/v1/tasks/{task.id}", key=task.key)
        if answer.headers.get("x-mock-reason") == "fault":
            return
        assert answer.status_code == (404 if task.is_gone else 204)
        task.is_gone = task.is_gone or self._is_deleted(task)

    @rule(seconds=st.sampled_from([0.5, 5, 13, 3600]))
    def advance(self, seconds: float) -> None:
        self.mock.advance(seconds)

    @rule(task=tasks, status=STATUSES)
    def advance_until(self, task: Known, status: str) -> None:
        answer = self.mock.advance_until(task.id, status)
        if answer.status_code == 200:
            assert self.mock.get(f"/_mock/tasks/{task.id}")["status"] == status
        else:
            assert answer.status_code in {404, 409}

    @rule(fault=FAULTS)
    def arm(self, fault: dict[str, object]) -> None:
        self.mock.arm(**fault, times=1)

    @rule(key=KEYS, balance=st.integers(0, 200))
    def set_balance(self, key: str, balance: int) -> None:
        self.mock.ask("PUT", f"/_mock/tenants/{key}", json={"balance": balance})

    @rule(key=KEYS, tier=st.sampled_from(["1", "3", "unlimited"]))
    def change_tier(self, key: str, tier: str) -> None:
        self.mock.ask("PATCH", f"/_mock/tenants/{key}", json={"tier": tier})

    @rule(key=KEYS)
    def reset(self, key: str) -> None:
        self.mock.post(f"/_mock/reset?tenant={key}", {})
        self.reached.resets += 1
        for task in self.known:
            if task.key == key:
                task.is_gone = True
                self.statuses.pop(task.id, None)

    @invariant()
    def every_task_only_moves_on(self) -> None:
        for task in self.mock.get("/_mock/tasks")["data"]:
            before = self.statuses.get(task["id"], Status.THROTTLED)
            after = Status(task["status"])
            assert may_become(before, after)
            if task["id"] not in self.statuses or before is not after:
                self.reached.statuses[after] += 1
            if before is not after:
                self.reached.moves[before, after] += 1
            self.statuses[task["id"]] = after

    @invariant()
    def the_books_balance(self) -> None:
        audit = self.mock.audit()
        assert audit["balanced"], audit

    def _know(self, task_id: str, key: str) -> Known:
        known = Known(task_id, key, {"status": "THROTTLED"})
        self.known.append(known)
        return known

    def _is_deleted(self, task: Known) -> bool:
        """A cancel can be lost, but only of a task that runs."""
        found = self.mock.get(f"/_mock/tasks/{task.id}")
        assert found["deleted"] or found["status"] == Status.RUNNING
        return bool(found["deleted"])

    def _compare(self, task: Known, shown: dict[str, Any]) -> None:
        before, task.shown = task.shown, shown
        assert may_become(Status(before["status"]), Status(shown["status"]))
        assert shown.get("progress", 1) >= before.get("progress", 0)
        if Status(before["status"]).is_terminal:
            assert shown["cost"] == before["cost"]


def test_no_order_of_events_breaks_the_life_of_a_task(capsys: pytest.CaptureFixture[str]) -> None:
    with Driver() as mock:
        reached = _play(mock, examples=60)

    with capsys.disabled():
        print(f"\nin process: {reached}")  # noqa: T201 (what the play came to)
    assert reached.statuses.keys() == set(Status)
    assert reached.resets > 0


def test_nor_does_it_over_tcp(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with running_mock(tmp_path, "--tier", "1", "--seed", "7") as program, Remote(program.url) as mock:
        reached = _play(mock, examples=20)

    with capsys.disabled():
        print(f"\nover TCP: {reached}")  # noqa: T201 (what the play came to)
    assert reached.statuses.keys() == set(Status)


def _play(mock: Controls, *, examples: int) -> Reached:
    reached = Reached()

    class Life(LifeOfTasks):
        def __init__(self) -> None:
            super().__init__(mock, reached)

    deterministic = settings(
        max_examples=examples, stateful_step_count=40, deadline=None, derandomize=True, database=None
    )
    run_state_machine_as_test(Life, settings=deterministic)
    return reached

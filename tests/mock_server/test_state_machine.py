"""Anything in any order: only legal transitions, an end is final, the books balance, tenants stay apart."""

from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, initialize, invariant, multiple, rule

from mock_server.failures import KNOWN_CODES
from mock_server.lifecycle import LEGAL, Status
from tests.mock_server.driver import CLIP, Driver

KEYS = st.sampled_from(["key_a", "key_b"])
FAULTS: st.SearchStrategy[dict[str, Any]] = st.one_of(
    st.builds(dict, fault=st.just("fail"), code=st.sampled_from(KNOWN_CODES)),
    st.builds(dict, fault=st.just("stuck"), progress=st.sampled_from([0, 0.5, 0.99])),
    st.builds(dict, fault=st.just("cost"), credits=st.integers(0, 60)),
    st.builds(dict, fault=st.just("lose-answer"), status=st.sampled_from([502, 504])),
    st.builds(dict, fault=st.just("refuse"), status=st.sampled_from([429, 500, 503])),
)
PROMPTS = st.sampled_from(["a lighthouse", "[[fail:INTERNAL]]", "[[fail:SAFETY.INPUT.TEXT]]", "[[lasts:0]]"])

reached: set[Status] = set()

Owned = tuple[str, str]  # key and task


def may_become(before: Status, after: Status) -> bool:
    """In any number of legal steps."""
    return before is after or any(may_become(step, after) for step in LEGAL[before])


class LifeOfTasks(RuleBasedStateMachine):
    tasks = Bundle("tasks")

    def __init__(self) -> None:
        super().__init__()
        self.mock = Driver()
        self.last_seen: dict[str, Any] = {}
        self.statuses: dict[str, Status] = {}

    def teardown(self) -> None:
        self.mock.close()

    @initialize(target=tasks)
    def begin_with_a_queue(self) -> Any:  # noqa: ANN401 (Hypothesis' own type)
        prompts = ("a lighthouse", "[[fail:INTERNAL]]", "a lighthouse")
        return multiple(*(("key_a", self.mock.create(key="key_a", promptText=prompt)) for prompt in prompts))

    @rule(target=tasks, key=KEYS, model=st.sampled_from(["gen4_turbo", "gen4.5"]), prompt=PROMPTS)
    def create(self, key: str, model: str, prompt: str) -> Any:  # noqa: ANN401 (Hypothesis' own type)
        body = CLIP | {"model": model, "promptText": prompt}
        answer = self.mock.post("/v1/image_to_video", body, key=key)
        if answer.status_code != 200:
            assert answer.headers["x-mock-reason"] == "fault" or answer.status_code in {400, 429}
            return multiple()
        return key, answer.json()["id"]

    @rule(task=tasks)
    def poll(self, task: Owned) -> None:
        key, task_id = task
        answer = self.mock.ask("GET", f"/v1/tasks/{task_id}", key=key)
        if answer.status_code != 200:
            assert answer.headers["x-mock-reason"] == "fault"
            return
        self._compare(task_id, answer.json())

    @rule(task=tasks)
    def look_with_the_other_key(self, task: Owned) -> None:
        other = {"key_a": "key_b", "key_b": "key_a"}[task[0]]

        status = self.mock.ask("GET", f"/v1/tasks/{task[1]}", key=other).status_code

        assert status != 200

    @rule(task=consumes(tasks))
    def delete(self, task: Owned) -> None:
        key, task_id = task
        answer = self.mock.ask("DELETE", f"/v1/tasks/{task_id}", key=key)

        assert answer.status_code == 204 or answer.headers["x-mock-reason"] == "fault"

    @rule(seconds=st.sampled_from([0.5, 5, 13, 3600]))
    def advance(self, seconds: float) -> None:
        self.mock.advance(seconds)

    @rule(fault=FAULTS)
    def arm(self, fault: dict[str, object]) -> None:
        self.mock.arm(**fault, times=1)

    @rule(key=KEYS, balance=st.integers(0, 200))
    def set_balance(self, key: str, balance: int) -> None:
        self.mock.ask("PUT", f"/_mock/tenants/{key}", json={"balance": balance})

    @invariant()
    def every_task_only_moves_on(self) -> None:
        for tenant in self.mock.app.world.tenants.values():
            for task in tenant.tasks.values():
                assert may_become(self.statuses.get(task.id, Status.THROTTLED), task.status)
                self.statuses[task.id] = task.status
                reached.add(task.status)

    @invariant()
    def the_books_balance(self) -> None:
        audit = self.mock.audit()
        assert audit["balanced"], audit

    def _compare(self, task_id: str, shown: dict[str, Any]) -> None:
        before = self.last_seen.get(task_id, {"status": "THROTTLED"})
        assert may_become(Status(before["status"]), Status(shown["status"]))
        assert shown.get("progress", 1) >= before.get("progress", 0)
        if Status(before["status"]).is_terminal:
            assert shown["cost"] == before["cost"]
        self.last_seen[task_id] = shown


def test_no_order_of_events_breaks_the_life_of_a_task() -> None:
    machine = LifeOfTasks.TestCase
    machine.settings = settings(max_examples=60, stateful_step_count=40, deadline=None, derandomize=True)

    machine().runTest()

    assert reached == set(Status), f"not reached: {set(Status) - reached}"

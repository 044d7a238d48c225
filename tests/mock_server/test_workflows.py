"""Published workflows and their runs, node by node."""

from typing import Any

import pytest

from mock_server import prices, spec
from mock_server.validation import Validation
from mock_server.workflows import Workflow, published
from tests.mock_server.driver import Driver

NAMED = {workflow.name: workflow for workflow in published().values()}
STILL_TO_CLIP, BROKEN = NAMED["Still to clip"], NAMED["Clip with a broken branch"]


def run(mock: Driver, workflow: Workflow, given: dict[str, Any] | None = None) -> str:
    answer = mock.post(f"/v1/workflows/{workflow.id}", {"nodeOutputs": given or {}})
    assert answer.status_code == 200, answer.text
    return str(answer.json()["id"])


def read(mock: Driver, invocation: str) -> Any:  # noqa: ANN401 (JSON)
    return mock.get(f"/v1/workflow_invocations/{invocation}")


@pytest.mark.parametrize("workflow", published().values(), ids=list(NAMED))
def test_every_node_asks_for_what_runway_accepts(workflow: Workflow) -> None:
    runway = spec.load()
    operations = {operation.id: operation for operation in runway.operations}

    for step in workflow.steps({}):
        assert Validation(runway).problems(operations[step.operation], step.body) == []
        assert prices.load().estimate(step.operation, step.body) > 0


def test_they_are_listed_and_can_be_read(mock: Driver) -> None:
    listed = mock.get("/v1/workflows")["data"]
    versions = [version["id"] for item in listed for version in item["versions"]]

    graphs = [mock.get(f"/v1/workflows/{version}")["graph"] for version in versions]

    assert versions == list(published())
    assert all(len(graph["nodes"]) == len(graph["edges"]) + 1 for graph in graphs)


def test_an_unknown_one_is_a_404(mock: Driver) -> None:
    assert mock.ask("GET", "/v1/workflows/nowhere").status_code == 404
    assert mock.post("/v1/workflows/nowhere", {}).status_code == 404


def test_outputs_appear_node_by_node(mock: Driver) -> None:
    invocation, seen = run(mock, STILL_TO_CLIP), []

    for seconds in (0, 2, 6, 6):
        mock.advance(seconds)
        shown = read(mock, invocation)
        seen.append((shown["status"], list(shown.get("output", ()))))

    assert seen == [
        ("PENDING", []),
        ("RUNNING", []),
        ("RUNNING", ["still"]),
        ("SUCCEEDED", ["still", "clip"]),
    ]


def test_a_run_costs_what_its_nodes_cost(mock: Driver) -> None:
    invocation = run(mock, STILL_TO_CLIP)
    table = prices.load()

    mock.advance(20)

    together = sum(table.final(step.operation, step.body) for step in STILL_TO_CLIP.steps({}))
    assert read(mock, invocation)["cost"]["credits"] * 1000 == together
    assert mock.audit()["net"] * 1000 == together
    assert mock.audit()["balanced"]


def test_every_output_can_be_opened(mock: Driver) -> None:
    invocation = run(mock, STILL_TO_CLIP)
    mock.advance(20)

    output = read(mock, invocation)["output"]

    types = {node: mock.ask("GET", urls[0]).headers["content-type"] for node, urls in output.items()}
    assert types == {"still": "image/png", "clip": "video/mp4"}


def test_a_run_can_succeed_although_a_node_failed(mock: Driver) -> None:
    invocation = run(mock, BROKEN)

    mock.advance(20)
    ended = read(mock, invocation)

    assert (ended["status"], list(ended["output"])) == ("SUCCEEDED", ["clip"])
    assert ended["nodeErrors"]["sound"]["failureCode"] == "INTERNAL.BAD_OUTPUT.01"
    assert ended["cost"]["credits"] == 60
    assert mock.audit()["balanced"]


def test_a_run_that_fails_names_the_node_at_which_it_did(mock: Driver) -> None:
    given = {"prompt": {"text": {"type": "primitive", "value": "a cliff [[fail:SAFETY.INPUT.TEXT]]"}}}
    invocation = run(mock, STILL_TO_CLIP, given)

    mock.advance(20)
    failed = read(mock, invocation)

    assert (failed["status"], failed["failureCode"]) == ("FAILED", "SAFETY.INPUT.TEXT")
    assert list(failed["nodeErrors"]) == ["clip"]
    assert failed["cost"]["credits"] == 65


def test_a_value_goes_to_the_nodes_behind_it(mock: Driver) -> None:
    given = {"prompt": {"text": {"type": "primitive", "value": "x" * 1001}}}

    answer = mock.post(f"/v1/workflows/{STILL_TO_CLIP.id}", {"nodeOutputs": given})

    places = [issue["path"][1:] for issue in answer.json()["issues"]]
    assert (answer.status_code, places) == (400, [["still", "promptText"], ["clip", "promptText"]])


def test_a_value_for_a_node_that_is_not_there_is_a_400(mock: Driver) -> None:
    given = {"elsewhere": {"text": {"type": "primitive", "value": "x"}}}

    answer = mock.post(f"/v1/workflows/{STILL_TO_CLIP.id}", {"nodeOutputs": given})

    assert answer.status_code == 400

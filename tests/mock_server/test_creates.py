"""Every operation and model that creates a task, from the smallest body to the finished task."""

from typing import Any

import pytest
from jsonschema_rs import Draft202012Validator, Registry

from mock_server import spec
from mock_server.settings import Bounds, Settings
from mock_server.workflows import published
from tests.mock_server.driver import FROZEN, Driver, clip
from tests.mock_server.smallest import bodies

RUNWAY = spec.load()
REGISTRY = Registry([("urn:runway", RUNWAY.document)])
UNLIMITED = Settings(clock=FROZEN.clock, tier="unlimited", seed=1)

VOICE_OVER = next(workflow.id for workflow in published().values() if workflow.name == "Voice-over")

CREATES = [
    pytest.param(operation, body, id=f"{operation.id} {variant}".strip())
    for operation in RUNWAY.operations
    if operation.creates
    for variant, body in bodies(operation, RUNWAY).items()
]


def test_the_list_is_as_long_as_runways_table() -> None:
    assert len({parameter.values[0].id for parameter in CREATES}) == 26  # type: ignore[union-attr]
    assert len(CREATES) > 110


@pytest.mark.parametrize(("operation", "body"), CREATES)
def test_every_model_creates_a_task_that_succeeds(operation: spec.Operation, body: dict[str, Any]) -> None:
    with Driver(UNLIMITED) as mock:
        mock.post("/v1/routers", {"slug": body.get("configId", "x")})
        created = mock.post(operation.path.replace("{id}", VOICE_OVER), body)
        assert created.status_code == 200, created.text
        task = created.json()["id"]
        pending = mock.get(_poll_path(operation, task))
        mock.advance_until(task)
        ended = mock.get(_poll_path(operation, task))

    _assert_is("WorkflowInvocation" if operation.creates == "invocation" else "Task", pending, ended)
    assert _created_schema(operation).is_valid(created.json())
    assert (pending["status"], ended["status"]) == ("PENDING", "SUCCEEDED")


def test_fields_that_runway_ignores_decide_nothing(mock: Driver) -> None:
    ignored: dict[str, Any] = {"outputFormat": ["no", "format"], "": {}}
    task = mock.create(**ignored)

    mock.advance_until(task)

    assert len(mock.task(task)["output"]) == 1


def test_more_outputs_than_the_bound_are_refused() -> None:
    body = {"model": "seedream5_pro", "promptText": "a lighthouse", "ratio": "1024:1024", "outputCount": 4}
    with Driver(Settings(bounds=Bounds(outputs_per_task=3))) as mock:
        answer = mock.post("/v1/text_to_image", body)

    assert (answer.status_code, answer.headers["x-mock-reason"]) == (400, "limitation")


def test_an_invocation_is_no_task_and_a_task_no_invocation(mock: Driver) -> None:
    invocation = mock.post(f"/v1/workflows/{VOICE_OVER}", {}).json()["id"]
    task = mock.create()

    assert mock.ask("GET", f"/v1/tasks/{invocation}").status_code == 404
    assert mock.ask("GET", f"/v1/workflow_invocations/{task}").status_code == 404


def _poll_path(operation: spec.Operation, task: str) -> str:
    resource = "workflow_invocations" if operation.creates == "invocation" else "tasks"
    return f"/v1/{resource}/{task}"


def _created_schema(operation: spec.Operation) -> Draft202012Validator:
    answers = RUNWAY.document["paths"][operation.path][operation.method.lower()]["responses"]
    schema = RUNWAY.resolved(answers["200"])["content"]["application/json"]["schema"]
    return _validator(schema["$ref"]) if "$ref" in schema else Draft202012Validator(schema, registry=REGISTRY)


def _assert_is(component: str, *answers: object) -> None:
    validator = _validator(f"#/components/schemas/{component}")
    for answer in answers:
        assert validator.is_valid(answer), answer


def _validator(ref: str) -> Draft202012Validator:
    return Draft202012Validator({"$ref": f"urn:runway{ref}"}, registry=REGISTRY)


def test_an_output_can_be_the_input_of_the_next_task(mock: Driver) -> None:
    image = mock.post(
        "/v1/text_to_image", {"model": "gen4_image", "promptText": "a cliff", "ratio": "1280:720"}
    )
    mock.advance_until(image.json()["id"])
    [url] = mock.task(image.json()["id"])["output"]

    answer = mock.post("/v1/image_to_video", clip(promptImage=url))

    assert url.startswith("http://")
    assert answer.status_code == 200


def test_no_other_plain_url_can_be_an_input(mock: Driver) -> None:
    answer = mock.post("/v1/image_to_video", clip(promptImage="http://example.com/first.png"))

    assert answer.status_code == 400

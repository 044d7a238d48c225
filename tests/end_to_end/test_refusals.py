"""Every refusal as the exception that the SDK's user sees; none of them costs a credit."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest
import runwayml
from runwayml import APIStatusError, RunwayML

from tests.end_to_end.clips import CREDITS, clip, create, new_text
from tests.support.books import Bill, Books
from tests.support.gateway import Gateway, Team
from tests.support.mock import Mock
from tests.support.sdk import sdk_of

NOTHING = Bill(creates=0, charged=0)
MEGABYTE = 1024 * 1024
RETRY_AFTER_MAX = 60

SdkWith = Callable[..., RunwayML]


@pytest.fixture
def sdk_with(gateway: Gateway) -> Iterator[SdkWith]:
    """The SDK of a new team with the given policy."""
    with ExitStack() as stack:
        yield lambda **policy: stack.enter_context(sdk_of(gateway, gateway.add_team(**policy)))


def test_an_unknown_key_is_401(gateway: Gateway, books: Books) -> None:
    stranger = Team("nobody", "rwgw_0123456789", "")

    with sdk_of(gateway, stranger) as sdk, pytest.raises(runwayml.AuthenticationError) as refused:
        create(sdk)

    assert _code(refused) == "unauthenticated"
    assert _attempts(refused) == 1
    assert books.settled() == NOTHING


def test_a_revoked_key_is_401_and_another_key_of_the_team_goes_on(gateway: Gateway, team: Team) -> None:
    other = gateway.add_key(team.id)
    gateway.admin.delete(f"/admin/v1/keys/{team.key_id}").raise_for_status()

    with sdk_of(gateway, team) as sdk, pytest.raises(runwayml.AuthenticationError):
        sdk.organization.retrieve()

    with sdk_of(gateway, other) as sdk:
        assert sdk.organization.retrieve()


def test_an_exceeded_budget_is_402_once_and_says_which_limit(
    sdk_with: SdkWith, mock: Mock, books: Books
) -> None:
    sdk = sdk_with(limits=[{"measure": "credits", "per": "day", "amount": 40}])
    create(sdk)

    with pytest.raises(APIStatusError) as refused:
        create(sdk)

    limit = _body(refused)["limit"]
    assert refused.value.status_code == 402
    assert _code(refused) == "budget_exceeded"
    assert _attempts(refused) == 1
    assert refused.value.response.headers["x-should-retry"] == "false"
    assert "retry-after" not in refused.value.response.headers
    assert limit.pop("owner").startswith("team/")
    assert limit.pop("resetsAt")
    assert limit == {"measure": "credits", "per": "day", "amount": 40, "spent": 0, "reserved": CREDITS}
    mock.advance()
    assert books.settled() == Bill(creates=1, charged=CREDITS)


def test_amounts_of_the_organisation_are_not_told(gateway: Gateway, sdk_with: SdkWith, books: Books) -> None:
    path, overwrite = "/admin/v1/organization/policy", {"If-Match": "*"}
    limits = [{"measure": "credits", "per": "month", "model": "veo3.1", "amount": 1}]
    gateway.admin.put(path, json={"limits": limits}, headers=overwrite).raise_for_status()

    try:
        with pytest.raises(APIStatusError) as refused:
            sdk_with().text_to_video.create(
                model="veo3.1", prompt_text=new_text(), ratio="1280:720", duration=8
            )
    finally:
        gateway.admin.put(path, json={}, headers=overwrite).raise_for_status()

    limit = _body(refused)["limit"]
    assert refused.value.status_code == 402
    assert limit.keys() == {"owner", "measure", "per", "model", "resetsAt"}
    assert limit["owner"] == "organization"
    assert books.settled() == NOTHING


@pytest.mark.parametrize(
    ("policy", "code"),
    [
        ({"models": ["veo3*"]}, "not_allowed"),
        ({"operations": ["text_to_image"]}, "not_allowed"),
        ({"caps": {"duration": 4}}, "above_cap"),
        ({"caps": {"credits": 24}}, "above_cap"),
    ],
)
def test_what_a_policy_does_not_allow_is_403(
    sdk_with: SdkWith, books: Books, policy: dict[str, Any], code: str
) -> None:
    sdk = sdk_with(**policy)

    with pytest.raises(runwayml.PermissionDeniedError) as refused:
        create(sdk)

    assert _code(refused) == code
    assert _attempts(refused) == 1
    assert books.settled() == NOTHING


def test_an_operation_that_is_not_offered_is_403(sdk: RunwayML) -> None:
    with pytest.raises(runwayml.PermissionDeniedError) as refused:
        sdk.documents.create(name="a document", content="with a few words")

    assert _code(refused) == "not_offered"


def test_an_admin_key_creates_nothing(gateway: Gateway, books: Books) -> None:
    admin = Team("nobody", gateway.admin.headers["authorization"].removeprefix("Bearer "), "")

    with sdk_of(gateway, admin) as sdk, pytest.raises(runwayml.PermissionDeniedError) as refused:
        create(sdk)

    assert _code(refused) == "teams_only"
    assert books.settled() == NOTHING


def test_a_path_that_runway_does_not_have_is_404(sdk: RunwayML) -> None:
    with pytest.raises(runwayml.NotFoundError):
        sdk.get("/v1/nonsense", cast_to=object)


def test_a_method_that_a_path_does_not_have_is_405(sdk: RunwayML) -> None:
    with pytest.raises(APIStatusError) as refused:
        sdk.delete("/v1/image_to_video", cast_to=object)

    assert refused.value.status_code == 405


def test_the_task_of_another_team_is_404_on_read_and_delete(
    sdk: RunwayML, sdk_with: SdkWith, mock: Mock, books: Books
) -> None:
    task_id = create(sdk)
    stranger = sdk_with()

    with pytest.raises(runwayml.NotFoundError) as read:
        stranger.tasks.retrieve(task_id)
    with pytest.raises(runwayml.NotFoundError) as deleted:
        stranger.tasks.delete(task_id)

    assert _body(read)["error"] == _body(deleted)["error"] == "Could not find Task"
    assert sdk.tasks.retrieve(task_id).status == "PENDING"
    mock.advance()
    assert books.settled() == Bill(creates=1, charged=CREDITS)


def test_another_key_of_the_same_team_sees_its_tasks(
    gateway: Gateway, team: Team, sdk: RunwayML, mock: Mock, books: Books
) -> None:
    task_id = create(sdk)

    with sdk_of(gateway, gateway.add_key(team.id)) as colleague:
        seen = colleague.tasks.retrieve(task_id)

    assert seen.id == task_id
    mock.advance()
    books.settled()


def test_an_invalid_body_is_400_with_every_problem_at_once(sdk: RunwayML, books: Books) -> None:
    with pytest.raises(runwayml.BadRequestError) as refused:
        create(sdk, "too long" * 1000, ratio="1:1", duration=99)

    body = _body(refused)
    assert body["error"] == "Validation of body failed"
    assert {tuple(issue["path"]) for issue in body["issues"]} == {("promptText",), ("ratio",), ("duration",)}
    assert body["docUrl"]
    assert books.settled() == NOTHING


def test_an_upload_of_another_team_is_400(sdk: RunwayML, sdk_with: SdkWith, books: Books) -> None:
    upload = sdk_with().uploads.create_ephemeral(file=("first.png", bytes(1024)))

    with pytest.raises(runwayml.BadRequestError) as refused:
        create(sdk, prompt_image=upload.uri)

    assert _body(refused)["issues"][0]["path"] == ["promptImage"]
    assert books.settled() == NOTHING


def test_runways_own_refusal_reaches_the_client_unchanged(sdk: RunwayML, mock: Mock, books: Books) -> None:
    error = "You do not have enough credits to run this task."
    mock.arm("refuse", operation="image_to_video", status=400, error=error, times=1)

    with pytest.raises(runwayml.BadRequestError) as refused:
        create(sdk)

    assert _body(refused)["error"] == error
    assert books.settled() == NOTHING


def test_runways_daily_cap_is_429_once(sdk: RunwayML, mock: Mock, books: Books) -> None:
    mock.arm("refuse", operation="image_to_video", status=429, times=1)

    with pytest.raises(runwayml.RateLimitError) as refused:
        create(sdk)

    assert _attempts(refused) == 1
    assert books.settled() == NOTHING


def test_an_idempotency_key_for_another_request_is_422(sdk: RunwayML, mock: Mock, books: Books) -> None:
    key = {"Idempotency-Key": "one clip"}
    text = new_text()
    first = create(sdk, text, extra_headers=key)

    again = create(sdk, text, extra_headers=key)
    with pytest.raises(runwayml.UnprocessableEntityError) as refused:
        create(sdk, new_text("another"), extra_headers=key)

    assert again == first
    assert _code(refused) == "idempotency_key_reused"
    mock.advance()
    assert books.settled() == Bill(creates=1, charged=CREDITS)


def test_too_many_requests_per_minute_are_429_with_a_time_to_wait(
    sdk_with: SdkWith, mock: Mock, books: Books
) -> None:
    sdk = sdk_with(limits=[{"measure": "requests", "per": "minute", "amount": 1}])
    impatient = sdk.with_options(max_retries=0)

    with pytest.raises(runwayml.RateLimitError) as refused:
        _create_three(impatient)  # a minute may end between the first two

    assert _code(refused) == "too_many_requests"
    assert 1 <= int(refused.value.response.headers["retry-after"]) <= RETRY_AFTER_MAX
    assert refused.value.response.headers["x-should-retry"] == "true"
    mock.advance()
    books.settled()


def test_a_body_that_is_too_large_is_413(sdk: RunwayML, books: Books) -> None:
    with pytest.raises(APIStatusError) as refused:
        create(sdk, prompt_image="data:image/png;base64," + "A" * 33 * MEGABYTE)

    assert refused.value.status_code == 413
    assert _code(refused) == "too_large"
    assert _attempts(refused) == 1
    assert books.settled() == NOTHING


def test_another_version_of_the_api_is_400(gateway: Gateway, team: Team, books: Books) -> None:
    with (
        RunwayML(api_key=team.secret, base_url=gateway.url, runway_version="2023-01-01") as sdk,
        pytest.raises(runwayml.BadRequestError) as refused,
    ):
        create(sdk)

    assert _body(refused)["issues"][0]["path"] == ["X-Runway-Version"]
    assert books.settled() == NOTHING


def test_a_dry_run_costs_nothing(sdk: RunwayML, books: Books) -> None:
    answer = sdk.image_to_video.with_raw_response.create(**clip(), extra_headers={"X-Gateway-Dry-Run": "1"})

    assert answer.http_response.json() == {"dryRun": True, "estimatedCost": {"credits": CREDITS}}
    assert books.settled() == NOTHING


def _create_three(sdk: RunwayML) -> None:
    for _ in range(3):
        create(sdk)


def _body(refused: pytest.ExceptionInfo[APIStatusError]) -> Any:  # noqa: ANN401 (JSON)
    return refused.value.body


def _code(refused: pytest.ExceptionInfo[APIStatusError]) -> str:
    return str(_body(refused)["code"])


def _attempts(refused: pytest.ExceptionInfo[APIStatusError]) -> int:
    """How often the SDK sent the request."""
    return 1 + int(refused.value.request.headers["x-stainless-retry-count"])

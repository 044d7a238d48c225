"""Each request is told once."""

from gateway.rules.events import Answered
from tests.gateway.web.office import Office


async def test_an_answer_is_told_by_its_route_and_never_by_its_path(office: Office) -> None:
    await office.http.get("/admin/v1/teams/ads")

    [answered] = _answered(office)
    assert (answered.route, answered.method, answered.status) == ("/admin/v1/teams/{id}", "GET", 404)


async def test_strangers_paths_and_methods_are_told_as_others(office: Office) -> None:
    await office.http.request("BREW", "/coffee")

    [answered] = _answered(office)
    assert (answered.route, answered.method) == ("other", "other")


async def test_a_clients_own_id_stands_in_answer_and_event(office: Office) -> None:
    answer = await office.http.get("/health/live", headers={"X-Request-Id": "mine-1"})

    [answered] = _answered(office)
    assert answer.headers["x-request-id"] == answered.request_id == "mine-1"


async def test_an_id_that_would_spoil_a_log_is_replaced(office: Office) -> None:
    answer = await office.http.get("/health/live", headers={"X-Request-Id": "mine 1"})

    assert answer.headers["x-request-id"] not in {"", "mine 1"}


def _answered(office: Office) -> list[Answered]:
    return [event for event in office.told if isinstance(event, Answered)]

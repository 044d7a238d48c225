"""The official SDK as a team uses it: unchanged, with another address and another key."""

from typing import Any

from runwayml import AsyncRunwayML, RunwayML

from tests.support.gateway import Gateway, Team


def sdk_of(gateway: Gateway, team: Team, **options: Any) -> RunwayML:  # noqa: ANN401 (the SDK's)
    return RunwayML(api_key=team.secret, base_url=gateway.url, **options)


def async_sdk_of(gateway: Gateway, team: Team, **options: Any) -> AsyncRunwayML:  # noqa: ANN401 (the SDK's)
    return AsyncRunwayML(api_key=team.secret, base_url=gateway.url, **options)

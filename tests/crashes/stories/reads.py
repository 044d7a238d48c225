"""Stories that change little or nothing."""

from functools import partial

from tests.crashes.stories.cast import Act, Cast
from tests.gateway.flows.play import task_id

UPLOAD = b'{"filename":"a.png","type":"ephemeral"}'


async def look_up_a_key(cast: Cast) -> Act:
    return lambda: cast.victim.background.authenticate.holder(cast.member.secret, address="127.0.0.1")


async def flush_deliveries(cast: Cast) -> Act:
    cast.victim.background.deliveries.note(task_id(await cast.made_before()))
    return cast.victim.background.deliveries.flush


async def read_prices(cast: Cast) -> Act:
    return cast.victim.background.prices.refresh


async def read_tier(cast: Cast) -> Act:
    return cast.victim.read_tier


async def upload(cast: Cast) -> Act:
    holder = (await cast.victim.asked(cast.member)).holder
    return lambda: cast.victim.gateway.app.surface.pass_on.upload(holder, UPLOAD, {})


async def see_own_organization(cast: Cast) -> Act:
    await cast.made_before()
    holder = (await cast.victim.asked(cast.member)).holder
    return lambda: cast.victim.gateway.app.surface.pass_on.organization(holder)


async def read_runway_itself(cast: Cast) -> Act:
    read = cast.victim.gateway.app.surface.pass_on.read
    return partial(read, "GET", "/v1/organization", query="", headers={})

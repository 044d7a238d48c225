"""Headers of a team that are no wish: refused before anything is bought."""

import httpx
import pytest

from tests.gateway.flows.play import CLIP, CLIP_PATH, Peer
from tests.gateway.flows.upstream import Upstream


@pytest.mark.parametrize(
    "wish",
    [{"X-Gateway-Dry-Run": "true"}, {"X-Gateway-Dryrun": "1"}, {"X-Gateway-Webhook": "https://example.com"}],
)
async def test_a_create_with_a_wish_that_cannot_be_heeded_buys_nothing(
    peer: Peer, upstream: Upstream, wish: dict[str, str]
) -> None:
    member = await peer.add_member("ads")
    headers = {"Authorization": f"Bearer {member.secret}", "X-Runway-Version": "2024-11-06"} | wish

    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(peer.gateway.app), base_url="http://gateway", headers=headers
    ) as http:
        answer = await http.post(CLIP_PATH, json=CLIP)

    assert answer.status_code == 400
    assert "X-Gateway-" in answer.json()["error"]
    assert await peer.generations() == []
    assert upstream.creates() == []

"""What stays in the stores of what a team sent and was given: while it runs, and when it is done."""

from collections.abc import Callable, Mapping
from itertools import count
from typing import NamedTuple

from tests.end_to_end.clips import clip
from tests.support.books import Books
from tests.support.dumps import Dump, places
from tests.support.gateway import ADMIN_KEY, Gateway
from tests.support.mock import UPSTREAM_KEY, Mock
from tests.support.sdk import sdk_of
from tests.support.waiting import wait_until

WHILE_IT_RUNS = {
    "prompt": {"requests.body"},
    "media": {"requests.body"},
    "passed header": {"requests.headers"},
    "idempotency key": {"tasks.idempotency_key"},
    "label": {"tasks.labels"},
}
FOR_GOOD = {
    "signed URL": {"generations.outcome"},
    "idempotency key": {"tasks.idempotency_key"},
    "label": {"tasks.labels"},
}
"""Everything else is nowhere: keys, and what was asked once it is answered."""

_numbers = count(1)


class Kept(NamedTuple):
    """Where each secret and each private text stood, as far as it stood anywhere."""

    running: Mapping[str, set[str]]
    done: Mapping[str, set[str]]
    secrets: Mapping[str, str]


def play(gateway: Gateway, mock: Mock, stored: Callable[[], Dump]) -> Kept:
    """Make a clip of which every part is a canary, and look into the stores on its way."""
    number = next(_numbers)
    books, team = Books(gateway, mock), gateway.add_team()
    sent = {
        "prompt": f"canaryprompt{number}",
        "media": f"canaryhost{number}",
        "passed header": f"canarypassed{number}",
        "idempotency key": f"canarykey{number}",
        "label": f"canarylabel{number}",
    }
    headers = {
        "Idempotency-Key": sent["idempotency key"],
        "X-Gateway-Labels": f"shot={sent['label']}",
        "X-Runway-Trace": sent["passed header"],
    }
    keys = {"team's key": team.secret, "admin key": ADMIN_KEY, "upstream key": UPSTREAM_KEY}
    with sdk_of(gateway, team) as sdk:
        image = f"https://{sent['media']}.example/first.png"
        made = clip(sent["prompt"], prompt_image=image, extra_headers=headers)
        task = sdk.image_to_video.create(**made).id
        running = _found(stored(), sent | keys)
        mock.advance()
        books.settled()
        wait_until(lambda: sdk.tasks.retrieve(task).status == "SUCCEEDED", "the news in every worker")
        ended = sdk.tasks.retrieve(task)
    assert ended.status == "SUCCEEDED"
    secrets = sent | keys | {"signed URL": ended.output[0].rpartition("_jwt=")[2]}
    return Kept(running, _found(stored(), secrets), secrets)


def _found(dump: Dump, canaries: Mapping[str, str]) -> dict[str, set[str]]:
    return {name: found for name, canary in canaries.items() if (found := places(dump, canary))}

"""What stays in the stores of what a team sent and was given: while it waits, runs, and when it is done."""

from collections.abc import Callable, Mapping
from itertools import count
from typing import NamedTuple

from tests.end_to_end.clips import clip, create
from tests.support.books import Books
from tests.support.dumps import Dump, places
from tests.support.gateway import ADMIN_KEY, Gateway
from tests.support.mock import UPSTREAM_KEY, Mock
from tests.support.sdk import sdk_of
from tests.support.waiting import wait_until

WHILE_IT_RUNS = {"idempotency key": {"tasks.idempotency_key"}, "label": {"tasks.labels"}}
WHILE_IT_WAITS = WHILE_IT_RUNS | {
    "prompt": {"requests.body"},
    "media": {"requests.body"},
    "passed header": {"requests.headers"},
}
FOR_GOOD = WHILE_IT_RUNS | {"signed URL": {"generations.outcome"}}
"""Everything else is nowhere: keys, and what was asked once it is answered."""

_numbers = count(1)


class Kept(NamedTuple):
    """Where each secret and each private text stood, as far as it stood anywhere."""

    waiting: Mapping[str, set[str]]
    running: Mapping[str, set[str]]
    done: Mapping[str, set[str]]
    secrets: Mapping[str, str]


def play(gateway: Gateway, mock: Mock, stored: Callable[[], Dump]) -> Kept:
    """Make a clip of which every part is a canary, and look into the stores on its way."""
    number = next(_numbers)
    books, team = Books(gateway, mock), gateway.add_team(limits=[{"measure": "running", "amount": 1}])
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
        create(sdk)  # which takes the team's slot
        task = sdk.image_to_video.create(**made).id
        waiting = _found(stored(), sent | keys)
        mock.advance()
        wait_until(lambda: gateway.tasks(team.id)[0]["stage"] == "running", "its turn")
        running = _found(stored(), sent | keys)
        mock.advance()
        books.settled()
        wait_until(lambda: sdk.tasks.retrieve(task).status == "SUCCEEDED", "the news in every worker")
        ended = sdk.tasks.retrieve(task)
    assert ended.status == "SUCCEEDED"
    secrets = sent | keys | {"signed URL": ended.output[0].rpartition("_jwt=")[2]}
    return Kept(waiting, running, _found(stored(), secrets), secrets)


def _found(dump: Dump, canaries: Mapping[str, str]) -> dict[str, set[str]]:
    return {name: found for name, canary in canaries.items() if (found := places(dump, canary))}

"""The same with Runway's SDK for Node, unchanged. Collected only where Node and npm are (20 or newer)."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

from tests.end_to_end.clips import CREDITS
from tests.support.books import Bill, Books
from tests.support.films import download, film
from tests.support.gateway import Gateway, Team
from tests.support.mock import Mock
from tests.support.programs import PATH
from tests.support.waiting import wait_until

ONCE = {"attempts": 1}


def test_a_quick_start_script_works_with_only_address_and_key_changed(
    node_scripts: Path, gateway: Gateway, team: Team, mock: Mock, books: Books
) -> None:
    with _started(node_scripts / "quick_start.mjs", gateway, team) as script:
        wait_until(lambda: books.billed().creates == 1, "the script's create")
        mock.advance()
        said, _ = script.communicate(timeout=60)

    assert script.returncode == 0
    assert film(download(said.strip())).seconds == 5
    assert books.settled() == Bill(creates=1, charged=CREDITS)


def test_uploads_tasks_and_the_organization_look_as_at_runway(
    node_scripts: Path, gateway: Gateway, books: Books
) -> None:
    team = gateway.add_team(models=["gen4_turbo"])

    told = _told(node_scripts / "main_job.mjs", gateway, team)

    assert told.pop("upload").startswith("runway://")
    assert told == {
        "estimate": CREDITS,
        "status": "PENDING",
        "gone": ["NotFoundError", 404],
        "models": ["gen4_turbo"],
    }
    assert books.settled() == Bill(creates=1, charged=CREDITS)


def test_refusals_are_the_errors_of_the_sdk_and_are_not_repeated(
    node_scripts: Path, gateway: Gateway, books: Books
) -> None:
    limits = [{"measure": "credits", "per": "month", "amount": CREDITS}]
    team = gateway.add_team(models=["gen4_turbo"], limits=limits)

    told = _told(node_scripts / "refusals.mjs", gateway, team)

    assert told == {
        "too dear": {"kind": "APIError", "status": 402, "code": "budget_exceeded"} | ONCE,
        "another model": {"kind": "PermissionDeniedError", "status": 403, "code": "not_allowed"} | ONCE,
        "an invalid body": {"kind": "BadRequestError", "status": 400, "code": "invalid_body"} | ONCE,
        "an unknown key": {"kind": "AuthenticationError", "status": 401, "code": "unauthenticated"} | ONCE,
    }
    assert books.settled() == Bill(creates=0, charged=0)


def _told(script: Path, gateway: Gateway, team: Team) -> Any:  # noqa: ANN401 (JSON)
    with _started(script, gateway, team) as running:
        said, _ = running.communicate(timeout=60)
    assert running.returncode == 0
    return json.loads(said)


def _started(script: Path, gateway: Gateway, team: Team) -> subprocess.Popen[str]:
    node = shutil.which("node")
    assert node, "conftest collects these tests only where Node is"
    environment = {"PATH": PATH, "RUNWAYML_BASE_URL": gateway.url, "RUNWAYML_API_SECRET": team.secret}
    return subprocess.Popen([node, str(script)], env=environment, stdout=subprocess.PIPE, text=True)

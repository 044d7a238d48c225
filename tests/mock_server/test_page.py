"""`/_mock/ui`: one file that asks nobody else; and what a real browser makes of it, where there is one."""

import re
import shutil
import subprocess
from collections.abc import Iterator
from html import unescape
from pathlib import Path

import pytest

from mock_server.control.pages import PAGE
from tests.mock_server.driver import Driver, Remote
from tests.support.mock import running_mock

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
QUIET = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
ASKED = ("clock", "tasks?last=100", "queues", "faults", "tenants", "requests?last=100", "audit")
PROMPT = "a lighthouse <img src=x onerror=alert(1)>"


def test_the_page_is_served_and_may_load_nothing(mock: Driver) -> None:
    answer = mock.ask("GET", "/_mock/ui")

    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert "default-src 'none'; connect-src 'self'" in answer.headers["content-security-policy"]
    assert answer.text == PAGE.read_text()


def test_the_page_names_no_address() -> None:
    assert not re.findall(r"(?:https?:)?//\w|\bsrc=|@import|url\(", PAGE.read_text())


@pytest.mark.parametrize("path", ASKED)
def test_all_that_the_page_asks_is_answered(mock: Driver, path: str) -> None:
    mock.create()

    answer = mock.ask("GET", f"/_mock/{path}")

    assert path.partition("?")[0] in PAGE.read_text()
    assert answer.status_code == 200


def test_the_fields_that_the_page_shows_exist(mock: Driver) -> None:
    """Every field that its script reads from a row, by the list that the row is of."""
    mock.create()
    mock.create()
    mock.arm(fault="slow", times=5)
    script = PAGE.read_text()

    for path, name in [
        ("tasks", "task"),
        ("queues", "queue"),
        ("tenants", "tenant"),
        ("requests", "request"),
    ]:
        [row, *_] = mock.get(f"/_mock/{path}")["data"]
        read = set(re.findall(rf"\b{name}\.(\w+)", script))
        optional = {"model", "task", "body", "reason", "retryCount", "tenant"} if name == "request" else set()
        assert read - optional <= row.keys(), name


if CHROMIUM is not None:

    @pytest.fixture(scope="module")
    def remote(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Remote, str]]:
        folder = tmp_path_factory.mktemp("mock")
        with running_mock(folder, "--tier", "1") as program, Remote(program.url) as mock:
            yield mock, f"{program.url}/_mock/ui"

    def test_an_empty_mock_says_so_in_a_browser(remote: tuple[Remote, str], tmp_path: Path) -> None:
        mock, url = remote
        mock.post("/_mock/reset", {})

        said = _opened(url, tmp_path)

        assert {"Nothing runs, nothing waits.", "No key was used yet.", "They balance."} <= set(said)

    def test_a_busy_mock_is_shown_in_a_browser(remote: tuple[Remote, str], tmp_path: Path) -> None:
        mock, url = remote
        mock.post("/_mock/reset", {})
        running, waiting = mock.create(promptText=PROMPT), mock.create()
        mock.create(key="key_b", promptText="[[fail:INTERNAL]]")
        mock.advance(5)
        mock.advance_until(mock.create(key="key_c", promptText="[[lasts:3]]"))
        mock.arm(fault="refuse", status=503, times=4)
        mock.ask("GET", "/v1/organization", headers={"Authorization": ""})

        said = _opened(url, tmp_path)

        assert {running, waiting, "waits for a place", "1 of 1", "key_b", "times 4, status 503"} <= set(said)
        assert {"RUNNING", "THROTTLED", "SUCCEEDED", "FAILED", "INTERNAL", "401 rule"} <= set(said)
        assert any(PROMPT in text for text in said)

    def test_a_mock_that_does_not_answer_is_reported_in_a_browser(tmp_path: Path) -> None:
        page = tmp_path / "page.html"  # from a file, it finds nobody to ask
        page.write_bytes(PAGE.read_bytes())

        said = _opened(page.as_uri(), tmp_path)

        assert any(text.startswith("The mock does not answer") for text in said)

    def _opened(url: str, folder: Path) -> list[str]:
        """The texts of the page after it has asked for everything at least once."""
        assert CHROMIUM is not None, "the test exists only then"
        order = [CHROMIUM, *QUIET, f"--user-data-dir={folder / 'profile'}", "--virtual-time-budget=4000"]
        page = subprocess.run([*order, "--dump-dom", url], capture_output=True, text=True, check=True)
        return _texts(page.stdout)

    def _texts(html: str) -> list[str]:
        """What a reader sees: no script, no style, no tags."""
        shown = re.sub(r"<(script|style)\b.*?</\1>", "", html, flags=re.DOTALL)
        pieces = re.split(r"<[^>]*>", shown)
        return [unescape(piece).strip() for piece in pieces if piece.strip()]

"""Cursors from anywhere: only those that an earlier page gave are taken."""

from base64 import urlsafe_b64encode

import pytest
from sqlalchemy import select

from gateway.ports.reports import Page
from gateway.records.reports_lists import ENTRIES_ORDER, TASKS_ORDER, TEAMS_ORDER
from gateway.records.tables import entries, tasks, teams

ORDERS = {
    "teams": (TEAMS_ORDER, select(teams)),
    "tasks": (TASKS_ORDER, select(tasks)),
    "entries": (ENTRIES_ORDER, select(entries)),
}


def coded(text: bytes) -> str:
    return urlsafe_b64encode(text).decode()


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize(
    "cursor",
    [
        "",
        "x",
        "not base64!",
        "ü",
        "\ud800",
        coded(b""),
        coded(b"\xff\xfe"),
        coded(b"{}"),
        coded(b"[]"),
        coded(b"[null]"),
        coded(b'["ads", "art"]'),
        coded(b"[1, 2, 3]"),
        coded(b"[-1]"),
        coded(b"[9223372036854775808]"),
        coded(b'[9223372036854775808, "id"]'),
        coded(b'["a\\u0000"]'),
        coded(b'[1, "a\\u0000"]'),
        coded(b'["ads\\n"]'),
        coded(b'["' + b"a" * 101 + b'"]'),
        coded(b"[" * 2000),
    ],
)
def test_a_cursor_that_no_page_gave_is_refused_in_clear_words(order: str, cursor: str) -> None:
    asked, rows = ORDERS[order]

    with pytest.raises(ValueError, match=r"^`cursor` is not one that an earlier page gave; "):
        asked.page(rows, Page(cursor=cursor))


@pytest.mark.parametrize("limit", [-1, 0, 101, 10**9])
def test_a_page_has_1_to_100_rows(limit: int) -> None:
    with pytest.raises(ValueError, match="`limit` is 1 to 100"):
        TEAMS_ORDER.page(select(teams), Page(limit=limit))

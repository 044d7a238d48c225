"""What every list has in common."""

import pytest

from tests.gateway.web.office import Office

LISTS = ("teams", "keys", "tasks", "entries", "audit")


@pytest.mark.parametrize("name", LISTS)
async def test_a_page_has_1_to_100_rows(office: Office, name: str) -> None:
    for limit in ("0", "101", "-1", "many", "1.5"):
        refused = await office.http.get(f"/admin/v1/{name}", params={"limit": limit})

        assert refused.status_code == 400
        assert "limit" in refused.json()["error"]


@pytest.mark.parametrize("name", LISTS)
async def test_a_cursor_that_no_page_gave_is_refused(office: Office, name: str) -> None:
    for cursor in ("", "nonsense", "é", "x" * 1001):
        refused = await office.http.get(f"/admin/v1/{name}", params={"cursor": cursor})

        assert refused.status_code == 400
        assert "cursor" in refused.json()["error"]

"""How bodies are read."""

import pytest

from gateway.web.admin.reading import BODY_BYTES_MAX
from tests.gateway.web.office import Office

PATH = "/admin/v1/teams"


@pytest.mark.parametrize("body", [b"", b"{", b"null", b"[]", b'"ads"', b"\xff", b"[" * 10_000])
async def test_what_is_no_object_is_refused(office: Office, body: bytes) -> None:
    refused = await office.http.post(PATH, content=body)

    assert refused.status_code == 400
    assert refused.json()["error"]


async def test_a_body_that_is_too_large_is_refused(office: Office) -> None:
    refused = await office.http.post(PATH, content=b" " * (BODY_BYTES_MAX + 1))

    assert refused.status_code == 413
    assert refused.json()["code"] == "too_large"


async def test_an_encoded_body_is_refused(office: Office) -> None:
    refused = await office.http.post(PATH, content=b"{}", headers={"Content-Encoding": "gzip"})

    assert refused.status_code == 400
    assert "Content-Encoding" in refused.json()["error"]


async def test_a_number_is_not_made_of_a_text(office: Office) -> None:
    refused = await office.http.post(
        "/admin/v1/tasks/some/resolution", json={"charged": "25", "reason": "a guess"}
    )

    assert refused.json()["issues"][0]["path"] == ["charged"]


async def test_a_word_that_there_is_not_is_answered_with_those_there_are(office: Office) -> None:
    policy = {"limits": [{"measure": "credits", "per": "week", "amount": 5}]}

    refused = await office.http.post(PATH, json={"id": "weekly", "name": "Weekly", "policy": policy})

    (issue,) = refused.json()["issues"]
    assert issue["path"] == ["policy", "limits", 0, "per"]
    assert issue["message"].endswith("use one of minute, hour, day, 24h, month, total")

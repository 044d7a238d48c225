"""What a tenant keeps besides tasks: made, found, changed, listed, removed; prepared by its clock."""

from itertools import chain
from typing import Any

import httpx
import pytest

from mock_server.settings import Bounds, Settings
from tests.mock_server.driver import FROZEN, Driver

AVATAR = {
    "name": "Guide",
    "personality": "Patient.",
    "referenceImage": "https://example.com/face.png",
    "voice": {"type": "runway-live-preset", "presetId": "adrian"},
}
DOCUMENT = {"name": "Questions", "content": "# Answers"}
VOICE = {
    "name": "Deep",
    "from": {"type": "text", "model": "eleven_ttv_v3", "prompt": "a deep and calm voice"},
}
ROUTER = {"slug": "cheap"}
SESSION = {"model": "gwm1_avatars", "avatar": {"type": "runway-preset", "presetId": "influencer"}}

KINDS = [
    pytest.param("avatars", AVATAR, id="avatars"),
    pytest.param("documents", DOCUMENT, id="documents"),
    pytest.param("voices", VOICE, id="voices"),
    pytest.param("routers", ROUTER, id="routers"),
]
SORTED = "&order=asc&sort=createdAt"


def make(mock: Driver, kind: str, body: dict[str, Any], *, key: str = "key_of_the_test") -> str:
    answer = mock.post(f"/v1/{kind}", body, key=key)
    assert answer.status_code == 200, answer.text
    return str(answer.json()["id"])


def index(mock: Driver, kind: str, query: str = "limit=50", *, key: str = "key_of_the_test") -> Any:  # noqa: ANN401
    return mock.get(f"/v1/{kind}?{query}{SORTED if kind == 'documents' else ''}", key=key)


@pytest.mark.parametrize(("kind", "body"), KINDS)
def test_what_was_made_can_be_read_and_is_listed(mock: Driver, kind: str, body: dict[str, Any]) -> None:
    made = make(mock, kind, body)

    read = mock.get(f"/v1/{kind}/{made}")

    assert (read["id"], read["name"]) == (made, body.get("name", "cheap"))
    assert [item["id"] for item in index(mock, kind)["data"]] == [made]


@pytest.mark.parametrize(("kind", "body"), KINDS)
def test_what_was_removed_is_gone(mock: Driver, kind: str, body: dict[str, Any]) -> None:
    made = make(mock, kind, body)

    removed = mock.ask("DELETE", f"/v1/{kind}/{made}").status_code

    assert removed == 204
    assert mock.ask("GET", f"/v1/{kind}/{made}").status_code == 404
    assert mock.ask("DELETE", f"/v1/{kind}/{made}").status_code == 404
    assert index(mock, kind)["data"] == []


@pytest.mark.parametrize(("kind", "body"), KINDS)
def test_tenants_do_not_see_each_others(mock: Driver, kind: str, body: dict[str, Any]) -> None:
    made = make(mock, kind, body, key="key_a")

    statuses = {mock.ask(verb, f"/v1/{kind}/{made}", key="key_b").status_code for verb in ("GET", "DELETE")}

    assert statuses == {404}
    assert index(mock, kind, key="key_b")["data"] == []


@pytest.mark.parametrize(("kind", "body"), KINDS)
def test_a_reset_leaves_nothing(mock: Driver, kind: str, body: dict[str, Any]) -> None:
    make(mock, kind, body)

    mock.ask("POST", "/_mock/reset")

    assert index(mock, kind)["data"] == []


@pytest.mark.parametrize(("kind", "body"), KINDS)
def test_a_list_comes_in_pages_until_its_end(mock: Driver, kind: str, body: dict[str, Any]) -> None:
    made = [make(mock, kind, body | _slug(kind, number)) for number in range(5)]

    pages, query = [], "limit=2"
    while query:
        page = index(mock, kind, query)
        pages.append([item["id"] for item in page["data"]])
        query = page["hasMore"] and f"limit=2&cursor={page['nextCursor']}"

    assert [len(page) for page in pages] == [2, 2, 1]
    assert sorted(chain(*pages)) == sorted(made)


def test_what_is_added_or_removed_between_two_pages_moves_nothing(mock: Driver) -> None:
    made = [make(mock, "avatars", AVATAR) for _ in range(4)]
    first = index(mock, "avatars", "limit=2")
    mock.ask("DELETE", f"/v1/avatars/{made[3]}")
    make(mock, "avatars", AVATAR)

    second = index(mock, "avatars", f"limit=2&cursor={first['nextCursor']}")

    assert [item["id"] for item in second["data"]] == [made[1], made[0]]


@pytest.mark.parametrize("cursor", ["x", "bm90LWpzb24=", "é", "WyJ2b2ljZXNfbGlzdCIsWzEsMl1d"])
def test_a_wrong_cursor_or_that_of_another_list_is_a_400(mock: Driver, cursor: str) -> None:
    answer = mock.ask("GET", "/v1/avatars", params={"cursor": cursor})

    assert (answer.status_code, answer.json()["issues"][0]["path"]) == (400, ["cursor"])


@pytest.mark.parametrize(
    ("path", "wrong"),
    [
        ("/v1/avatars?limit=0", "limit"),
        ("/v1/avatars?limit=101", "limit"),
        ("/v1/avatars?limit=two", "limit"),
        ("/v1/avatars?cursor=", "cursor"),
        ("/v1/documents?sort=createdAt", "order"),
        ("/v1/documents?sort=size&order=asc", "sort"),
        ("/v1/avatar_usage?startDate=2026-11-01T00:00:00Z", "endDate"),
        ("/v1/avatar_usage?startDate=yesterday&endDate=2026-11-01T00:00:00Z", "startDate"),
        ("/v1/avatar_usage?startDate=2026-07-01T00:00:00Z&endDate=2026-11-01T00:00:00Z", "endDate"),
        ("/v1/organization/webapp/usage?limit=5&to=2026-11-01", "from"),
    ],
)
def test_a_query_that_the_document_does_not_allow_is_a_400(mock: Driver, path: str, wrong: str) -> None:
    answer = mock.ask("GET", path)

    assert (answer.status_code, answer.json()["error"]) == (400, "Validation of query failed")
    assert [issue["path"] for issue in answer.json()["issues"]] == [[wrong]]


def test_more_resources_than_the_bound_are_refused() -> None:
    with Driver(Settings(bounds=Bounds(resources_per_tenant=1))) as mock:
        make(mock, "documents", DOCUMENT)

        answer = mock.post("/v1/documents", DOCUMENT)

    assert (answer.status_code, answer.headers["x-mock-reason"]) == (503, "limitation")


@pytest.mark.parametrize(("kind", "body"), [KINDS[0], KINDS[2]])
def test_it_is_in_preparation_until_the_clock_says_ready(
    mock: Driver, kind: str, body: dict[str, Any]
) -> None:
    made = make(mock, kind, body)

    before = mock.get(f"/v1/{kind}/{made}")["status"]
    mock.advance(10)
    after = mock.get(f"/v1/{kind}/{made}")["status"]

    assert (before, after) == ("PROCESSING", "READY")


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("avatars", AVATAR | {"personality": "Patient. [[fail:ASSET.INVALID]]"}),
        ("voices", VOICE | {"name": "[[fail:INTERNAL]]"}),
    ],
)
def test_a_token_makes_the_preparation_fail(mock: Driver, kind: str, body: dict[str, Any]) -> None:
    made = make(mock, kind, body)

    mock.advance(10)
    failed = mock.get(f"/v1/{kind}/{made}")

    assert failed["status"] == "FAILED"
    assert failed["failureReason"]


def test_an_automatic_clock_moves_with_the_looks() -> None:
    with Driver(Settings(clock=FROZEN.clock.AUTO)) as mock:
        made = make(mock, "avatars", AVATAR)

        seen = [mock.get(f"/v1/avatars/{made}")["status"] for _ in range(2)]

    assert seen == ["PROCESSING", "READY"]


def test_an_avatar_in_preparation_cannot_be_changed(mock: Driver) -> None:
    made = make(mock, "avatars", AVATAR)

    during = patch(mock, f"/v1/avatars/{made}", {"name": "Other"})
    mock.advance(10)
    after = patch(mock, f"/v1/avatars/{made}", {"name": "Other"})

    assert (during.status_code, after.status_code) == (409, 200)
    assert (after.json()["name"], after.json()["status"]) == ("Other", "READY")
    assert after.json()["updatedAt"] > after.json()["createdAt"]


def test_another_picture_prepares_an_avatar_again(mock: Driver) -> None:
    made = make(mock, "avatars", AVATAR)
    mock.advance(10)

    changed = patch(mock, f"/v1/avatars/{made}", {"referenceImage": "https://example.com/other.png"})
    mock.advance(10)

    assert changed.json()["status"] == "PROCESSING"
    assert mock.get(f"/v1/avatars/{made}")["status"] == "READY"


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"documentIds": ["nowhere"]}, ["documentIds", 0]),
        ({"voice": {"type": "custom", "id": "nowhere"}}, ["voice", "id"]),
        ({"name": "x" * 51}, ["name"]),
        ({"referenceImage": "runway://not-mine"}, ["referenceImage"]),
    ],
)
def test_an_avatar_of_things_that_are_not_there_is_a_400(
    mock: Driver, change: dict[str, Any], path: list[object]
) -> None:
    answer = mock.post("/v1/avatars", AVATAR | change)

    assert answer.status_code == 400
    assert path in [issue["path"] for issue in answer.json()["issues"]]


def test_a_document_tells_who_uses_it(mock: Driver) -> None:
    document = make(mock, "documents", DOCUMENT)
    avatar = make(mock, "avatars", AVATAR | {"documentIds": [document]})

    users = mock.get(f"/v1/documents/{document}")["usedBy"]

    assert [user["id"] for user in users] == [avatar]


def test_documents_are_sorted_as_asked(mock: Driver) -> None:
    first, second = (make(mock, "documents", DOCUMENT) for _ in range(2))
    mock.advance(1)
    patch(mock, f"/v1/documents/{first}", {"content": "new"})

    def order(query: str) -> list[str]:
        return [item["id"] for item in mock.get(f"/v1/documents?{query}")["data"]]

    assert order("sort=createdAt&order=desc") == [second, first]
    assert order("sort=updatedAt&order=desc") == [first, second]
    assert order("sort=updatedAt&order=asc") == [second, first]


def test_an_avatar_says_that_its_voice_is_gone(mock: Driver) -> None:
    voice = make(mock, "voices", VOICE)
    avatar = make(mock, "avatars", AVATAR | {"voice": {"type": "custom", "id": voice}})

    before = mock.get(f"/v1/avatars/{avatar}")["voice"]
    mock.ask("DELETE", f"/v1/voices/{voice}")
    after = mock.get(f"/v1/avatars/{avatar}")["voice"]

    assert (before["deleted"], before["name"]) == (False, "Deep")
    assert after["deleted"]


@pytest.mark.parametrize("waits", [0, 10])
def test_only_an_avatar_that_is_ready_makes_videos(mock: Driver, waits: int) -> None:
    avatar = make(mock, "avatars", AVATAR)
    mock.advance(waits)
    body = {
        "model": "gwm1_avatars",
        "avatar": {"type": "custom", "avatarId": avatar},
        "speech": {"type": "text", "text": "Hello."},
    }

    status = mock.post("/v1/avatar_videos", body).status_code

    assert status == (200 if waits else 400)


def test_pictures_and_samples_can_be_opened_until_their_url_expires(mock: Driver) -> None:
    avatar, voice = make(mock, "avatars", AVATAR), make(mock, "voices", VOICE)
    preview = mock.post("/v1/voices/preview", VOICE["from"])  # type: ignore[arg-type]
    mock.advance(10)
    urls = [
        mock.get(f"/v1/avatars/{avatar}")["processedImageUri"],
        mock.get(f"/v1/voices/{voice}")["previewUrl"],
        preview.json()["url"],
    ]

    opened = [mock.ask("GET", url) for url in urls]
    mock.advance(49 * 3600)
    expired = [mock.ask("GET", url).status_code for url in urls]

    assert [answer.headers["content-type"] for answer in opened] == ["image/png", "audio/mpeg", "audio/mpeg"]
    assert all(status >= 400 for status in expired)


def patch(mock: Driver, path: str, body: dict[str, Any]) -> httpx.Response:
    return mock.ask("PATCH", path, json=body)


def _slug(kind: str, number: int) -> dict[str, str]:
    return {"slug": f"router-{number}"} if kind == "routers" else {}

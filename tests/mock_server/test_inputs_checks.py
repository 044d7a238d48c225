"""Addresses, uploads and files in the body: what Runway would not take."""

from base64 import b64encode
from typing import Any

import pytest

from tests.mock_server.driver import CLIP, Driver
from tests.mock_server.pictures import jpeg, png, webp

MP4 = b"\0\0\0\x20ftypisom" + bytes(600)
HAPPY = {"model": "happyhorse_1_0"}
UPSCALE = {"model": "magnific_precision_upscaler_v2"}


def attached(content: bytes, media_type: str = "image/png") -> str:
    return f"data:{media_type};base64,{b64encode(content).decode()}"


@pytest.mark.parametrize(
    ("uri", "message"),
    [
        ("https://127.0.0.1/a.png", "domain name"),
        ("https://[::1]/a.png", "domain name"),
        ("https://2130706433/a.png", "domain name"),
        ("https://10.1/a.png", "domain name"),
        ("https:///a-long-path.png", "domain name"),
        ("https://[broken/a.png", "Invalid URL"),
        (attached(b"GIF89a", "image/gif"), "Unsupported asset type: image/gif"),
        (attached(b"<svg/>", "image/svg+xml"), "Unsupported asset type"),
        ("data:image/png;base64,%%%%", "not valid base64"),
        ("data:image/png;base64,AAAA=AAAA", "not valid base64"),
        (attached(MP4), "expected image, received video"),
        (attached(png(1000, 100)), "aspect ratio must be at most 2.358"),
        (attached(jpeg(100, 1000), "image/jpeg"), "aspect ratio must be at least 0.5"),
        (attached(webp(4000, 1000), "image/webp"), "aspect ratio must be at most 2.358"),
    ],
)
def test_a_wrong_picture_is_a_400_that_says_why(mock: Driver, uri: str, message: str) -> None:
    answer = mock.post("/v1/image_to_video", CLIP | {"promptImage": uri})

    [issue] = answer.json()["issues"]
    assert (answer.status_code, issue["path"]) == (400, ["promptImage"])
    assert message in issue["message"]
    assert mock.audit()["creates"] == 0


@pytest.mark.parametrize(
    "uri",
    [
        "https://example.com/a.png?width=1",
        "https://media.example.co.uk:8443/a",
        "https://1password.example/a.png",
        "https://mock.test/gen4_turbo/a-task/output-0.png",
        attached(png(1280, 720)),
        attached(png(1280, 720), "image/png;charset=binary"),
        attached(png(1280, 720)).rstrip("="),
        attached(b"not recognized"),
    ],
)
def test_a_right_picture_is_accepted(mock: Driver, uri: str) -> None:
    assert mock.post("/v1/image_to_video", CLIP | {"promptImage": uri}).status_code == 200


@pytest.mark.parametrize(
    ("operation", "body", "picture", "codes"),
    [
        ("image_to_video", HAPPY, png(400, 400), []),
        ("image_to_video", HAPPY, png(299, 299), ["too_small"]),
        ("image_to_video", HAPPY, png(400, 200), ["too_big", "too_small"]),
        ("image_to_video", {"model": "h3_max", "promptText": "a"}, png(255, 300), ["too_small"]),
        ("image_to_video", {"model": "kling3.0_pro"}, png(10, 10_000), []),
        ("image_upscale", UPSCALE, png(8001, 400), ["too_big"]),
        ("image_upscale", UPSCALE, png(8000, 300), []),
    ],
)
def test_each_model_has_its_own_window(
    mock: Driver, operation: str, body: dict[str, Any], picture: bytes, codes: list[str]
) -> None:
    field = "imageUri" if operation == "image_upscale" else "promptImage"

    answer = mock.post(f"/v1/{operation}", body | {field: attached(picture)})

    assert [issue["code"] for issue in answer.json().get("issues", [])] == codes


def test_all_wrong_pictures_are_told_at_once(mock: Driver) -> None:
    images = [{"uri": "https://127.0.0.1/a.png"}, {"uri": attached(png(1000, 100))}]

    answer = mock.post("/v1/image_to_video", {"model": "seedance2", "promptImage": images})

    paths = [issue["path"] for issue in answer.json()["issues"]]
    assert paths == [["promptImage", 0, "uri"], ["promptImage", 1, "uri"]]


@pytest.mark.parametrize(
    ("filename", "content", "message"),
    [
        ("clip.mp4", MP4, "Unsupported asset type: video/mp4"),
        ("notes.txt", b"x" * 600, "Unsupported asset type: text/plain"),
        ("nameless", b"x" * 600, "Unsupported asset type: application/octet-stream"),
        ("first.png", MP4, "expected image, received video"),
        ("first.png", png(1000, 100) + bytes(600), "aspect ratio must be at most 2.358"),
        ("first.jpg", jpeg(100, 1000, metadata_bytes=50_000), "aspect ratio must be at least 0.5"),
    ],
)
def test_a_wrong_upload_is_a_400_that_says_why(
    mock: Driver, filename: str, content: bytes, message: str
) -> None:
    uri = _uploaded(mock, filename, content)

    answer = mock.post("/v1/image_to_video", CLIP | {"promptImage": uri})

    [issue] = answer.json()["issues"]
    assert message in issue["message"]


def test_a_video_may_stand_where_a_video_may_stand(mock: Driver) -> None:
    uri = _uploaded(mock, "clip.mp4", MP4)

    answer = mock.post("/v1/video_to_video", {"model": "aleph2", "videoUri": uri})

    assert answer.status_code == 200


def test_a_prompt_may_speak_of_anything(mock: Driver) -> None:
    prompt = "runway://nothing https://127.0.0.1/ data:image/gif;base64,%%"

    assert mock.post("/v1/image_to_video", CLIP | {"promptText": prompt}).status_code == 200


def _uploaded(mock: Driver, filename: str, content: bytes) -> str:
    promise = mock.post("/v1/uploads", {"filename": filename, "type": "ephemeral"}).json()
    files = {"file": (filename, content)}
    assert mock.ask("POST", promise["uploadUrl"], data=promise["fields"], files=files).status_code == 204
    return str(promise["runwayUri"])

import pytest

from mock_server import ranges
from mock_server.asgi import Answer

FILE = bytes(range(100))
TAG = '"a-tag"'


def ask(**headers: str) -> Answer:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return ranges.answer(FILE, named, media_type="video/mp4", tag=TAG)


def header(answer: Answer, name: str) -> str | None:
    return dict(answer.headers).get(name.encode(), b"").decode() or None


@pytest.mark.parametrize(
    ("asked", "begin", "end"),
    [
        ("bytes=0-9", 0, 10),
        ("bytes=90-", 90, 100),
        ("bytes=-5", 95, 100),
        ("bytes=95-1000", 95, 100),
        ("bytes=-1000", 0, 100),
        ("bytes=99-99", 99, 100),
    ],
)
def test_a_range_is_answered_with_that_part(asked: str, begin: int, end: int) -> None:
    answer = ask(range=asked)

    assert (answer.status, answer.body) == (206, FILE[begin:end])
    assert header(answer, "content-range") == f"bytes {begin}-{end - 1}/100"
    assert header(answer, "content-type") == "video/mp4"


@pytest.mark.parametrize("asked", ["bytes=100-", "bytes=100-200", "bytes=-0"])
def test_a_range_behind_the_end_is_a_416_that_says_how_long_the_file_is(asked: str) -> None:
    answer = ask(range=asked)

    assert (answer.status, header(answer, "content-range")) == (416, "bytes */100")


@pytest.mark.parametrize(
    "asked", ["", "bytes=-", "bytes=9-5", "bytes=0-1,5-6", "lines=0-9", "bytes=x-y", f"bytes={'9' * 40}-"]
)
def test_what_is_no_single_range_is_answered_with_the_whole_file(asked: str) -> None:
    answer = ask(range=asked)

    assert (answer.status, answer.body, header(answer, "accept-ranges")) == (200, FILE, "bytes")


def test_a_part_of_a_file_that_has_changed_is_not_sent() -> None:
    changed = ask(range="bytes=0-9", if_range='"another-tag"')
    unchanged = ask(range="bytes=0-9", if_range=TAG)

    assert (changed.status, unchanged.status) == (200, 206)


@pytest.mark.parametrize("known", [TAG, f"W/{TAG}", f'"x", {TAG}', "*"])
def test_a_file_that_the_client_has_is_not_sent(known: str) -> None:
    answer = ask(if_none_match=known)

    assert (answer.status, answer.body, header(answer, "etag")) == (304, b"", TAG)


def test_a_range_of_an_empty_file_cannot_be_satisfied() -> None:
    answer = ranges.answer(b"", {"range": "bytes=0-"}, media_type="video/mp4", tag=TAG)

    assert answer.status == 416

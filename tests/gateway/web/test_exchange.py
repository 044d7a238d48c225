"""Bodies of any kind are read within bounds, and answers go out whole."""

import asyncio
import json
from collections.abc import Iterator, MutableMapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.rules.refusals import Busy, Invalid, Refusal, TooLarge, TooSlow
from gateway.web.exchange import (
    COMMAS_MAX,
    CONTAINERS_MAX,
    JSON,
    NESTING_MAX,
    Bodies,
    ClientGone,
    Receive,
    Reply,
    header_map,
    is_plain,
    parse_object,
    reply_to,
    send_reply,
)
from gateway.web.problems import Problem

Message = MutableMapping[str, Any]


# --- parsing ---

plain = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


@given(st.dictionaries(st.text(), plain, max_size=5))
def test_an_object_is_read_as_it_was_written(content: dict[str, object]) -> None:
    assert parse_object(json.dumps(content).encode()) == content


@given(
    st.binary(max_size=200)
    | st.text(alphabet='{}[]":,0123456789.eE+-truefalsn\\u', max_size=60).map(str.encode)
)
def test_whatever_comes_is_an_object_or_refused(body: bytes) -> None:
    answer: object
    try:
        answer = parse_object(body)
    except Invalid as refusal:
        answer = refusal

    assert isinstance(answer, dict | Invalid)


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"", "truncated"),
        (b"{", "truncated"),
        (b'{"a": 1', "truncated"),
        (b"{'a': 1}", "(byte 1)"),
        (b'{"a": 1,}', "(byte 8)"),
        (b'{"a": 1} {}', "(byte 10)"),
        (b'{"a": NaN}', "(byte 6)"),
        (b'{"a": 01}', "(byte 7)"),
        (b'\xef\xbb\xbf{"a": 1}', "(byte 0)"),
        (b'{"a": "\xff"}', "invalid UTF-8"),
        (b'{"a": "\xed\xa0\x80"}', "invalid UTF-8"),
        (b'{"a": 1' + b"0" * 5000 + b"}", "out of range"),
        (b'{"a": 1e400}', "out of range"),
    ],
)
def test_a_malformed_body_is_refused_with_what_is_wrong(body: bytes, words: str) -> None:
    with pytest.raises(Invalid) as told:
        parse_object(body)

    assert told.value.message.startswith("The body is not valid JSON: ")
    assert words in told.value.message


def test_half_a_surrogate_is_no_text() -> None:
    with pytest.raises(Invalid, match="not valid JSON"):
        parsed('{"a": "\\ud800"}')


@pytest.mark.parametrize("body", ["null", "true", "7", '"text"', "[]", "[{}]"])
def test_what_is_no_object_is_refused(body: str) -> None:
    with pytest.raises(Invalid, match="The body must be a JSON object"):
        parsed(body)


def test_a_refusal_never_repeats_the_body() -> None:
    for body in (b'{"promptText": "a secret fox\xff"}', b'{"a secret fox": 1e400}', b'{"a secret fox": tru}'):
        with pytest.raises(Invalid) as told:
            parse_object(body)

        assert "fox" not in told.value.message


@pytest.mark.parametrize(("opening", "closing"), [(b'{"a":', b"}"), (b"[", b"]")])
def test_a_body_nests_32_levels_and_no_deeper(opening: bytes, closing: bytes) -> None:
    def nested(levels: int) -> bytes:
        inner = levels - 2
        return b'{"a":' + opening * inner + b"[]" + closing * inner + b"}"

    assert parse_object(nested(NESTING_MAX))
    for levels in (NESTING_MAX + 1, 1000, CONTAINERS_MAX):
        with pytest.raises(Invalid, match="The JSON body nests deeper than 32 levels"):
            parse_object(nested(levels))


def test_nesting_that_never_closes_is_refused_too() -> None:
    with pytest.raises(Invalid):
        parse_object(b'{"a":' * CONTAINERS_MAX)


def test_a_body_holds_10000_containers_and_no_more() -> None:
    def holding(containers: int) -> str:
        return json.dumps({"a": [[]] * (containers - 2)})

    assert parsed(holding(CONTAINERS_MAX))
    with pytest.raises(Invalid, match="holds more than 10000 objects and lists"):
        parsed(holding(CONTAINERS_MAX + 1))


def test_a_body_holds_50000_commas_and_no_more() -> None:
    def holding(commas: int) -> str:
        return '{"a": [1' + ",1" * commas + "]}"

    assert parsed(holding(COMMAS_MAX))
    with pytest.raises(Invalid, match="holds more than 50000 commas"):
        parsed(holding(COMMAS_MAX + 1))


def test_a_huge_integer_stays_exact() -> None:
    assert parsed('{"seed": 340282366920938463463374607431768211456}') == {"seed": 2**128}


def test_of_a_repeated_name_the_last_counts_as_in_javascript() -> None:
    assert parsed('{"seed": 1, "seed": 2}') == {"seed": 2}


# --- reading ---


async def test_a_body_is_read_in_all_its_parts() -> None:
    assert await Bodies().read({}, client(b"ab", b"", b"cd"), owner="ads") == b"abcd"


async def test_a_request_without_a_body_is_empty() -> None:
    assert await Bodies().read({}, client(b""), owner="ads") == b""


async def test_a_body_of_exactly_the_limit_is_read() -> None:
    assert await Bodies(bytes_max=4).read({}, client(b"ab", b"cd"), owner="ads") == b"abcd"


async def test_a_body_above_the_limit_is_refused_at_the_first_part_too_much() -> None:
    sent = client(b"abc", b"de", b"never asked for")

    with pytest.raises(TooLarge, match="4"):
        await Bodies(bytes_max=4).read({}, sent, owner="ads")

    assert (await sent())["body"] == b"never asked for"


async def test_bodies_in_flight_are_limited_together() -> None:
    bodies = Bodies(bytes_max=6, in_flight_max=10)
    held = await bodies.read({}, client(b"123456"), owner="ads")

    with pytest.raises(Busy) as told:
        await bodies.read({}, client(b"12345"), owner="art")

    assert told.value.retry_after == 1
    assert held == b"123456"


async def test_a_body_that_is_done_makes_room() -> None:
    bodies = Bodies(in_flight_max=6)
    held = await bodies.read({}, client(b"123456"), owner="ads")
    bodies.release(len(held), owner="ads")

    assert await bodies.read({}, client(b"abcdef"), owner="ads") == b"abcdef"


async def test_the_bodies_of_one_team_leave_room_for_the_others() -> None:
    bodies = Bodies(bytes_max=10, in_flight_max=80)
    stalled = [await bodies.read({}, client(b"1234567890"), owner="ads") for _ in range(2)]

    with pytest.raises(Busy, match="one team's request bodies"):
        await bodies.read({}, client(b"1"), owner="ads")

    assert await bodies.read({}, client(b"1"), owner="art") == b"1"
    bodies.release(len(stalled[0]), owner="ads")
    assert await bodies.read({}, client(b"1"), owner="ads") == b"1"


async def test_one_body_fits_into_the_share_of_a_team() -> None:
    bodies = Bodies(bytes_max=10, in_flight_max=10)

    assert await bodies.read({}, client(b"1234567890"), owner="ads") == b"1234567890"


async def test_a_body_that_does_not_arrive_in_time_is_refused_and_holds_nothing() -> None:
    bodies = Bodies(bytes_max=6, in_flight_max=6, seconds_max=0.01)

    with pytest.raises(TooSlow):
        await bodies.read({}, stalling(b"123"), owner="ads")

    assert await bodies.read({}, client(b"123456"), owner="ads") == b"123456"


@pytest.mark.parametrize(
    ("most", "parts", "refusal"),
    [
        (5, (b"123", b"456"), TooLarge),
        (9, (b"123", b"456", b"78"), Busy),
        (9, (b"123", None), ClientGone),
    ],
)
async def test_a_body_that_was_not_read_to_its_end_holds_nothing(
    most: int, parts: tuple[bytes | None, ...], refusal: type[Refusal | ClientGone]
) -> None:
    bodies = Bodies(bytes_max=most, in_flight_max=7)

    with pytest.raises(refusal):
        await bodies.read({}, client(*parts), owner="ads")

    for owner, part in (("ads", b"1234"), ("art", b"567")):
        assert await bodies.read({}, client(part), owner=owner) == part


@pytest.mark.parametrize("encoding", [b"gzip", b"br", b"gzip, identity", b"deflate"])
async def test_an_encoded_body_is_refused_before_it_is_read(encoding: bytes) -> None:
    sent = client(b"compressed")

    with pytest.raises(Invalid, match="Content-Encoding is not supported"):
        await Bodies().read({b"content-encoding": encoding}, sent, owner="ads")

    assert (await sent())["body"] == b"compressed"


async def test_a_body_that_says_it_is_not_encoded_is_read() -> None:
    assert await Bodies().read({b"content-encoding": b"identity"}, client(b"{}"), owner="ads") == b"{}"


# --- headers and answers ---


def test_of_a_repeated_header_the_first_counts() -> None:
    headers = [(b"authorization", b"Bearer one"), (b"authorization", b"Bearer two")]

    assert header_map(headers) == {b"authorization": b"Bearer one"}


async def test_an_answer_goes_out_whole_with_its_length() -> None:
    start, body = await sent_of(Reply(200, b'{"id":"x"}'))

    assert (start["type"], start["status"]) == ("http.response.start", 200)
    assert start["headers"] == [JSON, (b"content-length", b"10")]
    assert body == {"type": "http.response.body", "body": b'{"id":"x"}'}


async def test_an_answer_without_content_has_no_length() -> None:
    start, _ = await sent_of(Reply(204, b"", ()))

    assert start["headers"] == []


def test_a_problem_becomes_an_answer_with_its_headers() -> None:
    reply = reply_to(Problem(503, {"retry-after": "1"}, b"{}"))

    assert reply == Reply(503, b"{}", (JSON, (b"retry-after", b"1")))


def parsed(text: str) -> dict[str, object]:
    return parse_object(text.encode())


def client(*parts: bytes | None) -> Receive:
    """Send the parts of a body; None is a connection that closes."""

    def messages() -> Iterator[Message]:
        for place, part in enumerate(parts, start=1):
            more = place < len(parts)
            yield (
                {"type": "http.disconnect"}
                if part is None
                else {"type": "http.request", "body": part, "more_body": more}
            )

    waiting = messages()

    async def receive() -> Message:
        return next(waiting)

    return receive


def stalling(part: bytes) -> Receive:
    """Send a part of a body and nothing after it."""
    parts = [part]

    async def receive() -> Message:
        if not parts:
            await asyncio.Event().wait()
        return {"type": "http.request", "body": parts.pop(), "more_body": True}

    return receive


async def sent_of(reply: Reply) -> list[Message]:
    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    await send_reply(send, reply)
    return sent


@pytest.mark.parametrize(
    ("path", "query"), [("/admin/v1/te\x00ams", b""), ("/", b"team=%00"), ("/", b"a=%0A"), ("/", b"a=%7f")]
)
def test_control_characters_in_path_and_query_are_found(path: str, query: bytes) -> None:
    assert not is_plain({"path": path, "query_string": query})


def test_ordinary_paths_and_queries_are_plain() -> None:
    assert is_plain({"path": "/admin/v1/teams/ads", "query_string": b"limit=10&cursor=abc%20d"})

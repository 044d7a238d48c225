"""What a policy may say, and how a wrong one is told."""

import msgspec
import pytest

from gateway.rules.policy import EMPTY, LIMITS_MAX, Caps, Limit, Measure, Per, Policy, Reuse, parse_policy


def test_an_empty_policy_restricts_nothing() -> None:
    policy = parse_policy(b"{}")

    assert policy == EMPTY
    assert policy.allows_model("anything")
    assert policy.allows_operation("anything")
    assert (policy.limits, policy.caps, policy.reuse, policy.weight) == ((), None, Reuse.ORGANISATION, 1)


def test_a_policy_is_read_as_the_manual_shows_it() -> None:
    policy = parse_policy(
        b"""{
        "models": ["gen4_turbo", "gen4*"],
        "operations": ["image_to_video"],
        "caps": {"duration": 10, "credits": 200},
        "limits": [
            {"measure": "credits", "per": "day", "amount": 500, "timezone": "Europe/Berlin"},
            {"measure": "generations", "per": "24h", "amount": 100, "model": "gen4.5"},
            {"measure": "requests", "per": "minute", "amount": 120},
            {"measure": "running", "amount": 3, "enforce": false}
        ],
        "reuse": "team",
        "weight": 3
        }"""
    )

    assert policy == Policy(
        models=("gen4_turbo", "gen4*"),
        operations=("image_to_video",),
        caps=Caps(duration=10, credits=200),
        limits=(
            Limit(measure=Measure.CREDITS, per=Per.DAY, amount=500, timezone="Europe/Berlin"),
            Limit(measure=Measure.GENERATIONS, per=Per.ROLLING_DAY, amount=100, model="gen4.5"),
            Limit(measure=Measure.REQUESTS, per=Per.MINUTE, amount=120),
            Limit(measure=Measure.RUNNING, amount=3, enforce=False),
        ),
        reuse=Reuse.TEAM,
        weight=3,
    )


def test_a_policy_that_is_written_and_read_stays_the_same() -> None:
    policy = Policy(models=(), limits=(Limit(measure=Measure.CREDITS, per=Per.TOTAL, amount=0.5),))

    assert parse_policy(msgspec.json.encode(policy)) == policy


@pytest.mark.parametrize(
    ("patterns", "model", "allowed"),
    [
        (["gen4_turbo"], "gen4_turbo", True),
        (["gen4_turbo"], "gen4_turbo2", False),
        (["gen4*"], "gen4.5", True),
        (["gen4.5"], "gen4x5", False),
        (["gen?_turbo"], "gen4_turbo", True),
        (["GEN4*"], "gen4.5", False),
        (["veo*", "gen4*"], "gen4.5", True),
        ([], "gen4.5", False),
    ],
)
def test_models_are_allowed_by_pattern(patterns: list[str], model: str, allowed: bool) -> None:  # noqa: FBT001
    policy = parse_policy(msgspec.json.encode({"models": patterns}))

    assert policy.allows_model(model) is allowed


def test_operations_are_allowed_by_pattern() -> None:
    policy = parse_policy(b'{"operations": ["*_to_video"]}')

    assert policy.allows_operation("image_to_video")
    assert not policy.allows_operation("text_to_image")


def test_credits_count_in_thousandths_and_everything_else_in_pieces() -> None:
    assert Limit(measure=Measure.CREDITS, per=Per.DAY, amount=0.5).units == 500
    assert Limit(measure=Measure.GENERATIONS, per=Per.DAY, amount=7).units == 7


def test_a_limit_without_a_model_covers_all() -> None:
    assert Limit(measure=Measure.RUNNING, amount=1).covers("gen4.5")
    assert Limit(measure=Measure.RUNNING, amount=1, model="gen4*").covers("gen4.5")
    assert not Limit(measure=Measure.RUNNING, amount=1, model="gen4*").covers("veo3.1")


@pytest.mark.parametrize(
    ("limit", "words"),
    [
        ({"measure": "credits", "amount": 1}, "`credits` needs `per`: one of 24h, day, hour, month, total"),
        ({"measure": "requests", "amount": 1}, "`requests` needs `per`: one of minute"),
        ({"measure": "credits", "per": "minute", "amount": 1}, "`credits` cannot be counted per minute; use"),
        ({"measure": "requests", "per": "day", "amount": 1}, "per day; use one of minute"),
        ({"measure": "running", "per": "day", "amount": 1}, "per day; leave `per` out"),
        ({"measure": "generations", "per": "day", "amount": 1.5}, "counted in whole numbers, not 1.5"),
        ({"measure": "credits", "per": "day", "amount": 1e13}, "`amount` is at most 1000000000000"),
        ({"measure": "running", "amount": 10**300}, "`amount` is at most"),
        ({"measure": "running", "amount": 1e300}, "`amount` is at most"),
        (
            {"measure": "credits", "per": "day", "amount": 1, "timezone": "Mars/Base"},
            "`Mars/Base` is no time zone",
        ),
        (
            {"measure": "credits", "per": "day", "amount": 1, "timezone": "../../etc/passwd"},
            "is no time zone",
        ),
        ({"measure": "credits", "per": "day", "amount": 1, "timezone": ""}, "is no time zone"),
    ],
)
def test_a_limit_that_makes_no_sense_is_told_with_its_place(limit: dict[str, object], words: str) -> None:
    good = {"measure": "running", "amount": 3}
    text = msgspec.json.encode({"limits": [{**good, "model": "a"}, limit]})

    with pytest.raises(ValueError, match=r"^limits\[1\]: ") as told:
        parse_policy(text)

    assert words in str(told.value)


@pytest.mark.parametrize(
    "policy",
    [
        {"models": ["gen4*", "gen4.5\n"]},
        {"operations": ["image_to_video\n"]},
        {"limits": [{"measure": "running", "amount": 1, "model": "gen4*\n"}]},
    ],
)
def test_a_pattern_is_of_one_line(policy: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="line break"):
        parse_policy(msgspec.json.encode(policy))


@pytest.mark.parametrize(
    "name",
    [
        *("localtime", "posixrules", "Factory", "posix/Europe/Berlin", "right/Europe/Berlin"),
        *("Europe", "tzdata.zi", "/etc/localtime", "Europe/../localtime", "./UTC", "Europe//Berlin"),
        *("UTC\x00", "Europe/Berl\u0131n", "\U0001f3ac", "'; DROP TABLE teams; --", "%2e%2e/UTC"),
    ],
)
def test_a_zone_means_the_same_on_every_machine(name: str) -> None:
    limit = {"measure": "credits", "per": "day", "amount": 1, "timezone": name}

    with pytest.raises(ValueError, match="is no time zone"):
        parse_policy(msgspec.json.encode({"limits": [limit]}))


@pytest.mark.parametrize("name", ["UTC", "Europe/Berlin", "America/Argentina/Ushuaia", "Etc/GMT+5", "Japan"])
def test_a_zone_of_a_place_is_one(name: str) -> None:
    limit = {"measure": "credits", "per": "day", "amount": 1, "timezone": name}

    assert parse_policy(msgspec.json.encode({"limits": [limit]})).limits[0].timezone == name


@pytest.mark.parametrize(
    ("text", "place"),
    [
        (b'{"model": ["gen4.5"]}', "unknown field `model`"),
        (b'{"models": "gen4.5"}', "$.models"),
        (b'{"models": ["gen4 turbo"]}', "$.models[0]"),
        (b'{"models": [""]}', "$.models[0]"),
        (b'{"caps": {"credit": 1}}', "unknown field `credit`"),
        (b'{"caps": {"duration": 0}}', "$.caps.duration"),
        (b'{"limits": [{"measure": "money", "amount": 1}]}', "$.limits[0].measure"),
        (b'{"limits": [{"measure": "running"}]}', "missing required field `amount`"),
        (b'{"limits": [{"measure": "running", "amount": -1}]}', "$.limits[0].amount"),
        (b'{"reuse": "everyone"}', "$.reuse"),
        (b'{"weight": 0}', "$.weight"),
        (b"[]", "Expected `object`"),
        (b"{", "truncated"),
        (b"\xff", "malformed"),
    ],
)
def test_a_policy_that_cannot_be_read_is_told_with_the_field(text: bytes, place: str) -> None:
    with pytest.raises(ValueError) as told:  # noqa: PT011 - the words are looked at below
        parse_policy(text)

    assert place in str(told.value)


def test_a_cap_that_is_no_amount_of_credits_is_refused() -> None:
    with pytest.raises(ValueError, match="caps: `credits` is at most 1000000000000"):
        parse_policy(b'{"caps": {"credits": 1e300}}')


def test_one_limit_too_many_is_refused() -> None:
    limits = [{"measure": "running", "amount": 1, "model": f"m{n}"} for n in range(LIMITS_MAX + 1)]

    with pytest.raises(ValueError, match=r"\$\.limits"):
        parse_policy(msgspec.json.encode({"limits": limits}))


def test_a_limit_that_repeats_another_is_refused() -> None:
    limit = {"measure": "credits", "per": "day", "amount": 1}

    with pytest.raises(ValueError, match=r"limits\[1\]: an earlier limit has the same measure"):
        parse_policy(msgspec.json.encode({"limits": [limit, {**limit, "amount": 2}]}))


def test_limits_that_differ_in_model_or_zone_stand_side_by_side() -> None:
    limit = {"measure": "credits", "per": "day", "amount": 1}
    limits = [limit, {**limit, "model": "gen4.5"}, {**limit, "timezone": "Europe/Berlin"}]

    assert len(parse_policy(msgspec.json.encode({"limits": limits})).limits) == 3


def test_a_word_that_there_is_not_is_answered_with_those_there_are() -> None:
    with pytest.raises(ValueError, match=r"use one of organisation, team, none - at `\$\.reuse`"):
        parse_policy(b'{"reuse": "everybody"}')

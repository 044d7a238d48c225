"""How a price sheet is read."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.rules.credits import CREDITS_MAX
from gateway.rules.pricing import (
    Amount,
    Characters,
    Charge,
    Choice,
    Items,
    Number,
    PriceSheet,
    Rate,
    Unmeasured,
    most_credits,
)

SECONDS = Number(field="duration", most=10)


def test_a_rate_counts_for_every_second() -> None:
    assert most(5, SECONDS, body={"duration": 4}) == 20_000


def test_seconds_that_nobody_stated_count_as_the_most_there_can_be() -> None:
    assert most(5, SECONDS, body={}) == 50_000


def test_seconds_that_the_model_chooses_count_as_the_most_there_can_be() -> None:
    assert most(5, SECONDS, body={"duration": "auto"}) == 50_000


def test_a_documented_default_counts_for_an_absent_field() -> None:
    assert most(5, Number(field="duration", most=10, default=4), body={}) == 20_000


def test_a_number_does_not_count_beside_a_field_that_replaces_it() -> None:
    seconds = Number(field="duration", most=15, unless="shots")

    assert most(1, seconds, body={"duration": 3, "shots": [{}]}) == 15_000


def test_parts_of_seconds_count_exactly_and_round_up_once() -> None:
    assert most(20, SECONDS, body={"duration": 5.7}) == 114_000
    assert most(20, SECONDS, body={"duration": 5.71}) == 115_000


def test_parts_of_credits_become_whole_ones() -> None:
    assert most(6.8, SECONDS, body={"duration": 5}) == 34_000
    assert most(6.8, SECONDS, body={"duration": 7}) == 48_000


def test_a_negative_number_never_lowers_a_price() -> None:
    sheet = PriceSheet((Charge(rate=8), Charge(rate=5, times=(SECONDS,))))

    assert most_credits(sheet, {"duration": -3}) == 8_000
    assert most_credits(sheet, {"duration": -3.5}) == 8_000


def test_a_price_has_an_upper_bound_whatever_the_body_says() -> None:
    assert most(5, SECONDS, body={"duration": 10**400}) == CREDITS_MAX


def test_every_item_of_a_list_counts_and_a_single_value_is_one() -> None:
    references = Items(field="references")

    assert most(2, references, body={"references": [{}, {}, {}]}) == 6_000
    assert most(2, references, body={"references": "https://example.com/a.png"}) == 2_000
    assert most(2, references, body={}) == 1_000


def test_characters_count_in_utf16_units_and_begun_fifties() -> None:
    fifties = Characters(field="promptText", each=50)

    assert most(1, fifties, body={"promptText": "a" * 50}) == 1_000
    assert most(1, fifties, body={"promptText": "a" * 51}) == 2_000
    assert most(1, fifties, body={"promptText": "😀" * 26}) == 2_000


def test_an_input_that_nobody_opened_counts_as_the_longest() -> None:
    assert most(28, Unmeasured(most=30), body={}) == 840_000


def test_a_minimum_is_charged_for_little() -> None:
    sheet = PriceSheet((Charge(rate=16, times=(SECONDS,)),), minimum=64)

    assert most_credits(sheet, {"duration": 2}) == 64_000
    assert most_credits(sheet, {"duration": 5}) == 80_000


def test_a_charge_may_depend_on_a_field_that_is_given_or_missing() -> None:
    sheet = PriceSheet(
        (
            Charge(rate=1, times=(SECONDS,), given="duration"),
            Charge(rate=2, missing="duration"),
        )
    )

    assert most_credits(sheet, {"duration": 7}) == 7_000
    assert most_credits(sheet, {}) == 2_000


def test_an_empty_list_and_a_false_switch_are_not_given() -> None:
    sheet = PriceSheet((Charge(rate=3), Charge(rate=9, given="extra")))

    assert most_credits(sheet, {"extra": []}) == 3_000
    assert most_credits(sheet, {"extra": False}) == 3_000
    assert most_credits(sheet, {"extra": True}) == 12_000


SIZES = Choice(by="ratio", rates={"480p": 1, "720p": 2, "1080p": 3})


@pytest.mark.parametrize(
    ("ratio", "credits"),
    [
        ("864:496", 1),
        ("1280:720", 2),
        ("720:1280", 2),
        ("1664:1248", 3),
        ("auto_720p", 2),
        ("3840:2160", 3),
        ("adaptive", 3),
    ],
)
def test_a_ratio_costs_what_its_size_costs(ratio: str, credits: int) -> None:
    assert most(SIZES, body={"ratio": ratio}) == credits * 1000


def test_an_exact_value_goes_before_its_size() -> None:
    choice = Choice(by="ratio", rates={"2k": 1, "2560:2560": 5, "4k": 2})

    assert most(choice, body={"ratio": "2560:2560"}) == 5_000


def test_upper_and_lower_case_cost_the_same() -> None:
    choice = Choice(by="resolution", rates={"768p": 10, "2k": 15})

    assert most(choice, body={"resolution": "768P"}) == 10_000


def test_a_switch_has_two_rates_and_a_default() -> None:
    choice = Choice(by="audio", default="true", rates={"true": 40, "false": 20})

    assert most(choice, body={"audio": False}) == 20_000
    assert most(choice, body={}) == 40_000


def test_an_unknown_value_costs_as_much_as_the_dearest() -> None:
    assert most(Choice(by="quality", rates={"low": 1, "high": 20}), body={"quality": "new"}) == 20_000


def test_an_unknown_value_costs_what_is_said_for_all_others() -> None:
    choice = Choice(by="format", rates={"mp4": 1, "prores": 5}, otherwise=20)

    assert most(choice, body={"format": "hdr10"}) == 20_000


def test_rates_may_depend_on_two_fields() -> None:
    low = Choice(by="ratio", rates={"1k": 4, "2k": 6})
    high = Choice(by="ratio", rates={"1k": 6, "2k": 8})
    choice = Choice(by="quality", default="high", rates={"low": low, "high": high})

    assert most(choice, body={"quality": "low", "ratio": "1024:1024"}) == 4_000
    assert most(choice, body={"ratio": "2048:2048"}) == 8_000


def test_a_field_may_lie_deeper_in_the_body() -> None:
    seconds = Number(field="input.duration", most=30)

    assert most(2, seconds, body={"input": {"duration": 5}}) == 10_000
    assert most(2, seconds, body={"input": "no object"}) == 60_000


@given(st.integers(min_value=0, max_value=1000), st.integers(min_value=0, max_value=1000))
def test_more_seconds_never_cost_less(seconds: int, more: int) -> None:
    assert most(12, SECONDS, body={"duration": seconds}) <= most(
        12, SECONDS, body={"duration": seconds + more}
    )


@given(st.floats(min_value=0, max_value=3600), st.sampled_from([0.25, 0.7, 0.9, 1.2, 3.4, 6.8, 12]))
def test_rounding_never_falls_below_the_exact_price(seconds: float, rate: float) -> None:
    assert most(rate, SECONDS, body={"duration": seconds}) >= int(seconds * rate * 1000) - 1


def most(rate: Rate, *times: Amount, body: dict[str, object]) -> int:
    return most_credits(PriceSheet((Charge(rate=rate, times=times),)), body)

"""Tables."""

from gateway.commands.showing import table


def test_text_stands_left_and_numbers_right() -> None:
    rows = [{"team": "ads", "spent": 5}, {"team": "advertising", "spent": 1200.5}]

    assert table(rows, ("team", "spent")).splitlines() == [
        "team          spent",
        "ads               5",
        "advertising  1200.5",
    ]


def test_nothing_is_shown_as_a_dash_and_instants_without_fractions() -> None:
    rows = [{"at": "2026-03-10T12:30:00.123456Z", "until": None}]

    assert table(rows, ("at", "until")).splitlines()[1] == "2026-03-10T12:30:00Z  -"


def test_a_table_without_rows_is_its_head() -> None:
    assert table([], ("team", "spent")) == "team  spent"

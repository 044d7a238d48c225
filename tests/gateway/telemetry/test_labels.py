from pathlib import Path

import pytest

from gateway.telemetry.labels import FirstSeen, Known, status_label


def test_a_known_value_stands_for_itself() -> None:
    assert Known({"gen4_turbo"})("gen4_turbo") == "gen4_turbo"


def test_a_mistyped_value_makes_no_new_series() -> None:
    known = Known({"gen4_turbo"})

    assert {known(f"gen4-turbo-{typo}") for typo in range(1000)} == {"other"}


def test_an_absent_value_is_no_label() -> None:
    assert Known({"gen4_turbo"})(None) == ""
    assert FirstSeen(1)(None) == ""


def test_the_first_values_have_their_own_series_and_keep_it() -> None:
    label = FirstSeen(2)

    assert [label(team) for team in ("ads", "film", "news", "ads")] == ["ads", "film", "other", "ads"]


def test_processes_that_share_a_file_agree_on_who_was_first(tmp_path: Path) -> None:
    one, two = (FirstSeen(2, tmp_path / "teams") for _ in range(2))

    assert [one("ads"), two("film"), one("news"), two("news")] == ["ads", "film", "other", "other"]
    assert [one("film"), two("ads")] == ["film", "ads"]


def test_a_file_that_cannot_be_written_makes_all_values_one(tmp_path: Path) -> None:
    label = FirstSeen(2, tmp_path / "missing" / "teams")

    assert label("ads") == "other"


@pytest.mark.parametrize(("status", "label"), [(200, "200"), (599, "599"), (None, "none"), (7, "other")])
def test_a_status_is_its_number_or_none(status: int | None, label: str) -> None:
    assert status_label(status) == label

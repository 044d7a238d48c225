"""Which accepted value a refused one comes nearest to."""

import pytest

from gateway.catalogue.nearest import GIVEN_LENGTH_MAX, nearest

RATIOS = ["1280:720", "720:1280", "1104:832", "960:960"]


@pytest.mark.parametrize(
    ("given", "options", "expected"),
    [
        ("1920:1080", RATIOS, "1280:720"),
        ("16:9", RATIOS, "1280:720"),
        ("9:16", RATIOS, "720:1280"),
        ("1024:1024", RATIOS, "960:960"),
        ("1900:1080", ["1280:720", "1920:1080"], "1920:1080"),
        ("gen4-turbo", ["gen4.5", "gen4_turbo", "veo3.1"], "gen4_turbo"),
        ("hdr", ["mp4", "prores"], None),
        (5, [4, 6, 8], 4),
        (7.5, [4, 6, 8], 8),
        (5, ["auto"], None),
        (None, RATIOS, None),
        ("", RATIOS, None),
        ("0:0", ["mp4"], None),
        ("x" * (GIVEN_LENGTH_MAX + 1), ["x" * GIVEN_LENGTH_MAX], None),
    ],
)
def test_the_nearest_value_is_the_one_that_was_probably_meant(
    given: object, options: list[object], expected: object
) -> None:
    assert nearest(given, options) == expected

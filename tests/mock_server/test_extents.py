"""Whatever a body holds, it comes to something that can be priced and made."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mock_server import extents, prices
from mock_server.extents import ExtentRow
from mock_server.outputs import TooManyOutputsError, plan

VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=20),
    st.sampled_from(["9" * 5000 + ":16", "1:99999", "²:²", "٣", "0:0", "auto_4k", "1e9", "10000000000"]),
    st.lists(st.dictionaries(st.sampled_from(["duration", "uri"]), st.integers(), max_size=2), max_size=3),
)
ROWS = {
    f"{operation} {model}".strip(): row
    for (operation, model), rows in extents.table()._rows.items()
    for row in rows
}
PRICES = prices.load()


def fields_of(row: ExtentRow) -> set[str]:
    """Those that the row reads, by the first step of their paths."""
    length = row.seconds or extents.Length()
    paths = [length.field, length.parts, length.media, length.text, row.outputs.field, row.format.field]
    paths += [*row.frame.fields, row.frame.aspect, row.frame.enlarged, row.frame_rate.doubled]
    return {path.partition(".")[0] for path in [*paths, "sampleRate", "proresProfile", "seed"]}


@pytest.mark.parametrize("name", list(ROWS))
@settings(max_examples=10, deadline=None, derandomize=True)
@given(data=st.data())
def test_any_body_comes_to_files_that_can_be_made_and_to_a_price(name: str, data: st.DataObject) -> None:
    operation, _, model = name.partition(" ")
    body: dict[str, Any] = data.draw(st.fixed_dictionaries(dict.fromkeys(fields_of(ROWS[name]), VALUES)))

    try:
        artifacts = plan(operation, model or None, body)
    except TooManyOutputsError:
        return

    assert artifacts
    assert all(min(artifact.width, artifact.height) > 1 or not artifact.width for artifact in artifacts)
    if PRICES.covers(operation, model):
        assert PRICES.estimate(operation, body | {"model": model}) >= 0


def test_a_huge_number_of_outputs_is_refused_before_any_is_planned() -> None:
    with pytest.raises(TooManyOutputsError):
        plan("text_to_image", "muse_image", {"outputCount": 10**11})


def test_a_key_without_a_name_decides_nothing() -> None:
    body: dict[str, object] = {"model": "eleven_v3", "promptText": "a lighthouse"}

    assert extents.imagined("text_to_speech", body) == extents.imagined("text_to_speech", body | {"": 10**9})


def test_an_unknown_format_becomes_a_plain_file_of_its_kind() -> None:
    (artifact,) = plan("image_to_video", "gen4_turbo", {"outputFormat": "betamax"})

    assert artifact.encoding == "mp4"

import re

import pytest

from gateway.telemetry import names
from gateway.telemetry.names import Kind, Metric

by_name = pytest.mark.parametrize("row", names.ALL, ids=lambda row: row.name)


def test_no_name_stands_twice() -> None:
    assert len({row.name for row in names.ALL}) == len(names.ALL)


@by_name
def test_a_name_begins_with_the_product(row: Metric) -> None:
    assert re.fullmatch(r"runway_gateway_[a-z_]+[a-z]", row.name)


@by_name
def test_only_counters_end_in_total(row: Metric) -> None:
    assert row.name.endswith("_total") == (row.kind is Kind.COUNTER)


@by_name
def test_histograms_measure_seconds_in_rising_buckets(row: Metric) -> None:
    assert bool(row.buckets) == (row.kind is Kind.HISTOGRAM)
    assert list(row.buckets) == sorted(set(row.buckets))
    assert not row.buckets or row.name.endswith("_seconds")


@by_name
def test_a_meaning_is_one_sentence(row: Metric) -> None:
    assert re.fullmatch(r"[A-Z][^.]*(5xx|401)?[^.]*\.", row.meaning)

"""What /metrics says: registries as one text, and gauges from rows that the caller refreshes."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

from msgspec import Struct
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector


def expose(*registries: CollectorRegistry) -> bytes:
    """Write registries, which share no metric, as one text in Prometheus' format."""
    return b"".join(generate_latest(registry) for registry in registries)


class GaugeRow(Struct, frozen=True):
    """One sample."""

    name: str
    help: str
    labels: dict[str, str]
    value: float


class GaugeRows(Collector):
    """Exposes the rows it was last given."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.rows: Sequence[GaugeRow] = ()
        registry.register(self)

    def describe(self) -> Iterable[GaugeMetricFamily]:
        """Name nothing: which gauges there are depends on the rows."""
        return ()

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Group the rows by name; the first row's help and label names speak for all of a name."""
        by_name: dict[str, list[GaugeRow]] = defaultdict(list)
        for each in self.rows:
            by_name[each.name].append(each)
        for name, rows in by_name.items():
            label_names = tuple(rows[0].labels)
            family = GaugeMetricFamily(name, rows[0].help, labels=label_names)
            for each in rows:
                family.add_metric([each.labels[label] for label in label_names], each.value)
            yield family

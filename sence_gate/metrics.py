"""What is counted, for Prometheus: how often, and never who.

With the extra `metrics` (prometheus-client); without it nothing is counted. A label is one
of a few words of ours: never a RUN, an id, a course or a path.

A server has several workers, and a scrape reaches one of them. With
PROMETHEUS_MULTIPROC_DIR in the environment the client keeps the counts of each in files
there, and any worker tells the sum; without it a worker tells its own, and says so.
Source: prometheus.github.io/client_python/multiprocess.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from importlib.util import find_spec
from typing import TYPE_CHECKING

IS_INSTALLED = find_spec("prometheus_client") is not None

if IS_INSTALLED or TYPE_CHECKING:
    import prometheus_client as prometheus
    from prometheus_client.core import GaugeMetricFamily, Metric
    from prometheus_client.multiprocess import MultiProcessCollector

PREFIX = "sence_gate_"
COUNTED: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "decisions": ("What requests met that a course could have to do with.", ("decision",)),
    "starts": ("What the start button came to.", ("outcome",)),
    "callbacks": ("What became of SENCE's answers.", ("message", "outcome")),
    "callbacks_not_kept": ("Answers that changed nothing, beyond those that the ledger keeps.", ("message",)),
    "pages_without_bar": ("Guarded pages that took no bar.", ("reason",)),
}
GAUGES = {
    "store_away": "1 while this worker does not ask the shared store.",
    "spool_items": "What this host keeps for the shared store, and has not brought yet.",
}
CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
ALONE = b"# The counts of one worker; with PROMETHEUS_MULTIPROC_DIR set, of all.\n"


class Metrics:
    """The counts of one gate; `is_counting` tells whether the extra is installed."""

    def __init__(self) -> None:
        self._counting: dict[tuple[str, ...], Callable[[], None]] = {}
        self.is_counting = IS_INSTALLED
        if not self.is_counting:
            return
        self._registry = prometheus.CollectorRegistry()
        self._counters = {
            name: prometheus.Counter(PREFIX + name, text, labels, registry=self._registry)
            for name, (text, labels) in COUNTED.items()
        }

    def count(self, *what: str) -> None:
        """Count one event: a name of `COUNTED`, then a word for each of its labels."""
        (self._counting.get(what) or self.counting(*what))()

    def counting(self, *what: str) -> Callable[[], None]:
        """Return what counts one such event at each call, for those that are very frequent."""
        if what not in self._counting:
            name, *labels = what
            self._counting[what] = self._counters[name].labels(*labels).inc if self.is_counting else _nothing
        return self._counting[what]

    def text(self, gauges: Mapping[str, float]) -> bytes:
        """Return everything as Prometheus reads it; `is_counting` must hold.

        Args:
            gauges: by the names of `GAUGES`, what is so at this moment.
        """
        if "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
            return ALONE + prometheus.generate_latest(_Told(self._registry.collect(), gauges))
        everybody = prometheus.CollectorRegistry()
        MultiProcessCollector(everybody)  # type: ignore[no-untyped-call]  # its authors left it out
        return prometheus.generate_latest(_Told(everybody.collect(), gauges))


class _Told:
    """Our families alone, and the gauges: the files may hold the platform's own counts, too."""

    def __init__(self, families: Iterable[Metric], gauges: Mapping[str, float]) -> None:
        self._families = families
        self._gauges = gauges

    def collect(self) -> Iterator[Metric]:
        """Yield each family."""
        yield from (each for each in self._families if each.name.startswith(PREFIX))
        for name, value in self._gauges.items():
            yield GaugeMetricFamily(PREFIX + name, GAUGES[name], value)


def _nothing() -> None:
    return

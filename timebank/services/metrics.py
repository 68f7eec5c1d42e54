"""The figures of the service, as Prometheus reads them.

They say how much is done, how fast, what is refused and how full things are; nothing in them is of
a person, of a book or of an address that somebody made up. Books carry no label: a service may
have thousands, and each has its size in the API.

A service has several processes, and Prometheus asks one of them. So ``timebank serve`` names in
PROMETHEUS_MULTIPROC_DIR a folder of its own, where each process keeps its figures in files, and
whoever is asked adds up those of all. That folder must be named before this module is loaded
for the first time, and be empty at each start. Without it the figures are those of one process.
"""

import os
import time
from collections.abc import Iterable, Iterator
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path
from typing import Final

from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    disable_created_metrics,
    generate_latest,
)
from prometheus_client.metrics_core import GaugeMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead
from prometheus_client.registry import Collector
from sqlalchemy import Engine, event
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.pool import ConnectionPoolEntry

from timebank.store.backup_notes import read_last_backup
from timebank.store.requests import Appended, Outcome

CONTENT_TYPE: Final = CONTENT_TYPE_LATEST
FOLDER_VARIABLE: Final = "PROMETHEUS_MULTIPROC_DIR"

_SECONDS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
_COUNTED: Final = "timebank-counted"
_OWN: Final = CollectorRegistry()
"""The figures of this process alone."""

# Else each series has a second one that says when it began, though not with several processes.
disable_created_metrics()  # type: ignore[no-untyped-call]  # untyped

REQUESTS: Final = Counter(
    "timebank_requests",
    "Requests that were answered.",
    ("method", "route", "status"),
    registry=_OWN,
)
REQUEST_SECONDS: Final = Histogram(
    "timebank_request_duration_seconds",
    "How long answering took, but for requests that waited for new entries.",
    ("method", "route"),
    buckets=_SECONDS,
    registry=_OWN,
)
PROBLEMS: Final = Counter(
    "timebank_problems",
    "Problems that were answered, those of the items of batches too: refusals, busy, faults.",
    ("code",),
    registry=_OWN,
)
ENTRIES: Final = Counter(
    "timebank_entries", "Entries that were appended to books.", ("kind",), registry=_OWN
)
REPEATED: Final = Counter(
    "timebank_repeated_requests",
    "Commands that were known by their idempotency keys and not posted again.",
    registry=_OWN,
)
APPEND_SECONDS: Final = Histogram(
    "timebank_append_duration_seconds",
    "From a command or a batch of them to its commit or refusal, waiting for others included.",
    buckets=_SECONDS,
    registry=_OWN,
)
LONG_POLLS: Final = Gauge(
    "timebank_long_polls",
    "Requests that wait for new entries now.",
    multiprocess_mode="livesum",
    registry=_OWN,
)
CONNECTIONS: Final = Gauge(
    "timebank_database_connections_in_use",
    "Connections to the database that are in use now, or kept for keys and posts.",
    multiprocess_mode="livesum",
    registry=_OWN,
)
CONNECTIONS_MAX: Final = Gauge(
    "timebank_database_connections_max",
    "Connections to the database that all processes may open together.",
    multiprocess_mode="livesum",
    registry=_OWN,
)


def count_request(method: str, route: str, status: int, *, seconds: float | None) -> None:
    """Count a request that is answered, and how long that took, unless it waited for news."""
    _request_counter(method, route, status).inc()
    if seconds is not None:
        _request_timer(method, route).observe(seconds)


def count_entries(outcomes: Iterable[Outcome]) -> None:
    """Count what was committed, by kind, and what had been there before."""
    kinds: dict[str, int] = {}
    repeated = 0
    for outcome in outcomes:
        if isinstance(outcome, Appended):
            if outcome.replayed:
                repeated += 1
            else:
                kinds[outcome.entry.kind] = kinds.get(outcome.entry.kind, 0) + 1
    for kind, number in kinds.items():
        _entry_counter(kind).inc(number)
    if repeated:
        REPEATED.inc(repeated)


# To find the figure of some labels takes longer than to count; there are as many as routes.
@lru_cache(maxsize=4096)
def _request_counter(method: str, route: str, status: int) -> Counter:
    return REQUESTS.labels(method, route, status)


@lru_cache(maxsize=4096)
def _request_timer(method: str, route: str) -> Histogram:
    return REQUEST_SECONDS.labels(method, route)


@lru_cache(maxsize=4096)
def _entry_counter(kind: str) -> Counter:
    return ENTRIES.labels(kind)


def watch_pool(engine: Engine, connections_max: int) -> None:
    """Have it counted how many connections of an engine are in use."""

    def count(_connection: DBAPIConnection, record: ConnectionPoolEntry, _proxy: object) -> None:
        record.info[_COUNTED] = True
        CONNECTIONS.inc()

    def discount(_connection: DBAPIConnection | None, record: ConnectionPoolEntry) -> None:
        # One that could not be used was never counted.
        if record.info.pop(_COUNTED, False):
            CONNECTIONS.dec()

    CONNECTIONS_MAX.inc(connections_max)
    event.listen(engine, "checkout", count)
    event.listen(engine, "checkin", discount)


def exposition(home: Path) -> bytes:
    """Write all figures in the text format of Prometheus, those of all processes together."""
    folder = os.environ.get(FOLDER_VARIABLE)
    registry = _OWN
    if folder:
        _forget_dead_processes(folder)
        registry = CollectorRegistry()
        MultiProcessCollector(registry, path=folder)  # type: ignore[no-untyped-call]  # untyped
    common = CollectorRegistry()
    common.register(_Common(home))
    return generate_latest(registry) + generate_latest(common)


class _Common(Collector):
    """What is the same in all processes."""

    def __init__(self, home: Path) -> None:
        self._home = home

    def collect(self) -> Iterator[Metric]:
        """Give the version, and the time of the last backup where it is known."""
        build = GaugeMetricFamily("timebank_build", "The version that runs.", labels=["version"])
        build.add_metric([version("timebank")], 1)
        yield build
        last = read_last_backup(self._home)
        if last is not None:
            yield GaugeMetricFamily(
                "timebank_last_backup_timestamp_seconds",
                "When the last backup was made that ended well, in seconds since 1970.",
                value=last.made_seconds,
            )
            yield GaugeMetricFamily(
                "timebank_last_backup_age_seconds",
                "How long ago that was.",
                value=max(0.0, time.time() - last.made_seconds),
            )


def _forget_dead_processes(folder: str) -> None:
    """Drop what killed processes said of their present; their counts stay counted."""
    for path in Path(folder).glob("gauge_live*_*.db"):
        process = int(path.stem.rpartition("_")[2])
        if not _is_alive(process):
            mark_process_dead(process, folder)  # type: ignore[no-untyped-call]  # untyped


def _is_alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True

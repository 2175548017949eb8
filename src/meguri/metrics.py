"""Metrics of this process and of the workers beside it, for Prometheus.

Labels are names of ours (routes, events, jobs), never a tenant's data."""

import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import cast

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.core import Metric
from prometheus_client.gc_collector import GCCollector
from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.process_collector import ProcessCollector

REGISTRY = CollectorRegistry()
ProcessCollector(registry=REGISTRY)
GCCollector(registry=REGISTRY)
FOLDER = "metrics"
LEAVE_EVERY_S = 5.0
_LEFT_FOR_S = 60.0
_ENDING = ".prom"
CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"

_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)

requests = Counter("meguri_requests", "Requests answered", ["method", "route", "status"], registry=REGISTRY)
request_seconds = Histogram(
    "meguri_request_seconds", "Seconds to answer a request", ["route"], buckets=_SECONDS, registry=REGISTRY
)
refusals = Counter("meguri_refusals", "Refusals by code", ["code"], registry=REGISTRY)
in_flight = Gauge("meguri_requests_in_flight", "Requests being handled now", registry=REGISTRY)
jobs_done = Counter("meguri_jobs", "Jobs ended, by outcome", ["job", "outcome"], registry=REGISTRY)
job_seconds = Histogram("meguri_job_seconds", "Seconds of a job", ["job"], buckets=_SECONDS, registry=REGISTRY)
jobs_waiting = Gauge("meguri_jobs_waiting", "Jobs in the queue", ["status"], registry=REGISTRY)
disk_free = Gauge("meguri_disk_free_bytes", "Bytes left where data are kept", registry=REGISTRY)
pool_waiting = Gauge("meguri_database_requests_waiting", "Requests that wait for a connection", registry=REGISTRY)
pool_size = Gauge("meguri_database_connections", "Open database connections", registry=REGISTRY)


def exposition(folder: Path | None = None) -> bytes:
    """All figures as text in Prometheus's form; with those that workers left in `folder`, marked by the label `process`."""
    return generate_latest(cast("CollectorRegistry", _Together(folder) if folder else REGISTRY))


def leave(folder: Path, process: str) -> None:
    """Leave this process's figures in `folder` for the web process to tell. Raises OSError."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    aside = folder / f"{process}.partial"
    aside.write_bytes(generate_latest(REGISTRY))
    aside.replace(folder / (process + _ENDING))


def take_away(folder: Path, process: str) -> None:
    """The process ends: its figures with it."""
    (folder / (process + _ENDING)).unlink(missing_ok=True)


class _Together:
    """The figures of this process and those that others left not long ago; older ones are of a process that died."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def collect(self) -> Iterator[Metric]:
        """Each family once, for the form allows no second."""
        families = {family.name: family for family in REGISTRY.collect()}
        for process, text in self._left():
            for family in text_string_to_metric_families(text):
                if family.name.endswith("_created"):  # moments of birth, which the form makes families of
                    continue
                known = families.setdefault(family.name, Metric(family.name, family.documentation, family.type))
                for sample in family.samples:
                    known.samples.append(sample._replace(labels=sample.labels | {"process": process}))
        yield from families.values()

    def _left(self) -> Iterator[tuple[str, str]]:
        for file in sorted(self._folder.glob("*" + _ENDING)):
            with suppress(OSError, UnicodeDecodeError):
                if time.time() - file.stat().st_mtime < _LEFT_FOR_S:
                    yield file.name.removesuffix(_ENDING), file.read_text()

"""Metrics of this process, for Prometheus. Labels are names of ours (routes, events, jobs), never a tenant's data."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.gc_collector import GCCollector
from prometheus_client.process_collector import ProcessCollector

REGISTRY = CollectorRegistry()
ProcessCollector(registry=REGISTRY)
GCCollector(registry=REGISTRY)
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
pool_waiting = Gauge("meguri_database_requests_waiting", "Requests that wait for a connection", registry=REGISTRY)
pool_size = Gauge("meguri_database_connections", "Open database connections", registry=REGISTRY)


def exposition() -> bytes:
    """All figures as text in Prometheus's form."""
    return generate_latest(REGISTRY)

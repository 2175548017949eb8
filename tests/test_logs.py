"""Logs: one JSON line each, tied together by the tracking id, and without secrets."""

import io
import json
import logging
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import structlog

from meguri import logs, metrics

Lines = Callable[[], list[dict[str, Any]]]

JWT = "eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJhIn0.c2lnbmF0dXJl"


@pytest.fixture
def lines() -> Iterator[Lines]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    stream = io.StringIO()
    logs.configure("INFO", stream=stream)
    yield lambda: [json.loads(line) for line in stream.getvalue().splitlines()]
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()


def test_a_line_tells_when_where_and_for_which_request(lines: Lines) -> None:
    with logs.tracked("abc-1"):
        logs.get("room").info("done", count=3)
    logs.get("room").info("outside")
    first, second = lines()
    assert (first["event"], first["logger"], first["level"], first["count"], first["tracking_id"]) == (
        "done", "room", "info", 3, "abc-1",
    )  # fmt: skip
    assert first["timestamp"].endswith("Z")
    assert "tracking_id" not in second


@pytest.mark.parametrize(
    "planted",
    [
        {"password": "hunter2hunter2"},
        {"Authorization": "Bearer hunter2hunter2"},
        {"headers": {"x-api-key": "hunter2hunter2", "Cookie": "hunter2hunter2"}},
        {"said": "Authorization: Bearer hunter2hunter2"},
        {"url": "postgresql://owner:hunter2hunter2@host/db"},
        {"dsn_parts": "host=x password=hunter2hunter2 user=y"},
        {"list": [{"access_token": "hunter2hunter2"}]},
    ],
)
def test_no_secret_reaches_a_line(lines: Lines, planted: dict[str, Any]) -> None:
    logs.get("room").info("event", **planted)
    assert "hunter2" not in json.dumps(lines())
    assert logs.HIDDEN in json.dumps(lines(), ensure_ascii=False)


def test_neither_does_one_from_a_library_or_an_exception(lines: Lines) -> None:
    logging.getLogger("library").warning("token %s", JWT)
    try:
        raise ValueError(f"cannot reach postgresql://owner:hunter2@host/db with {JWT}")
    except ValueError:
        logs.get("room").exception("failed")
    said = json.dumps(lines())
    assert len(lines()) == 2
    assert "ValueError" in said
    assert JWT not in said
    assert "hunter2" not in said


def test_figures_are_told_in_the_form_of_prometheus() -> None:
    metrics.requests.labels("GET", "/readyz", "200").inc()
    assert b'meguri_requests_total{method="GET",route="/readyz",status="200"}' in metrics.exposition()

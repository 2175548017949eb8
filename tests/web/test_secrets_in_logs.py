"""Secrets planted in every place where a request can carry one are nowhere in the logs and the metrics."""

import io
import logging
from collections.abc import Iterator
from typing import Any

import pytest
import structlog

from meguri import logs, metrics
from meguri.identity import service
from meguri.storage.database import Database

from .conftest import PASSWORD, Site

pytestmark = pytest.mark.anyio


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    stream, before = io.StringIO(), logging.getLogger().handlers[:]
    logs.configure("DEBUG", stream=stream)
    logging.getLogger("httpx").setLevel(logging.WARNING)  # the client of these tests, not the server
    yield stream
    logging.getLogger().handlers[:] = before
    structlog.reset_defaults()


async def test_no_secret_reaches_the_logs_or_the_metrics(site: Site, log: io.StringIO) -> None:
    person = await site.person("ann@a.example", site.a)
    signed = await service.sign_in(site.db, "ann@a.example", PASSWORD, "198.51.100.7")
    link = await service.add_operator_admin(site.db, site.a, "new@a.example", "New")
    planted = ["canary-password-4711", "canary-cookie-4711", "canary-key-4711", "canary-token-4711", PASSWORD]
    secrets = [*planted, signed.access_token, signed.refresh_token or "", link.token, "ann@a.example", "canary@a.b"]
    async with site.client() as client:
        await client.post("/api/v1/session", json={"account": "canary@a.b", "password": planted[0]})
        await client.post("/api/v1/session", json={"account": "ann@a.example", "password": planted[0]})
        await client.post("/api/v1/session/refresh", json={"refresh_token": signed.refresh_token})
        await client.post("/api/v1/session/refresh", json={"refresh_token": planted[3]})
        await client.post("/api/v1/session/join", json={"token": link.token, "password": "short"})
        await client.get(f"/join/{link.token}")
        await client.get(f"/join/{planted[3]}")
        await client.get(f"/nowhere/{planted[3]}?token={planted[3]}")
        await client.get("/api/v1/session", headers={"authorization": f"Bearer {signed.access_token}"})
        await client.get("/api/v1/session", headers={"authorization": f"Bearer {planted[3]}"})
        await client.get("/api/v1/session", headers={"x-api-key": planted[2]})
        await client.get("/account", headers={"cookie": f"meguri={planted[1]}"})
        await client.post("/sign-in", data={"account": "ann@a.example", "password": planted[0]})
        figures = (await client.get("/metrics")).text + metrics.exposition().decode()
    written = log.getvalue()
    assert "web.request" in written
    assert str(person) in written  # a failed sign-in is noted, by the person's id
    for secret in secrets:
        assert secret not in written, secret
        assert secret not in figures, secret


async def test_an_unexpected_error_is_logged_with_its_place_and_without_what_it_was_given(
    site: Site, log: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fails(db: Database, account: str, password: str, *args: Any, **more: Any) -> None:
        raise RuntimeError("password=canary-password-4711")

    monkeypatch.setattr(service, "sign_in", fails)
    async with site.client() as client:
        client.event_hooks = {}
        body = {"account": "ann@a.example", "password": "canary-password-4711"}
        answer = await client.post("/api/v1/session", json=body)
    assert answer.status_code == 500
    written = log.getvalue()
    assert "RuntimeError" in written
    assert answer.json()["tracking_id"] in written
    assert "canary-password-4711" not in written
    assert "canary-password-4711" not in answer.text

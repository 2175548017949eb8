"""A foreign data exchange: this product in its tutorial profile, over HTTP; and our installation."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.conftest import Fresh
from tests.dataspaces.dsp.node_of_tests import running
from tests.dataspaces.outside.stage import Exchange, Weather
from tests.serving import free_port

from meguri import app as composition
from meguri.dataspaces.ouranos.client import way, wire
from meguri.settings import Settings, load
from meguri.storage.database import Database


@pytest.fixture(scope="module")
async def exchange(fresh: Fresh, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Exchange]:
    ground, url = fresh(), f"http://127.0.0.1:{free_port()}"
    async with running(ground, tmp_path_factory.mktemp("there"), profile="tutorial", public_url=url):
        async with httpx.AsyncClient(base_url=url, timeout=30) as http:
            yield Exchange(url, http)
    fresh.drop(ground)


@pytest.fixture
async def here(fresh: Fresh, exchange: Exchange, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Database]:
    """Our installation: production, whose operator allows this one system in its own network."""
    await exchange.reset()
    ground = fresh()
    folder: Path = tmp_path_factory.mktemp("here")
    settings: Settings = load({}, data_dir=str(folder), secret_key="s" * 40, outside_origins=exchange.url)
    way.use(settings)

    async def defer(*_: Any) -> None:
        """Turns are taken by hand."""

    async with Database(
        ground.login,
        reactions=composition.reactions(settings),
        defer=defer,
        pool_size=6,
        installation=composition.installation_of(settings),
    ) as db:
        yield db
    wire._tokens.clear()
    fresh.drop(ground)


@pytest.fixture
async def weather(here: Database, monkeypatch: pytest.MonkeyPatch) -> Weather:
    made = Weather()
    monkeypatch.setattr(way, "outbound", lambda: made)
    return made

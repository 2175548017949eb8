"""Supplier, cell maker and car maker, each at its own node and linked along the chain."""

from collections.abc import AsyncIterator

import pytest
from tests.conftest import Fresh
from tests.serving import free_port

from .nodes import Place, link, place


@pytest.fixture(scope="module")
async def nodes(fresh: Fresh, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[tuple[Place, Place, Place]]:
    ports = [free_port() for _ in range(3)]
    peers = ",".join(f"http://127.0.0.1:{port}" for port in ports)
    names = ("素材社", "電池社", "自動車社")
    async with (
        place(fresh, tmp_path_factory.mktemp("n1"), names[0], ports[0], peers) as supplier,
        place(fresh, tmp_path_factory.mktemp("n2"), names[1], ports[1], peers) as maker,
        place(fresh, tmp_path_factory.mktemp("n3"), names[2], ports[2], peers) as carmaker,
    ):
        await link(maker, supplier)
        await link(carmaker, maker)
        yield supplier, maker, carmaker

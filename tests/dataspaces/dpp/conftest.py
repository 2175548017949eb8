"""The real application with two companies, and passports that one of them wrote by the API itself."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from tests.passport.batteries import GTINS, complete
from tests.web.conftest import Site
from tests.web.conftest import cheap_hashes as cheap_hashes
from tests.web.conftest import site as site

from meguri.passport.kinds import battery

NAMESPACE = "urn:meguri:dpp:battery:1:"


def wire(values: dict[str, Any], **header: Any) -> dict[str, Any]:
    """A compressed document of these values."""
    sections: dict[str, Any] = {}
    for key, value in values.items():
        sections.setdefault(NAMESPACE + battery().attributes[key].section, {})[key] = value
    return {"dppSchemaVersion": "EN 18223:2026", **header, **sections}


def product(site: Site, category: str, serial: str) -> str:
    return f"http://{site.settings.host}:{site.settings.port}/01/{GTINS[category]}/21/{serial}"


@dataclass
class Written:
    """A published electric-vehicle battery of company A, and who reads it."""

    site: Site
    dpp_id: str
    owner: httpx.AsyncClient
    other: httpx.AsyncClient
    nobody: httpx.AsyncClient

    @property
    def path(self) -> str:
        return f"/v1/dpps/{quote(self.dpp_id, safe='')}"

    def element(self, path: str) -> str:
        return f"{self.path}/elements/{quote(path, safe='')}"


@pytest.fixture
async def written(site: Site) -> AsyncIterator[Written]:
    await site.person("ann@a.example", site.a)
    await site.person("bob@b.example", site.b)
    async with await site.signed_in("ann@a.example") as owner, await site.signed_in("bob@b.example") as other:
        async with site.client() as nobody:
            said = wire(complete("ev"), uniqueProductIdentifier=product(site, "ev", "MG26A000001"), dppStatus="Active")
            made = await owner.post("/v1/dpps", json=said)
            assert made.status_code == 201, made.text
            yield Written(site, made.json()["digitalProductPassportId"], owner, other, nobody)

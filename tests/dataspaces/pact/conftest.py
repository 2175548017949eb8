"""The PACT service in this process, a company with footprints, and partners that may read them.

pact      the service with its database; `pact.client(partner)` asks as a partner
"""

import tempfile
from base64 import b64encode
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest
from tests.chain import Company, company
from tests.conftest import Fresh
from tests.dataspaces.pact.footprints import footprint

from meguri.dataspaces.pact import service
from meguri.dataspaces.pact.facade import PactFacade
from meguri.dataspaces.pact.house import PactHouse, settle
from meguri.dataspaces.pact.model import NewPartner, PartnerInput, PublishInput
from meguri.footprint.service import reactions
from meguri.kernel.ids import new_id
from meguri.settings import load
from meguri.storage.database import Connection, Database

CLOUD = "application/cloudevents+json; charset=UTF-8"


async def nobody(scope: Any, receive: Any, send: Any) -> None:
    await send({"type": "http.response.start", "status": 418, "headers": []})
    await send({"type": "http.response.body", "body": b"another contract"})


@dataclass
class Pact:
    db: Database
    house: PactHouse
    app: PactFacade
    maker: Company
    partner: NewPartner
    stranger: NewPartner
    ids: list[str]
    deferred: list[tuple[str, dict[str, Any], datetime | None]] = field(default_factory=list)

    def open(self, base: str = "https://pact.test", **headers: str) -> httpx.AsyncClient:
        transport = httpx.ASGITransport(self.app, client=("198.51.100.7", 4711))
        return httpx.AsyncClient(transport=transport, base_url=base, headers=headers)

    async def client(self, partner: NewPartner | None = None) -> httpx.AsyncClient:
        who = partner or self.partner
        async with self.open() as asking:
            answer = await asking.post("/auth/token", **signing_in(who.partner.client_id, who.client_secret))
        assert answer.status_code == 200, answer.text
        return self.open(authorization=f"Bearer {answer.json()['access_token']}")

    async def publish(self, made: dict[str, Any], *partners: UUID, everyone: bool = False) -> str:
        given = PublishInput(footprint=made, partners=list(partners), everyone=everyone)
        found = await self.maker.run(service.publish, given)
        return str(found.footprint["id"])


def signing_in(client_id: str, secret: str, **form: str) -> dict[str, Any]:
    pair = b64encode(f"{client_id}:{secret}".encode()).decode()
    return {"data": {"grant_type": "client_credentials", **form}, "headers": {"authorization": f"Basic {pair}"}}


def event(kind: str, data: object, **more: object) -> dict[str, Any]:
    return {
        "type": f"org.wbcsd.pact.ProductFootprint.{kind}.3",
        "specversion": "1.0",
        "id": str(new_id()),
        "source": "https://partner.test/3/events",
        "time": "2026-02-01T00:00:00Z",
        "data": data,
        **more,
    }


@pytest.fixture(scope="module")
async def pact(fresh: Fresh) -> AsyncIterator[Pact]:
    made = fresh()
    deferred: list[tuple[str, dict[str, Any], datetime | None]] = []

    async def note(connection: Connection, task: str, args: dict[str, Any], run_at: datetime | None) -> None:
        deferred.append((task, args, run_at))

    folder = Path(tempfile.mkdtemp())
    house = settle(load({}, data_dir=str(folder), secret_key="s" * 40, profile="demo"))
    async with Database(made.login, reactions=reactions, defer=note, pool_size=4) as db:
        maker = await company(db, "セルメーカー")
        told = PartnerInput(name="OEM", base_url="https://oem.example", outgoing_client_id="us", outgoing_secret="x")
        partner = await maker.run(service.add_partner, told)
        stranger = await maker.run(service.add_partner, PartnerInput(name="Other"))
        pact = Pact(db, house, PactFacade(nobody, db, house), maker, partner, stranger, [], deferred)
        shared = partner.partner.partner_id
        for number, place in enumerate(({"geographyCountry": "DE"}, {"geographyCountrySubdivision": "DE-BW"}, {})):
            one = footprint(
                place,
                ("id",),
                created=f"2026-01-{10 + number}T00:00:00Z",
                productIds=[f"urn:pact:cell.example:supplier-id:C-{number}"],
                productClassifications=["urn:pact:productclassification:un-cpc:46410"],
            )
            pact.ids.append(await pact.publish(one, shared))
        yield pact
    fresh.drop(made)

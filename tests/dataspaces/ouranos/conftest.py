"""The façade on a real database: companies A and B of the public tutorials, C as a third, and a key for each attribute."""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import msgspec
import pytest

from meguri.dataspaces.ouranos.facade import OuranosFacade
from meguri.dataspaces.ouranos.house import House
from meguri.dataspaces.ouranos.identity_door import IdentityDoor
from meguri.dataspaces.ouranos.profile import Profile, tutorial
from meguri.diligence.service import reactions as of_diligence
from meguri.footprint.certificates import Certificates
from meguri.footprint.service import reactions as of_footprint
from meguri.identity import seeds
from meguri.identity import service as identity
from meguri.identity.model import KeyAttribute, PublicAccount
from meguri.identity.passwords import Hasher
from meguri.identity.rules import identity_rules
from meguri.kernel.scope import OperatorScope, Role
from meguri.operators import disclosure
from meguri.operators import service as operators
from meguri.operators.model import NewOperator
from meguri.storage.database import Database
from meguri.storage.files import FolderStore
from meguri.traceability.subjects import PartsAndTrades

HOST = "http://meguri.test"
REACTIONS = {
    event: [*of_footprint.get(event, []), *of_diligence.get(event, [])] for event in {*of_footprint, *of_diligence}
}
OWNED = ("/api/v1/inbox", "/auth/token")


@dataclass(frozen=True)
class Seed:
    operator_id: UUID
    name: str
    open_id: str
    account: str
    password: str


SEEDS = {
    "A": Seed(
        UUID("b39e6248-c888-56ca-d9d0-89de1b1adc8e"), "A社", "1234567890123", "oem_a@example.com", "oemA&user_01"
    ),
    "B": Seed(
        UUID("15572d1c-ec13-0d78-7f92-dd4278871373"),
        "B社",
        "1234567890124",
        "supplier_b@example.com",
        "supplierB&user_01",
    ),
    "C": Seed(
        UUID("c0000000-0000-4000-8000-00000000000c"),
        "C社",
        "1234567890125",
        "supplier_c@example.com",
        "supplierC&user_01",
    ),
}


@pytest.fixture(autouse=True)
def cheap_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    cheap = Hasher(msgspec.structs.replace(identity_rules().password, time_cost=1, memory_kib=64))
    for module in ("service.proof", "service.signing_in", "service.links", "seeds"):
        monkeypatch.setattr(f"meguri.identity.{module}.hasher", lambda: cheap)


async def inner(scope: Any, receive: Any, send: Any) -> None:
    """What stands behind the façade here: a page that says so."""
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/plain")]})
    await send({"type": "http.response.body", "body": b"inner"})


@dataclass
class Town:
    """A running façade and the companies that use it."""

    db: Database
    house: House
    client: httpx.AsyncClient
    tokens: dict[str, str] = field(default_factory=dict)
    plants: dict[str, str] = field(default_factory=dict)

    async def token(self, who: str) -> str:
        if who not in self.tokens:
            seed = SEEDS[who]
            door = self.house.door
            self.tokens[who] = (await door.sign_in(seed.account, seed.password, "192.0.2.1")).access_token
        return self.tokens[who]

    async def ask(self, who: str | None, method: str, url: str, body: object = None, **headers: str) -> httpx.Response:
        """A call of the data-transport or authentication system."""
        sent = {"apiKey": "Sample-APIKey1"} | {name.replace("_", "-"): value for name, value in headers.items()}
        if who:
            sent["Authorization"] = f"Bearer {await self.token(who)}"
        return await self.send(method, url, body, sent)

    async def north(
        self, who: str | None, method: str, url: str, body: object = None, **headers: str
    ) -> httpx.Response:
        """A call of the traceability system by an application."""
        sent = {"x-api-key": "any", "X-Requested-With": "xhr"} | headers
        if who:
            sent["Authorization"] = f"Bearer {await self.token(who)}"
        return await self.send(method, url, body, sent)

    async def south(self, who: str | None, method: str, url: str, body: object = None) -> httpx.Response:
        """A call of the traceability system by another data-transport system."""
        sent = {"x-api-key": "Sample-APIKey2", "Api-Version": "1"}
        if who:
            sent["Authorization"] = await self.token(who)
        return await self.send(method, f"/tms/{url}", body, sent)

    async def send(self, method: str, url: str, body: object, headers: dict[str, str]) -> httpx.Response:
        content = body if isinstance(body, bytes) else None if body is None else msgspec.json.encode(body)
        if content is not None:
            headers = {"Content-Type": "application/json"} | headers
        return await self.client.request(method, url, content=content, headers=headers)

    async def transport(self, who: str, method: str, query: str, body: object = None, **headers: str) -> httpx.Response:
        return await self.ask(who, method, f"/api/v1/datatransport?dataTarget={query}", body, **headers)

    async def plant(self, who: str) -> str:
        """The company's plant, made when first asked for."""
        if who not in self.plants:
            operator_id = str(SEEDS[who].operator_id)
            body = {
                "plantId": None,
                "operatorId": operator_id,
                "plantName": "工場",
                "plantAddress": "東京都",
                "openPlantId": f"{SEEDS[who].open_id}012345",
                "plantAttribute": {},
            }
            answer = await self.ask(who, "PUT", "/api/v1/authInfo?dataTarget=plant", body)
            assert answer.status_code == 201, answer.text
            self.plants[who] = answer.json()["plantId"]
        return self.plants[who]

    async def part_body(self, who: str, name: str, **changes: object) -> dict[str, object]:
        body: dict[str, object] = {
            "operatorId": str(SEEDS[who].operator_id),
            "traceId": None,
            "plantId": await self.plant(who),
            "partsName": name,
            "supportPartsName": None,
            "terminatedFlag": False,
            "amountRequired": None,
            "amountRequiredUnit": "kilogram",
        }
        return body | changes

    async def part(self, who: str, name: str, **changes: object) -> str:
        answer = await self.transport(who, "PUT", "parts", await self.part_body(who, name, **changes))
        assert answer.status_code == 201, answer.text
        return str(answer.json()["traceId"])

    async def structure(self, who: str, name: str, children: dict[str, object]) -> tuple[str, list[str]]:
        """A parent with children by name and amount; the ids."""
        body = {
            "parentPartsModel": await self.part_body(who, name),
            "childrenPartsModel": [
                await self.part_body(who, child, amountRequired=amount) for child, amount in children.items()
            ],
        }
        answer = await self.transport(who, "PUT", "partsStructure", body)
        assert answer.status_code == 201, answer.text
        written = answer.json()
        return written["parentPartsModel"]["traceId"], [one["traceId"] for one in written["childrenPartsModel"]]

    def request_body(
        self, customer: str, supplier: str, part: str, kind: str = "CFP", **status: object
    ) -> dict[str, Any]:
        return {
            "tradeModel": {
                "tradeId": None,
                "downstreamOperatorId": str(SEEDS[customer].operator_id),
                "upstreamOperatorId": str(SEEDS[supplier].operator_id),
                "downstreamTraceId": part,
                "upstreamTraceId": None,
            },
            "statusModel": {
                "statusId": None,
                "tradeId": None,
                "message": "ご回答をお願いします。",
                "replyMessage": None,
                "requestStatus": {},
                "requestType": kind,
                "responseDueDate": "2026-12-31",
            }
            | status,
        }

    async def request(self, customer: str, supplier: str, part: str, kind: str = "CFP") -> tuple[str, str]:
        """(tradeId, statusId) of a new request."""
        answer = await self.transport(
            customer, "PUT", "tradeRequest", self.request_body(customer, supplier, part, kind)
        )
        assert answer.status_code == 201, answer.text
        return answer.json()["tradeModel"]["tradeId"], answer.json()["statusModel"]["statusId"]

    async def link(self, supplier: str, trade_id: str, part: str) -> httpx.Response:
        return await self.transport(supplier, "PUT", f"tradeResponse&tradeId={trade_id}&traceId={part}")

    async def end(
        self, who: str, trade_id: str, status_id: str, state: str, reply: str | None = None
    ) -> httpx.Response:
        body = {
            "statusId": status_id,
            "tradeId": trade_id,
            "requestStatus": {"cfpResponseStatus": state},
            "message": None,
            "replyMessage": reply,
            "requestType": "CFP",
            "responseDueDate": "",
        }
        return await self.transport(who, "PUT", "status", body)

    async def declare(self, who: str, part: str, pre: object, main: object, **more: object) -> httpx.Response:
        return await self.transport(who, "PUT", "cfp", cfp_rows(part, pre, main, **more))


def cfp_rows(
    part: str, pre: object, main: object, cfp_id: str | None = None, components: tuple[object, object] = (0, 0)
) -> list[Any]:
    """The four rows of a part, with the tutorials' scores."""
    values = {
        "preProduction": pre,
        "mainProduction": main,
        "preComponent": components[0],
        "mainComponent": components[1],
    }
    return [
        {
            "cfpId": cfp_id,
            "traceId": part,
            "ghgEmission": value,
            "ghgDeclaredUnit": "kgCO2e/kilogram",
            "cfpType": kind,
            "dqrType": "preProcessing" if kind.startswith("pre") else "mainProcessing",
            "dqrValue": {"TeR": 1, "GeR": 2, "TiR": 3} if kind.startswith("pre") else {"TeR": 2, "GeR": 3, "TiR": 4},
        }
        for kind, value in values.items()
    ]


async def seed(db: Database, who: Seed, *, auto_disclose: bool) -> None:
    scope = OperatorScope(who.operator_id, "system:test", Role.ADMIN)
    said = NewOperator(
        name=who.name,
        address="東京都渋谷区xx",
        open_operator_id=who.open_id,
        global_operator_id=f"1234ABCD5678EFGH{who.open_id[-4:]}",
        synthetic=True,
    )
    await db.run(scope, operators.register, said, check_digits=False, auto_disclose=auto_disclose)
    account = PublicAccount(email=who.account, name=who.name, password=who.password, operator_id=who.operator_id)
    await seeds.seed_account(db, account)


MakeTown = Callable[..., Any]


@pytest.fixture
async def found_town(fresh: Any, tmp_path: Path) -> AsyncIterator[MakeTown]:
    """Makes a façade of any profile on a fresh database."""
    disclosure.learn(PartsAndTrades())
    opened: list[Any] = []

    async def make(profile: Profile | None = None, *, auto_disclose: bool = True, **house: Any) -> Town:
        db = Database(fresh().login, reactions=REACTIONS, pool_size=6)
        await db.open()
        opened.append(db)
        identity.open_gate(db, identity.IdentitySettings(secret=b"s" * 32, public_accounts=True))
        for who in SEEDS.values():
            await seed(db, who, auto_disclose=auto_disclose)
        everyone = tuple(who.operator_id for who in SEEDS.values())
        everywhere = ["0.0.0.0/0"]
        keys = {"Sample-APIKey1": KeyAttribute.APPLICATION, "Sample-APIKey2": KeyAttribute.DATA_SPACE}
        for key, attribute in keys.items():
            await identity.install_key(db, key, key, attribute, everyone, everywhere)
        certificates = Certificates(db, FolderStore(tmp_path), "meguri-files")
        behind = House(db, IdentityDoor(db), profile or tutorial(), certificates, **house)
        facade = OuranosFacade(inner, behind, lambda path: path.startswith(OWNED))
        client = httpx.AsyncClient(transport=httpx.ASGITransport(facade), base_url=HOST)
        opened.append(client)
        return Town(db, behind, client)

    yield make
    for one in reversed(opened):
        await (one.aclose() if isinstance(one, httpx.AsyncClient) else one.close())


@pytest.fixture
async def town(found_town: MakeTown) -> Town:
    made: Town = await found_town()
    return made

"""Companies that take part in a foreign data exchange from outside, and what goes wrong on the way there."""

import re
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import httpx
from tests.chain import Company, company

from meguri.dataspaces.ouranos.client import following, joining, way
from meguri.dataspaces.ouranos.client.model import System, SystemInput
from meguri.jobs.outbound import Outbound, Reply, Unreachable
from meguri.storage.database import Database

ACCOUNTS = {"A": ("oem_a@example.com", "oemA&user_01"), "B": ("supplier_b@example.com", "supplierB&user_01")}
IDS = {"A": "b39e6248-c888-56ca-d9d0-89de1b1adc8e", "B": "15572d1c-ec13-0d78-7f92-dd4278871373"}
NUMBERS = {"A": "1234567890123", "B": "1234567890124"}
DATA, INFO = "/api/v1/datatransport?dataTarget=", "/api/v1/authInfo?dataTarget="


class Killed(BaseException):
    """The worker died at this very point."""


_STEP = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}|https?://[^/]+|trackId=\w+|(?<=Files/)\w+")


@dataclass
class Weather(Outbound):
    """The way out, with what goes wrong the first time that a step is taken: before it arrives, or after it was done."""

    calls: list[str] = field(default_factory=list)
    what: str = ""
    away: bool = False
    known: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        Outbound.__init__(self, way.reach())

    async def send(self, method: str, url: str, **more: Any) -> Reply:
        self.calls.append(f"{method} {url.partition('/api/v1/')[2] or url}")
        if self.away:
            raise Unreachable("away")
        step = _STEP.sub("", self.calls[-1])
        mine = bool(self.what) and step not in self.known
        self.known.add(step)
        if mine and self.what == "lost before":
            raise Unreachable("lost on the way there")
        reply = await super().send(method, url, **more)
        if mine and self.what == "lost after":
            raise Unreachable("lost on the way back")
        if mine and self.what == "killed":
            raise Killed
        return reply

    def fine(self) -> None:
        self.calls, self.what, self.away = [], "", False


@dataclass
class Exchange:
    """The foreign system, seen by clients of its own."""

    url: str
    http: httpx.AsyncClient
    tokens: dict[str, str] = field(default_factory=dict)

    async def call(self, who: str, method: str, path: str, body: Any = None) -> Any:
        if who not in self.tokens:
            account, password = ACCOUNTS[who]
            said = {"operatorAccountId": account, "accountPassword": password}
            answer = await self.http.post("/auth/login", headers={"apiKey": "Sample-APIKey1"}, json=said)
            self.tokens[who] = answer.json()["accessToken"]
        headers = {"apiKey": "Sample-APIKey1", "x-api-key": "k", "Authorization": f"Bearer {self.tokens[who]}",
                   "X-Requested-With": "xhr"}  # fmt: skip
        answer = await self.http.request(method, path, headers=headers, json=body)
        assert answer.status_code < 300, (path, answer.text)
        return answer.json() if answer.content else None

    async def rows(self, who: str, target: str) -> list[Any]:
        found: list[Any] = await self.call(who, "GET", f"{DATA}{target}")
        return found

    async def reset(self) -> None:
        await self.call("A", "PUT", "/dataReset")


@dataclass
class Member:
    """A company here with its system there."""

    acts: Company
    system: System
    db: Database

    async def follow(self) -> None:
        await following.follow(self.db, self.acts.id, self.system.system_id)

    async def detail(self) -> joining.Detail:
        return await self.acts.run(joining.detail, self.system.system_id)


async def member(db: Database, exchange: Exchange, who: str, name: str, **more: Any) -> Member:
    acts = await company(db, name)
    account, password = ACCOUNTS[who]
    given = SystemInput(
        name="外部のデータ流通",
        base_url=more.pop("base_url", exchange.url),
        north_url=more.pop("north_url", exchange.url),
        api_key="Sample-APIKey1",
        account=account,
        password=password,
        **more,
    )
    system = await joining.join(db, acts.scope, given)
    made = Member(acts, system, db)
    await made.follow()
    return made


async def partner(of: Member, who: str) -> UUID:
    found = await joining.find_partner(of.db, of.acts.scope, of.system.system_id, NUMBERS[who])
    return found.operator_id

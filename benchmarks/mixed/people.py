"""A hundred companies in five tiers, each with parts, requests and figures of its own, made before the clock starts."""

import asyncio
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from uuid import UUID

from tests.chain import KG, company

from meguri import app
from meguri.footprint import service as footprint
from meguri.footprint.model import FootprintInput, Quality
from meguri.identity import service as identity
from meguri.jobs import Queue
from meguri.kernel.ids import new_id
from meguri.kernel.scope import OperatorScope, Role
from meguri.settings import Settings
from meguri.storage import Database
from meguri.storage.access import access_to
from meguri.traceability import service as traceability
from meguri.traceability.model import ChildInput, PartInput, RequestInput

TIERS, WIDTH = 5, 20
PARTS = 20
_RATING = Quality(ter=Decimal(1), ger=Decimal(2), tir=Decimal(2))


@dataclass
class Tenant:
    """One company as its program sees it."""

    number: int
    operator_id: UUID
    plant_id: UUID
    key: str
    parts: list[str] = field(default_factory=list)  # with their structure
    delivered: str = ""  # what it delivers to its customers
    requests: list[str] = field(default_factory=list)

    @property
    def tier(self) -> int:
        return self.number // WIDTH


def people(folder: Path) -> list[Tenant]:
    """The companies, ready to call; `folder` is the server's data folder."""
    return asyncio.run(_people(folder))


async def _people(folder: Path) -> list[Tenant]:
    settings = Settings(data_dir=folder)
    dsn = access_to(folder, None).login
    queue = Queue(dsn, app.job_lists(settings))
    db = Database(
        dsn,
        reactions=app.reactions(settings),
        defer=queue.defer,
        pool_size=4,
        installation=app.installation_of(settings),
    )
    async with queue, db:
        identity.open_gate(db, app.identity_settings(settings))
        tenants: list[Tenant] = []
        for number in reversed(range(TIERS * WIDTH)):  # suppliers first
            suppliers = [one for one in tenants if one.tier == number // WIDTH + 1]
            tenants.append(await _tenant(db, number, suppliers))
    return sorted(tenants, key=lambda one: one.number)


async def _tenant(db: Database, number: int, suppliers: list[Tenant]) -> Tenant:
    made = await company(db, f"会社{number:03}")
    await identity.open_access(db, made.id)
    person = OperatorScope(made.id, "person:benchmark", Role.ADMIN, None, new_id())
    key = await identity.create_api_key(db, person, "benchmark", Role.EDITOR, ["127.0.0.0/8"])
    tenant = Tenant(number, made.id, made.plant_id, key.secret)
    figure = FootprintInput(
        declared_unit=KG,
        pre_production=Decimal(2),
        main_production=Decimal(1),
        pre_quality=_RATING,
        main_quality=_RATING,
    )
    for turn in range(PARTS):
        bought = bool(suppliers) and turn % 4 == 0
        below = [
            ChildInput(
                plant_id=made.plant_id, name=f"部材{turn}-{place}", unit=KG, terminated=not bought, amount=Decimal(2)
            )
            for place in range(5)
        ]
        written = await made.run(
            traceability.write_structure,
            PartInput(plant_id=made.plant_id, name=f"製品{turn}", unit=KG, terminated=False),
            below,
        )
        tenant.parts.append(str(written.parent.trace_id))
        await made.run(footprint.record, written.parent.trace_id, figure)
        if bought:
            supplier = suppliers[(number + turn) % len(suppliers)]
            asked = RequestInput(
                upstream_operator_id=supplier.operator_id, downstream_trace_id=written.children[0].part.trace_id
            )
            trade = await made.run(traceability.request, asked)
            tenant.requests.append(str(trade.request_id))
            there = OperatorScope(supplier.operator_id, "person:benchmark", Role.ADMIN)
            await db.run(there, traceability.link, trade.trade_id, UUID(supplier.delivered))
    tenant.delivered = tenant.parts[0]
    return tenant

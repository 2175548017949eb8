"""Parties, sites, relations, findings, lists and grievances as a company writes them down, for the tests of this room."""

from datetime import date
from decimal import Decimal as D
from uuid import UUID

import msgspec
from tests.chain import Company

from meguri.diligence.model import (
    EdgeInput,
    FacilityInput,
    FindingInput,
    GrievanceInput,
    ListInput,
    PartyId,
    PartyInput,
    PartyName,
    SeverityInput,
)
from meguri.diligence.service import (
    records,
)
from meguri.kernel import clock
from meguri.kernel.ids import new_id
from meguri.kernel.scope import OperatorScope, Role


def other_person(one: Company) -> Company:
    return Company(one.db, OperatorScope(one.id, f"person:{new_id()}", Role.ADMIN), one.plant_id)


async def party(one: Company, name: str, country: str = "FI", ids: list[PartyId] | None = None) -> UUID:
    said = PartyInput(names=[PartyName(value=name)], country=country, ids=ids or [])
    return (await one.run(records.add, "party", said)).record_id


async def site(one: Company, name: str, stage: str, country: str | None = "FI", material: str = "cobalt") -> UUID:
    owner = await party(one, f"{name} Holding Company", country or "FI")
    said = FacilityInput(party_id=owner, name=name, stage=stage, materials=[material], country=country)
    return (await one.run(records.add, "facility", said)).record_id


async def edge(one: Company, source: UUID, to: UUID | None, share: str, material: str = "cobalt") -> None:
    said = EdgeInput(source=source, to=to, material=material, share_pct=D(share), valid_from=date(2020, 1, 1))
    await one.run(records.add, "edge", said)


def finding(**more: object) -> FindingInput:
    base = FindingInput(
        title="Children at the washing place", category="B2", severity=SeverityInput(scale=4, scope=2, irremediability=3),
        likelihood=3, detected_on=clock.today(),
    )  # fmt: skip
    return msgspec.structs.replace(base, **more)


LIST = "entry_id,schema,name,aliases,country,identifiers,programs,listed_on,delisted_on\n"


def listed(*rows: str, **more: object) -> ListInput:
    base = ListInput(
        list_id="TEST-LIST", licence="synthetic", licence_confirmed=True, csv=LIST + "".join(f"{row}\n" for row in rows)
    )
    return msgspec.structs.replace(base, **more)


ENTRY = "E1,Company,Zarvani Refining Oy,Zarvani Kokkola,FI,lei:549300EXAMPLE0000012,T,2026-01-01,"
OTHERS = [f"X{n},Company,Entry{n}ville Works,,US,,T,2026-01-01," for n in range(5)]


TOLD = GrievanceInput(
    what="At the washing place children carry ore at night.", contact="neighbour@example.com", retaliation=True
)

"""Companies with batteries to sell: one database per module, each test with companies of its own."""

import itertools
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from msgspec.structs import replace
from tests.conftest import Fresh
from tests.passport.batteries import complete
from tests.passport.conftest import BASE, House
from tests.reuse.samples import good_evidence

from meguri.health.model import Chemistry, Conditions, Reference, Result, Status
from meguri.kernel import clock
from meguri.kernel.scope import OperatorScope
from meguri.reuse import room
from meguri.reuse.certificate import DiagnosisInput, StoredCertificate
from meguri.reuse.records import (
    BatteryFacts,
    HeldBattery,
    Listing,
    ListingKind,
    NewEvidence,
    NewListing,
    NewOffer,
    Offer,
)
from meguri.reuse.service import batteries, certificates, listings, offers
from meguri.storage.database import Database
from meguri.storage.installation import installation

_numbers = itertools.count(1)


def diagnosis(soh: float = 82.0, low: float = 78.9, high: float = 85.1) -> DiagnosisInput:
    capacity = Result(
        quantity="soh_capacity",
        value=soh,
        lower=low,
        upper=high,
        unit="%",
        method="capacity_full",
        status=Status.OK,
        reference=Reference("定格", 50.0, "Ah"),
        conditions=Conditions(temperature_c=25.0, c_rate=1.0),
    )
    spread = Result(
        quantity="rest_spread",
        value=None,
        lower=None,
        upper=None,
        unit="V",
        method="imbalance",
        status=Status.NOT_ASSESSABLE,
        reasons=("OCV_PLATEAU",),
    )
    measured = Result(
        quantity="capacity", value=41.0, lower=39.5, upper=42.5, unit="Ah", method="capacity_full", status=Status.OK
    )
    return DiagnosisInput(
        results=(capacity, measured, spread),
        tested_on=clock.today(),
        method="満充放電",
        instrument="充放電試験機 T-100",
        place="千葉県野田市",
        person="鈴木 一郎",
    )


class Trade(House):
    """Companies that sell and buy used batteries."""

    async def held(
        self,
        scope: OperatorScope,
        *,
        passport: bool = False,
        made: str = "2026-10",
        without: tuple[str, ...] = (),
        **facts: Any,
    ) -> HeldBattery:
        """A battery with good evidence of today, on request with a published passport of the company."""
        issued = await self.battery(scope, values={"manufacturing_date": made}) if passport else None
        given: dict[str, Any] = {
            "serial": f"MG-{next(_numbers):05d}",
            "model": "EV-40",
            "maker": "巡り電池",
            "chemistry": Chemistry.NMC,
            "rated_energy_kwh": 40.0,
            "rated_capacity_ah": 114.0,
            "mass_kg": 300.0,
            "max_voltage_v": 400.0,
            "cell_voltage_max": 4.2,
            "dpp_id": issued.dpp_id if issued else None,
            "passport_id": issued.passport_id if issued else None,
        } | facts
        battery = await self.run(scope, batteries.register, BatteryFacts(**given))
        today = clock.today()
        findings = tuple(replace(item, at=today) for item in good_evidence(without=without))
        return await self.run(scope, batteries.add_evidence, battery.battery_id, NewEvidence(findings=findings))

    async def certified(self, scope: OperatorScope, battery_id: UUID, **soh: float) -> StoredCertificate:
        return await self.run(scope, certificates.issue, battery_id, diagnosis(**soh))

    async def listed(
        self, scope: OperatorScope, *, price: int = 300_000, kind: ListingKind = ListingKind.REUSE, **more: Any
    ) -> Listing:
        """A battery of the company with certificate, published."""
        battery = await self.held(scope, **more)
        await self.certified(scope, battery.battery_id)
        asked = NewListing(battery_id=battery.battery_id, price=price, kind=kind, publish=True)
        return await self.run(scope, listings.create, asked)

    async def offered(self, buyer: OperatorScope, listing: Listing, price: int = 280_000) -> Offer:
        return await self.run(buyer, offers.submit, NewOffer(listing_id=listing.listing_id, price=price))


@pytest.fixture(scope="module")
async def trade(fresh: Fresh, scope: Callable[..., OperatorScope]) -> AsyncIterator[Trade]:
    made = fresh()
    async with Database(
        made.login, pool_size=8, installation=installation(BASE, b"s" * 32), reactions=room.reactions
    ) as database:
        yield Trade(database, scope)
    fresh.drop(made)


def later(**by: float) -> Any:
    """A clock that runs ahead."""
    started = clock.now()
    return clock.fixed_clock(lambda: started + timedelta(**by))


__all__ = ["complete"]

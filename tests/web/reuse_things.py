"""Something of reuse behind every door: a battery that is listed, offered for, handed over; a pool, a contract, a guarantee."""

from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from msgspec.structs import replace
from tests.reuse.conftest import diagnosis
from tests.reuse.samples import good_evidence

from meguri.health.model import Chemistry
from meguri.kernel import clock
from meguri.reuse.billing import Plan, Tariff
from meguri.reuse.demand import Use
from meguri.reuse.gate import Verdict
from meguri.reuse.guarantee import GuaranteeTerms
from meguri.reuse.law import Accident
from meguri.reuse.records import AccidentInput, BatteryFacts, NewEvidence, NewListing, NewOffer
from meguri.reuse.service import (
    accidents,
    batteries,
    certificates,
    contracts,
    demands,
    guarantees,
    listings,
    offers,
    pools,
)
from meguri.reuse.service.contracts import NewContract
from meguri.reuse.service.guarantees import GuaranteeRequest
from meguri.reuse.service.pools import NewPack, NewPool

FACTS = {"model": "EV-40", "maker": "M", "chemistry": Chemistry.NMC, "rated_energy_kwh": 40.0, "cell_voltage_max": 4.2}


async def circulated(a: Any, b: Any, watched: UUID) -> dict[str, object]:
    """Ids by the names of the doors' places; the battery has the id under which telemetry knows it."""
    battery = await a.run(batteries.register, BatteryFacts(serial="S-1", telemetry_id=watched, **FACTS))
    findings = tuple(replace(item, at=clock.today()) for item in good_evidence())
    await a.run(batteries.add_evidence, battery.battery_id, NewEvidence(findings=findings))
    certificate = await a.run(certificates.issue, battery.battery_id, diagnosis())
    listing = await a.run(listings.create, NewListing(battery_id=battery.battery_id, price=300_000, publish=True))
    offer = await b.run(offers.submit, NewOffer(listing_id=listing.listing_id, price=290_000))
    accepted = await a.run(offers.accept, offer.offer_id)
    pool = await a.run(pools.create, NewPool(name="pool"))
    pack = NewPack(pack_id="P-1", station="s", soc=98, soh=90, usable_kwh=1.2, verdict=Verdict.PASS)
    await a.run(pools.add_pack, pool.pool_id, pack)
    tariff = Tariff(plan=Plan.ENERGY, per_kwh=Decimal(40))
    new = NewContract(user_id=b.id, pool_id=pool.pool_id, tariff=tariff, starts=date(2026, 1, 1))
    contract = await a.run(contracts.offer, new)
    terms = GuaranteeTerms(guaranteed=200_000, years=3)
    asked = GuaranteeRequest(battery_id=battery.battery_id, terms=terms, holder_id=b.id)
    guarantee = await a.run(guarantees.offer, asked)
    use = Use(
        use_id="", p_max_kw=5, e_min_kwh=10, v_min=200, v_max=450, temperature_range=(0, 40), cycles_per_day=1, dod=0.8,
        years=8, soh_min=60, soh_eol=50, value_per_kwh=30,
    )  # fmt: skip
    demand = await a.run(demands.register, "use", use)
    told = Accident(known_at=clock.now(), kwh=40)
    other = await a.run(batteries.register, BatteryFacts(serial="S-2", **FACTS))
    accident = await a.run(
        accidents.record, AccidentInput(battery_id=other.battery_id, site="x", what="y", accident=told)
    )
    return {
        "certificate_id": certificate.certificate_id,
        "listing_id": listing.listing_id,
        "offer_id": offer.offer_id,
        "transfer_id": accepted.custody_id,
        "pool_id": pool.pool_id,
        "pack_id": "P-1",
        "contract_id": contract.contract_id,
        "guarantee_id": guarantee.guarantee_id,
        "agreement_id": guarantee.guarantee_id,
        "demand_id": demand.demand_id,
        "accident_id": accident.accident_id,
    }

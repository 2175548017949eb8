"""A kept result of a worksheet as a footprint for PACT partners."""

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import msgspec

from meguri.dataspaces.pact.errors import MassUnknown, NotTheMethod, ResultStale
from meguri.dataspaces.pact.model import Published, PublishInput, ResultInput
from meguri.dataspaces.pact.service.publishing import publish
from meguri.dataspaces.pact.words import THEIRS, WITHOUT_MASS
from meguri.footprint.calculation.figures import HUNDRED, ZERO, precise
from meguri.footprint.calculation.quality import share_percent
from meguri.footprint.declarations import verifications_of
from meguri.footprint.worksheets.model import KeptResult, Rated
from meguri.footprint.worksheets.service import result as kept_result
from meguri.kernel.numbers import plain
from meguri.kernel.scope import OperatorScope
from meguri.kernel.units import AmountUnit
from meguri.operators import service as operators
from meguri.storage.transaction import Transaction
from meguri.traceability import service as traceability

PACKS = {"pact-3": ["PACT-3.0"], "cx-rulebook-4": ["PACT-3.0"]}
GATE = ("raw", "main")


async def publish_result(tx: Transaction, scope: OperatorScope, result_id: UUID, given: ResultInput) -> Published:
    """Publishes what a result says from cradle to gate, under the data of `given`.

    Raises ResultNotFound, ResultStale, NotTheMethod, MassUnknown, and as `publish`.
    """
    kept = await kept_result(tx, scope, result_id)
    if kept.stale is not None:
        raise ResultStale
    if kept.result.pack.id not in PACKS:
        raise NotTheMethod(pack=kept.result.pack.id)
    part = await traceability.part(tx, scope, kept.result.trace_id)
    company = await operators.own(tx, scope)
    body = {
        "companyName": company.name,
        "companyIds": given.company_ids or [f"urn:uuid:{scope.operator_id}"],
        "productDescription": given.description,
        "productIds": given.product_ids or [f"urn:uuid:{part.trace_id}"],
        "productNameCompany": part.name,
        "comment": f"urn:uuid:{result_id} sha256:{kept.hash}",
        "pcf": _pcf(kept, part.unit or AmountUnit.UNIT) | await _verified(tx, scope, result_id) | given.pcf,
    }
    told = PublishInput(footprint=body, trace_id=part.trace_id, partners=given.partners, everyone=given.everyone)
    return await publish(tx, scope, told)


def cradle_to_gate(kept: KeptResult) -> Decimal:
    """What would be published, per unit of the part."""
    stages = kept.result.stages[kept.result.mode]
    return sum((stages[stage] for stage in GATE), Decimal(0))


def _pcf(kept: KeptResult, unit: AmountUnit) -> dict[str, Any]:
    result, total = kept.result, plain(cradle_to_gate(kept))
    way = result.stages[result.mode]["dist"]
    pcf: dict[str, Any] = {
        "declaredUnitOfMeasurement": THEIRS[unit],
        "declaredUnitAmount": "1",
        "productMassPerDeclaredUnit": _mass(unit, result.mass_kg),
        "referencePeriodStart": _midnight(result.period_start),
        "referencePeriodEnd": _midnight(result.period_end + timedelta(days=1)),
        "pcfExcludingBiogenicUptake": total,
        "pcfIncludingBiogenicUptake": total,
        "fossilGhgEmissions": total,
        "ipccCharacterizationFactors": sorted({name.partition("-")[0] for name in result.gwp_sets}),
        "crossSectoralStandards": PACKS[result.pack.id],
        "exemptedEmissionsPercent": plain(result.exempted_percent),
        "primaryDataShare": plain(_primary_share(kept)),
    }
    if way > 0:  # what the maker brings to the customer is told apart, and is no part of the total
        pcf["outboundLogisticsGhgEmissions"] = plain(way)
    if result.sources:
        pcf["secondaryEmissionFactorSources"] = [{"name": name, "version": version} for name, version in result.sources]
    if result.rating.dqr:
        pcf["dqi"] = _dqi(result.rating)
    return pcf


@precise
def _primary_share(kept: KeptResult) -> Decimal:
    """Percent of what is published, from cradle to gate, that comes from primary data."""
    result, total = kept.result, cradle_to_gate(kept)
    if isinstance(result.primary_kg, msgspec.UnsetType):
        share = result.primary_percent
    else:
        share = share_percent(sum((result.primary_kg.get(stage, ZERO) for stage in GATE), ZERO), total)
    return max(ZERO, min(HUNDRED, share))


def _dqi(rating: Rated) -> dict[str, str]:
    return {
        "technologicalDQR": plain(rating.ter),
        "geographicalDQR": plain(rating.ger),
        "temporalDQR": plain(rating.tir),
    }


async def _verified(tx: Transaction, scope: OperatorScope, result_id: UUID) -> dict[str, Any]:
    for one in await verifications_of(tx, scope, result_id):
        if one.state == "verified":
            told = {
                "coverage": one.body.coverage,
                "providerName": one.body.provider.name,
                "standardName": one.body.standard,
                "comments": one.body.scope,
            }
            if one.body.completed_at:
                told["completedAt"] = f"{one.body.completed_at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
            return {"verification": told}
    return {}


def _mass(unit: AmountUnit, mass: Decimal | None) -> str:
    if unit is AmountUnit.KILOGRAM:
        return "1"
    if THEIRS[unit] in WITHOUT_MASS:
        return "0"
    if not mass:
        raise MassUnknown
    return plain(mass)


def _midnight(day: date) -> str:
    return f"{datetime.combine(day, time.min):%Y-%m-%dT%H:%M:%SZ}"

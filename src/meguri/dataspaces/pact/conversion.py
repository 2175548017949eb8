"""A partner's footprint as a statement per unit of our part."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from meguri.dataspaces.pact.checks import decimal_of
from meguri.dataspaces.pact.validity import validity_of
from meguri.dataspaces.pact.words import CALCULATION, OURS, THEIRS, WITHOUT_MASS
from meguri.footprint.calculation.carbon import per_declared_unit
from meguri.footprint.calculation.errors import UnitIncompatible
from meguri.footprint.calculation.figures import precise
from meguri.footprint.calculation.units import Across, convert
from meguri.footprint.service import ReceivedInput
from meguri.kernel.units import AmountUnit


@precise
def statement_of(footprint: Mapping[str, Any], unit: AmountUnit | None, flags: Sequence[str] = ()) -> ReceivedInput:
    """What a valid footprint states of one `unit` of our part (None: of its own declared unit).

    A total from cradle to gate has no stages: all of it is upstream of us, so all of it is raw material. Mass leads
    from pieces and litres to kilograms. Raises UnitIncompatible.
    """
    pcf = footprint["pcf"]
    declared = pcf["declaredUnitOfMeasurement"]
    ours = unit or OURS.get(declared)
    if ours is None:
        raise UnitIncompatible(given=declared, wanted="–")
    begins, ends = validity_of(footprint)
    dqi, checked = pcf.get("dqi") or {}, pcf.get("verification") or {}
    return ReceivedInput(
        origin="pact",
        reference=footprint["id"],
        partner=footprint["companyName"],
        unit=ours,
        raw=_number(pcf["pcfExcludingBiogenicUptake"]) / _number(pcf["declaredUnitAmount"]) * _units(pcf, ours),
        primary_share=decimal_of(pcf.get("primaryDataShare")),
        ter=decimal_of(dqi.get("technologicalDQR")),
        ger=decimal_of(dqi.get("geographicalDQR")),
        tir=decimal_of(dqi.get("temporalDQR")),
        valid_from=begins.date(),
        valid_to=ends.date(),
        gwp_sets=tuple(pcf["ipccCharacterizationFactors"]),
        sources=tuple(f"{each['name']} {each['version']}" for each in pcf.get("secondaryEmissionFactorSources") or ()),
        verified=checked.get("providerName"),
        flags=tuple(flags),
    )


@precise
def mass_of_one(pcf: Mapping[str, Any]) -> Decimal:
    """kg in one declared unit; the stated mass is that of the whole declared amount."""
    return per_declared_unit(_number(pcf["productMassPerDeclaredUnit"]), _number(pcf["declaredUnitAmount"]))


def _units(pcf: Mapping[str, Any], ours: AmountUnit) -> Decimal:
    """Declared units of the partner in one unit of ours."""
    declared = pcf["declaredUnitOfMeasurement"]
    mass = None if declared in WITHOUT_MASS else mass_of_one(pcf) or None
    across = Across(
        mass_per_piece=mass if declared == "piece" else None,
        density=mass if declared == "liter" else mass / 1000 if mass and declared == "cubic meter" else None,
    )
    return convert(Decimal(1), CALCULATION[THEIRS[ours]], CALCULATION[declared], across)


def _number(text: str) -> Decimal:
    return decimal_of(text) or Decimal(0)

"""Electricity, always in both ways: where it is used (location) and by contract. What law accepts may change, inputs not."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from enum import StrEnum

import msgspec

from meguri.footprint.calculation.errors import ElectricityBalance, InstrumentExceeded
from meguri.footprint.calculation.figures import ONE, ZERO, above, at_least, between, precise


class InstrumentKind(StrEnum):
    """What entitles a company to call electricity its own."""

    ON_SITE_DIRECT = "on_site_direct"
    PPA_PHYSICAL = "ppa_physical"
    PPA_VIRTUAL = "ppa_virtual"
    SUPPLIER_PRODUCT = "supplier_product"
    EAC = "eac"
    RESIDUAL = "residual"
    GRID = "grid"


class Instrument(msgspec.Struct, frozen=True, kw_only=True):
    """Electricity from one plant of one's own, contract or certificate, as far as this use takes it.

    kwh        taken for this use
    factor     kg CO2e per kWh
    volume     of the whole contract or certificate [kWh], where it serves several uses; None: not stated
    cancelled  the certificate is cancelled for this company (a plant of one's own needs none)
    region     market region; None: not limited
    """

    id: str
    kind: InstrumentKind
    kwh: Decimal
    factor: Decimal
    cancelled: bool = False
    valid_from: date | None = None
    valid_to: date | None = None
    region: str | None = None
    volume: Decimal | None = None


class ElectricityUse(msgspec.Struct, frozen=True, kw_only=True):
    """Electricity used in a period.

    kwh       all of it
    grid      factor of the grid's average consumption mix, kg CO2e per kWh delivered
    residual  factor of what is left of the mix when all certificates are taken out; None: not published
    """

    kwh: Decimal
    grid: Decimal
    residual: Decimal | None = None
    instruments: Sequence[Instrument] = ()
    start: date | None = None
    end: date | None = None
    region: str | None = None


class ElectricityResult(msgspec.Struct, frozen=True, kw_only=True):
    """kg CO2e by location and by contract.

    flags     to be shown: `residual_missing`
    refused   instruments that do not count by contract, with the reason: `not_cancelled`, `outside_period`,
              `outside_region`, `kind_not_contractual`, `not_in_pack`
    own       ids of the plants that count by location;  accepted  ids of the instruments that count by contract
    """

    location: Decimal
    contract: Decimal
    flags: tuple[str, ...]
    refused: Mapping[str, str]
    own: tuple[str, ...] = ()
    accepted: tuple[str, ...] = ()


_OWN = {InstrumentKind.ON_SITE_DIRECT}
_CONTRACTUAL = {
    InstrumentKind.ON_SITE_DIRECT,
    InstrumentKind.PPA_PHYSICAL,
    InstrumentKind.PPA_VIRTUAL,
    InstrumentKind.SUPPLIER_PRODUCT,
    InstrumentKind.EAC,
}


@precise
def electricity_emissions(use: ElectricityUse, kinds: Collection[str] | None = None) -> ElectricityResult:
    """Both results of one use of electricity.

    kinds  kinds of instrument that a rule pack accepts in its contract-based figure; None: every kind that is one

    location  Σ own plants · their factor + the rest · grid
    contract  Σ accepted instruments · their factor + the rest · residual mix (grid, flagged, where none is published)
    Raises ElectricityBalance if instruments cover more than was used, OutOfRange for negative amounts.
    """
    at_least("kwh", use.kwh)
    reasons = {instrument.id: _why_not(instrument, use, kinds) for instrument in use.instruments}
    refused = {key: reason for key, reason in reasons.items() if reason}
    covered = sum((at_least(f"{each.id}.kwh", each.kwh) for each in use.instruments), ZERO)
    if covered > use.kwh:
        raise ElectricityBalance(covered=covered, used=use.kwh)
    own = [each for each in use.instruments if each.kind in _OWN and not _why_not(each, use, None)]
    accepted = [each for each in use.instruments if each.id not in refused]
    rest = use.grid if use.residual is None else use.residual
    uncovered = use.kwh - sum((each.kwh for each in accepted), ZERO)
    return ElectricityResult(
        location=_with_rest(own, use.kwh, use.grid),
        contract=_with_rest(accepted, use.kwh, rest),
        flags=("residual_missing",) if use.residual is None and uncovered else (),
        refused=refused,
        own=tuple(each.id for each in own),
        accepted=tuple(each.id for each in accepted),
    )


@precise
def hourly_emissions(
    load: Sequence[Decimal], generation: Sequence[Decimal], contract: Decimal, grid: Sequence[Decimal]
) -> Decimal:
    """kg CO2e when contracted electricity counts only in the hour in which it is made.

    Σ min(load, generation) · contract + max(0, load − generation) · grid of the hour.
    """
    total = ZERO
    for used, made, factor in zip(load, generation, grid, strict=True):
        matched = min(at_least("load", used), at_least("generation", made))
        total += matched * contract + (used - matched) * factor
    return total


@precise
def annual_emissions(
    load: Sequence[Decimal], generation: Sequence[Decimal], contract: Decimal, grid: Sequence[Decimal]
) -> Decimal:
    """As `hourly_emissions`, but contracted electricity counts at any hour; the rest at the load-weighted mean grid."""
    used, made = sum(load, ZERO), sum(generation, ZERO)
    mean = sum((each * factor for each, factor in zip(load, grid, strict=True)), ZERO) / above("load", used)
    matched = min(used, made)
    return matched * contract + (used - matched) * mean


@precise
def delivered(generation_factor: Decimal, loss: Decimal) -> Decimal:
    """The factor per kWh delivered, from one per kWh generated and the share lost on the way (0 ≤ loss < 1)."""
    between("loss", loss, ZERO, ONE)
    return generation_factor / above("1 − loss", ONE - loss)


def check_volumes(volumes: Mapping[str, Decimal], taken: Mapping[str, Decimal]) -> None:
    """Raises InstrumentExceeded if more is taken from an instrument than its volume [kWh]."""
    for key, amount in taken.items():
        if key in volumes and amount > volumes[key]:
            raise InstrumentExceeded(instrument=key, volume=volumes[key], taken=amount)


def _with_rest(instruments: Iterable[Instrument], kwh: Decimal, rest: Decimal) -> Decimal:
    total, left = ZERO, kwh
    for each in instruments:
        total += each.kwh * each.factor
        left -= each.kwh
    return total + left * rest


def _why_not(instrument: Instrument, use: ElectricityUse, kinds: Collection[str] | None) -> str | None:
    if instrument.kind not in _CONTRACTUAL:
        return "kind_not_contractual"
    if kinds is not None and instrument.kind not in kinds:
        return "not_in_pack"
    if instrument.kind not in _OWN and not instrument.cancelled:
        return "not_cancelled"
    if (use.start and instrument.valid_from and instrument.valid_from > use.start) or (
        use.end and instrument.valid_to and instrument.valid_to < use.end
    ):
        return "outside_period"
    if use.region and instrument.region and use.region != instrument.region:
        return "outside_region"
    return None

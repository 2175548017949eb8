"""One line of activity to emissions, in both ways of counting electricity, with the reckoning in words."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import NamedTuple

import msgspec

from meguri.footprint.calculation.activity import STAGES, ActivityLine, Kind, Period
from meguri.footprint.calculation.circular import circular_footprint
from meguri.footprint.calculation.electricity import ElectricityUse, Instrument, delivered, electricity_emissions
from meguri.footprint.calculation.errors import LineAmbiguous, OutOfRange, StageUnknown, UnitIncompatible
from meguri.footprint.calculation.factors import Catalogue, EmissionFactor
from meguri.footprint.calculation.figures import ONE, ZERO, above, at_least, finite, precise
from meguri.footprint.calculation.gases import co2e
from meguri.footprint.calculation.packs import Rules
from meguri.footprint.calculation.transport import by_improved_tkm
from meguri.footprint.calculation.units import Across, convert
from meguri.footprint.calculation.waste import Waste, WasteResult, waste_emissions
from meguri.kernel.numbers import plain


class Pair(NamedTuple):
    """kg CO2e per good unit of the part: electricity counted by location, and by contract."""

    loc: Decimal
    con: Decimal

    def times(self, factor: Decimal) -> "Pair":
        """Both, multiplied."""
        return Pair(self.loc * factor, self.con * factor)


class LineResult(msgspec.Struct, frozen=True, kw_only=True):
    """What one line brings to one good unit.

    stages    by stage; empty for a child part and for a line without amount
    needed    gross input of a child part, for the roll-up
    reckoning the arithmetic as people write it
    """

    line: ActivityLine
    stages: Mapping[str, Pair]
    reckoning: str
    factors: tuple[EmissionFactor, ...] = ()
    flags: tuple[str, ...] = ()
    needed: Decimal | None = None
    mass_kg: Decimal | None = None


class Context(NamedTuple):
    """Where a line stands: catalogue, rules, period, and the part's share of what the period's lines measured."""

    catalogue: Catalogue
    rules: Rules
    period: Period
    share: Decimal = ONE


class _Sum(NamedTuple):
    stages: Mapping[str, Pair]
    text: str
    factors: tuple[EmissionFactor, ...] = ()
    flags: tuple[str, ...] = ()


@precise
def line_emissions(line: ActivityLine, context: Context) -> LineResult:
    """The emissions of one line per good unit. Raises a refusal that says what to correct."""
    _check(line)
    if line.amount is None and line.journey is None:
        return LineResult(line=line, stages={}, reckoning="–", flags=("amount_missing",))
    per_unit, how = _per_unit(line, context)
    if line.child_id is not None:
        needed = (line.amount or ZERO) * per_unit
        return LineResult(line=line, stages={}, reckoning=f"{_amount(line)}{how}", needed=needed)
    found = _KINDS[line.kind](line, context)
    stages = {stage: pair.times(per_unit) for stage, pair in found.stages.items()}
    expired = tuple("factor_expired" for factor in found.factors if factor.expired(context.period.start))
    demo = tuple("demo_factor" for factor in found.factors if factor.demo)
    whole = sum((getattr(pair, context.rules.mode) for pair in stages.values()), ZERO)
    return LineResult(
        line=line,
        stages=stages,
        reckoning=f"{found.text}{how} = {shown(whole)} kg CO2e",
        factors=found.factors,
        flags=tuple(dict.fromkeys((*found.flags, *expired[:1], *demo[:1]))),
        mass_kg=_mass(line, per_unit),
    )


def shown(number: Decimal, digits: int = 9) -> str:
    """A number for reading: `digits` significant ones, plain."""
    return plain(Decimal(f"{number:.{digits}g}"))


def _check(line: ActivityLine) -> None:
    if line.stage not in STAGES:
        raise StageUnknown(line.stage, STAGES)
    named = [line.factor_id, line.gas, line.child_id, line.circular]
    wrong = (line.gas is not None and line.kind is not Kind.DIRECT) or (line.circular is None) == (
        line.kind is Kind.CIRCULAR
    )
    if wrong or sum(source is not None for source in named) != 1:
        raise LineAmbiguous(line=line.id)
    if line.amount is not None:
        finite(f"{line.id}.amount", line.amount)
        if line.kind is not Kind.CREDIT:
            at_least(f"{line.id}.amount", line.amount)
    if not ZERO <= line.scrap_rate < ONE:
        raise OutOfRange(field=f"{line.id}.scrap_rate", value=line.scrap_rate, limits="0 ≤ … < 1")


def _per_unit(line: ActivityLine, context: Context) -> tuple[Decimal, str]:
    """By what the measured amount is multiplied to be that of one good unit, and how that reads."""
    factor, how = ONE, ""
    if line.scrap_rate:
        factor /= ONE - line.scrap_rate
        how += f" ÷ (1 − {plain(line.scrap_rate)})"
    if line.per == "period":
        factor *= context.share / above("output", context.period.output)
        how += f" × {shown(context.share)}" if context.share != ONE else ""
        how += f" ÷ {plain(context.period.output)}"
    return factor, how


def _factor(line: ActivityLine, context: Context) -> EmissionFactor:
    return context.catalogue.get(line.factor_id or "", line.factor_version)


def _by_factor(line: ActivityLine, context: Context) -> _Sum:
    factor = _factor(line, context)
    value, flags = _value(factor, context)
    amount = convert(line.amount or ZERO, line.unit, factor.unit, Across(line.mass_per_piece, line.density))
    emission = amount * value
    if line.kind is Kind.CREDIT and emission > 0:
        raise OutOfRange(field=f"{line.id}.amount", value=line.amount, limits="≤ 0")
    text = f"{_amount(line)}{_converted(line, amount, factor)} × {_factor_text(factor, value)}"
    return _Sum({line.stage: Pair(emission, emission)}, text, (factor,), flags)


def _by_gas(line: ActivityLine, context: Context) -> _Sum:
    mass = convert(line.amount or ZERO, line.unit, "kg")
    gas = line.gas or ""
    emission = co2e({gas: mass}, context.rules.gwp_set)
    text = f"{_amount(line)} {gas} × {shown(co2e({gas: ONE}, context.rules.gwp_set))} ({context.rules.gwp_set})"
    return _Sum({line.stage: Pair(emission, emission)}, text)


def _material_or_gas(line: ActivityLine, context: Context) -> _Sum:
    return _by_gas(line, context) if line.gas is not None else _by_factor(line, context)


def _electricity(line: ActivityLine, context: Context) -> _Sum:
    grid = _factor(line, context)
    grid_value, flags = _value(grid, context)
    residual = context.catalogue.get(line.residual_factor_id) if line.residual_factor_id else None
    residual_value, more = _value(residual, context) if residual else (None, ())
    if line.grid_loss is not None:
        grid_value = _delivered(line, grid, grid_value)
        if residual and residual_value is not None and not residual.includes_transmission_loss:
            residual_value = delivered(residual_value, line.grid_loss)
    kwh = convert(line.amount or ZERO, line.unit, "kWh")
    use = ElectricityUse(
        kwh=kwh,
        grid=grid_value,
        residual=residual_value,
        instruments=line.instruments,
        start=context.period.start,
        end=context.period.end,
        region=line.region,
    )
    result = electricity_emissions(use, context.rules.accepted if context.rules.mode == "con" else None)
    refused = tuple(f"instrument_{reason}" for reason in dict.fromkeys(result.refused.values()))
    by_contract = context.rules.mode == "con"
    counted = result.accepted if by_contract else result.own
    rest = (residual, residual_value) if by_contract and residual and residual_value is not None else (grid, grid_value)
    return _Sum(
        {line.stage: Pair(result.location, result.contract)},
        _electricity_text(line, kwh, [each for each in line.instruments if each.id in counted], _factor_text(*rest)),
        (grid, residual) if residual else (grid,),
        (*flags, *more, *result.flags, *refused),
    )


def _electricity_text(line: ActivityLine, kwh: Decimal, counted: Sequence[Instrument], rest: str) -> str:
    """The terms that count where the rules have electricity counted: contracts, then what they leave at the mix."""
    if not counted:
        converted = "" if kwh == line.amount else f" (= {shown(kwh)} kWh)"
        return f"{_amount(line)}{converted} × {rest}"
    left = kwh - sum((each.kwh for each in counted), ZERO)
    terms = [f"{plain(each.kwh)} kWh × {plain(each.factor)} ({each.id})" for each in counted]
    terms += [f"{shown(left)} kWh × {rest}"] if left else []
    return f"({' + '.join(terms)})"


def _delivered(line: ActivityLine, grid: EmissionFactor, value: Decimal) -> Decimal:
    """The grid's factor per kWh delivered. Raises OutOfRange where the factor has the loss already, or it is no share."""
    loss, field = line.grid_loss or ZERO, f"{line.id}.grid_loss"
    if loss and grid.includes_transmission_loss:
        raise OutOfRange(field=field, value=loss, limits=f"0 ({grid.id})")
    if not ZERO <= finite(field, loss) < ONE:
        raise OutOfRange(field=field, value=loss, limits="0 ≤ … < 1")
    return delivered(value, loss)


def _transport(line: ActivityLine, context: Context) -> _Sum:
    if line.journey is None:
        return _by_factor(line, context)
    factor, way = _factor(line, context), line.journey
    value, flags = _value(factor, context)
    per_litre = value / convert(ONE, factor.unit, "L", Across(density=line.density))
    freight = by_improved_tkm(
        way.tonnes, way.distance_km, way.fuel, way.load_percent, way.payload_kg, per_litre, way.return_factor
    )
    back = f" × {plain(way.return_factor)}" if way.return_factor != ONE else ""
    text = f"{plain(way.tonnes)} t × {plain(way.distance_km)} km{back} = {shown(freight.litres)} L"
    return _Sum(
        {line.stage: Pair(freight.emission, freight.emission)},
        f"{text} × {_factor_text(factor, value)}",
        (factor,),
        (*flags, *freight.flags),
    )


def _waste(line: ActivityLine, context: Context) -> _Sum:
    names = (line.factor_id, line.transport_factor_id, line.avoided_factor_id)
    found = [context.catalogue.get(name) if name else None for name in names]
    values = [_value(factor, context) if factor else (ZERO, ()) for factor in found]
    per_kg = [
        value / convert(ONE, factor.unit, "kg") if factor else ZERO
        for factor, (value, _) in zip(found, values, strict=True)
    ]
    waste = Waste(
        mass=convert(line.amount or ZERO, line.unit, "kg", Across(line.mass_per_piece, line.density)),
        treatment=per_kg[0],
        transport=per_kg[1],
        avoided=per_kg[2],
        recycled=line.recycled,
    )
    result = waste_emissions([waste], context.rules.waste)
    stages = {line.stage: Pair(result.burden, result.burden)}
    if result.credit:
        stages["eol_credit"] = Pair(result.credit, result.credit)
    text = f"{_amount(line)}{_in_kg(line, waste.mass)} × {_waste_text(waste, result)} ({context.rules.waste})"
    flags = tuple(flag for _, each in values for flag in each)
    return _Sum(stages, text, tuple(factor for factor in found if factor), flags)


def _waste_text(waste: Waste, result: WasteResult) -> str:
    """What a kg of it brings: treatment where the producer carries it, the way there, less what is saved elsewhere."""
    carried = result.burden - waste.mass * waste.transport
    terms = [term for term, counts in ((waste.treatment, carried), (waste.transport, waste.transport)) if counts]
    text = " + ".join(shown(term) for term in terms) or "0"
    text += f" − {shown(waste.avoided)}" if result.credit else ""
    return f"({text})" if len(terms) > 1 or result.credit else text


def _in_kg(line: ActivityLine, mass: Decimal) -> str:
    return "" if mass == line.amount else f" (= {shown(mass)} kg)"


def _circular(line: ActivityLine, context: Context) -> _Sum:
    if line.circular is None:
        raise LineAmbiguous(line=line.id)
    result = circular_footprint(line.circular, context.rules.end_of_life)
    amount = line.amount or ZERO
    by_stage = {"raw": result.input, "eol_gross": result.gross, "eol_credit": result.credit}
    stages = {stage: Pair(value, value).times(amount) for stage, value in by_stage.items()}
    method = context.rules.end_of_life
    terms = f"({shown(result.input)} + {shown(result.gross)} − {shown(-result.credit)})"
    return _Sum(stages, f"{_amount(line)} × {terms} ({method})")


_KINDS = {
    Kind.MATERIAL: _by_factor,
    Kind.FUEL: _by_factor,
    Kind.ELECTRICITY: _electricity,
    Kind.TRANSPORT: _transport,
    Kind.WASTE: _waste,
    Kind.DIRECT: _material_or_gas,
    Kind.CREDIT: _by_factor,
    Kind.CIRCULAR: _circular,
}


def _value(factor: EmissionFactor, context: Context) -> tuple[Decimal, tuple[str, ...]]:
    mixed = not factor.by_gas and factor.gwp_set is not None and factor.gwp_set != context.rules.gwp_set
    return factor.per_unit(context.rules.gwp_set), ("gwp_set_mixed",) if mixed else ()


def _mass(line: ActivityLine, per_unit: Decimal) -> Decimal | None:
    if line.kind is not Kind.MATERIAL or line.amount is None:
        return None
    across = Across(line.mass_per_piece, line.density)
    try:
        return convert(line.amount, line.unit, "kg", across) * per_unit
    except UnitIncompatible:
        return None


def _amount(line: ActivityLine) -> str:
    return f"{plain(line.amount or ZERO)} {line.unit}"


def _converted(line: ActivityLine, amount: Decimal, factor: EmissionFactor) -> str:
    return "" if amount == line.amount else f" (= {shown(amount)} {factor.unit})"


def _factor_text(factor: EmissionFactor, value: Decimal) -> str:
    return f"{shown(value)} kg CO2e/{factor.unit}"

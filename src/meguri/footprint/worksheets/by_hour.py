"""What if contracted electricity counted only in the hour in which it is made? From two meters; nothing is stored."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal, InvalidOperation
from uuid import UUID

import msgspec

from meguri.footprint.calculation.activity import Kind
from meguri.footprint.calculation.electricity import annual_emissions, delivered, hourly_emissions
from meguri.footprint.calculation.figures import HUNDRED, ZERO, precise
from meguri.footprint.calculation.units import convert
from meguri.footprint.factors import catalogue
from meguri.footprint.readings import Reading, readings_of_days
from meguri.footprint.readings.tables import moment, rows
from meguri.footprint.worksheets.errors import (
    GridFactorsMissing,
    GridFactorsUneven,
    GridFactorUnreadable,
    NotByTheHour,
)
from meguri.footprint.worksheets.model import Line, Worksheet
from meguri.footprint.worksheets.service import worksheet
from meguri.kernel.errors import NotFound
from meguri.kernel.scope import OperatorScope
from meguri.storage.transaction import Transaction

_LONGEST = timedelta(hours=1)


class ByHour(msgspec.Struct, frozen=True, kw_only=True):
    """Electricity matched hour by hour, beside matching over the whole period [kWh, kg CO2e].

    matched_kwh      contracted electricity made in the hour in which it was used
    matched_percent  of the load
    hourly, annual   emissions of the load, each way
    """

    hours: int
    load_kwh: Decimal
    generation_kwh: Decimal
    matched_kwh: Decimal
    matched_percent: Decimal
    hourly: Decimal
    annual: Decimal


@precise
def by_hour(
    load: Sequence[Decimal], generation: Sequence[Decimal], contract: Decimal, grid: Sequence[Decimal]
) -> ByHour:
    """From as many loads [kWh] as generations [kWh] and grid factors [kg CO2e/kWh], hour by hour. Raises
    GridFactorsUneven, and OutOfRange for a negative figure or no load.
    """
    if not len(load) == len(generation) == len(grid):
        raise GridFactorsUneven(load=len(load), generation=len(generation), grid=len(grid))
    annual = annual_emissions(load, generation, contract, grid)
    used = sum(load, ZERO)
    matched = sum((min(pair) for pair in zip(load, generation, strict=True)), ZERO)
    return ByHour(
        hours=len(load),
        load_kwh=used,
        generation_kwh=sum(generation, ZERO),
        matched_kwh=matched,
        matched_percent=matched / used * HUNDRED,
        hourly=hourly_emissions(load, generation, contract, grid),
        annual=annual,
    )


async def line_by_hour(
    tx: Transaction,
    scope: OperatorScope,
    worksheet_id: UUID,
    line_id: str,
    generation: tuple[str, str],
    contract_factor: Decimal,
    grid_factors: Sequence[Decimal] | Mapping[datetime, Decimal] | None = None,
) -> ByHour:
    """A line of electricity that names a meter, against the meter of a contracted plant (source, meter).

    grid_factors  of each hour with a load, in order or by the moment when it begins; None: the line's factor in every
                  hour
    Raises WorksheetNotFound, NotFound, NotByTheHour, GridFactorsUneven, GridFactorsMissing, UnitIncompatible,
    FactorUnknown.
    """
    sheet = await worksheet(tx, scope, worksheet_id)
    line = next((one for one in sheet.lines if one.id == line_id and one.kind is Kind.ELECTRICITY), None)
    if line is None:
        raise NotFound
    used = await _by_moment(tx, scope, sheet, line.source or "", line.meter or "")
    made = await _by_moment(tx, scope, sheet, *generation)
    if not used:
        raise NotByTheHour(meter=line.meter or line.name or line.id)
    if grid_factors is None:
        grid_factors = [await _grid(tx, scope, line)] * len(used)
    elif isinstance(grid_factors, Mapping):
        grid_factors = _at_each(grid_factors, [starts for starts, _ in used])
    return by_hour(list(used.values()), [made.get(at, ZERO) for at in used], contract_factor, grid_factors)


def grid_factors_of(file_name: str, content: bytes) -> dict[datetime, Decimal]:
    """Factors of the grid [kg CO2e/kWh] by the moment when their hour begins, from a CSV or XLSX file with the columns
    `from` and `factor`. Raises BadReading, TooManyReadings, GridFactorUnreadable.
    """
    found = {}
    for line, row in rows(file_name, content, ("from", "factor")):
        try:
            factor = Decimal(str(row["factor"]).strip())
            begins = moment(row["from"])
        except (ValueError, InvalidOperation):
            raise GridFactorUnreadable(line=line) from None
        if not factor.is_finite() or factor < 0:
            raise GridFactorUnreadable(line=line)
        found[begins] = factor
    return found


def _at_each(factors: Mapping[datetime, Decimal], hours: Sequence[datetime]) -> list[Decimal]:
    """The factor of the hour in which each reading begins."""
    found = [factors.get(at, factors.get(at.replace(minute=0, second=0, microsecond=0))) for at in hours]
    lacking = [at for at, factor in zip(hours, found, strict=True) if factor is None]
    if lacking:
        raise GridFactorsMissing(count=len(lacking), first=lacking[0].isoformat())
    return [factor for factor in found if factor is not None]


async def _grid(tx: Transaction, scope: OperatorScope, line: Line) -> Decimal:
    factor = (await catalogue(tx, scope)).get(line.factor_id or "", line.factor_version)
    return delivered((factor.value or ZERO) * convert(Decimal(1), "kWh", factor.unit), line.grid_loss or ZERO)


async def _by_moment(
    tx: Transaction, scope: OperatorScope, sheet: Worksheet, source: str, meter: str
) -> dict[tuple[datetime, datetime], Decimal]:
    found = await readings_of_days(tx, scope, source, meter, sheet.period_start, sheet.period_end)
    return {(one.starts, one.ends): _kwh(one) for one in found}


def _kwh(reading: Reading) -> Decimal:
    if reading.ends - reading.starts > _LONGEST:
        raise NotByTheHour(meter=reading.meter)
    return convert(reading.amount, reading.unit, "kWh")

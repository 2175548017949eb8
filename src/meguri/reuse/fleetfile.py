"""Many batteries from table to table: what `meguri reuse value` does for a whole fleet at once.

The same draws and the same figures as one report each gives, without its explanation and tornado; thousands of packs in
seconds. Read are CSV, Parquet and the JSON of a single report.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path

import msgspec
import numpy as np

from meguri.health.errors import OutputFormat
from meguri.health.pulse.rawtable import Cell, RawTable, read_table
from meguri.health.pulse.writing import Columns, replacing
from meguri.kernel import clock
from meguri.kernel.errors import FieldError, Refusal
from meguri.kernel.text import Text
from meguri.reuse.errors import FigureImplausible, UnusableInput
from meguri.reuse.files import ValueInput, read_input
from meguri.reuse.model import VALUED, Battery
from meguri.reuse.money import minor_units
from meguri.reuse.prices import PriceSet, demo_prices
from meguri.reuse.valuerules import value_rules
from meguri.reuse.valuing import MOST_MINOR, assumed, fleet_values, offered

TABLES = frozenset({".csv", ".gz", ".parquet"})
_READ = ("item_id", "chemistry", "rated_energy_kwh", "soh_pct", "soh_lower", "soh_upper")
_MORE = (
    "mass_kg",
    "age_years",
    "resistance_ratio",
    "spread_pct",
    "fade_per_year",
    "fade_sigma",
    "footprint_kg_per_kwh",
)
_SOH = {"soh_pct": "value", "soh_lower": "lower", "soh_upper": "upper"}
_NAMES = (
    "item_id", "option", "p10", "p50", "p90", "mean", "p_negative", "currency", "price_set", "seed", "draws", "warnings",
)  # fmt: skip
_NUMBERS = ("p10", "p50", "p90", "mean", "p_negative", "seed", "draws")
_MOST_NAMED = 20
_ROWS = Text(ja="電池として読めない行が {count} 行", en="rows that are no battery: {count}")
_WRONG = Text(ja="{item}: {problem}", en="{item}: {problem}")


def is_table(path: Path) -> bool:
    """Whether a file of that name holds a table rather than JSON."""
    return path.suffix.lower() in TABLES


def value_table(
    source: Path, target: Path, prices: PriceSet | None, *, seed: int | None = None, draws: int | None = None
) -> bool:
    """P10, P50, P90, mean and probability of a loss of every option of every battery of `source` into `target`.

    Amounts in minor units. `seed`, `draws` and `prices` as for a single report; a price set in a JSON file wins.
    Raises OutputFormat, UnusableInput (naming the rows that are no battery), Unusable and its kinds, PriceMissing, CurrencyMixed,
    FigureImplausible before anything is written; OSError. False when the table has no battery.
    """
    if target.suffix.lower() not in TABLES:
        raise OutputFormat(suffix=target.suffix)
    given = value_request(source)
    used = given.price_set or prices or demo_prices()
    seed = given.seed if seed is None else seed
    columns = figures_of(
        given.batteries, used, given.today or clock.today(), seed, given.draws if draws is None else draws
    )
    with replacing(target, _NAMES, _NUMBERS) as table:
        table.write(columns)
    return bool(given.batteries)


def value_request(source: Path) -> ValueInput:
    """What a file asks to be valued: JSON as it is, a table as batteries. Raises UnusableInput, Unusable."""
    if not is_table(source):
        return read_input(source, ValueInput)
    table = read_table(source)
    table.require(_READ)
    return ValueInput(batteries=_batteries(table))


def figures_of(batteries: Sequence[Battery], prices: PriceSet, today: date, seed: int, draws: int | None) -> Columns:
    """The output: a row per battery and option that it offers, in the order of the batteries."""
    found = fleet_values(batteries, prices, seed=seed, draws=draws) if batteries else None
    count = draws or value_rules().draws
    minor, stale = minor_units(prices.currency), prices.warnings(today)
    columns: Columns = {name: [] for name in _NAMES}
    if found is None:
        return columns
    amounts = np.stack([found.p10, found.p50, found.p90, found.mean]) * minor
    if not (np.abs(amounts) < MOST_MINOR).all():
        raise FigureImplausible(detail=prices.id)
    for place, battery in enumerate(batteries):
        options = offered(battery)
        for number, option in enumerate(VALUED):
            if option not in options:
                continue
            p10, p50, p90, mean = (round(float(amount)) for amount in amounts[:, place, number])
            row: tuple[Cell, ...] = (
                battery.item_id, option.value, p10, p50, p90, mean, float(found.p_negative[place, number]),
                prices.currency, prices.id, seed, count, ";".join((*stale, *assumed(battery))),
            )  # fmt: skip
            for name, cell in zip(_NAMES, row, strict=True):
                columns[name].append(cell)
    return columns


def _batteries(table: RawTable) -> tuple[Battery, ...]:
    found, wrong = [], []
    names = [*_READ, *_MORE]
    for row, *cells in zip(table.numbers, *(table.column(name) for name in names), strict=True):
        given = {name: cell for name, cell in zip(names, cells, strict=True) if cell not in (None, "")}
        try:
            found.append(_battery(given))
        except (msgspec.ValidationError, Refusal) as problem:
            said = {"item": str(given.get("item_id", "–")), "problem": _said(problem)}
            wrong.append(FieldError(f"rows[{row}]", _WRONG, said))
    if wrong:
        detail = Text(ja=_ROWS.of("ja", count=len(wrong)), en=_ROWS.of("en", count=len(wrong)))
        raise UnusableInput(detail=detail, fields=tuple(wrong[:_MOST_NAMED]))
    return tuple(found)


def _said(problem: msgspec.ValidationError | Refusal) -> str | Text:
    if isinstance(problem, Refusal):
        return Text(ja=problem.sentence("ja"), en=problem.sentence("en"))
    return str(problem)


def _battery(given: Mapping[str, object]) -> Battery:
    soh = {_SOH[name]: cell for name, cell in given.items() if name in _SOH}
    facts = {name: cell for name, cell in given.items() if name not in _SOH}
    return msgspec.convert(facts | {"item_id": str(facts.get("item_id", "")), "soh_energy": soh}, Battery, strict=False)

"""Price sets: every figure that a value rests on, loaded as data, dated and in one currency. Nothing is built in as truth."""

import csv
import io
from collections.abc import Iterable
from datetime import date as Day  # `date` is a field here
from functools import cache, cached_property
from typing import Annotated

import msgspec
import numpy as np

from meguri.health.rulebook import rules
from meguri.kernel.errors import FieldError
from meguri.kernel.numbers import Finite
from meguri.kernel.text import Text
from meguri.reuse.errors import CurrencyMixed, PriceMissing, PriceSetUnreadable
from meguri.reuse.plausible import require_each

FRESH_DAYS = 30
_COLUMNS = ("code", "price", "unit")


class CurvePoint(msgspec.Struct, frozen=True):
    """A price at `x`: years since manufacture, years ahead, or whatever the curve's axis says."""

    x: Finite
    price: Finite


class PriceItem(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One price in major units of the currency per `unit`, alone or as a curve; `sigma` is its log-normal spread."""

    code: str
    unit: str
    price: Finite | None = None
    sigma: Annotated[float, msgspec.Meta(ge=0, le=3)] = 0.0
    axis: str = ""
    curve: tuple[CurvePoint, ...] = ()
    currency: str | None = None
    source: str = ""

    def at(self, x: float | None = None) -> float | None:
        """The price, by linear interpolation on a curve; beyond its ends the end holds."""
        if not self.curve:
            return self.price
        place = self.curve[0].x if x is None else x
        points = sorted(self.curve, key=lambda point: point.x)
        return float(np.interp(place, [point.x for point in points], [point.price for point in points]))


class PriceSet(msgspec.Struct, frozen=True, kw_only=True, dict=True):
    """Prices of one day. `status` DEMO marks a set that is nobody's market."""

    id: str
    date: Day
    currency: str
    items: tuple[PriceItem, ...]
    status: str = "own"
    source: str = ""

    @cached_property
    def _by_code(self) -> dict[str, PriceItem]:
        return {item.code: item for item in self.items}

    def item(self, code: str) -> PriceItem:
        """The item of that code. Raises PriceMissing."""
        found = self._by_code.get(code)
        if found is None or found.at() is None:
            raise PriceMissing(codes=code, price_set=self.id)
        return found

    def price(self, code: str, x: float | None = None) -> float:
        """The price in major units. Raises PriceMissing."""
        found = self.item(code).at(x)
        assert found is not None  # noqa: S101  (item() refuses an empty one)
        return found

    def has(self, code: str) -> bool:
        """Whether the set holds that price."""
        return code in self._by_code

    def warnings(self, today: Day) -> tuple[str, ...]:
        """What must stand beside every figure made from this set: PRICE_STALE after 30 days, DEMO."""
        stale = ("PRICE_STALE",) if (today - self.date).days > FRESH_DAYS else ()
        return (*stale, "DEMO") if self.status == "DEMO" else stale


def require(prices: PriceSet, codes: Iterable[str]) -> None:
    """Refuse a set that lacks any of `codes` (all are named at once) or mixes currencies."""
    check_prices(prices)
    missing = sorted({code for code in codes if not prices.has(code)})
    if missing:
        raise PriceMissing(codes=", ".join(missing), price_set=prices.id)


def check_prices(prices: PriceSet) -> None:
    """Raise CurrencyMixed when an item has another currency than the set, FigureImplausible for what is no price."""
    others = sorted({item.currency for item in prices.items if item.currency not in (None, prices.currency)})
    if others:
        raise CurrencyMixed(currencies=", ".join([prices.currency, *map(str, others)]))
    for item in prices.items:
        for price in (item.price, *(point.price for point in item.curve)):
            require_each("price", {} if price is None else {item.code: price})


@cache
def demo_prices() -> PriceSet:
    """The demonstration set that is shipped: plausible, dated, and nobody's market."""
    return rules("reuse", "prices_demo", PriceSet)


def read_prices(content: bytes, name: str, day: Day | None = None) -> PriceSet:
    """A price set from JSON (a PriceSet) or CSV (`code,price,unit[,x,sigma,currency,date,source]`; rows of one code form a curve).

    Raises PriceSetUnreadable, CurrencyMixed, FigureImplausible.
    """
    prices = _from_csv(content, name, day) if name.lower().endswith(".csv") else _from_json(content, name)
    check_prices(prices)
    return prices


def _from_json(content: bytes, name: str) -> PriceSet:
    try:
        return msgspec.json.decode(content, type=PriceSet)
    except msgspec.MsgspecError as problem:
        raise PriceSetUnreadable(name=name, detail=str(problem)) from problem


def _from_csv(content: bytes, name: str, day: Day | None) -> PriceSet:
    try:
        rows = list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"))))
    except (UnicodeDecodeError, csv.Error) as problem:
        raise PriceSetUnreadable(name=name, detail=str(problem)) from problem
    missing = [column for column in _COLUMNS if not rows or column not in rows[0]]
    if missing:
        raise PriceSetUnreadable(name=name, detail=", ".join(missing))
    found: dict[str, list[dict[str, str]]] = {}
    wrong = []
    for place, row in enumerate(rows, 2):
        try:
            float(row["price"]), float(row.get("x") or 0), float(row.get("sigma") or 0)
        except ValueError:
            wrong.append(_bad_row(place, row["price"]))
            continue
        found.setdefault(row["code"].strip(), []).append(row)
    if wrong:
        raise PriceSetUnreadable(name=name, detail=f"{len(wrong)}", fields=tuple(wrong))
    currencies = {row.get("currency") or "JPY" for row in rows}
    if len(currencies) > 1:
        raise CurrencyMixed(currencies=", ".join(sorted(currencies)))
    dated = min((Day.fromisoformat(row["date"]) for row in rows if row.get("date")), default=day)
    if dated is None:
        raise PriceSetUnreadable(name=name, detail="date")
    items = tuple(_item(code, group) for code, group in found.items())
    return PriceSet(id=name, date=dated, currency=currencies.pop(), items=items)


def _bad_row(place: int, value: str) -> FieldError:
    said = Text(ja="{row} 行目の値 {value} は数値ではありません。", en="Row {row}: {value} is not a number.")
    return FieldError("price", said, {"row": place, "value": value})


def _item(code: str, rows: list[dict[str, str]]) -> PriceItem:
    first = rows[0]
    curve = tuple(CurvePoint(float(row["x"]), float(row["price"])) for row in rows if row.get("x"))
    return PriceItem(
        code=code,
        unit=first["unit"],
        price=None if curve else float(first["price"]),
        sigma=float(first.get("sigma") or 0),
        axis=first.get("axis") or "",
        curve=curve,
        source=first.get("source") or "",
    )

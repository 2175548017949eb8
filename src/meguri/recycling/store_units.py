"""Waste batteries on their way, and the whereabouts of batteries as their makers' account keeps them."""

from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

import msgspec

from meguri.kernel.ids import new_id
from meguri.kernel.scope import OperatorScope
from meguri.recycling.store import queries, text_of
from meguri.storage import Transaction


class WasteUnit(msgspec.Struct, frozen=True, kw_only=True):
    """One battery on its way to recycling. `version` is its ETag."""

    unit_id: UUID
    passport: str
    serial: str | None
    state: str
    mass_kg: Decimal | None
    defect_class: str
    lot_id: UUID | None
    facts: dict[str, Any]
    history: list[dict[str, Any]]
    version: int


class Battery(msgspec.Struct, frozen=True, kw_only=True):
    """One battery in its maker's account of whereabouts."""

    passport: str
    model: str
    year: int
    place: str
    last_sign: date
    facts: dict[str, Any]
    history: list[dict[str, Any]]


async def add_unit(tx: Transaction, scope: OperatorScope, unit: WasteUnit) -> None:
    """A new battery on its way."""
    values = msgspec.structs.asdict(unit)
    del values["version"], values["lot_id"]
    values["facts"], values["history"] = text_of(unit.facts), text_of(unit.history)
    await tx.run(queries.add_unit, operator_id=scope.operator_id, **values)


async def unit(tx: Transaction, scope: OperatorScope, unit_id: UUID) -> WasteUnit | None:
    """One battery."""
    return await tx.one(queries.unit, WasteUnit, operator_id=scope.operator_id, unit_id=unit_id)


async def unit_of_passport(tx: Transaction, scope: OperatorScope, passport: str) -> WasteUnit | None:
    """The battery with this passport."""
    return await tx.one(queries.unit_of_passport, WasteUnit, operator_id=scope.operator_id, passport=passport)


async def units(
    tx: Transaction, scope: OperatorScope, *, after: UUID | None, rows: int, state: str | None = None
) -> list[WasteUnit]:
    """Batteries, newest first."""
    return await tx.all(queries.units, WasteUnit, operator_id=scope.operator_id, after=after, rows=rows, state=state)


async def change_unit(tx: Transaction, scope: OperatorScope, after: WasteUnit, expected: int) -> bool:
    """A battery's new state; False when `expected` is not its version."""
    changed = await tx.run(
        queries.change_unit,
        operator_id=scope.operator_id,
        unit_id=after.unit_id,
        state=after.state,
        lot_id=after.lot_id,
        facts=text_of(after.facts),
        history=text_of(after.history),
        defect_class=after.defect_class,
        expected=expected,
    )
    return bool(changed)


def new_unit(passport: str, state: str, facts: dict[str, Any], history: list[dict[str, Any]]) -> WasteUnit:
    """A battery that was not known before."""
    return WasteUnit(
        unit_id=new_id(),
        passport=passport,
        serial=facts.get("serial"),
        state=state,
        mass_kg=None,
        defect_class=str(facts.get("defect_class") or "unknown"),
        lot_id=None,
        facts=facts,
        history=history,
        version=1,
    )


# Whereabouts


async def save_battery(
    tx: Transaction,
    operator_id: UUID,
    *,
    passport: str,
    model: str,
    year: int,
    place: str,
    day: date,
    facts: dict[str, Any],
    by: str,
) -> None:
    """A battery is at `place` since `day`; it is heard of then."""
    await tx.run(
        queries.save_battery,
        operator_id=operator_id,
        passport=passport,
        model=model,
        year=year,
        place=place,
        day=day,
        facts=text_of(facts),
        by=by,
    )


async def battery_anywhere(tx: Transaction, passport: str) -> tuple[UUID, str, int] | None:
    """Whose account holds a battery, with model and year (within across)."""
    row = await tx.one(queries.battery_anywhere, passport=passport)
    return (row[0], row[1], row[2]) if row else None


async def touch_battery(tx: Transaction, scope: OperatorScope, passport: str, day: date) -> bool:
    """A sign of life."""
    return bool(await tx.run(queries.touch_battery, operator_id=scope.operator_id, passport=passport, day=day))


async def battery(tx: Transaction, scope: OperatorScope, passport: str) -> Battery | None:
    """One battery of one's own account."""
    return await tx.one(queries.battery, Battery, operator_id=scope.operator_id, passport=passport)


async def counts(
    tx: Transaction, scope: OperatorScope, model: str | None, year: int | None, silent_since: date
) -> dict[str, int]:
    """Batteries by place; those in use without a sign of life since `silent_since` are unknown."""
    rows = await tx.all(
        queries.whereabouts, operator_id=scope.operator_id, model=model, year=year, silent_since=silent_since
    )
    return {row[0]: row[1] for row in rows}


async def batteries_at(
    tx: Transaction,
    scope: OperatorScope,
    place: str,
    model: str | None,
    year: int | None,
    silent_since: date,
    *,
    after: str,
    rows: int,
) -> list[Battery]:
    """The batteries behind one figure of the account, by passport."""
    return await tx.all(
        queries.whereabouts_list,
        Battery,
        operator_id=scope.operator_id,
        place=place,
        model=model,
        year=year,
        silent_since=silent_since,
        after=after,
        rows=rows,
    )


async def models(tx: Transaction, scope: OperatorScope) -> list[tuple[str, int]]:
    """Models and years of the account."""
    return [(row[0], row[1]) for row in await tx.all(queries.models, operator_id=scope.operator_id)]

"""Where every battery is: kept by its maker, moved by what passports tell, always summing to what was placed."""

from datetime import date
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from meguri.kernel import clock
from meguri.kernel.scope import OperatorScope
from meguri.passport import service as passport
from meguri.passport.events import LifeChanged, PassportIssued, PassportSucceeded
from meguri.recycling import store, store_units
from meguri.recycling.events import WhereaboutsChanged
from meguri.recycling.rulebook import WhereaboutsRules, rules
from meguri.recycling.store_units import Battery
from meguri.recycling.whereabouts import FINAL, Account, Place, account
from meguri.storage import Transaction

_OF_HAPPENING = {"declare_waste": Place.RETURNED, "recycle": Place.RECYCLED}


class Sighting(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A battery is somewhere: placed, exported (with the report's number), lost, or met again."""

    passport: Annotated[str, Meta(min_length=1, max_length=200)]
    model: Annotated[str, Meta(min_length=1, max_length=100)]
    year: Annotated[int, Meta(ge=1990, le=2200)]
    place: Place
    day: date | None = None
    facts: dict[str, Any] = {}


async def report(tx: Transaction, scope: OperatorScope, said: Sighting) -> Account:
    """Say where a battery is; the account of its model and year as it is then."""
    if said.place is Place.UNKNOWN:
        raise ValueError("unknown is what silence makes, never a report")
    await _move(tx, scope, scope.operator_id, said)
    return await of(tx, scope, said.model, said.year)


async def _move(tx: Transaction, scope: OperatorScope, operator_id: Any, said: Sighting) -> None:
    await store_units.save_battery(
        tx,
        operator_id,
        passport=said.passport,
        model=said.model,
        year=said.year,
        place=said.place.value,
        day=said.day or clock.today(),
        facts=said.facts,
        by=scope.actor,
    )
    await tx.record(WhereaboutsChanged(passport=said.passport, place=said.place.value))


async def met_again(tx: Transaction, scope: OperatorScope, identifier: str) -> bool:
    """A sign of life: the battery leaves `unknown` by itself. Whether it is in the account."""
    return await store_units.touch_battery(tx, scope, identifier, clock.today())


async def of(tx: Transaction, scope: OperatorScope, model: str | None = None, year: int | None = None) -> Account:
    """The account of a model and year, or of everything."""
    found = await store_units.counts(tx, scope, model, year, silent_since())
    return account({Place(place): number for place, number in found.items()})


async def batteries_at(
    tx: Transaction, scope: OperatorScope, place: Place, model: str | None, year: int | None, *, limit: int, after: str
) -> list[Battery]:
    """The list behind one figure, by passport, one more than `limit` when there are more."""
    return await store_units.batteries_at(
        tx, scope, place.value, model, year, silent_since(), after=after, rows=limit + 1
    )


async def models(tx: Transaction, scope: OperatorScope) -> list[tuple[str, int]]:
    """Models and years of the account."""
    return await store_units.models(tx, scope)


async def lately(tx: Transaction, scope: OperatorScope, limit: int = 8) -> list[str]:
    """Batteries that this company received or put on the market, the newest deliveries first."""
    found = [one for lot in await store.lots_page(tx, scope, before=None, rows=100) for one in lot.passports]
    if len(found) < limit:
        for place in Place:
            held = await store_units.batteries_at(
                tx, scope, place.value, None, None, silent_since(), after="", rows=limit
            )
            found += [one.passport for one in held]
    return list(dict.fromkeys(found))[:limit]


def silent_since(today: date | None = None) -> date:
    """A battery in use whose last sign of life is this day or older is unknown today."""
    day = today or clock.today()
    year, month = divmod(day.year * 12 + day.month - 1 - rules("whereabouts", WhereaboutsRules).silent_months, 12)
    return date(year, month + 1, min(day.day, 28 if month == 1 else 30 if month in (3, 5, 8, 10) else 31))


# What passports tell


async def on_issued(tx: Transaction, scope: OperatorScope, event: PassportIssued) -> None:
    """A new battery is in its first use."""
    if event.granularity != "item":
        return
    record = await passport.known(tx, event.dpp_id)
    if record is None or record.life != "original":
        return
    said = Sighting(
        passport=event.dpp_id, model=record.model_name or "—", year=clock.today().year, place=Place.FIRST_USE
    )
    await _move(tx, scope, event.responsible_id, said)


async def on_lived(tx: Transaction, scope: OperatorScope, event: LifeChanged) -> None:
    """Waste is returned, recycled is recycled; anything else is a sign of life."""
    await _followed(tx, scope, event.dpp_id, _OF_HAPPENING.get(event.happening))


async def on_succeeded(tx: Transaction, scope: OperatorScope, event: PassportSucceeded) -> None:
    """A battery whose passport was succeeded is in its second life."""
    for passport_id in event.closed:
        record = await passport.by_internal_id(tx, passport_id)
        if record is not None:
            await _followed(tx, scope, record.dpp_id, Place.SECOND_LIFE)


async def _followed(tx: Transaction, scope: OperatorScope, identifier: str, place: Place | None) -> None:
    """Move a battery in its maker's account, whoever acts."""
    async with tx.across():
        held = await store_units.battery_anywhere(tx, identifier)
        if held is None:
            return
        operator_id, model, year = held
        theirs = OperatorScope(operator_id, scope.actor)
        present = await store_units.battery(tx, theirs, identifier)
        if present is None or Place(present.place) in FINAL:
            return
        said = Sighting(passport=identifier, model=model, year=year, place=place or Place(present.place))
        await _move(tx, theirs, operator_id, said)

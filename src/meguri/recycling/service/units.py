"""Waste batteries one by one: returned, triaged, declared waste, carried, received, recycled — or lost."""

from typing import Annotated, Any
from uuid import UUID

import msgspec
from msgspec import Meta

from meguri.kernel import clock
from meguri.kernel.errors import Stale
from meguri.kernel.scope import OperatorScope
from meguri.recycling import errors, store_units
from meguri.recycling.events import UnitMoved
from meguri.recycling.service import passports
from meguri.recycling.store_units import WasteUnit
from meguri.recycling.unit_states import START, require_step
from meguri.storage import Transaction

_NEAR_IT = ("returned", "triaged", "in_transport", "received", "discharged", "dismantled")
"""Steps at which somebody handles the battery."""


class UnitStep(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A step of one battery: where it goes, and the facts that the step needs."""

    passport: Annotated[str, Meta(min_length=1, max_length=200)]
    to: str
    facts: dict[str, Any] = {}


async def step(tx: Transaction, scope: OperatorScope, said: UnitStep, expected_version: int | None = None) -> WasteUnit:
    """One step of one battery; a battery never seen before begins in use.

    Whoever sorts it, carries it or takes it in finds in its facts (`dangers`) what its passport warns of.
    Raises StateTransition, DocumentsMissing, Stale.
    """
    before = await store_units.unit_of_passport(tx, scope, said.passport)
    state = before.state if before else START
    facts = {**(before.facts if before else {}), **said.facts}
    require_step(state, said.to, facts)
    if said.to in _NEAR_IT and (found := await passports.dangers(tx, [said.passport])):
        facts["dangers"] = passports.told(found)
    entry = {"at": clock.millis_z(clock.now()), "from": state, "to": said.to, "by": scope.actor}
    if before is None:
        made = store_units.new_unit(said.passport, said.to, facts, [entry])
        await store_units.add_unit(tx, scope, made)
    else:
        if expected_version not in (None, before.version):
            raise Stale
        made = msgspec.structs.replace(
            before,
            state=said.to,
            facts=facts,
            history=[*before.history, entry],
            defect_class=str(facts.get("defect_class") or before.defect_class),
        )
        if not await store_units.change_unit(tx, scope, made, before.version):
            raise Stale
        made = msgspec.structs.replace(made, version=before.version + 1)
    await tx.record(UnitMoved(unit_id=made.unit_id, passport=said.passport, before=state, after=said.to))
    return made


async def correct(tx: Transaction, scope: OperatorScope, unit_id: UUID, reason: str) -> WasteUnit:
    """Take back the last step by an event that names it. Raises LotNotFound, StateTransition."""
    before = await get(tx, scope, unit_id)
    if not before.history or before.state in ("recycled", "reuse"):
        raise errors.StateTransition(state=before.state, wanted="correction", allowed="—")
    last = before.history[-1]
    entry = {
        "at": clock.millis_z(clock.now()),
        "from": before.state,
        "to": last["from"],
        "by": scope.actor,
        "corrects": last["at"],
        "reason": reason,
    }
    made = msgspec.structs.replace(before, state=last["from"], history=[*before.history, entry])
    if not await store_units.change_unit(tx, scope, made, before.version):
        raise Stale
    await tx.record(UnitMoved(unit_id=unit_id, passport=before.passport, before=before.state, after=made.state))
    return msgspec.structs.replace(made, version=before.version + 1)


async def get(tx: Transaction, scope: OperatorScope, unit_id: UUID) -> WasteUnit:
    """One battery. Raises LotNotFound."""
    found = await store_units.unit(tx, scope, unit_id)
    if found is None:
        raise errors.LotNotFound
    return found


async def page(
    tx: Transaction, scope: OperatorScope, *, limit: int, after: UUID | None = None, state: str | None = None
) -> list[WasteUnit]:
    """Batteries, newest first, one more than `limit` when there are more."""
    return await store_units.units(tx, scope, after=after, rows=limit + 1, state=state)

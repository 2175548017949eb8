"""Planning a day's pick-ups: computed off the event loop, kept with the rules that it used."""

import asyncio
import hashlib
from typing import Annotated, Any
from uuid import UUID

import msgspec
from msgspec import Meta

from meguri.kernel.scope import OperatorScope
from meguri.recycling import errors, store_claims
from meguri.recycling.events import CalculationKept
from meguri.recycling.routing import plan
from meguri.recycling.tours import Plan, Stop, Vehicle, check
from meguri.storage import Transaction

MOST_STOPS, MOST_VEHICLES = 1000, 50
SHORT_S, LONG_S = 4.0, 20.0


class TourInput(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where vehicles start, what is to be picked up, and with which vehicles."""

    depot_latitude: Annotated[float, Meta(ge=-90, le=90)]
    depot_longitude: Annotated[float, Meta(ge=-180, le=180)]
    stops: Annotated[list[Stop], Meta(min_length=1, max_length=MOST_STOPS)]
    vehicles: Annotated[list[Vehicle], Meta(min_length=1, max_length=MOST_VEHICLES)]


class KeptPlan(msgspec.Struct, frozen=True, kw_only=True):
    """A plan with the id under which it is kept."""

    plan_id: UUID
    plan: Plan


async def compute(said: TourInput) -> Plan:
    """The plan, computed in a thread of its own. Raises CannotRoute, TransportForbidden."""
    check(said.stops, said.vehicles)
    if any(vehicle.number < 1 or vehicle.number > 500 for vehicle in said.vehicles):
        raise errors.CannotRoute(detail="vehicles.number")
    seconds = SHORT_S if len(said.stops) <= 100 else LONG_S
    depot = (said.depot_latitude, said.depot_longitude)
    return await asyncio.to_thread(plan, depot, said.stops, said.vehicles, seconds=seconds)


async def keep(tx: Transaction, scope: OperatorScope, said: TourInput, found: Plan) -> KeptPlan:
    """Keep a plan; it never changes afterwards."""
    digest = hashlib.sha256(msgspec.json.encode(found)).hexdigest()
    plan_id = await store_claims.add_calculation(tx, scope, "tours", found.rule_set, said, found, digest)
    await tx.record(CalculationKept(calculation_id=plan_id, kind="tours", rule_set=found.rule_set))
    return KeptPlan(plan_id=plan_id, plan=found)


async def kept(tx: Transaction, scope: OperatorScope, plan_id: UUID) -> Any:
    """A plan that was kept. Raises LotNotFound."""
    found = await store_claims.calculation(tx, scope, plan_id)
    if found is None or found.kind != "tours":
        raise errors.LotNotFound
    return msgspec.convert(found.result, Plan)

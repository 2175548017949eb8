"""The dismantling bench: what the passport says about taking a battery apart, and what was done, with tools, times, hazards."""

from collections.abc import Mapping
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from meguri.kernel.errors import Refusal, Stale
from meguri.kernel.scope import OperatorScope
from meguri.passport import service as passport
from meguri.recycling import store_units
from meguri.recycling.events import UnitMoved
from meguri.recycling.store_units import WasteUnit
from meguri.recycling.unit_states import START
from meguri.storage import Transaction

INSTRUCTIONS = ("dismantling_information", "safety_measures", "waste_handling_safety_info")


class Instruction(msgspec.Struct, frozen=True, kw_only=True):
    """A document of the passport: what it covers and where it is."""

    kind: str
    title: str
    url: str
    covers: list[str]


class BenchStep(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One step as it was done."""

    what: Annotated[str, Meta(min_length=1, max_length=200)]
    tool: Annotated[str, Meta(max_length=100)] = ""
    minutes: Annotated[float, Meta(ge=0, le=1440)] = 0
    hazard: Annotated[str, Meta(max_length=200)] = ""


class DonePart(msgspec.Struct, frozen=True, kw_only=True):
    """A step of an earlier battery of the same model: the plan for the next one."""

    what: str
    tool: str
    minutes: float
    hazard: str
    times: int


class Bench(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that a bench needs for one battery. `readable`: the passport's instructions are open to this company."""

    passport: str
    model: str
    readable: bool
    instructions: list[Instruction]
    parts: list[str]
    done: list[BenchStep]
    plan: list[DonePart]

    @property
    def minutes(self) -> float:
        """Time spent so far."""
        return sum(step.minutes for step in self.done)


async def bench(tx: Transaction, scope: OperatorScope, identifier: str, language: str) -> Bench:
    """The bench for one battery: instructions, the plan learnt from earlier ones of its model, and what is done."""
    values, readable = await _values(tx, scope, identifier)
    model = str(values.get("battery_model_id") or "")
    unit = await store_units.unit_of_passport(tx, scope, identifier)
    done = msgspec.convert(unit.facts.get("bench", []) if unit else [], list[BenchStep])
    return Bench(
        passport=identifier,
        model=model,
        readable=readable,
        instructions=[one for key in INSTRUCTIONS for one in _documents(key, values.get(key), language)],
        parts=[
            f"{part.get('part_name')} {part.get('part_number')}" for part in values.get("component_part_numbers") or []
        ],
        done=done,
        plan=await _plan(tx, scope, model, identifier) if model else [],
    )


async def _values(tx: Transaction, scope: OperatorScope, identifier: str) -> tuple[Mapping[str, Any], bool]:
    try:
        async with tx.savepoint():
            view = await passport.read(tx, scope, identifier)
    except Refusal:
        return {}, False
    return view.values, "dismantling_information" in view.values


def _documents(kind: str, listed: Any, language: str) -> list[Instruction]:
    found = []
    for one in listed or []:
        title = one.get("title") or {}
        words = (
            title.get(language) or next(iter(title.values()), one.get("id", "")) if isinstance(title, dict) else title
        )
        url = str(one.get("url") or "")
        safe = url if url.startswith(("https://", "http://")) else ""
        found.append(Instruction(kind=kind, title=str(words), url=safe, covers=list(one.get("coverage") or [])))
    return found


async def _plan(tx: Transaction, scope: OperatorScope, model: str, identifier: str) -> list[DonePart]:
    """Mean times of the steps that this company took at batteries of the model, in the order in which they came."""
    steps: dict[str, list[BenchStep]] = {}
    for unit in await store_units.units(tx, scope, after=None, rows=200):
        if unit.facts.get("model") == model and unit.passport != identifier:
            for step in msgspec.convert(unit.facts.get("bench", []), list[BenchStep]):
                steps.setdefault(step.what, []).append(step)
    return [
        DonePart(
            what=what,
            tool=taken[-1].tool,
            minutes=sum(one.minutes for one in taken) / len(taken),
            hazard=taken[-1].hazard,
            times=len(taken),
        )
        for what, taken in steps.items()
    ]


async def record(tx: Transaction, scope: OperatorScope, identifier: str, said: BenchStep) -> WasteUnit:
    """Record a step of one battery at the bench. Raises Stale."""
    values, _ = await _values(tx, scope, identifier)
    unit = await store_units.unit_of_passport(tx, scope, identifier)
    entry = {**msgspec.structs.asdict(said)}
    if unit is None:
        facts = {"model": str(values.get("battery_model_id") or ""), "bench": [entry]}
        made = store_units.new_unit(identifier, START, facts, [])
        await store_units.add_unit(tx, scope, made)
    else:
        model = unit.facts.get("model") or str(values.get("battery_model_id") or "")
        facts = {**unit.facts, "model": model, "bench": [*unit.facts.get("bench", []), entry]}
        made = msgspec.structs.replace(unit, facts=facts)
        if not await store_units.change_unit(tx, scope, made, unit.version):
            raise Stale
    await tx.record(UnitMoved(unit_id=made.unit_id, passport=identifier, before=made.state, after=made.state))
    return made

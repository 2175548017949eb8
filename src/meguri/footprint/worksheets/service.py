"""Writing worksheets, computing and keeping results, comparing, asking what if, and feeding the exchange."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from functools import partial
from typing import Any
from uuid import UUID

import msgspec

from meguri.footprint import packs as rule_packs
from meguri.footprint import store as exchange
from meguri.footprint.calculation.activity import Kind
from meguri.footprint.calculation.canonical import content_hash
from meguri.footprint.calculation.lifetime import service_life
from meguri.footprint.calculation.packs import RulePack, check_choices
from meguri.footprint.calculation.quality import Scores
from meguri.footprint.engine import PartUnknown
from meguri.footprint.engine.demand import Step, waterfall
from meguri.footprint.events import ResultComputed, WorksheetSaved
from meguri.footprint.model import Footprint
from meguri.footprint.worksheets import store
from meguri.footprint.worksheets.analysis import Analysis, Uncertainty, analyse, graph_of, spread_of
from meguri.footprint.worksheets.comparing import comparable, compared
from meguri.footprint.worksheets.contracts import check_contracts
from meguri.footprint.worksheets.errors import BadPeriod, DuplicateLine, ResultNotFound, WorksheetNotFound
from meguri.footprint.worksheets.feeding import four_values
from meguri.footprint.worksheets.gathering import Gathered, gather
from meguri.footprint.worksheets.leaves import statements_of
from meguri.footprint.worksheets.measuring import measured
from meguri.footprint.worksheets.model import (
    ENGINE,
    Comparison,
    ComponentSheet,
    Figures,
    KeptResult,
    Line,
    Reason,
    Result,
    Worksheet,
    WorksheetInput,
)
from meguri.footprint.worksheets.reckoning import figures_of, tree_of
from meguri.footprint.worksheets.scenario import Scenario, changed, changed_below, check_met
from meguri.kernel import clock
from meguri.kernel.errors import FieldError, Refusal, Stale
from meguri.kernel.ids import new_id, parse_uuid
from meguri.kernel.scope import OperatorScope
from meguri.kernel.units import AmountUnit
from meguri.operators import plants
from meguri.storage.transaction import Transaction
from meguri.traceability import service as traceability


async def create(tx: Transaction, scope: OperatorScope, trace_id: UUID, given: WorksheetInput) -> Worksheet:
    """A worksheet of an own part.

    Raises PartNotOwn, PlantNotFound, BadPeriod, DuplicateLine, PackUnknown, ChoiceUnknown, PartUnknown,
    InstrumentExceeded.
    """
    await traceability.part(tx, scope, trace_id)
    await plants.get(tx, scope, given.plant_id)
    await _check(tx, scope, given, None)
    now = clock.now()
    told = {name: getattr(given, name) for name in WorksheetInput.__struct_fields__}
    sheet = Worksheet(**told, worksheet_id=new_id(), trace_id=trace_id, version=1, created_at=now, updated_at=now)
    await store.save(tx, scope, sheet)
    await tx.record(WorksheetSaved(worksheet_id=sheet.worksheet_id, trace_id=trace_id, version=1))
    return sheet


async def change(
    tx: Transaction, scope: OperatorScope, worksheet_id: UUID, given: WorksheetInput, if_version: int
) -> Worksheet:
    """The worksheet as given; results of before are stale. Raises WorksheetNotFound, Stale, and as `create`."""
    before = await worksheet(tx, scope, worksheet_id)
    if before.version != if_version:
        raise Stale
    await plants.get(tx, scope, given.plant_id)
    await _check(tx, scope, given, worksheet_id)
    told = {name: getattr(given, name) for name in WorksheetInput.__struct_fields__}
    same = WorksheetInput(**{name: getattr(before, name) for name in WorksheetInput.__struct_fields__})
    if msgspec.json.encode(same) == msgspec.json.encode(given):
        return before
    after = msgspec.structs.replace(before, **told, version=before.version + 1, updated_at=clock.now())
    if not await store.save(tx, scope, after):
        raise Stale
    await store.mark_stale(tx, scope, before.trace_id, "activity")
    await tx.record(WorksheetSaved(worksheet_id=worksheet_id, trace_id=before.trace_id, version=after.version))
    return after


async def worksheet(tx: Transaction, scope: OperatorScope, worksheet_id: UUID) -> Worksheet:
    """One worksheet. Raises WorksheetNotFound."""
    found = await store.worksheet(tx, scope, worksheet_id)
    if found is None:
        raise WorksheetNotFound
    return found


async def worksheets(
    tx: Transaction, scope: OperatorScope, *, limit: int = 100, after: UUID | None = None, trace_id: UUID | None = None
) -> list[Worksheet]:
    """Worksheets, newest first."""
    return await store.worksheets(tx, scope, limit=limit, after=after, trace_id=trace_id)


async def suggested_lines(tx: Transaction, scope: OperatorScope, trace_id: UUID) -> list[Line]:
    """The components of a part's registered structure as lines to begin with. Raises PartNotOwn."""
    await traceability.part(tx, scope, trace_id)
    links = (await traceability.structure_links(tx, scope, [trace_id])).get(trace_id, [])
    parts = await traceability.parts_by_id(tx, scope, [child for child, _ in links])
    return [
        Line(
            id=f"part-{number}",
            kind=Kind.MATERIAL,
            name=parts[child].name,
            amount=amount,
            unit=_unit_of(parts[child].unit),
            stage="raw",
            child_id=str(child),
        )
        for number, (child, amount) in enumerate(links, start=1)
    ]


async def figures(
    tx: Transaction,
    scope: OperatorScope,
    worksheet_id: UUID,
    *,
    pack_id: str | None = None,
    choices: Mapping[str, Any] | None = None,
) -> Figures:
    """What the worksheet comes to now, under its pack or another; nothing is kept. Raises WorksheetInvalid and kin."""
    sheet = await worksheet(tx, scope, worksheet_id)
    pack = await rule_packs.pack(tx, scope, pack_id or sheet.pack_id)
    return _figures(await gather(tx, scope, sheet), pack, choices)


async def under_all_packs(
    tx: Transaction, scope: OperatorScope, worksheet_id: UUID, choices: Mapping[str, Any] | None = None
) -> list[tuple[RulePack, Figures | Refusal]]:
    """What it comes to under every pack, the company's own too, from the same inputs, gathered once; a refusal where a
    choice is open.

    choices  what packs leave open; None: as the worksheet has it
    """
    sheet = await worksheet(tx, scope, worksheet_id)
    gathered = await gather(tx, scope, sheet)
    found: list[tuple[RulePack, Figures | Refusal]] = []
    for offered in await rule_packs.packs(tx, scope):
        try:
            found.append((offered.pack, _figures(gathered, offered.pack, choices)))
        except Refusal as refusal:
            found.append((offered.pack, refusal))
    return found


async def compute(
    tx: Transaction,
    scope: OperatorScope,
    worksheet_id: UUID,
    *,
    reason: Reason = "activity",
    pack_id: str | None = None,
    choices: Mapping[str, Any] | None = None,
) -> KeptResult:
    """Computes and keeps a result; the one before it under the same pack is its predecessor.

    Raises as `figures`; and ProfileParameterMissing for a battery whose service life cannot be told yet.
    """
    sheet = await worksheet(tx, scope, worksheet_id)
    if sheet.battery is not None:
        service_life(sheet.battery)
    pack = await rule_packs.pack(tx, scope, pack_id or sheet.pack_id)
    gathered = await gather(tx, scope, sheet)
    found = _figures(gathered, pack, choices)
    part = await traceability.part(tx, scope, sheet.trace_id)
    before = await store.newest_result(tx, scope, worksheet_id, found.pack.id)
    result = Result(
        **{name: getattr(found, name) for name in Figures.__struct_fields__},
        result_id=new_id(),
        worksheet_id=worksheet_id,
        worksheet_version=sheet.version,
        trace_id=sheet.trace_id,
        plant_id=sheet.plant_id,
        period_start=sheet.period_start,
        period_end=sheet.period_end,
        output=sheet.output,
        unit=part.unit,
        mass_kg=sheet.mass_kg,
        engine=ENGINE,
        reason=reason,
        preceding_id=before.result.result_id if before else None,
        created_at=clock.now(),
        components=_components(gathered) or msgspec.UNSET,
        statements=statements_of(gathered) or msgspec.UNSET,
    )
    kept = KeptResult(result=result, hash=hash_of(result))
    await store.add_result(tx, scope, kept)
    await tx.record(
        ResultComputed(result_id=result.result_id, trace_id=sheet.trace_id, pack_id=result.pack.id, reason=reason)
    )
    return kept


def _components(gathered: Gathered) -> list[ComponentSheet]:
    below = (sheet for part, sheet in sorted(gathered.sheets.items()) if part != gathered.top.trace_id)
    return [
        ComponentSheet(trace_id=sheet.trace_id, worksheet_id=sheet.worksheet_id, version=sheet.version)
        for sheet in below
    ]


def hash_of(result: Result) -> str:
    """What a result is known by: SHA-256 of its canonical JSON as everyone reads it, with numbers in their plainest form."""
    return content_hash(msgspec.to_builtins(result, builtin_types=(Decimal,), str_keys=True))


def hash_holds(kept: KeptResult) -> bool:
    """Whether the result is what its hash names. Earlier ones were hashed with numbers as they had been computed."""
    as_computed = content_hash(msgspec.json.decode(msgspec.json.encode(kept.result)))
    return kept.hash in (hash_of(kept.result), as_computed)


async def result(tx: Transaction, scope: OperatorScope, result_id: UUID) -> KeptResult:
    """One result. Raises ResultNotFound."""
    found = await store.result(tx, scope, result_id)
    if found is None:
        raise ResultNotFound
    return found


async def worksheet_as_of(tx: Transaction, scope: OperatorScope, worksheet_id: UUID, version: int) -> Worksheet:
    """A worksheet as a result was computed from it. Raises WorksheetNotFound."""
    found = await store.worksheet_as_of(tx, scope, worksheet_id, version)
    if found is None:
        raise WorksheetNotFound
    return found


async def results(tx: Transaction, scope: OperatorScope, worksheet_id: UUID) -> list[KeptResult]:
    """Results of a worksheet, newest first. Raises WorksheetNotFound."""
    await worksheet(tx, scope, worksheet_id)
    return await store.results(tx, scope, worksheet_id)


async def compare_results(tx: Transaction, scope: OperatorScope, before_id: UUID, after_id: UUID) -> Comparison:
    """Two kept results beside each other; of one part, what amounts and what values per unit did. Raises ResultNotFound."""
    before, after = await result(tx, scope, before_id), await result(tx, scope, after_id)
    labels = before.result.created_at.isoformat(), after.result.created_at.isoformat()
    if before.result.trace_id != after.result.trace_id:
        return compared(before.result, after.result, labels)
    sheets = [await _as_used(tx, scope, one.result) for one in (before, after)]
    return compared(before.result, after.result, labels, comparable(*sheets))


async def _as_used(tx: Transaction, scope: OperatorScope, kept: Result) -> Worksheet:
    sheet = await worksheet_as_of(tx, scope, kept.worksheet_id, kept.worksheet_version)
    return (await measured(tx, scope, sheet)).sheet


async def compare_packs(
    tx: Transaction, scope: OperatorScope, worksheet_id: UUID, pack_id: str, choices: Mapping[str, Any] | None = None
) -> Comparison:
    """The worksheet under its pack and under another, beside each other; inputs are gathered once."""
    sheet = await worksheet(tx, scope, worksheet_id)
    gathered = await gather(tx, scope, sheet)
    before = _figures(gathered, await rule_packs.pack(tx, scope, sheet.pack_id), None)
    after = _figures(gathered, await rule_packs.pack(tx, scope, pack_id), choices)
    return compared(before, after, (before.pack.id, after.pack.id))


async def what_if(
    tx: Transaction, scope: OperatorScope, worksheet_id: UUID, scenarios: Sequence[Scenario]
) -> list[Comparison]:
    """Each scenario beside what is, flagged `scenario`; nothing is kept. Raises as `figures`, FactorUnknown, PartNotBelow."""
    sheet = await worksheet(tx, scope, worksheet_id)
    now = await gather(tx, scope, sheet)
    before = _figures(now, await rule_packs.pack(tx, scope, sheet.pack_id), None)
    found = []
    for scenario in scenarios:
        other = changed(sheet, scenario)
        pack = await rule_packs.pack(tx, scope, other.pack_id)
        check_met(scenario, now.sheets.values())
        await _check_parts(tx, scope, _parts_in(scenario))
        below = partial(changed_below, scenario=scenario)
        after = _figures(await gather(tx, scope, other, change=below), pack, other.choices)
        after = msgspec.structs.replace(after, flags=[*after.flags, "scenario"])
        amounts = _amounts(now.top.lines), _amounts(other.lines)
        found.append(compared(before, after, (sheet.title or "–", scenario.name), amounts))
    return found


async def analysis(tx: Transaction, scope: OperatorScope, worksheet_id: UUID, *, most: int = 50) -> Analysis:
    """What drives the worksheet's footprint, down to lines of parts below."""
    sheet = await worksheet(tx, scope, worksheet_id)
    gathered = await gather(tx, scope, sheet)
    pack = await rule_packs.pack(tx, scope, sheet.pack_id)
    return analyse(graph_of(gathered, tree_of(gathered, pack, sheet.choices)), most=most)


async def uncertainty(tx: Transaction, scope: OperatorScope, worksheet_id: UUID, *, draws: int = 10_000) -> Uncertainty:
    """How far the total may be off, by drawing factors within their spread."""
    sheet = await worksheet(tx, scope, worksheet_id)
    gathered = await gather(tx, scope, sheet)
    pack = await rule_packs.pack(tx, scope, sheet.pack_id)
    return spread_of(gathered, tree_of(gathered, pack, sheet.choices), draws=draws)


async def feed(tx: Transaction, scope: OperatorScope, worksheet_id: UUID) -> Footprint:
    """Declares the worksheet's figures in the data exchange; everything downstream follows.

    Raises OuranosValueOutOfRange, and what `record` raises.
    """
    from meguri.footprint.service.recording import record  # the room's service offers this module in its turn

    sheet = await worksheet(tx, scope, worksheet_id)
    gathered = await gather(tx, scope, sheet)
    found = _figures(gathered, await rule_packs.pack(tx, scope, sheet.pack_id), None)
    part = await traceability.part(tx, scope, sheet.trace_id)
    links = (await traceability.structure_links(tx, scope, [sheet.trace_id])).get(sheet.trace_id, [])
    said = four_values(
        found,
        part.unit or AmountUnit.UNIT,
        {child for child, _ in links},
        _scores(gathered),
        f"{found.pack.id} {found.pack.version}",
    )
    present = await exchange.record(tx, scope, sheet.trace_id)
    return await record(tx, scope, sheet.trace_id, said, footprint_id=present.footprint_id if present else None)


def steps_of(found: Figures, most: int = 12) -> list[Step]:
    """A waterfall of lines from 0 to the total, burdens first."""
    return waterfall({line.name: float(line.value) for line in found.lines if line.value}, most)


def _figures(gathered: Gathered, pack: RulePack, choices: Mapping[str, Any] | None) -> Figures:
    return figures_of(gathered, pack, gathered.top.choices if choices is None else choices)


def _scores(gathered: Gathered) -> dict[str, Scores | None]:
    return {
        line.id: line.scores
        or (gathered.catalogue.get(line.factor_id, line.factor_version).scores if line.factor_id else None)
        for line in gathered.top.lines
    }


def _amounts(lines: Sequence[Line]) -> dict[str, Decimal]:
    return {line.id: line.amount for line in lines if line.amount}


def _unit_of(unit: AmountUnit | None) -> str:
    return {
        AmountUnit.LITER: "L",
        AmountUnit.KILOGRAM: "kg",
        AmountUnit.CUBIC_METER: "m3",
        AmountUnit.KILOWATT_HOUR: "kWh",
        AmountUnit.MEGAJOULE: "MJ",
        AmountUnit.TON_KILOMETER: "tkm",
        AmountUnit.SQUARE_METER: "m2",
    }.get(unit or AmountUnit.UNIT, "piece")


async def _check(tx: Transaction, scope: OperatorScope, given: WorksheetInput, worksheet_id: UUID | None) -> None:
    if given.period_end < given.period_start:
        raise BadPeriod
    await rule_packs.pack(tx, scope, given.pack_id)
    check_choices(given.choices)
    seen: set[str] = set()
    for line in given.lines:
        if line.id in seen:
            raise DuplicateLine(line=line.id)
        seen.add(line.id)
    await _check_parts(tx, scope, {f"lines[{n}]": line.child_id for n, line in enumerate(given.lines)})
    await check_contracts(tx, scope, given, worksheet_id)


def _parts_in(scenario: Scenario) -> dict[str, str | None]:
    lines = {f"lines[{n}].child_id": line.child_id for n, line in enumerate(scenario.lines)}
    return lines | {f"parts[{n}].replacement": str(part.replacement) for n, part in enumerate(scenario.parts)}


async def _check_parts(tx: Transaction, scope: OperatorScope, named: Mapping[str, str | None]) -> None:
    """Raises PartUnknown naming every field that names no part of the company."""
    ids = {where: (child, parse_uuid(child)) for where, child in named.items() if child is not None}
    known = await traceability.parts_by_id(tx, scope, [one for _, one in ids.values() if one]) if ids else {}
    faults = [
        FieldError(where, PartUnknown.say, {"part": child}) for where, (child, one) in ids.items() if one not in known
    ]
    if faults:
        raise PartUnknown(fields=tuple(faults), **faults[0].values)

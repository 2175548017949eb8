"""What is taken from a foreign system takes effect here, thing by thing; each is called in a transaction of its own.

Doing the same twice changes nothing: what stands here is compared first.
"""

from collections.abc import Sequence
from uuid import UUID

from meguri.dataspaces.ouranos.client import foreign, shadows, shaping, store
from meguri.dataspaces.ouranos.client.bringing import record
from meguri.dataspaces.ouranos.client.events import Taken
from meguri.dataspaces.ouranos.client.figures import figures_of
from meguri.dataspaces.ouranos.client.model import System
from meguri.dataspaces.ouranos.client.taken import (
    Answer,
    as_figures,
    children_of,
    input_of,
    own_figures,
    part_input,
)
from meguri.footprint import service as footprint
from meguri.footprint.model import FootprintInput
from meguri.kernel.errors import NotFound
from meguri.kernel.scope import OperatorScope
from meguri.kernel.units import AmountUnit
from meguri.operators import plants
from meguri.operators import service as operators
from meguri.operators.model import PlantInput
from meguri.storage import Transaction
from meguri.traceability import service as traceability
from meguri.traceability.model import PartInput, RequestInput, Side, State, Trade

_PAGE = 500


async def trade_of(tx: Transaction, scope: OperatorScope, trade_id: UUID) -> Trade | None:
    """A request, None when it is withdrawn."""
    try:
        return await traceability.request_by_id(tx, scope, trade_id=trade_id)
    except NotFound:
        return None


async def live_trades(tx: Transaction, scope: OperatorScope, side: Side) -> list[Trade]:
    """All requests of one side that are neither returned nor withdrawn."""
    found: list[Trade] = []
    after: UUID | None = None
    while True:
        some, rest = await traceability.list_requests(tx, scope, limit=_PAGE, side=side, after_request_id=after)
        found += [trade for trade in some if trade.live]
        if rest is None:
            return found
        after = rest.request_id


async def _took(tx: Transaction, system: System, kind: str, theirs: UUID) -> None:
    await tx.record(Taken(system_id=system.system_id, receiver_id=system.operator_id, kind=kind, theirs=theirs))


async def cancel(tx: Transaction, scope: OperatorScope, trade_id: UUID) -> None:
    """The customer withdrew its request there."""
    trade = await traceability.request_by_id(tx, scope, trade_id=trade_id)
    await traceability.cancel(tx, scope, trade.request_id, trade_id=trade_id)


async def take_request(tx: Transaction, scope: OperatorScope, system: System, row: foreign.TradeResponse) -> None:
    """A partner asks us; `scope` is its shadow's."""
    status, asked = row.status_model, row.trade_model
    known = (await store.by_theirs(tx, system, "trade", [asked.trade_id])).get(asked.trade_id)
    if known is not None:
        trade = await trade_of(tx, scope, known.ours)
        if (
            trade is not None
            and trade.state is State.NOT_COMPLETED
            and (trade.message, trade.due_date) != (status.message, status.due)
        ):
            await traceability.amend(tx, scope, trade.request_id, message=status.message, due_date=status.due)
        return
    if status.state == "REJECT" or row.parts_model is None:
        return  # over before we took part
    part = await _requested_part(tx, scope, system, row.parts_model)
    wanted = RequestInput(
        upstream_operator_id=system.operator_id,
        downstream_trace_id=part,
        message=status.message,
        due_date=status.due,
    )
    trade = await traceability.request(tx, scope, wanted)
    await store.add_id(tx, system, "trade", asked.trade_id, trade.trade_id)
    await store.add_id(tx, system, "request", status.status_id, trade.request_id)
    await _took(tx, system, "request", asked.trade_id)


async def link_own(tx: Transaction, scope: OperatorScope, system: System, row: foreign.TradeResponse) -> None:
    """The part that answered there before we took part, or by another client of the account, answers here as well."""
    asked = row.trade_model
    known = (await store.by_theirs(tx, system, "trade", [asked.trade_id])).get(asked.trade_id)
    if known is None or asked.upstream_trace_id is None or known.told is not None:
        return
    ours = (await store.by_theirs(tx, system, "part", [asked.upstream_trace_id])).get(asked.upstream_trace_id)
    trade = await trade_of(tx, scope, known.ours)
    if ours is None or trade is None or not trade.live or trade.upstream_trace_id is not None:
        return
    await traceability.link(tx, scope, trade.trade_id, ours.ours)
    told = {"state": "NOT_COMPLETED", "part": str(asked.upstream_trace_id), "groups": None, "reply": None}
    await store.tell(tx, system, "trade", trade.trade_id, record(told))


async def _requested_part(tx: Transaction, scope: OperatorScope, system: System, part: foreign.Parts) -> UUID:
    """The partner's part here: as the system shows it to us."""
    said = part_input(part, await shadows.plant_of(tx, scope, part.plant_id), terminated=False)
    made = await traceability.write_structure(tx, scope, said, [])
    return made.parent.trace_id


async def begin_request(
    tx: Transaction, scope: OperatorScope, system: System, asked: foreign.Trade, status: foreign.Status, partner: UUID
) -> None:
    """A request of ours that began there; one that is known is left as it is."""
    if asked.trade_id in await store.by_theirs(tx, system, "trade", [asked.trade_id]) or status.state == "REJECT":
        return
    part = (await store.by_theirs(tx, system, "part", [asked.downstream_trace_id])).get(asked.downstream_trace_id)
    if part is None:
        return  # its part comes with the next reading of everything
    live = await traceability.trades_on_parts(tx, scope, [part.ours])
    if part.ours in live:
        return  # made here at this moment: the worker that brings it finds it there
    wanted = RequestInput(
        upstream_operator_id=partner, downstream_trace_id=part.ours, message=status.message, due_date=status.due
    )
    trade = await traceability.request(tx, scope, wanted)
    words = (status.message, status.due.isoformat() if status.due else "")
    await store.add_id(tx, system, "trade", asked.trade_id, trade.trade_id, record(words))
    await store.add_id(tx, system, "request", status.status_id, trade.request_id)
    await _took(tx, system, "request", asked.trade_id)


async def take_answer(
    tx: Transaction,
    scope: OperatorScope,
    system: System,
    asked: foreign.Trade,
    status: foreign.Status,
    answer: Answer | None,
) -> None:
    """What a partner did with a request of ours; `scope` is its shadow's."""
    known = (await store.by_theirs(tx, system, "trade", [asked.trade_id])).get(asked.trade_id)
    trade = await trade_of(tx, scope, known.ours) if known else None
    if trade is None or not trade.live:
        return
    if status.state == "REJECT":
        if trade.state is State.NOT_COMPLETED:
            await traceability.reject(tx, scope, trade.request_id, reply_message=status.reply_message)
            await _took(tx, system, "return", asked.trade_id)
        return
    if (status.reply_message or None) != trade.reply_message:
        await traceability.reply(tx, scope, trade.request_id, status.reply_message)
    if asked.upstream_trace_id is None:
        return
    part = await _answering_part(tx, scope, system, trade, asked.upstream_trace_id)
    if trade.upstream_trace_id != part:
        await traceability.link(tx, scope, trade.trade_id, part)
    if answer is not None:
        await _figures(tx, scope, system, part, answer, asked.trade_id)


async def _answering_part(tx: Transaction, scope: OperatorScope, system: System, trade: Trade, theirs: UUID) -> UUID:
    """The partner's part that answers: an end of the chain here, for what is behind it stays there."""
    part = PartInput(
        plant_id=await shadows.plant_of(tx, scope, None),
        name=trade.requested_part.name if trade.requested_part else "—",
        support_name=str(theirs),
        unit=AmountUnit(trade.requested_unit) if trade.requested_unit else None,
        terminated=True,
    )
    return (await traceability.write_structure(tx, scope, part, [])).parent.trace_id


async def _figures(
    tx: Transaction, scope: OperatorScope, system: System, part: UUID, answer: Answer, trade_id: UUID
) -> None:
    before = await footprint.footprint(tx, scope, part)
    if before is None or any(
        getattr(before, name) != getattr(answer.figures, name) for name in FootprintInput.__struct_fields__
    ):
        await footprint.record(tx, scope, part, answer.figures, footprint_id=before.footprint_id if before else None)
        await _took(tx, system, "answer", trade_id)
    groups = {"TOTALCFP": answer.shows_figures, "TOTALDQR": answer.shows_quality}
    open_ = (await operators.released_to(tx, system.operator_id, [(scope.operator_id, part)]))[
        (scope.operator_id, part)
    ]
    if any((name in open_) != wanted for name, wanted in groups.items()):
        await operators.set_groups(tx, scope, part, system.operator_id, groups, "outside")


async def take_plant(tx: Transaction, scope: OperatorScope, system: System, plant: foreign.Plant) -> None:
    """A plant of ours there."""
    if plant.plant_id in await store.by_theirs(tx, system, "plant", [plant.plant_id]):
        return
    here = {one.open_plant_id: one.plant_id for one in await operators.all_plants(tx, scope)}
    ours = here.get(plant.open_plant_id)
    if ours is None:
        said = PlantInput(name=plant.plant_name, address=plant.plant_address, open_plant_id=plant.open_plant_id)
        ours = (await plants.register(tx, scope, said, check_digits=False)).plant_id
    await store.add_id(tx, system, "plant", plant.plant_id, ours)


async def take_part(tx: Transaction, scope: OperatorScope, system: System, part: foreign.Parts) -> None:
    """A part of ours there that is not known yet: the same plant, name and support name are the same part."""
    if part.trace_id in await store.by_theirs(tx, system, "part", [part.trace_id]):
        return
    plant = (await store.by_theirs(tx, system, "plant", [part.plant_id])).get(part.plant_id)
    if plant is None:
        return
    ours = await _same(tx, scope, plant.ours, part)
    if ours is None:
        made = await traceability.write_structure(tx, scope, part_input(part, plant.ours), [])
        ours = made.parent.trace_id
        await _took(tx, system, "part", part.trace_id)
    await store.add_id(tx, system, "part", part.trace_id, ours)


async def _same(tx: Transaction, scope: OperatorScope, plant_id: UUID, part: foreign.Parts) -> UUID | None:
    found, _ = await traceability.parts_page(tx, scope, limit=100, name=part.parts_name, plant_id=plant_id)
    wanted = part.support_parts_name or None
    return next((one.trace_id for one in found if one.support_name == wanted), None)


async def take_structure(tx: Transaction, scope: OperatorScope, system: System, there: foreign.Structure) -> None:
    """A structure of ours there: taken where there is none here, or where only the other side has changed it."""
    top = there.parent_parts_model
    if top is None:
        return
    known = await store.by_theirs(
        tx, system, "part", [top.trace_id, *(one.trace_id for one in there.children_parts_model)]
    )
    if len(known) != 1 + len(there.children_parts_model):
        return
    here = await traceability.structure(tx, scope, known[top.trace_id].ours)
    amounts = {known[one.trace_id].ours: one.amount_required for one in there.children_parts_model}
    if {child.part.trace_id: child.amount for child in here.children} == amounts:
        return
    if here.children and known[top.trace_id].told is None:
        return  # both sides have one, and were never the same: ours is brought
    if await store.task_of(tx, scope.operator_id, here.parent.trace_id) is not None:
        return  # changed here meanwhile
    plants_here = await store.by_theirs(tx, system, "plant", [one.plant_id for one in there.children_parts_model])
    if any(one.plant_id not in plants_here for one in there.children_parts_model):
        return
    children = children_of(there, {theirs: pair.ours for theirs, pair in plants_here.items()})
    await traceability.write_structure(tx, scope, input_of(here.parent), children)
    await _took(tx, system, "structure", top.trace_id)


async def take_footprint(
    tx: Transaction, scope: OperatorScope, system: System, theirs: UUID, rows: Sequence[foreign.Cfp]
) -> None:
    """Own figures there: taken where there are none here, or where only the other side has changed them."""
    part = (await store.by_theirs(tx, system, "part", [theirs])).get(theirs)
    if part is None:
        return
    said, before = own_figures(rows), await footprint.footprint(tx, scope, part.ours)
    if said is None:
        return
    told = record(shaping.cfp_rows(as_figures(said), theirs, None))
    known = (await store.by_ours(tx, system, "footprint", [part.ours])).get(part.ours)
    if before is not None:
        here = await figures_of(tx, scope, system, part.ours)
        same = here is not None and known is not None and record(shaping.cfp_rows(here, theirs, None)) == known.told
        if known is None or known.told == told or not same:
            return  # changed here too, or by us: ours is brought
    await footprint.record(tx, scope, part.ours, said, footprint_id=before.footprint_id if before else None)
    cfp_id = next(row.cfp_id for row in rows if row.cfp_id is not None)
    await store.add_id(tx, system, "footprint", cfp_id, part.ours, told)
    await _took(tx, system, "footprint", theirs)

"""`parts` and `partsStructures`."""

from typing import Annotated
from uuid import UUID

import msgspec

from meguri.dataspaces.ouranos import demands
from meguri.dataspaces.ouranos.bodies.base import Wire
from meguri.dataspaces.ouranos.call import Answer, Call
from meguri.dataspaces.ouranos.errors import coded
from meguri.dataspaces.ouranos.gojson import Body
from meguri.dataspaces.ouranos.house import Handlers, House
from meguri.dataspaces.ouranos.query import BadParameter
from meguri.dataspaces.ouranos.render.parts import number
from meguri.dataspaces.ouranos.rules import limits
from meguri.kernel.numbers import ZERO
from meguri.kernel.scope import OperatorScope
from meguri.kernel.units import AmountUnit
from meguri.storage import Transaction
from meguri.traceability import service as traceability
from meguri.traceability.errors import PartNotOwn
from meguri.traceability.model import ChildInput, Component, Part, PartInput, Structure


class PostPart(Wire):
    """A part as it is sent; `amount` only of a child."""

    parts_item: str | None = None
    support_parts_item: str | None = None
    plant_id: str | None = None
    operator_id: str | None = None
    amount_unit_name: str | None = None
    end_flag: bool | None = None
    amount: float | None = None
    parts_label_name: str | None = None
    parts_add_info1: str | None = None
    parts_add_info2: str | None = None
    parts_add_info3: str | None = None


Children = Annotated[list[PostPart | None], msgspec.Meta()]


class PostStructure(Wire):
    """A part and what one unit of it is made of."""

    operator_id: str | None = None
    parent: PostPart | None = None
    children: Children | None = None


STRUCTURE = Body(PostStructure)


class _Listed(msgspec.Struct, frozen=True, rename="camel"):
    trace_id: UUID
    parts_item: str
    support_parts_item: str | None
    plant_id: UUID
    operator_id: UUID
    amount_unit_name: str | None
    end_flag: bool
    parent_flag: bool
    parts_label_name: str | None
    parts_add_info1: str | None
    parts_add_info2: str | None
    parts_add_info3: str | None


class _Page(msgspec.Struct, frozen=True):
    parts: list[_Listed]
    next: str


class _Parent(msgspec.Struct, frozen=True, rename="camel"):
    trace_id: UUID
    parts_item: str
    support_parts_item: str | None
    plant_id: UUID
    operator_id: UUID
    amount_unit_name: str | None
    end_flag: bool
    parts_label_name: str | None
    parts_add_info1: str | None
    parts_add_info2: str | None
    parts_add_info3: str | None


class _Child(msgspec.Struct, frozen=True, rename="camel"):
    parts_structure_id: str
    trace_id: UUID
    parts_item: str
    support_parts_item: str | None
    plant_id: UUID
    operator_id: UUID
    amount_unit_name: str | None
    end_flag: bool
    amount: msgspec.Raw
    revision: int
    parts_label_name: str | None
    parts_add_info1: str | None
    parts_add_info2: str | None
    parts_add_info3: str | None


class _Structure(msgspec.Struct, frozen=True):
    parent: _Parent | None
    children: list[_Child]


class _PostedParent(msgspec.Struct, frozen=True, rename="camel"):
    trace_id: UUID
    parts_item: str
    support_parts_item: str | None
    parts_label_name: str | None
    parts_add_info1: str | None
    parts_add_info2: str | None
    parts_add_info3: str | None


class _PostedChild(msgspec.Struct, frozen=True, rename="camel"):
    parts_structure_id: str
    trace_id: UUID
    parts_item: str
    plant_id: UUID
    support_parts_item: str | None
    parts_label_name: str | None
    parts_add_info1: str | None
    parts_add_info2: str | None
    parts_add_info3: str | None


class _Posted(msgspec.Struct, frozen=True):
    parent: _PostedParent
    children: list[_PostedChild]


class _TraceId(msgspec.Struct, frozen=True, rename="camel"):
    trace_id: UUID


def _words(part: Part) -> tuple[str | None, str | None, str | None, str | None]:
    return (part.label, part.info1, part.info2, part.info3)


def _head(part: Part) -> tuple[UUID, str, str | None, UUID, UUID, str | None, bool]:
    return (part.trace_id, part.name, part.support_name, part.plant_id, part.operator_id, part.unit, part.terminated)


def _child(parent: Part, child: Component) -> _Child:
    place = f"{parent.trace_id}_{child.part.trace_id}"
    return _Child(place, *_head(child.part), number(child.amount), child.part.version, *_words(child.part))


async def get_parts(call: Call, house: House) -> Answer:
    """Own parts, a hundred at a time."""
    query = call.query
    (operator_id,) = demands.asked(call)
    after, trace_id, plant_id = (demands.uuid_or_none(key, query.text(key)) for key in ("after", "traceId", "plantId"))
    try:
        is_parent = query.boolean("parentFlag")
    except BadParameter as bad:
        raise coded(demands.FORM, bad.name) from None
    name, support = query.text("partsItem") or None, query.text("supportPartsItem") or None
    demands.words("partsItem", name, limits().bodies.name_length)
    demands.mine(call, operator_id)
    found, following = await house.read(
        call,
        traceability.parts_page,
        limit=limits().lists.southbound_page,
        after=after,
        trace_id=trace_id,
        name=name,
        plant_id=plant_id,
        is_parent=is_parent,
    )
    if after is not None and not found:
        raise coded("MSGAECO0020")
    wanted = [part for part in found if support is None or part.support_name == support]
    listed = [_Listed(*_head(part), part.is_parent, *_words(part)) for part in wanted]
    return Answer(200, msgspec.json.encode(_Page(listed, str(following or ""))))


async def delete_parts(call: Call, house: House) -> Answer:
    """An own part that nothing holds on to goes."""
    operator_id, trace_id = demands.asked(call, "traceId")
    demands.mine(call, operator_id)

    async def work(tx: Transaction, scope: OperatorScope) -> Answer:
        await traceability.delete_part(tx, scope, trace_id)
        return Answer(200, msgspec.json.encode(_TraceId(trace_id)))

    return await house.write(call, work)


async def get_structures(call: Call, house: House) -> Answer:
    """An own part with its components; empty for a part of nobody or of another."""
    operator_id, trace_id = demands.asked(call, "parentTraceId")
    demands.mine(call, operator_id)
    try:
        found = await house.read(call, traceability.structure, trace_id)
    except PartNotOwn:
        return Answer(200, msgspec.json.encode(_Structure(None, [])))
    parent = _Parent(*_head(found.parent), *_words(found.parent))
    children = [_child(found.parent, child) for child in found.children]
    return Answer(200, msgspec.json.encode(_Structure(parent, children)))


async def post_structures(call: Call, house: House) -> Answer:
    """A part with its components."""
    raw = await call.json(STRUCTURE) or PostStructure()
    demands.items(("operatorId", raw.operator_id), ("parent", raw.parent))
    parent = raw.parent or PostPart()
    children = [child or PostPart() for child in raw.children or ()]
    if len(children) > limits().bodies.children:
        raise coded(demands.COUNT, "children", limits().bodies.children)
    demands.items(*_required(parent), *(pair for child in children for pair in _required(child, is_child=True)))
    operator_id = demands.uuid("operatorId", raw.operator_id)
    inputs = [_input(part) for part in (parent, *children)]
    amounts = [demands.number("amount", child.amount) or ZERO for child in children]
    demands.mine(call, operator_id)
    for part in (parent, *children):
        demands.mine(call, demands.uuid("operatorId", part.operator_id or str(operator_id)))
    with_amounts = [
        ChildInput(amount=amount, **msgspec.structs.asdict(said))
        for said, amount in zip(inputs[1:], amounts, strict=True)
    ]

    async def work(tx: Transaction, scope: OperatorScope) -> Answer:
        written = await traceability.write_structure(tx, scope, inputs[0], with_amounts)
        return Answer(200, msgspec.json.encode(_posted(written, inputs)))

    return await house.write(call, work)


def _required(part: PostPart, *, is_child: bool = False) -> list[tuple[str, object]]:
    pairs: list[tuple[str, object]] = [
        ("partsItem", part.parts_item),
        ("plantId", part.plant_id),
        ("endFlag", part.end_flag),
    ]
    return [*pairs, ("amount", part.amount)] if is_child else pairs


def _input(part: PostPart) -> PartInput:
    """The part in the service's words. Raises Coded."""
    most, units = limits().bodies.name_length, limits().words.amount_units
    unit = demands.word("amountUnitName", part.amount_unit_name, units) if part.amount_unit_name else None
    return PartInput(
        plant_id=demands.uuid("plantId", part.plant_id),
        name=demands.words("partsItem", part.parts_item, most) or "",
        support_name=demands.words("supportPartsItem", part.support_parts_item, most),
        label=demands.words("partsLabelName", part.parts_label_name, most),
        info1=demands.words("partsAddInfo1", part.parts_add_info1, most),
        info2=demands.words("partsAddInfo2", part.parts_add_info2, most),
        info3=demands.words("partsAddInfo3", part.parts_add_info3, most),
        unit=AmountUnit(unit) if unit else None,
        terminated=bool(part.end_flag),
    )


def _posted(written: Structure, said: list[PartInput]) -> _Posted:
    """What was written. Clients find their parts again by the support name that they sent, so it is given back as sent."""
    parent = written.parent
    return _Posted(
        _PostedParent(parent.trace_id, parent.name, said[0].support_name, *_words(parent)),
        [
            _PostedChild(
                f"{parent.trace_id}_{child.part.trace_id}",
                child.part.trace_id,
                child.part.name,
                child.part.plant_id,
                sent.support_name,
                *_words(child.part),
            )
            for child, sent in zip(written.children, said[1:], strict=True)
        ],
    )


HANDLERS: Handlers = {
    ("GET", "parts"): get_parts,
    ("DELETE", "parts"): delete_parts,
    ("GET", "partsStructures"): get_structures,
    ("POST", "partsStructures"): post_structures,
}

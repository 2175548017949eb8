"""`dataTarget` parts and partsStructure."""

from meguri.dataspaces.ouranos.bodies.parts import PARTS, STRUCTURE, StructureInput, check_parts, check_structure
from meguri.dataspaces.ouranos.call import Answer, Call, etag
from meguri.dataspaces.ouranos.house import Handlers, House
from meguri.dataspaces.ouranos.query import next_link
from meguri.dataspaces.ouranos.render import parts as render
from meguri.kernel.scope import OperatorScope
from meguri.storage import Transaction
from meguri.traceability import service as traceability
from meguri.traceability.errors import PartNotOwn
from meguri.traceability.model import Structure


async def get_parts(call: Call, house: House) -> Answer:
    """Own parts, page by page."""
    query = call.query
    limit, after, trace_id, plant_id = query.limit(), query.uuid("after"), query.uuid("traceId"), query.uuid("plantId")
    is_parent, name = query.boolean("parentFlag"), query.text("partsName") or None
    if name is not None and "\x00" in name:
        return Answer(200, b"[]")  # no stored name holds U+0000
    found, following = await house.read(
        call,
        traceability.parts_page,
        limit=limit,
        after=after,
        trace_id=trace_id,
        name=name,
        plant_id=plant_id,
        is_parent=is_parent,
    )
    headers: tuple[tuple[str, str], ...] = ()
    if following is not None:
        in_effect = {"after": following, "limit": limit, "parentFlag": is_parent, "partsName": name}
        in_effect |= {"plantId": plant_id, "traceId": trace_id}
        headers = (("link", next_link(call.origin, "parts", in_effect)),)
    return Answer(200, render.parts(found), headers)


async def put_parts(call: Call, house: House) -> Answer:
    """A part without components."""
    raw = await call.json(PARTS)
    return await _put(call, house, check_parts(raw), whole=False)


async def get_structure(call: Call, house: House) -> Answer:
    """An own part with its components; empty for a part of nobody or of another."""
    trace_id = call.query.required_uuid("traceId")
    try:
        found = await house.read(call, traceability.structure, trace_id)
    except PartNotOwn:
        return Answer(200, render.EMPTY_STRUCTURE)
    return Answer(200, render.structure(found), (etag(found.parent.version),))


async def put_structure(call: Call, house: House) -> Answer:
    """A part with its components."""
    raw = await call.json(STRUCTURE)
    return await _put(call, house, check_structure(raw), whole=True)


async def _put(call: Call, house: House, said: StructureInput, *, whole: bool) -> Answer:
    call.check_operators(*said.operator_ids)
    version = call.if_version()

    async def work(tx: Transaction, scope: OperatorScope) -> Answer:
        written: Structure = await traceability.write_structure(
            tx, scope, said.parent, said.children, if_version=version
        )
        return Answer(
            201, render.structure(written) if whole else render.part(written), (etag(written.parent.version),)
        )

    return await house.write(call, work)


async def delete_parts(call: Call, house: House) -> Answer:
    """An own part that nothing holds on to goes, with its footprint and certificates."""
    trace_id, version = call.query.required_uuid("traceId"), call.if_version()

    async def work(tx: Transaction, scope: OperatorScope) -> Answer:
        await traceability.delete_part(tx, scope, trace_id, if_version=version)
        return Answer(204)

    return await house.write(call, work)


HANDLERS: Handlers = {
    ("GET", "parts"): get_parts,
    ("PUT", "parts"): put_parts,
    ("DELETE", "parts"): delete_parts,
    ("GET", "partsStructure"): get_structure,
    ("PUT", "partsStructure"): put_structure,
}

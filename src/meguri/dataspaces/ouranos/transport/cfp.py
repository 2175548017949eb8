"""`dataTarget` cfp."""

from meguri.dataspaces.ouranos.bodies.cfp import CFP, check_cfp
from meguri.dataspaces.ouranos.call import Answer, Call
from meguri.dataspaces.ouranos.house import Handlers, House
from meguri.dataspaces.ouranos.render import cfp as render
from meguri.dataspaces.ouranos.rules import limits
from meguri.footprint import service as footprint
from meguri.kernel.scope import OperatorScope
from meguri.storage import Transaction


async def get_cfp(call: Call, house: House) -> Answer:
    """Footprints of own parts, in the order asked; parts of others show nothing."""
    trace_ids = call.query.uuids("traceIds", limits().lists.trace_ids, required=True)
    return Answer(200, render.statements(await house.read(call, footprint.statements, trace_ids)))


async def put_cfp(call: Call, house: House) -> Answer:
    """The four rows of an own part."""
    raw = await call.json(CFP)
    said = check_cfp(raw)

    async def work(tx: Transaction, scope: OperatorScope) -> Answer:
        kept = await footprint.record(tx, scope, said.trace_id, said.declared, footprint_id=said.cfp_id)
        return Answer(201, render.declared(kept, said.order))

    return await house.write(call, work)


HANDLERS: Handlers = {("GET", "cfp"): get_cfp, ("PUT", "cfp"): put_cfp}

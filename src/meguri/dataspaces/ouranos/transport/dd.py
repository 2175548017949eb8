"""`dataTarget` dd: due-diligence results, an extension of the contract."""

from meguri.dataspaces.ouranos.bodies.dd import DD, check_dd
from meguri.dataspaces.ouranos.call import Answer, Call
from meguri.dataspaces.ouranos.house import Handlers, House
from meguri.dataspaces.ouranos.ports import Diligence
from meguri.dataspaces.ouranos.query import BadParameter
from meguri.dataspaces.ouranos.render import dd as render
from meguri.dataspaces.ouranos.rules import limits
from meguri.kernel.scope import OperatorScope
from meguri.storage import Transaction


def _diligence(house: House) -> Diligence:
    """The room of due diligence; where there is none, nobody knows this target. Raises BadParameter."""
    if house.diligence is None:
        raise BadParameter("dataTarget")
    return house.diligence


async def get_dd(call: Call, house: House) -> Answer:
    """Due-diligence results of own parts, in the order asked."""
    diligence = _diligence(house)
    trace_ids = call.query.uuids("traceIds", limits().lists.trace_ids, required=True)
    return Answer(200, render.results(await house.read(call, diligence.rows, trace_ids)))


async def put_dd(call: Call, house: House) -> Answer:
    """The result of an own part."""
    diligence = _diligence(house)
    raw = await call.json(DD)
    said = check_dd(raw)

    async def work(tx: Transaction, scope: OperatorScope) -> Answer:
        return Answer(201, render.result(await diligence.declare(tx, scope, said)))

    return await house.write(call, work)


HANDLERS: Handlers = {("GET", "dd"): get_dd, ("PUT", "dd"): put_dd}

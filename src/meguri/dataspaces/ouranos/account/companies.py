"""`/api/v1/authInfo`: operators and plants."""

from meguri.dataspaces.ouranos import errors
from meguri.dataspaces.ouranos.bodies.company import OPERATOR, PLANT, check_operator, check_plant
from meguri.dataspaces.ouranos.call import Answer, Call, etag
from meguri.dataspaces.ouranos.errors import Problem, Source
from meguri.dataspaces.ouranos.house import Handlers, House
from meguri.dataspaces.ouranos.query import BadParameter
from meguri.dataspaces.ouranos.render import companies as render
from meguri.dataspaces.ouranos.rules import limits
from meguri.kernel.scope import OperatorScope
from meguri.operators import companies, plants
from meguri.storage import Transaction

ONE_ONLY = "only one of operatorIds and openOperatorId can be set."


async def get_operator(call: Call, house: House) -> Answer:
    """The caller's own record, or another's by its public number, or several by their ids."""
    query, rules = call.query, limits().lists
    if query.given("operatorIds") and query.given("openOperatorId"):
        raise Problem(400, Source.AUTH, errors.INVALID_REQUEST, ONE_ONLY)
    if query.given("operatorIds"):
        wanted = query.uuids("operatorIds", rules.operator_ids, required=True)
        return Answer(200, render.operators(await house.read(call, companies.by_ids, wanted)))
    open_id = query.text("openOperatorId")
    if len(open_id) > rules.open_operator_id_length:
        raise BadParameter("openOperatorId")
    if open_id:
        return Answer(200, render.operator(await house.read(call, companies.look_up, open_id)))
    own = await house.read(call, companies.own)
    return Answer(200, render.operator(own), (etag(own.version),))


async def put_operator(call: Call, house: House) -> Answer:
    """The caller's own record."""
    raw = await call.json(OPERATOR)
    said = check_operator(raw)
    call.check_operators(said.operator_id)
    if not call.me.may_administer:
        raise Problem(403, Source.AUTH, errors.PRIVILEGES)
    version = call.if_version()

    async def work(tx: Transaction, scope: OperatorScope) -> Answer:
        kept = await companies.update(tx, scope, said.change, expected_version=version, check_digits=False)
        return Answer(201, render.operator(kept), (etag(kept.version),))

    return await house.write(call, work)


async def get_plants(call: Call, house: House) -> Answer:
    """The caller's plants, oldest first."""
    return Answer(200, render.plants(await house.read(call, plants.all_plants)))


async def put_plant(call: Call, house: House) -> Answer:
    """A new plant, or an own one as said."""
    raw = await call.json(PLANT)
    said = check_plant(raw)
    call.check_operators(said.operator_id)

    async def work(tx: Transaction, scope: OperatorScope) -> Answer:
        if said.plant_id is None:
            kept = await plants.register(tx, scope, said.plant, check_digits=False)
        else:
            kept = await plants.update(tx, scope, said.plant_id, said.plant, check_digits=False)
        return Answer(201, render.plant(kept))

    return await house.write(call, work)


HANDLERS: Handlers = {
    ("GET", "operator"): get_operator,
    ("PUT", "operator"): put_operator,
    ("GET", "plant"): get_plants,
    ("PUT", "plant"): put_plant,
}
METHODS = frozenset(method for method, _ in HANDLERS)

"""`PUT /dataReset`: empties trial companies, where the profile allows it."""

from meguri.dataspaces.ouranos import errors
from meguri.dataspaces.ouranos.call import Answer, Call
from meguri.dataspaces.ouranos.errors import Problem, Source
from meguri.dataspaces.ouranos.house import House


async def data_reset(call: Call, house: House) -> Answer:
    """Empties every company that the key belongs to. Raises Problem."""
    if house.reset is None:
        raise Problem(404, Source.DATASPACE, errors.NO_ENDPOINT)
    found = await house.door.key(call.headers.get("apikey", ""), call.client)
    await house.read(call, house.reset, found.operator_ids)
    return Answer(200, b"null")

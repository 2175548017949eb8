"""`dataTarget` cfpCertification."""

from meguri.dataspaces.ouranos.call import Answer, Call
from meguri.dataspaces.ouranos.house import Handlers, House
from meguri.dataspaces.ouranos.render import certification as render


async def get_certification(call: Call, house: House) -> Answer:
    """The certificate of an own part: its own, or its supplier's."""
    trace_id = call.query.required_uuid("traceId")
    if house.certificates is None:
        return Answer(200, b"[]")
    return Answer(200, render.certificates(await house.read(call, house.certificates.of_part, trace_id)))


HANDLERS: Handlers = {("GET", "cfpCertification"): get_certification}

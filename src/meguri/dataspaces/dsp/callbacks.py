"""Where a party may be called back: at an origin that it names itself, in public, over https."""

from meguri.dataspaces.dsp.faults import Fault
from meguri.dataspaces.dsp.model import Caller
from meguri.dataspaces.node import node
from meguri.jobs.outbound import Refused, check_address, is_public, origin_of, resolve


async def check_callback(address: str, caller: Caller) -> str:
    """The address without a slash at its end. Raises Fault (CALLBACK_REJECTED); no request is made."""
    reach = node().reach
    try:
        check_address(address, reach)
    except Refused:
        raise Fault("CALLBACK_REJECTED") from None
    origin = origin_of(address)
    if not reach.anywhere and origin not in reach.origins:
        if origin not in caller.origins or not await _leads_outside(address):
            raise Fault("CALLBACK_REJECTED")
    elif not reach.anywhere and origin not in caller.origins:
        raise Fault("CALLBACK_REJECTED")
    return address.rstrip("/")


async def _leads_outside(address: str) -> bool:
    host = origin_of(address).removeprefix("https://").rpartition(":")[0] or origin_of(address).removeprefix("https://")
    try:
        found = await resolve(host.strip("[]"), 443)
    except OSError:
        return False
    return bool(found) and all(is_public(one) for one in found)

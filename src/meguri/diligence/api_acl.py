"""Native REST of disclosure: which of a part's results, chain and evidence a customer may read. Nothing by default."""

from uuid import UUID

import msgspec
from litestar import Response, get, put

from meguri.kernel.errors import Needed, Stale
from meguri.operators import disclosure
from meguri.operators.errors import DisclosureNotFound, DisclosureToSelf, NoRelation
from meguri.operators.model import Disclosure
from meguri.web import FromPath, Json, Unit, Version, editor, refusals, signed_in, versioned

ITEMS = ("DDRESULT", "DDCHAIN", "DDEVIDENCE")


class AclItem(msgspec.Struct, frozen=True, kw_only=True):
    """One item of what travels, and whether the customer may read it."""

    item: str
    released_flag: bool


class Acl(msgspec.Struct, frozen=True, kw_only=True):
    """What one customer may read of one part. `version` is its ETag; 0: nothing was ever decided."""

    trace_id: UUID
    to_operator_id: UUID
    version: int
    items: list[AclItem]


class AclChange(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename="upper"):
    """Items to release (true) or withhold (false); what is not named stays."""

    ddresult: bool | None = None
    ddchain: bool | None = None
    ddevidence: bool | None = None


def _acl(said: Disclosure) -> Response[Acl]:
    items = [AclItem(item=item, released_flag=item in said.released) for item in ITEMS]
    found = Acl(trace_id=said.trace_id, to_operator_id=said.to_operator_id, version=said.version, items=items)
    return versioned(found, found.version)


@get("/api/v1/dd/acl/{trace_id:uuid}/{to_operator_id:uuid}", guards=[signed_in], responses=refusals())
async def get_acl(unit: Unit, trace_id: FromPath[UUID], to_operator_id: FromPath[UUID]) -> Response[Acl]:
    """What a customer may read of the due diligence of an own part."""
    return await unit.answering(_acl)(disclosure.get, trace_id, to_operator_id)


@put(
    "/api/v1/dd/acl/{trace_id:uuid}/{to_operator_id:uuid}",
    guards=[editor],
    responses=refusals(DisclosureToSelf, NoRelation, DisclosureNotFound, Stale, Needed),
)
async def put_acl(
    unit: Unit, trace_id: FromPath[UUID], to_operator_id: FromPath[UUID], data: Json[AclChange], version: Version
) -> Response[Acl]:
    """Releases or withholds items for a customer; If-Match "v0" where nothing was decided yet."""
    groups = {item: said for item, said in msgspec.to_builtins(data).items() if said is not None}
    return await unit.answering(_acl)(
        disclosure.release, trace_id, to_operator_id, groups, None, expected_version=version
    )


handlers = [get_acl, put_acl]

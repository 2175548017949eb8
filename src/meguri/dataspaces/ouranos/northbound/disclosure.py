"""`/cfpAcl` and `/cfpCertificationAcl`: what of a part's footprint which customer may see."""

from collections.abc import Iterable, Mapping
from typing import Annotated
from uuid import UUID

import msgspec

from meguri.dataspaces.ouranos import demands
from meguri.dataspaces.ouranos.bodies.base import Wire
from meguri.dataspaces.ouranos.call import Answer, Call
from meguri.dataspaces.ouranos.errors import coded
from meguri.dataspaces.ouranos.gojson import Body
from meguri.dataspaces.ouranos.house import Handlers, House
from meguri.dataspaces.ouranos.rules import limits
from meguri.dataspaces.ouranos.transport.listing import kinds
from meguri.kernel.scope import OperatorScope
from meguri.operators import service as operators
from meguri.operators.model import Disclosure, GroupState
from meguri.storage import Transaction
from meguri.traceability import service as traceability

CERTIFICATE = "CERTIFICATE"
FAMILIES = {"CFP": ("TOTALCFP", "TOTALDQR"), "DD": ("DDRESULT",)}


class PostGroup(Wire):
    """One group of items, released or not."""

    acl_item_group: str | None = None
    released_flag: bool | None = None


Groups = Annotated[list[PostGroup | None], msgspec.Meta()]


class PostAcl(Wire):
    """Which groups a customer may see."""

    operator_id: str | None = None
    released_to_operator_id: str | None = None
    trace_id: str | None = None
    acl: Groups | None = None


class PostCertificateAcl(Wire):
    """Whether a customer may see the certificate."""

    operator_id: str | None = None
    released_to_operator_id: str | None = None
    trace_id: str | None = None
    released_flag: bool | None = None


ACL, CERTIFICATE_ACL = Body(PostAcl), Body(PostCertificateAcl)


class _Group(msgspec.Struct, frozen=True, rename="camel"):
    acl_item_group: str
    released_flag: bool


class _Acl(msgspec.Struct, frozen=True, rename="camel"):
    released_from_operator_id: UUID
    released_to_operator_id: UUID
    trace_id: UUID
    acl: list[_Group]


class _CertificateAcl(msgspec.Struct, frozen=True, rename="camel"):
    released_from_operator_id: UUID
    released_to_operator_id: UUID
    trace_id: UUID
    released_flag: bool


class _TraceId(msgspec.Struct, frozen=True, rename="camel"):
    trace_id: UUID


def _decided(found: Disclosure, groups: Iterable[str]) -> list[GroupState]:
    """The states of these groups; empty if nothing was ever decided about any of them."""
    states = [state for state in found.groups if state.item_group in groups]
    return states if any(state.since is not None for state in states) else []


async def _disclosures(call: Call, house: House) -> list[Disclosure]:
    operator_id, trace_id = demands.asked(call, "traceId")
    demands.mine(call, operator_id)
    found = await house.read(call, operators.grants_of, trace_id)
    return sorted(found, key=lambda one: one.to_operator_id.bytes)


async def get_acl(call: Call, house: House) -> Answer:
    """Who may see which totals of an own part."""
    me = call.me.operator_id
    groups = [group for kind in kinds(call.query).types for group in FAMILIES[kind]]
    shown = []
    for found in await _disclosures(call, house):
        if states := _decided(found, groups):
            acl = [_Group(state.item_group, state.released) for state in states]
            shown.append(_Acl(me, found.to_operator_id, found.trace_id, acl))
    return Answer(200, msgspec.json.encode(shown))


async def get_certificate_acl(call: Call, house: House) -> Answer:
    """Who may see the certificate of an own part."""
    me = call.me.operator_id
    shown = [
        _CertificateAcl(me, found.to_operator_id, found.trace_id, state.released)
        for found in await _disclosures(call, house)
        for state in _decided(found, (CERTIFICATE,))
    ]
    return Answer(200, msgspec.json.encode(shown))


async def post_acl(call: Call, house: House) -> Answer:
    """Which totals a customer may see: of the families named, all that is not listed is closed."""
    raw = await call.json(ACL) or PostAcl()
    listed = [group for group in raw.acl or () if group is not None]
    demands.items(
        ("operatorId", raw.operator_id),
        ("releasedToOperatorId", raw.released_to_operator_id),
        ("traceId", raw.trace_id),
        ("acl", raw.acl),
        *(("aclItemGroup", group.acl_item_group) for group in listed),
        *(("releasedFlag", group.released_flag) for group in listed),
    )
    said = {
        demands.word("aclItemGroup", group.acl_item_group, limits().words.acl_groups): bool(group.released_flag)
        for group in listed
    }
    named = [family for family in FAMILIES.values() if not said.keys().isdisjoint(family)] or [FAMILIES["CFP"]]
    groups = {group: said.get(group, False) for family in named for group in family}
    return await _release(call, house, raw, groups)


async def post_certificate_acl(call: Call, house: House) -> Answer:
    """Whether a customer may see the certificate."""
    raw = await call.json(CERTIFICATE_ACL) or PostCertificateAcl()
    demands.items(
        ("operatorId", raw.operator_id),
        ("releasedToOperatorId", raw.released_to_operator_id),
        ("traceId", raw.trace_id),
        ("releasedFlag", raw.released_flag),
    )
    return await _release(call, house, raw, {CERTIFICATE: bool(raw.released_flag)})


async def _release(call: Call, house: House, raw: PostAcl | PostCertificateAcl, groups: Mapping[str, bool]) -> Answer:
    operator_id = demands.uuid("operatorId", raw.operator_id)
    customer = demands.uuid("releasedToOperatorId", raw.released_to_operator_id)
    trace_id = demands.uuid("traceId", raw.trace_id)
    demands.mine(call, operator_id)

    async def work(tx: Transaction, scope: OperatorScope) -> Answer:
        await traceability.part(tx, scope, trace_id)
        if not await traceability.live_links_to(tx, scope, trace_id, customer):
            raise coded("MSGMGA0004")
        await operators.set_groups(tx, scope, trace_id, customer, groups)
        return Answer(200, msgspec.json.encode(_TraceId(trace_id)))

    return await house.write(call, work)


HANDLERS: Handlers = {
    ("GET", "cfpAcl"): get_acl,
    ("POST", "cfpAcl"): post_acl,
    ("GET", "cfpCertificationAcl"): get_certificate_acl,
    ("POST", "cfpCertificationAcl"): post_certificate_acl,
}

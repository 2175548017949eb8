"""`cfp` and `cfpCertifications`."""

from typing import Annotated
from uuid import UUID

import msgspec

from meguri.dataspaces.ouranos import demands
from meguri.dataspaces.ouranos.bodies.base import Wire
from meguri.dataspaces.ouranos.call import Answer, Call
from meguri.dataspaces.ouranos.errors import coded
from meguri.dataspaces.ouranos.gojson import Body
from meguri.dataspaces.ouranos.house import Handlers, House
from meguri.dataspaces.ouranos.render.certification import FileInfo, files
from meguri.dataspaces.ouranos.render.parts import NULL, number
from meguri.dataspaces.ouranos.rules import limits
from meguri.dataspaces.ouranos.southbound.showing import Dqr, dqr
from meguri.footprint import service as footprint
from meguri.footprint.model import UNIT_PREFIX, Footprint, FootprintInput, Quality, Totals
from meguri.kernel.clock import seconds_z
from meguri.kernel.scope import OperatorScope
from meguri.kernel.units import AmountUnit
from meguri.storage import Transaction

EMISSIONS = {
    "pre_production": "preProcessingOwnOriginatedEmissions",
    "main_production": "mainProductionOwnOriginatedEmissions",
    "pre_component": "preProcessingSupplierOriginatedEmissions",
    "main_component": "mainProductionSupplierOriginatedEmissions",
}


class PostDqr(Wire):
    """The scores of both sides."""

    pre_ter: float | None = msgspec.field(name="preProcessingTeR", default=None)
    pre_ger: float | None = msgspec.field(name="preProcessingGeR", default=None)
    pre_tir: float | None = msgspec.field(name="preProcessingTiR", default=None)
    main_ter: float | None = msgspec.field(name="mainProductionTeR", default=None)
    main_ger: float | None = msgspec.field(name="mainProductionGeR", default=None)
    main_tir: float | None = msgspec.field(name="mainProductionTiR", default=None)


class PostFootprint(Wire):
    """What a maker declares of one part."""

    cfp_id: str | None = None
    trace_id: str | None = None
    pre_production: float | None = msgspec.field(name=EMISSIONS["pre_production"], default=None)
    main_production: float | None = msgspec.field(name=EMISSIONS["main_production"], default=None)
    pre_component: float | None = msgspec.field(name=EMISSIONS["pre_component"], default=None)
    main_component: float | None = msgspec.field(name=EMISSIONS["main_component"], default=None)
    emissions_unit_name: str | None = None
    cfp_comment: str | None = None
    dqr: PostDqr | None = None


Footprints = Annotated[list[PostFootprint | None], msgspec.Meta()]


class PostFootprints(Wire):
    """Declarations."""

    operator_id: str | None = None
    cfp: Footprints | None = None


FOOTPRINTS = Body(PostFootprints)


class _Own(msgspec.Struct, frozen=True, rename="camel"):
    cfp_id: UUID
    trace_id: UUID
    pre_processing_own_originated_emissions: msgspec.Raw
    main_production_own_originated_emissions: msgspec.Raw
    pre_processing_supplier_originated_emissions: msgspec.Raw
    main_production_supplier_originated_emissions: msgspec.Raw
    emissions_unit_name: str
    cfp_comment: str
    dqr: Dqr
    parent_flag: bool


class _Totals(msgspec.Struct, frozen=True, rename="camel"):
    total_pre_processing_own_originated_emissions: msgspec.Raw
    total_main_production_own_originated_emissions: msgspec.Raw
    total_pre_processing_supplier_originated_emissions: msgspec.Raw
    total_main_production_supplier_originated_emissions: msgspec.Raw
    emissions_unit_name: str | None
    total_dqr: Dqr


class _Shown(msgspec.Struct, frozen=True, rename="camel"):
    cfp: _Own
    total_cfp: _Totals


class _Kept(msgspec.Struct, frozen=True, rename="camel"):
    trace_id: UUID
    cfp_id: UUID


class _Certificate(msgspec.Struct, frozen=True, rename="camel"):
    cfp_certification_id: UUID
    trace_id: UUID
    cfp_certification_description: str
    cfp_certification_file_info: list[FileInfo] | None
    created_at: str | None


async def get_cfp(call: Call, house: House) -> Answer:
    """Own footprints with their totals; parts that show a supplier's answer are not listed."""
    demands.items(*((key, call.query.text(key)) for key in ("operatorId", "traceId")))
    operator_id = demands.uuid("operatorId", call.query.text("operatorId"))
    trace_ids = demands.uuids("traceId", call.query.text("traceId"), limits().lists.trace_ids)
    demands.mine(call, operator_id)
    found = await house.read(call, footprint.statements, trace_ids)
    shown = [
        _Shown(_own(one.own, is_parent=one.totals is not None), _totals(one.own, one.totals))
        for one in found
        if one.own is not None and one.answer is None
    ]
    return Answer(200, msgspec.json.encode(shown))


def _own(own: Footprint, *, is_parent: bool) -> _Own:
    return _Own(
        own.footprint_id,
        own.trace_id,
        number(own.pre_production),
        number(own.main_production),
        number(own.pre_component),
        number(own.main_component),
        UNIT_PREFIX + own.declared_unit,
        own.comment or "",
        dqr(own.pre_quality, own.main_quality),
        is_parent,
    )


def _totals(own: Footprint, totals: Totals | None) -> _Totals:
    if totals is None:
        nothing = Quality()
        return _Totals(NULL, NULL, NULL, NULL, None, dqr(nothing, nothing))
    return _Totals(
        number(totals.pre_production),
        number(totals.main_production),
        number(totals.pre_component),
        number(totals.main_component),
        UNIT_PREFIX + own.declared_unit,
        dqr(totals.pre_quality, totals.main_quality),
    )


async def post_cfp(call: Call, house: House) -> Answer:
    """Declares footprints of own parts: all, or none."""
    raw = await call.json(FOOTPRINTS) or PostFootprints()
    demands.items(("operatorId", raw.operator_id), ("cfp", raw.cfp))
    listed = demands.several("cfp", raw.cfp, limits().lists.trace_ids)
    for one in listed:
        demands.items(("traceId", one.trace_id), ("emissionsUnitName", one.emissions_unit_name))
    operator_id = demands.uuid("operatorId", raw.operator_id)
    said = [
        (demands.uuid_or_none("cfpId", one.cfp_id), demands.uuid("traceId", one.trace_id), _declared(one))
        for one in listed
    ]
    demands.mine(call, operator_id)

    async def work(tx: Transaction, scope: OperatorScope) -> Answer:
        kept = [
            await footprint.record(tx, scope, trace_id, declared, footprint_id=footprint_id)
            for footprint_id, trace_id, declared in said
        ]
        return Answer(200, msgspec.json.encode([_Kept(one.trace_id, one.footprint_id) for one in kept]))

    return await house.write(call, work)


def _declared(one: PostFootprint) -> FootprintInput:
    """The declaration in the service's words. Raises Coded."""
    words = limits().words
    units = [words.emission_prefix + unit for unit in words.amount_units]
    unit = demands.word("emissionsUnitName", one.emissions_unit_name, units).removeprefix(words.emission_prefix)
    scores = one.dqr or PostDqr()
    return FootprintInput(
        declared_unit=AmountUnit(unit),
        **{field: demands.number(key, getattr(one, field)) for field, key in EMISSIONS.items()},
        pre_quality=_quality("preProcessing", scores.pre_ter, scores.pre_ger, scores.pre_tir),
        main_quality=_quality("mainProduction", scores.main_ter, scores.main_ger, scores.main_tir),
        comment=demands.words("cfpComment", one.cfp_comment, limits().bodies.message_length) or None,
    )


def _quality(side: str, ter: float | None, ger: float | None, tir: float | None) -> Quality:
    return Quality(
        ter=demands.number(f"{side}TeR", ter),
        ger=demands.number(f"{side}GeR", ger),
        tir=demands.number(f"{side}TiR", tir),
    )


async def get_certifications(call: Call, house: House) -> Answer:
    """The certificate of an own part: its own, or its supplier's."""
    operator_id, trace_id = demands.asked(call, "traceId")
    demands.mine(call, operator_id)
    if house.certificates is None:
        raise coded("MSGMGO0005")
    found = await house.read(call, house.certificates.of_part, trace_id)
    shown = []
    if found is not None:
        made = seconds_z(found.created_at) if found.created_at else None
        shown.append(_Certificate(found.certificate_id, found.trace_id, found.description or "", files(found), made))
    return Answer(200, msgspec.json.encode(shown))


HANDLERS: Handlers = {
    ("GET", "cfp"): get_cfp,
    ("POST", "cfp"): post_cfp,
    ("GET", "cfpCertifications"): get_certifications,
}

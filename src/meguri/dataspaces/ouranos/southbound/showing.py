"""How requests are shown to another data-transport system."""

from collections.abc import Mapping, Sequence
from datetime import date
from uuid import UUID

import msgspec

from meguri.dataspaces.ouranos.render.parts import number
from meguri.footprint.certificates import Certificate
from meguri.footprint.model import UNIT_PREFIX, Figures, Quality, Statement
from meguri.kernel.clock import seconds_z
from meguri.traceability.model import State, Trade


class Dqr(msgspec.Struct, frozen=True):
    """The scores of both sides."""

    preProcessingTeR: msgspec.Raw
    preProcessingGeR: msgspec.Raw
    preProcessingTiR: msgspec.Raw
    mainProductionTeR: msgspec.Raw
    mainProductionGeR: msgspec.Raw
    mainProductionTiR: msgspec.Raw


class _File(msgspec.Struct, frozen=True, rename="camel"):
    file_id: UUID
    file_name: str


class _Answer(msgspec.Struct, frozen=True, rename="camel"):
    response_id: UUID
    response_type: str
    responsed_at: str
    response_pre_processing_emissions: msgspec.Raw
    response_main_production_emissions: msgspec.Raw
    emissions_unit_name: str
    cfp_certification_file_info: list[_File]
    response_dqr: Dqr


class _MadeRequest(msgspec.Struct, frozen=True, rename="camel"):
    request_id: UUID
    request_type: str
    request_status: str
    requested_to_operator_id: UUID
    requested_at: str
    request_message: str
    reply_message: str | None
    response_due_date: date | None
    completed_count: int
    completed_count_modified_at: str


class _MadeDownstream(msgspec.Struct, frozen=True, rename="camel"):
    downstream_amount_unit_name: str


class _MadeRelation(msgspec.Struct, frozen=True, rename="camel"):
    upstream_operator_id: UUID
    downstream_trace_id: UUID
    upstream_trace_id: UUID | None


class _MadeTrade(msgspec.Struct, frozen=True, rename="camel"):
    trade_id: UUID
    tree_status: str
    downstream: _MadeDownstream
    trade_relation: _MadeRelation
    trades_count: int
    trades_count_modified_at: str


class _Made(msgspec.Struct, frozen=True):
    request: _MadeRequest
    trade: _MadeTrade
    response: _Answer | None


class _MadePage(msgspec.Struct, frozen=True, rename="camel"):
    trade_requests: list[_Made]
    next: str


class _ReceivedRequest(msgspec.Struct, frozen=True, rename="camel"):
    request_id: UUID
    request_type: str
    request_status: str
    requested_from_operator_id: UUID
    requested_at: str
    request_message: str
    reply_message: str | None
    response_due_date: date | None
    completed_count: int
    completed_count_modified_at: str


class _ReceivedDownstream(msgspec.Struct, frozen=True, rename="camel"):
    downstream_parts_item: str
    downstream_support_parts_item: str | None
    downstream_plant_id: UUID | None
    downstream_amount_unit_name: str | None
    downstream_parts_label_name: str | None
    downstream_parts_add_info1: str | None
    downstream_parts_add_info2: str | None
    downstream_parts_add_info3: str | None


class _ReceivedRelation(msgspec.Struct, frozen=True, rename="camel"):
    downstream_operator_id: UUID
    downstream_trace_id: UUID
    upstream_trace_id: UUID | None


class _ReceivedTrade(msgspec.Struct, frozen=True, rename="camel"):
    trade_id: UUID
    tree_status: str
    downstream: _ReceivedDownstream
    trade_relation: _ReceivedRelation
    trades_count: int
    trades_count_modified_at: str


class _Received(msgspec.Struct, frozen=True):
    request: _ReceivedRequest
    trade: _ReceivedTrade


class _ReceivedPage(msgspec.Struct, frozen=True, rename="camel"):
    trade_requests: list[_Received]
    next: str


def dqr(pre: Quality, main: Quality) -> Dqr:
    """The scores of both sides."""
    return Dqr(*(number(score) for side in (pre, main) for score in (side.ter, side.ger, side.tir)))


def _tree(trade: Trade) -> str:
    return "TERMINATED" if trade.tree_terminated else "UNTERMINATED"


def made(
    found: Sequence[Trade],
    following: UUID | None,
    statements: Mapping[UUID, Statement],
    certificates: Mapping[UUID, Certificate],
) -> bytes:
    """A page of requests that the caller made, with the answers given."""
    shown = []
    for trade in found:
        statement = statements.get(trade.downstream_trace_id)
        answer = statement.answer if statement and trade.state is State.COMPLETED else None
        unit = (statement.answer_unit if statement else None) or ""
        certificate = certificates.get(trade.downstream_trace_id)
        given = _answer(trade, answer, unit, certificate) if answer else None
        shown.append(_Made(_made_request(trade), _made_trade(trade, unit), given))
    return msgspec.json.encode(_MadePage(shown, str(following or "")))


def _made_request(trade: Trade) -> _MadeRequest:
    return _MadeRequest(
        trade.request_id,
        trade.request_type,
        trade.state,
        trade.upstream_operator_id,
        seconds_z(trade.created_at),
        trade.message or "",
        trade.reply_message,
        trade.due_date,
        trade.completed_count,
        seconds_z(trade.completed_count_at),
    )


def _made_trade(trade: Trade, unit: str) -> _MadeTrade:
    return _MadeTrade(
        trade.trade_id,
        _tree(trade),
        _MadeDownstream(trade.requested_unit or unit),
        _MadeRelation(trade.upstream_operator_id, trade.downstream_trace_id, trade.upstream_trace_id),
        trade.trades_count,
        seconds_z(trade.trades_count_at),
    )


def _answer(trade: Trade, answer: Figures, unit: str, certificate: Certificate | None) -> _Answer:
    files = [_File(one.file_id, one.file_name) for one in (certificate.files if certificate else None) or ()]
    return _Answer(
        trade.trade_id,
        trade.request_type,
        seconds_z(trade.completed_at or trade.created_at),
        number(answer.pre),
        number(answer.main),
        UNIT_PREFIX + unit,
        files,
        dqr(answer.pre_quality, answer.main_quality),
    )


def received(found: Sequence[Trade], following: UUID | None) -> bytes:
    """A page of requests that the caller received, with the customer's part."""
    shown = [_Received(_received_request(trade), _received_trade(trade)) for trade in found]
    return msgspec.json.encode(_ReceivedPage(shown, str(following or "")))


def _received_request(trade: Trade) -> _ReceivedRequest:
    return _ReceivedRequest(
        trade.request_id,
        trade.request_type,
        trade.state,
        trade.downstream_operator_id,
        seconds_z(trade.created_at),
        trade.message or "",
        trade.reply_message,
        trade.due_date,
        trade.completed_count,
        seconds_z(trade.completed_count_at),
    )


def _received_trade(trade: Trade) -> _ReceivedTrade:
    part = trade.requested_part
    downstream = _ReceivedDownstream(
        part.name if part else "",
        part.support_name if part else None,
        part.plant_id if part else None,
        part.unit if part else None,
        part.label if part else None,
        part.info1 if part else None,
        part.info2 if part else None,
        part.info3 if part else None,
    )
    return _ReceivedTrade(
        trade.trade_id,
        _tree(trade),
        downstream,
        _ReceivedRelation(trade.downstream_operator_id, trade.downstream_trace_id, trade.upstream_trace_id),
        trade.trades_count,
        seconds_z(trade.trades_count_at),
    )

"""What stands here, in the models of the exchange; and the text by which both sides are compared. Pure."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import msgspec

from meguri.footprint.model import UNIT_PREFIX, Quality
from meguri.kernel.numbers import plain
from meguri.kernel.units import AmountUnit
from meguri.traceability.model import Part, Trade

SIDES = {"pre": "preProcessing", "main": "mainProcessing"}


class Figures(msgspec.Struct, frozen=True, kw_only=True):
    """A footprint as it is declared to a system; see `figures.py`."""

    unit: AmountUnit
    pre_production: Decimal | None
    main_production: Decimal | None
    pre_component: Decimal | None
    main_component: Decimal | None
    pre_quality: Quality
    main_quality: Quality


def number(value: Decimal | None) -> msgspec.Raw | None:
    """A number as JSON has it: never a text, never with an exponent."""
    return None if value is None else msgspec.Raw(plain(value).encode())


def part_body(
    part: Part, operator_id: UUID, plant_id: UUID, trace_id: UUID | None, amount: Decimal | None = None
) -> dict[str, Any]:
    """PartsModel; the three ids are the system's own."""
    return {
        "traceId": str(trace_id) if trace_id else None,
        "operatorId": str(operator_id),
        "plantId": str(plant_id),
        "partsName": part.name,
        "supportPartsName": part.support_name,
        "terminatedFlag": part.terminated,
        "amountRequired": number(amount),
        "amountRequiredUnit": part.unit.value if part.unit else None,
        "partsLabelName": part.label,
        "partsAddInfo1": part.info1,
        "partsAddInfo2": part.info2,
        "partsAddInfo3": part.info3,
    }


def told(body: Any) -> str:
    """By what a body is compared: all of it but the ids of parts, which the system gives."""
    if isinstance(body, Mapping) and "childrenPartsModel" in body:
        parts = [body["parentPartsModel"], *body["childrenPartsModel"]]
        return _text([{name: value for name, value in one.items() if name != "traceId"} for one in parts])
    if isinstance(body, Mapping):
        return _text({name: value for name, value in body.items() if name != "traceId"})
    return _text(body)


def _text(value: Any) -> str:
    return msgspec.json.encode(value, order="sorted").decode()


def words_of(trade: Trade, due_days: int) -> tuple[str | None, str]:
    """Message and due date of a request; the system demands a date, so one is set where we have none."""
    due = trade.due_date or (trade.created_at + timedelta(days=due_days)).date()
    return trade.message, due.isoformat()


def request_body(
    own: UUID, partner: UUID, part: UUID, kind: str, words: tuple[str | None, str], ids: tuple[UUID, UUID] | None
) -> dict[str, Any]:
    """TradeRequestModel; `ids`: (trade, request) of one that is there already."""
    trade_id, status_id = (str(one) for one in ids) if ids else (None, None)
    return {
        "tradeModel": {
            "tradeId": trade_id,
            "downstreamOperatorId": str(own),
            "upstreamOperatorId": str(partner),
            "downstreamTraceId": str(part),
            "upstreamTraceId": None,
        },
        "statusModel": {
            "statusId": status_id,
            "tradeId": trade_id,
            "requestStatus": {},
            "message": words[0],
            "replyMessage": None,
            "requestType": kind,
            "responseDueDate": words[1],
        },
    }


def status_body(trade_id: UUID, status_id: UUID, state: str, kind: str, reply: str | None = None) -> dict[str, Any]:
    """StatusModel that withdraws or returns a request."""
    return {
        "statusId": str(status_id),
        "tradeId": str(trade_id),
        "requestStatus": {"cfpResponseStatus": state, "tradeTreeStatus": "UNTERMINATED"},
        "message": None,
        "replyMessage": reply,
        "requestType": kind,
        "responseDueDate": "",
    }


def cfp_rows(figures: Figures, trace_id: UUID, cfp_id: UUID | None) -> Sequence[dict[str, Any]]:
    """The four rows of CfpModel[]."""
    rows = []
    for which in ("production", "component"):
        for side, dqr_type in SIDES.items():
            quality: Quality = getattr(figures, f"{side}_quality")
            scores = {"TeR": quality.ter, "GeR": quality.ger, "TiR": quality.tir}
            rows.append(
                {
                    "cfpId": str(cfp_id) if cfp_id else None,
                    "traceId": str(trace_id),
                    "ghgEmission": number(getattr(figures, f"{side}_{which}")),
                    "ghgDeclaredUnit": f"{UNIT_PREFIX}{figures.unit.value}",
                    "cfpType": f"{side}{which.capitalize()}",
                    "dqrType": dqr_type,
                    "dqrValue": {name: number(score) for name, score in scores.items()},
                }
            )
    return rows

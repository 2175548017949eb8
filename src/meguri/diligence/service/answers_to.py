"""Answers to a customer's questionnaire, handed to that customer: two halves under the request that asked for them."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from meguri.diligence.errors import NothingFound
from meguri.diligence.model import Kept, ResponseBody, ResponseInput
from meguri.diligence.questionnaire import Template
from meguri.diligence.service import forwarding, records, requests, responses
from meguri.diligence.service.requests import Asked, half_of
from meguri.kernel import clock
from meguri.kernel.scope import OperatorScope
from meguri.storage.transaction import Transaction
from meguri.traceability.errors import WrongSide
from meguri.traceability.model import Side

RECEIVED = "received_response"


async def received(tx: Transaction, scope: OperatorScope, trade_id: UUID) -> Kept[ResponseBody] | None:
    """What a supplier answered to our questionnaire, the last time."""
    found = await records.listed(tx, scope, RECEIVED, ResponseBody, subject_id=trade_id, limit=1)
    return found[0] if found else None


async def handed(tx: Transaction, scope: OperatorScope, asked: Asked) -> Kept[ResponseBody] | None:
    """What the customer of a received request was given: its own half tells its supplier."""
    if asked.trade.side is not Side.UP:
        return None
    async with tx.across():
        return await received(tx, half_of(scope, asked.trade.partner_id), asked.trade.trade_id)


async def hand_over(tx: Transaction, scope: OperatorScope, request_id: UUID) -> Kept[ResponseBody]:
    """Gives the customer the answers last signed to the questionnaire that its request names; a later time replaces them.

    Raises UnknownRequest, WrongSide, NothingFound (nothing is signed, or it is asked no more), NoTemplate, TemplatePublished.
    """
    asked, template = await _asked(tx, scope, request_id)
    kept = await responses.latest(tx, scope, template.id, template.version)
    if kept is None:
        raise NothingFound
    return await give(tx, scope, asked.trade.partner_id, asked.trade.trade_id, kept)


async def answer(
    tx: Transaction, scope: OperatorScope, request_id: UUID, answers: Mapping[str, Any]
) -> Kept[ResponseBody]:
    """Signs answers to the questionnaire that a request names, and hands them over. Raises as `hand_over` does, BadAnswer."""
    asked, template = await _asked(tx, scope, request_id)
    said = ResponseInput(
        template_id=template.id,
        version=template.version,
        effective_date=clock.today(),
        due_date=asked.trade.due_date,
        answers=dict(answers),
    )
    kept = await responses.sign(tx, scope, said)
    return await give(tx, scope, asked.trade.partner_id, asked.trade.trade_id, kept)


async def give(
    tx: Transaction, scope: OperatorScope, customer_id: UUID, trade_id: UUID, kept: Kept[ResponseBody]
) -> Kept[ResponseBody]:
    """The customer's half. The caller has shown that this customer asked for it."""
    async with tx.across():
        await records.add(tx, half_of(scope, customer_id), RECEIVED, kept.content, subject_id=trade_id)
    return kept


async def _asked(tx: Transaction, scope: OperatorScope, request_id: UUID) -> tuple[Asked, Template]:
    asked = await requests.one(tx, scope, request_id)
    if asked.trade.side is not Side.UP:
        raise WrongSide
    if not asked.trade.live:
        raise NothingFound
    return asked, await forwarding.adopt(tx, scope, request_id)

"""Offers, wants and deals."""

from typing import Any
from uuid import UUID

import msgspec

from meguri.kernel.scope import OperatorScope
from meguri.recycling.market import Deal, Offer, Want
from meguri.recycling.store import queries, text_of
from meguri.storage import Transaction


async def add_offer(tx: Transaction, scope: OperatorScope, offer: Offer) -> bool:
    """A new offer; False when the lot is on offer already."""
    values = msgspec.structs.asdict(offer)
    del values["status"], values["version"]
    values["operator_id"] = scope.operator_id
    values["grade"] = offer.grade.value
    values["analysis"], values["recycled"] = text_of(offer.analysis), text_of(offer.recycled)
    return bool(await tx.run(queries.add_offer, **values))


async def offers_open(tx: Transaction, material: str | None, after: UUID | None, rows: int) -> list[Offer]:
    """Published offers of all companies, newest first (within across)."""
    return await tx.all(queries.offers_open, Offer, material=material, after=after, rows=rows)


async def offer_anywhere(tx: Transaction, offer_id: UUID) -> Offer | None:
    """One offer, held until the end (within across)."""
    return await tx.one(queries.offer_anywhere, Offer, offer_id=offer_id)


async def settle_offer(tx: Transaction, operator_id: UUID, offer_id: UUID, status: str) -> bool:
    """Take an offer from the market; False when it is not on it any more."""
    return bool(await tx.run(queries.settle_offer, operator_id=operator_id, offer_id=offer_id, status=status))


async def add_want(tx: Transaction, scope: OperatorScope, want: Want) -> None:
    """A new want."""
    values = {**msgspec.structs.asdict(want), "limits": text_of(want.limits)}
    del values["active"]
    await tx.run(queries.add_want, operator_id=scope.operator_id, **values)


async def wants(tx: Transaction, scope: OperatorScope) -> list[Want]:
    """Own wants, newest first."""
    return await tx.all(queries.wants, Want, operator_id=scope.operator_id)


async def save_deal(tx: Transaction, operator_id: UUID, deal: Deal) -> None:
    """One side's half of a deal."""
    values: dict[str, Any] = {**msgspec.structs.asdict(deal), "history": text_of(deal.history)}
    del values["version"]
    await tx.run(queries.save_deal, operator_id=operator_id, **values)


async def deal(tx: Transaction, scope: OperatorScope, deal_id: UUID) -> Deal | None:
    """One's own half of a deal, held until the end."""
    return await tx.one(queries.deal, Deal, operator_id=scope.operator_id, deal_id=deal_id)


async def deals(tx: Transaction, scope: OperatorScope) -> list[Deal]:
    """One's own deals, newest first."""
    return await tx.all(queries.deals, Deal, operator_id=scope.operator_id)

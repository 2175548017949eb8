"""Shipments of waste: documents, permits, transport and destination are checked before anything moves."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import Meta

from meguri.kernel import clock
from meguri.kernel.errors import Forbidden
from meguri.kernel.scope import OperatorScope
from meguri.recycling import shipping, store_claims, transport
from meguri.recycling.ledger import State
from meguri.recycling.records import Run
from meguri.recycling.service import lots, passports, posting, runs
from meguri.storage import Transaction


class ShipmentInput(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A lot leaves for somebody else.

    to_country  ISO 3166-1 alpha-2
    packing     packing instruction, such as P909
    override    why black mass may go where it is barred; an administrator's
    """

    lot_id: UUID
    to_country: Annotated[str, Meta(pattern="^[A-Z]{2}$")]
    consignee: Annotated[str, Meta(min_length=1, max_length=200)]
    mass_kg: Decimal | None = None
    mode: Annotated[str, Meta(pattern="^(road|rail|sea|air)$")] = "road"
    packing: str | None = None
    approval_no: str | None = None
    at: Annotated[datetime, Meta(tz=True)] | None = None
    override: str | None = None


async def ship(tx: Transaction, scope: OperatorScope, said: ShipmentInput) -> Run:
    """Ship a lot. Waste needs its documents; what is refused stays in stock, unchanged. The note names what is dangerous in it.

    Raises LotNotFound, DocumentsMissing, PermitExpired, ExportBan, TransportForbidden, NegativeStock, PeriodClosed,
    Forbidden (an override by somebody who is no administrator).
    """
    if said.override and not scope.may_administer:
        raise Forbidden
    lot = await lots.get(tx, scope, said.lot_id)
    site = await posting.site_of(tx, scope, lot.site_id)
    at = said.at or clock.now()
    shipping.require_destination(lot.kind, site.country, said.to_country, said.override)
    if lot.is_waste:
        documents = await store_claims.documents_of_lot(tx, scope, lot.lot_id)
        shipping.require_documents(documents, lot.kind, site.day_of(at), shipping.lacking(lot, site.country))
        posting.require_permit(site.permit_no, site.permit_valid_to, site.day_of(at))
    if lot.hazard.un is not None:
        transport.require_transportable(
            lot.hazard.un, lot.hazard.defect_class, said.packing, mode=said.mode, approval_no=said.approval_no
        )
    note = {
        "documents": "complete" if lot.is_waste else "not_waste",
        "to_country": said.to_country,
        "consignee": said.consignee,
        "mode": said.mode,
        "override": said.override,
        "dangers": passports.told(await passports.dangers(tx, lot.passports)),
    }
    return await runs.leave(
        tx, scope, lot.lot_id, to=State.EXT_CUSTOMER, kind="ship", mass_kg=said.mass_kg, at=at,
        reason=said.override, note=note,
    )  # fmt: skip

"""Plants as places of recycling, and documents."""

from uuid import UUID

import msgspec

from meguri.kernel import clock
from meguri.kernel.errors import Stale
from meguri.kernel.ids import new_id
from meguri.kernel.scope import OperatorScope
from meguri.recycling import booking, errors, store, store_claims
from meguri.recycling.claiming import Document, DocumentInput
from meguri.recycling.events import DocumentAdded, DocumentRevoked, SiteChanged
from meguri.recycling.records import Site, SiteInput
from meguri.recycling.service import posting
from meguri.recycling.zones import country_zone, is_zone
from meguri.storage import Transaction


async def settings(tx: Transaction, scope: OperatorScope, site_id: UUID) -> Site:
    """A site's settings with the time zone that holds; the defaults when none were set. Raises SiteNotFound."""
    return _with_zone(await posting.site_of(tx, scope, site_id))


def _with_zone(site: Site) -> Site:
    return msgspec.structs.replace(site, time_zone=site.zone.key)


async def change(
    tx: Transaction, scope: OperatorScope, site_id: UUID, said: SiteInput, *, expected_version: int | None = None
) -> Site:
    """A site's settings as said. Raises SiteNotFound, Stale, UnusableInput.

    Stock rule and time zone change only at the start of a period: not while the present month already has bookings.
    """
    before = await posting.site_of(tx, scope, site_id)
    if expected_version is not None and expected_version != before.version:
        raise Stale
    for element, factor in said.conversion.items():
        if not factor.is_finite() or not 0 < factor <= 1:
            raise booking.refuse(f"conversion.{element}", "range", low=0, high=1)
    if said.time_zone is not None and not is_zone(said.time_zone):
        raise booking.refuse("time_zone", "zone", given=said.time_zone[:60])
    for old, new in ((before.stock_rule, said.stock_rule), (before.zone.key, _zone(said))):
        month = before.month_of(clock.now())
        if old != new and month in await store.months_with_runs(tx, scope, site_id):
            raise errors.StateTransition(state=old, wanted=new, allowed=f"> {month}")
    after = _with_zone(await store.save_site(tx, scope, site_id, said))
    await tx.record(SiteChanged(site_id=site_id, version=after.version))
    return after


def _zone(said: SiteInput) -> str:
    return said.time_zone or country_zone(said.country)


async def add_document(tx: Transaction, scope: OperatorScope, said: DocumentInput) -> Document:
    """Register a document. Raises LotNotFound when it names a lot that is not yours."""
    if said.lot_id is not None and not await store.lots(tx, scope, [said.lot_id]):
        raise errors.LotNotFound
    made = Document(
        document_id=new_id(),
        kind=said.kind,
        number=said.number,
        valid_from=said.valid_from,
        valid_to=said.valid_to,
        scope=said.scope,
        revoked=False,
        lot_id=said.lot_id,
        shipment_id=said.shipment_id,
        facts=said.facts,
        created_at=clock.now(),
    )
    await store_claims.add_document(tx, scope, made)
    await tx.record(DocumentAdded(document_id=made.document_id, kind=made.kind))
    return made


async def revoke_document(tx: Transaction, scope: OperatorScope, document_id: UUID) -> None:
    """A document holds no longer. Raises ClaimNotFound."""
    if not await store_claims.revoke_document(tx, scope, document_id):
        raise errors.ClaimNotFound
    await tx.record(DocumentRevoked(document_id=document_id))


async def documents(tx: Transaction, scope: OperatorScope, *, limit: int, after: UUID | None = None) -> list[Document]:
    """Documents, oldest first, one more than `limit` when there are more."""
    return await store_claims.documents_page(tx, scope, after=after, rows=limit + 1)

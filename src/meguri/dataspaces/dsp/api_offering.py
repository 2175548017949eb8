"""Native REST of the provider's side: offer, see what is offered, take back; and how a partner's interface is called."""

from datetime import UTC, datetime
from typing import Annotated

import msgspec
from litestar import get, post

from meguri.dataspaces.dsp import calling, offering, store
from meguri.dataspaces.dsp.api import HERE, Id
from meguri.dataspaces.dsp.consuming import PartnerAway
from meguri.dataspaces.dsp.errors import (
    KindUnknown,
    NothingToOffer,
    NotSoFar,
    NotTakingPart,
    NumberMissing,
    OfferNotFound,
    PartnerNotFound,
    ProcessNotFound,
    TooWide,
    UnknownTerms,
)
from meguri.dataspaces.dsp.model import Dataset
from meguri.dataspaces.dsp.offering import Terms
from meguri.traceability.errors import PartNotOwn
from meguri.web import Db, FromQuery, Json, Unit, editor, refusals, signed_in

_END = datetime(9999, 1, 1, tzinfo=UTC)


class NewOffer(msgspec.Struct, frozen=True, kw_only=True):
    """What is offered to whom. `did`: a partner, or `*` for every authenticated requester.

    kind   cfp-result, parts-structure, dd-result, soh-valuation, recycling-certificate, epcis-query, aas-registry,
           aas-submodels or notification-inbox
    about  the part (trace id), the diagnosis certificate, the passport of a recycled battery, identifiers of events one a
           line, or nothing
    """

    kind: Id
    about: Annotated[str, msgspec.Meta(max_length=60_000)] = ""
    did: Id
    terms: Terms = Terms()


class Offer(msgspec.Struct, frozen=True, kw_only=True):
    """A dataset that is offered, for one audience."""

    dataset_id: str
    offer_id: str
    kind: str
    title: dict[str, str]
    type_iri: str
    formats: list[str]
    did: str
    since: datetime


class OfferList(msgspec.Struct, frozen=True, kw_only=True):
    """What is offered, newest first; the latest five hundred."""

    items: list[Offer]


class Named(msgspec.Struct, frozen=True, kw_only=True):
    """A dataset, by its identifier."""

    dataset_id: Id


def _offer(one: Dataset) -> Offer:
    return Offer(
        dataset_id=one.dataset_id,
        offer_id=one.offer_id,
        kind=one.kind,
        title=one.title,
        type_iri=one.type_iri,
        formats=one.formats,
        did=one.audience,
        since=one.modified,
    )


@get(f"{HERE}/offers", guards=[signed_in], responses=refusals())
async def list_offers(unit: Unit) -> OfferList:
    """What the company offers, and to whom."""
    return OfferList(items=[_offer(one) for one in await unit(store.own_datasets, _END, "", 500)])


@post(
    f"{HERE}/offers",
    guards=[editor],
    responses=refusals(
        KindUnknown,
        PartNotOwn,
        NothingToOffer,
        NotSoFar,
        TooWide,
        PartnerNotFound,
        NumberMissing,
        NotTakingPart,
        UnknownTerms,
    ),
)
async def offer_data(unit: Unit, data: Json[NewOffer]) -> Named:
    """Offer what the company has on record; the reply names the dataset."""
    dataset_id, _ = await unit(offering.offer_known, data.kind, data.about, data.did, data.terms)
    return Named(dataset_id=dataset_id)


@post(f"{HERE}/offers/withdraw", guards=[editor], status_code=204, responses=refusals(OfferNotFound))
async def withdraw_offer(unit: Unit, data: Json[Named]) -> None:
    """Take an offer back: nobody new can agree to it."""
    await unit(offering.withdraw, data.dataset_id)


@get(f"{HERE}/access", guards=[editor], responses=refusals(ProcessNotFound, PartnerAway))
async def interface_access(unit: Unit, db: Db, pid: FromQuery[str]) -> calling.Access:
    """How a partner's interface is called now: the address of a running transfer, with a fresh token."""
    try:
        return await calling.access(db, unit.scope, pid)
    except calling.NotNow:
        raise PartnerAway from None


handlers = [list_offers, offer_data, withdraw_offer, interface_access]

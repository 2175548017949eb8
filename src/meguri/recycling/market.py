"""Recycled material on the market: what is offered, what is wanted, and whether the two fit."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, Literal, get_args
from uuid import UUID

import msgspec
from msgspec import Meta

from meguri.recycling.grading import Broken, Graded, grade
from meguri.recycling.rulebook import Limit

Form = Literal[
    "powder", "granules", "crystals", "solution", "slurry", "pieces", "briquettes", "ingots", "foil", "whole"
]
"""In which form material comes; `whole`: packs, modules, cells as they are."""
FORMS: tuple[str, ...] = get_args(Form)


class OfferInput(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A lot for sale: price in minor units per kg."""

    lot_id: UUID
    price: Annotated[int, Meta(ge=0)]
    currency: Annotated[str, Meta(pattern="^[A-Z]{3}$")] = "JPY"
    cfp_kg: Decimal | None = None
    form: Form | None = None


class Offer(msgspec.Struct, frozen=True, kw_only=True):
    """A lot on offer, as everyone on the market sees it."""

    operator_id: UUID
    offer_id: UUID
    lot_id: UUID
    lot_no: str
    kind: str
    material: str | None
    mass_kg: Decimal
    price: int
    currency: str
    grade: Graded
    analysis: dict[str, Decimal]
    recycled: dict[str, Decimal]
    cfp_kg: Decimal | None
    form: str | None = None
    status: str
    created_at: datetime
    version: int


class WantInput(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a buyer looks for, each month: a material, or a kind of feedstock (`waste_pack`, `black_mass` …).

    limits  per analyte, at most or at least: impurities, `moisture` (wt%), particle size (`D50`, `D90` in µm);
            None: the battery grade of the rule data, for feedstock none
    form    in which form it has to come; None: any
    """

    material: Annotated[str, Meta(min_length=1, max_length=60)]
    kg_per_month: Decimal
    limits: list[Limit] | None = None
    most_price: int | None = None
    currency: Annotated[str, Meta(pattern="^[A-Z]{3}$")] = "JPY"
    most_cfp_kg: Decimal | None = None
    least_recycled_pct: Decimal | None = None
    form: Form | None = None


class Want(msgspec.Struct, frozen=True, kw_only=True):
    """A want as it is kept."""

    want_id: UUID
    material: str
    kg_per_month: Decimal
    limits: list[Limit] | None
    most_price: int | None
    currency: str
    most_cfp_kg: Decimal | None
    least_recycled_pct: Decimal | None
    form: str | None = None
    active: bool
    created_at: datetime


class Deal(msgspec.Struct, frozen=True, kw_only=True):
    """A deal as both sides keep it. `turn`: whose answer is awaited; `site_id`, `site_name`: where the buyer wants it."""

    deal_id: UUID
    offer_id: UUID
    seller_id: UUID
    buyer_id: UUID
    lot_no: str
    material: str | None
    mass_kg: Decimal
    price: int
    currency: str
    turn: UUID
    state: str
    history: list[dict[str, Any]]
    lot_id: UUID | None
    created_at: datetime
    version: int
    site_id: UUID | None = None
    site_name: str | None = None


class Match(msgspec.Struct, frozen=True, kw_only=True):
    """An offer against a want: what stands against it, empty = it fits."""

    offer: Offer
    fits: bool
    against: list[str]
    broken: list[Broken]


FEEDSTOCK = frozenset(
    {"waste_pack", "waste_module", "waste_cell", "manufacturing_waste", "black_mass", "alloy", "electrode_foil"}
)
"""Kinds of lots that can be wanted as such: what recyclers take in has limits of its own, but no battery grade."""


def matched(want: Want, offers: Sequence[Offer]) -> list[Match]:
    """Offers of the wanted material (or kind of feedstock), those that fit first, then by price."""
    found = [_match(want, offer) for offer in offers if want.material in (offer.material, offer.kind)]
    return sorted(found, key=lambda match: (not match.fits, match.offer.price))


def _match(want: Want, offer: Offer) -> Match:
    against = []
    verdict = grade(want.material, offer.analysis, want.limits)
    plain_feed = want.material in FEEDSTOCK and not want.limits
    if verdict.grade is not Graded.BATTERY_GRADE and not plain_feed:
        against.append(f"grade: {verdict.grade.value}")
    if offer.currency != want.currency:
        against.append(f"currency: {offer.currency}")
    elif want.most_price is not None and offer.price > want.most_price:
        against.append(f"price: {offer.price} > {want.most_price}")
    if want.most_cfp_kg is not None and (offer.cfp_kg is None or offer.cfp_kg > want.most_cfp_kg):
        against.append("cfp")
    if want.form is not None and offer.form != want.form:
        against.append(f"form: {offer.form or '?'}")
    share = min(offer.recycled.values(), default=Decimal(0)) * 100
    if want.least_recycled_pct is not None and share < want.least_recycled_pct:
        against.append(f"recycled share: {share:.2f} %")
    return Match(offer=offer, fits=not against, against=against, broken=verdict.reasons)

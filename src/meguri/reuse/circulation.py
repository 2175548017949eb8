"""The states of listings, offers and hand-overs, and which step leads where. Pure; the service reads and stores."""

from collections.abc import Mapping
from datetime import timedelta
from enum import StrEnum
from typing import TypeVar

from meguri.reuse.errors import StateTransition
from meguri.reuse.gate import Verdict
from meguri.reuse.records import CustodyState, ListingKind, ListingState, OfferState

State = TypeVar("State", bound=StrEnum)
LISTING_LASTS, OFFER_LASTS = timedelta(days=90), timedelta(days=7)

_LISTING: dict[str, tuple[tuple[ListingState, ...], ListingState]] = {
    "publish": ((ListingState.DRAFT, ListingState.WITHDRAWN, ListingState.EXPIRED), ListingState.PUBLISHED),
    "reserve": ((ListingState.PUBLISHED,), ListingState.RESERVED),
    "release": ((ListingState.RESERVED,), ListingState.PUBLISHED),
    "sell": ((ListingState.RESERVED,), ListingState.SOLD),
    "withdraw": ((ListingState.DRAFT, ListingState.PUBLISHED), ListingState.WITHDRAWN),
    "stop": ((ListingState.DRAFT, ListingState.PUBLISHED, ListingState.RESERVED), ListingState.WITHDRAWN),
    "expire": ((ListingState.PUBLISHED,), ListingState.EXPIRED),
}
_OPEN = (OfferState.SUBMITTED, OfferState.COUNTERED)
_OFFER: dict[str, tuple[tuple[OfferState, ...], OfferState]] = {
    "counter": (_OPEN, OfferState.COUNTERED),
    "accept": (_OPEN, OfferState.ACCEPTED),
    "reject": (_OPEN, OfferState.REJECTED),
    "withdraw": (_OPEN, OfferState.WITHDRAWN),
    "expire": (_OPEN, OfferState.EXPIRED),
    "stop": ((*_OPEN, OfferState.ACCEPTED), OfferState.REJECTED),
}
_CUSTODY: dict[str, tuple[tuple[CustodyState, ...], CustodyState]] = {
    "accept": ((CustodyState.PROPOSED,), CustodyState.ACCEPTED),
    "ship": ((CustodyState.ACCEPTED,), CustodyState.IN_TRANSIT),
    "receive": ((CustodyState.IN_TRANSIT,), CustodyState.RECEIVED),
    "dispute": ((CustodyState.RECEIVED,), CustodyState.DISPUTED),
    "close": ((CustodyState.RECEIVED, CustodyState.DISPUTED), CustodyState.CLOSED),
    "cancel": ((CustodyState.PROPOSED, CustodyState.ACCEPTED), CustodyState.CANCELLED),
    "stop": ((CustodyState.PROPOSED, CustodyState.ACCEPTED, CustodyState.IN_TRANSIT), CustodyState.CANCELLED),
}


def listing_after(state: ListingState, step: str) -> ListingState:
    """The listing's state after a step. Raises StateTransition."""
    return _after(_LISTING, state, step)


def offer_after(state: OfferState, step: str) -> OfferState:
    """The offer's state after a step. Raises StateTransition."""
    return _after(_OFFER, state, step)


def custody_after(state: CustodyState, step: str) -> CustodyState:
    """The hand-over's state after a step. Raises StateTransition."""
    return _after(_CUSTODY, state, step)


def _after(table: Mapping[str, tuple[tuple[State, ...], State]], state: State, step: str) -> State:
    sources, target = table[step]
    if state not in sources:
        allowed = [name for name, (froms, _) in table.items() if state in froms and name not in ("stop", "expire")]
        raise StateTransition(state=state.value, event=step, allowed=", ".join(allowed) or "—")
    return target


def kinds_open_to(verdict: Verdict) -> tuple[ListingKind, ...]:
    """For what a battery with this verdict may be listed."""
    return {
        Verdict.VETO: (ListingKind.FEEDSTOCK,),
        Verdict.NOT_ASSESSABLE: (ListingKind.AS_IS, ListingKind.FEEDSTOCK),
        Verdict.PASS_WITH_LIMITS: tuple(ListingKind),
        Verdict.PASS: tuple(ListingKind),
    }[verdict]

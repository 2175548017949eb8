"""The kinds of records, and what must be true of each before it is kept."""

from collections.abc import Awaitable, Callable, Iterable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import msgspec

from meguri.diligence import store
from meguri.diligence.coverage import leads_back, overfull
from meguri.diligence.errors import (
    BadPeriod,
    EdgeLoop,
    IdChecksum,
    NothingFound,
    OutOfRange,
    ShareOver100,
    UnknownCountry,
)
from meguri.diligence.model import (
    AttestationInput,
    ChainInput,
    EdgeInput,
    FacilityInput,
    FindingBody,
    PartyId,
    PartyInput,
    PolicyInput,
)
from meguri.diligence.screening.countries import country_names
from meguri.diligence.screening.errors import NameNotDistinctive
from meguri.diligence.screening.names import is_distinctive
from meguri.diligence.taxonomy import check_word
from meguri.kernel import clock, identifiers
from meguri.kernel.scope import OperatorScope
from meguri.storage.transaction import Transaction

Check = Callable[[Transaction, OperatorScope, Any, UUID], Awaitable[None]]
_CHECKS: dict[str, Callable[[str], bool]] = {
    "lei": identifiers.is_lei,
    "jp_corporate_number": identifiers.is_corporate_number,
    "gln": identifiers.is_gln,
    "rmi_cid": lambda text: len(text) == 9 and text.startswith("CID") and text[3:].isdigit(),
}


class Kind(msgspec.Struct, frozen=True, kw_only=True):
    """How a kind of record is kept. `first`: the state of a new one."""

    first: str = "active"
    check: Check | None = None
    subject: Callable[[Any], UUID | None] | None = None
    ends: Callable[[Any], date | None] | None = None


def check_ids(ids: Iterable[PartyId]) -> None:
    """Check digits are right. Raises IdChecksum."""
    for one in ids:
        check = _CHECKS.get(one.scheme)
        if check is not None and not check(one.value):
            raise IdChecksum(scheme=one.scheme, value=one.value)


def check_country(country: str | None) -> None:
    """A country is one of ISO 3166-1; a code that nobody has would be a place without risk data. Raises UnknownCountry."""
    if country and country not in country_names():
        raise UnknownCountry(country=country)


async def _party(tx: Transaction, scope: OperatorScope, said: PartyInput, record_id: UUID) -> None:
    check_ids(said.ids)
    check_country(said.country)
    if not any(is_distinctive(name.value) for name in said.names):
        raise NameNotDistinctive(name=said.names[0].value)


async def _facility(tx: Transaction, scope: OperatorScope, said: FacilityInput, record_id: UUID) -> None:
    check_word("stages", said.stage)
    _check_materials(said.materials)
    check_ids(said.ids)
    check_country(said.country)
    if await store.record(tx, scope, "party", said.party_id) is None:
        raise NothingFound


async def _edge(tx: Transaction, scope: OperatorScope, said: EdgeInput, record_id: UUID) -> None:
    check_word("materials", said.material)
    check_range("share_pct", said.share_pct, Decimal(100))
    check_range("quantity", said.quantity, Decimal("1e12"))
    if said.valid_to is not None and said.valid_to < said.valid_from:
        raise BadPeriod(field="valid_to")
    for end in (said.source, said.to):
        if end is not None and await store.record(tx, scope, "facility", end) is None:
            raise NothingFound
    others = [
        msgspec.convert(row.body, EdgeInput, strict=False)
        for row in await store.edges_of(tx, scope, said.material)
        if row.record_id != record_id
    ]
    together = [one for one in others if _overlap(one, said)]
    if total := overfull([said.share_pct, *(one.share_pct for one in together if one.to == said.to)]):
        raise ShareOver100(total=total)
    if leads_back(str(said.source), str(said.to), [(str(one.source), str(one.to)) for one in together]):
        raise EdgeLoop


def _overlap(one: EdgeInput, other: EdgeInput) -> bool:
    far = date.max
    return one.valid_from <= (other.valid_to or far) and other.valid_from <= (one.valid_to or far)


async def _attestation(tx: Transaction, scope: OperatorScope, said: AttestationInput, record_id: UUID) -> None:
    _check_materials(said.materials)
    for category in said.categories:
        check_word("categories", category)
    if said.valid_to is not None and said.valid_to < said.valid_from:
        raise BadPeriod(field="valid_to")
    if said.facility_id is not None and await store.record(tx, scope, "facility", said.facility_id) is None:
        raise NothingFound


async def _finding(tx: Transaction, scope: OperatorScope, said: FindingBody, record_id: UUID) -> None:
    check_word("categories", said.category)
    if said.annex_ii:
        check_word("annex_ii", said.annex_ii)
    if said.material:
        check_word("materials", said.material)
    not_in_future("detected_on", said.detected_on)


async def _policy(tx: Transaction, scope: OperatorScope, said: PolicyInput, record_id: UUID) -> None:
    _check_materials(said.materials)
    not_in_future("approved_on", said.approved_on)


async def _chain(tx: Transaction, scope: OperatorScope, said: ChainInput, record_id: UUID) -> None:
    check_word("materials", said.record.material)


def check_range(field: str, value: Decimal | None, most: Decimal) -> None:
    """A figure lies between 0 and `most`. Raises OutOfRange."""
    if value is not None and not (value.is_finite() and 0 <= value <= most):
        raise OutOfRange(field=field, least=0, most=most)


def not_in_future(field: str, day: date) -> None:
    """A day of effect is at most tomorrow. Raises BadPeriod."""
    if day > clock.today() + timedelta(days=1):
        raise BadPeriod(field=field)


def _check_materials(materials: Iterable[str]) -> None:
    for material in materials:
        check_word("materials", material)


KINDS: dict[str, Kind] = {
    "party": Kind(check=_party),
    "facility": Kind(check=_facility, subject=lambda said: said.party_id),
    "edge": Kind(check=_edge, ends=lambda said: said.valid_to),
    "attestation": Kind(check=_attestation, subject=lambda said: said.facility_id, ends=lambda said: said.valid_to),
    "finding": Kind(first="open", check=_finding, subject=lambda said: said.facility_id),
    "action": Kind(first="open", subject=lambda said: said.finding_id, ends=lambda said: said.due),
    "policy": Kind(check=_policy),
    "plan": Kind(),
    "verification": Kind(ends=lambda said: said.next_audit_due),
    "response": Kind(first="signed"),
    "received_response": Kind(first="signed"),
    "template": Kind(first="published"),
    "chain": Kind(check=_chain),
    "list": Kind(),
    "run": Kind(first="potential", subject=lambda said: said.party_id),
    "risk_data": Kind(),
    "declaration": Kind(),
    "wanted": Kind(),
    "forwarded": Kind(),
    "forwarded_note": Kind(),
    "report": Kind(first="published"),
}

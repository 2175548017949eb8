"""What authorities do: search the passports that all companies have published, open one on a legal ground, count, export."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

import msgspec

from meguri.kernel.scope import OperatorScope
from meguri.operators import service as operators
from meguri.passport import dealings_store, errors, overseen_store
from meguri.passport.access import Audience
from meguri.passport.events import PassportsExported
from meguri.passport.keys import key_or_none
from meguri.passport.model import Brief, View
from meguri.passport.overseeing import authority_rules
from meguri.passport.service import standing
from meguri.passport.service.reading import read
from meguri.storage import Transaction


class Overseen(msgspec.Struct, frozen=True, kw_only=True):
    """What an authority looks for; None = any. `company`: a public number (法人番号); `q`: how a serial number begins, an
    identifier or how it begins, a GTIN, or a word of a model's name."""

    q: str | None = None
    category: str | None = None
    state: str | None = None
    company: str | None = None


class Listed(msgspec.Struct, frozen=True, kw_only=True):
    """A passport in an authority's list, with who is responsible."""

    passport: Brief
    company: str
    number: str


class Count(msgspec.Struct, frozen=True, kw_only=True):
    """How many passports of one category stand in one state, and of how many companies."""

    category: str | None
    state: str
    passports: int
    companies: int


class Opening(msgspec.Struct, frozen=True, kw_only=True):
    """Why a passport is opened. `reference`: of the authority's own file."""

    basis: str
    reference: Annotated[str, msgspec.Meta(min_length=1, max_length=100)]


async def demand_authority(tx: Transaction, scope: OperatorScope) -> None:
    """Raises DppNotFound for everybody else: that there is such a page is nobody else's business."""
    if standing.is_anonymous(scope) or not await standing.is_authority(tx, scope):
        raise errors.DppNotFound


async def reads_by_law(tx: Transaction, scope: OperatorScope, passport_id: UUID) -> bool:
    """Whether the caller reads this passport as an authority, and not as who is responsible for it. Raises DppNotFound."""
    record = await standing.find_exact_or_active(tx, str(passport_id))
    at = await standing.seen(tx, scope, record)
    return Audience.AUTHORITY in at.audiences and not at.is_owner


async def roles(tx: Transaction, scope: OperatorScope) -> list[dealings_store.HeldRole]:
    """Companies that are verified as authorities, for the platform's operator."""
    async with tx.across():
        return await dealings_store.roles(tx)


async def oversee(
    tx: Transaction,
    scope: OperatorScope,
    wanted: Overseen,
    *,
    after: tuple[datetime, UUID] | None = None,
    limit: int = 50,
) -> tuple[list[Listed], tuple[datetime, UUID] | None]:
    """Published passports of single products of all companies, the latest change first, and where the next page begins.

    Drafts and what was issued in error are nobody's business but the company's. Raises DppNotFound.
    """
    await demand_authority(tx, scope)
    company: UUID | None = None
    if wanted.company:
        entry = await operators.look_up_number(tx, scope, wanted.company)
        if entry is None:
            return [], None
        company = entry.operator_id
    sought = overseen_store.Sought(
        text=wanted.q,
        beginnings=_beginnings(wanted.q or ""),
        category=wanted.category,
        state=wanted.state,
        company=company,
    )
    rows = await overseen_store.overseen_across(tx, sought, after=after, count=limit + 1)
    rest = (rows[limit - 1].updated_at, rows[limit - 1].passport_id) if len(rows) > limit else None
    owners = {one.operator_id: one for one in await operators.by_ids(tx, scope, {row.operator_id for row in rows})}
    return [
        Listed(
            passport=row,
            company=owners[row.operator_id].name if row.operator_id in owners else "",
            number=owners[row.operator_id].open_operator_id if row.operator_id in owners else "",
        )
        for row in rows[:limit]
    ], rest


def _beginnings(q: str) -> tuple[str, ...]:
    """How the keys of the products begin that a text may mean."""
    if not q:
        return ()
    gtin = f"/01/{q.zfill(14)}" if q.isascii() and q.isdigit() and 8 <= len(q) <= 14 else None
    return tuple(dict.fromkeys(start for start in (q, key_or_none(q), gtin) if start))


async def overseen(tx: Transaction, scope: OperatorScope, passport_id: UUID) -> Listed:
    """One of them, as the list shows it. Raises DppNotFound."""
    await demand_authority(tx, scope)
    record = await standing.find_exact(tx, str(passport_id))
    standing.hide(record, await standing.standing(tx, scope, record))
    owner = await operators.by_ids(tx, scope, [record.operator_id])
    return Listed(
        passport=msgspec.convert(record, Brief, from_attributes=True),
        company=owner[0].name if owner else "",
        number=owner[0].open_operator_id if owner else "",
    )


async def counted(tx: Transaction, scope: OperatorScope) -> list[Count]:
    """Passports by category and state over all companies. Raises DppNotFound."""
    await demand_authority(tx, scope)
    return [Count(**row) for row in await overseen_store.counts_across(tx)]


async def open_by_law(tx: Transaction, scope: OperatorScope, passport_id: UUID, why: Opening) -> View:
    """A passport as an authority sees it; who, when, on which ground and for which file stays in the owner's register.

    Raises DppNotFound, PassportCeased, LegalBasisRequired.
    """
    await demand_authority(tx, scope)
    if why.basis not in authority_rules().bases or not why.reference.strip():
        raise errors.LegalBasisRequired
    ground = {"basis": why.basis, "reference": why.reference.strip(), "rules": authority_rules().version}
    return await read(tx, scope, str(passport_id), what="authority", because=ground)


async def export(
    tx: Transaction, scope: OperatorScope, wanted: Overseen, *, after: tuple[datetime, UUID] | None = None
) -> tuple[list[Listed], tuple[datetime, UUID] | None]:
    """The list as far as one export goes, and where the next one begins; that it was taken stands in the authority's audit.

    Raises DppNotFound.
    """
    found, rest = await oversee(tx, scope, wanted, after=after, limit=authority_rules().export_rows)
    await tx.record(PassportsExported(rows=len(found), by=scope.actor))
    return found, rest

"""Credits, claims, consumption, documents and stored calculations."""

from collections.abc import Collection, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import msgspec

from meguri.kernel import clock
from meguri.kernel.ids import new_id
from meguri.kernel.numbers import ZERO
from meguri.kernel.scope import OperatorScope
from meguri.recycling.claiming import Claim, Credit, Document
from meguri.recycling.credits import OpenCredit, Use, expiry
from meguri.recycling.store import queries, text_of
from meguri.storage import Transaction
from meguri.storage.arrays import numerics, uuids


class CreditOfRun(OpenCredit, frozen=True, kw_only=True):
    """A credit with what it was issued for."""

    element: str
    source_class: str
    issued_kg: Decimal


class ExpiredCredit(msgspec.Struct, frozen=True, kw_only=True):
    """What is left of a credit that can no longer be used."""

    credit_id: UUID
    site_id: UUID
    element: str
    source_class: str
    open_kg: Decimal


class OpenSum(msgspec.Struct, frozen=True, kw_only=True):
    """Open and issued credit by element and source."""

    element: str
    source_class: str
    open_kg: Decimal
    issued_kg: Decimal


class Consumption(msgspec.Struct, frozen=True, kw_only=True):
    """kg of an element that a battery model of a plant consumed in a year."""

    battery_model_id: str
    plant_id: str
    year: int
    element: str
    total_kg: Decimal
    method: str


class Basis(msgspec.Struct, frozen=True, kw_only=True):
    """kg of an element from one source at a site, in all: gone in, recovered, issued as credit."""

    in_kg: Decimal
    proven_kg: Decimal
    issued_kg: Decimal


async def add_basis(
    tx: Transaction,
    scope: OperatorScope,
    site_id: UUID,
    element: str,
    source_class: str,
    *,
    in_kg: Decimal = ZERO,
    proven_kg: Decimal = ZERO,
) -> Basis:
    """The basis of credits with these kg added."""
    found = await tx.one(
        queries.add_basis,
        Basis,
        operator_id=scope.operator_id,
        site_id=site_id,
        element=element,
        source_class=source_class,
        in_kg=in_kg,
        proven_kg=proven_kg,
    )
    assert found is not None  # noqa: S101 - an upsert returns its row
    return found


async def add_issued(
    tx: Transaction, scope: OperatorScope, site_id: UUID, element: str, source_class: str, kg: Decimal
) -> None:
    """Count credit as issued (or withdrawn, when negative)."""
    await tx.run(
        queries.add_issued,
        operator_id=scope.operator_id,
        site_id=site_id,
        element=element,
        source_class=source_class,
        kg=kg,
    )


async def add_credit(
    tx: Transaction,
    operator_id: UUID,
    *,
    site_id: UUID,
    element: str,
    source_class: str,
    period: str,
    kg: Decimal,
    provisional: bool = False,
    lot_id: UUID | None = None,
    run_id: UUID | None = None,
    given_by: tuple[UUID, UUID] | None = None,
) -> UUID:
    """A new credit of a company; `given_by` names the company and credit that it comes from."""
    credit_id = new_id()
    from_operator_id, from_credit_id = given_by or (None, None)
    await tx.run(
        queries.add_credit,
        operator_id=operator_id,
        credit_id=credit_id,
        site_id=site_id,
        element=element,
        source_class=source_class,
        period=period,
        kg=kg,
        expires_on=expiry(period),
        provisional=provisional,
        lot_id=lot_id,
        run_id=run_id,
        from_operator_id=from_operator_id,
        from_credit_id=from_credit_id,
        at=clock.now(),
    )
    return credit_id


async def credits_page(
    tx: Transaction, scope: OperatorScope, *, element: str | None, after: UUID | None, rows: int
) -> list[Credit]:
    """Credits, oldest first."""
    return await tx.all(queries.credits, Credit, operator_id=scope.operator_id, element=element, after=after, rows=rows)


async def open_credits(
    tx: Transaction,
    scope: OperatorScope,
    element: str,
    source_class: str,
    day: date,
    site_id: UUID | None = None,
    lot_id: UUID | None = None,
) -> list[OpenCredit]:
    """What can be claimed, oldest expiry first; nobody else takes it until the end."""
    return await tx.all(
        queries.open_credits,
        OpenCredit,
        operator_id=scope.operator_id,
        element=element,
        source_class=source_class,
        day=day,
        site_id=site_id,
        lot_id=lot_id,
    )


async def open_sums(tx: Transaction, scope: OperatorScope, day: date) -> list[OpenSum]:
    """Open credit by element and source."""
    return await tx.all(queries.open_sum, OpenSum, operator_id=scope.operator_id, day=day)


async def credits_of_run(tx: Transaction, scope: OperatorScope, run_id: UUID) -> list[CreditOfRun]:
    """Credits that a run earned, locked."""
    return await tx.all(queries.credits_of_run, CreditOfRun, operator_id=scope.operator_id, run_id=run_id)


async def use_credit(tx: Transaction, scope: OperatorScope, credit_id: UUID, kg: Decimal) -> None:
    """Take from a credit, or give back when `kg` is negative."""
    await tx.run(queries.use_credit, operator_id=scope.operator_id, credit_id=credit_id, kg=kg)


class CarriedRow(msgspec.Struct, frozen=True, kw_only=True):
    """A retired claim that travels with a part."""

    operator_id: UUID
    trace_id: UUID
    claim_id: UUID
    element: str
    source_class: str
    qty_kg: Decimal
    battery_model_id: str
    plant_id: str
    year: int
    mass_balanced: bool
    flags: list[str]
    settled_at: datetime | None


async def claims_of_parts(tx: Transaction, pairs: Sequence[tuple[UUID, UUID]]) -> list[CarriedRow]:
    """Retired claims of (company, part), of any company (within across)."""
    if not pairs:
        return []
    owners, parts = uuids(pair[0] for pair in pairs), uuids(pair[1] for pair in pairs)
    return await tx.all(queries.claims_of_parts, CarriedRow, owners=owners, parts=parts)


async def expired(tx: Transaction, scope: OperatorScope, day: date) -> list[ExpiredCredit]:
    """Credits whose time is over, locked."""
    return await tx.all(queries.expired_credits, ExpiredCredit, operator_id=scope.operator_id, day=day)


async def with_expired(tx: Transaction, day: date) -> list[UUID]:
    """Companies that hold such credits (within across)."""
    return [row[0] for row in await tx.all(queries.operators_with_expired, day=day)]


async def add_claim(tx: Transaction, scope: OperatorScope, claim: Claim, body_hash: bytes, uses: Sequence[Use]) -> None:
    """A reserved claim with the credits that it takes."""
    values = msgspec.structs.asdict(claim)
    for name in ("status", "flags", "created_at", "settled_at", "version"):
        del values[name]
    values["evidence"], values["credits"] = text_of(claim.evidence), text_of(claim.credits)
    await tx.run(queries.add_claim, operator_id=scope.operator_id, body_hash=body_hash, at=claim.created_at, **values)
    await tx.run(
        queries.add_claim_uses,
        operator_id=scope.operator_id,
        claim_id=claim.claim_id,
        credit_ids=uuids(u.credit_id for u in uses),
        qtys=numerics(u.qty_kg for u in uses),
    )


async def claim_uses(tx: Transaction, scope: OperatorScope, claim_id: UUID) -> list[Use]:
    """Which credits a claim took."""
    return await tx.all(queries.claim_uses, Use, operator_id=scope.operator_id, claim_id=claim_id)


async def claim_by_key(tx: Transaction, scope: OperatorScope, key: str) -> tuple[UUID, bytes] | None:
    """Id and body hash of the claim with this key."""
    row = await tx.one(queries.claim_by_key, operator_id=scope.operator_id, idempotency_key=key)
    return (row[0], bytes(row[1])) if row else None


async def claim(tx: Transaction, scope: OperatorScope, claim_id: UUID) -> Claim | None:
    """One claim."""
    return await tx.one(queries.claim, Claim, operator_id=scope.operator_id, claim_id=claim_id)


async def claims_page(tx: Transaction, scope: OperatorScope, *, after: UUID | None, rows: int) -> list[Claim]:
    """Claims, newest first."""
    return await tx.all(queries.claims, Claim, operator_id=scope.operator_id, after=after, rows=rows)


async def change_claim(tx: Transaction, scope: OperatorScope, claim: Claim, at: datetime) -> bool:
    """A claim's new status and evidence; False when it is not the version that was read."""
    changed = await tx.run(
        queries.change_claim,
        operator_id=scope.operator_id,
        claim_id=claim.claim_id,
        status=claim.status,
        evidence=text_of(claim.evidence),
        at=at,
        expected=claim.version,
    )
    return bool(changed)


async def flag_claims(
    tx: Transaction, scope: OperatorScope, site_id: UUID, period: str, flag: str
) -> list[tuple[UUID, UUID]]:
    """Flag every claim fed from a site's period, in whatever company (within across): its holder and id."""
    rows = await tx.all(queries.flag_claims, operator_id=scope.operator_id, site_id=site_id, period=period, flag=flag)
    return [(row[0], row[1]) for row in rows]


async def retired_content(
    tx: Transaction, scope: OperatorScope, battery_model_id: str, plant_id: str, year: int
) -> list[tuple[str, str, Decimal]]:
    """Element, source class and kg that are retired for a model, plant and year."""
    rows = await tx.all(
        queries.retired_content,
        operator_id=scope.operator_id,
        battery_model_id=battery_model_id,
        plant_id=plant_id,
        year=year,
    )
    return [(row[0], row[1], row[2]) for row in rows]


async def consumption(
    tx: Transaction, scope: OperatorScope, battery_model_id: str, plant_id: str, year: int
) -> dict[str, Decimal]:
    """kg of each element consumed for a model, plant and year."""
    rows = await tx.all(
        queries.consumption,
        operator_id=scope.operator_id,
        battery_model_id=battery_model_id,
        plant_id=plant_id,
        year=year,
    )
    return {row[0]: row[1] for row in rows}


async def consumptions(tx: Transaction, scope: OperatorScope, battery_model_id: str | None) -> list[Consumption]:
    """All denominators, newest year first."""
    return await tx.all(queries.contents, Consumption, operator_id=scope.operator_id, battery_model_id=battery_model_id)


async def save_consumption(tx: Transaction, scope: OperatorScope, said: Consumption) -> None:
    """A denominator as said."""
    await tx.run(queries.save_consumption, operator_id=scope.operator_id, **msgspec.structs.asdict(said))


async def add_document(tx: Transaction, scope: OperatorScope, made: Document) -> None:
    """A document."""
    values = msgspec.structs.asdict(made)
    del values["revoked"], values["created_at"]
    values["facts"] = text_of(made.facts)
    await tx.run(queries.add_document, operator_id=scope.operator_id, at=made.created_at, **values)


async def documents_of_lot(tx: Transaction, scope: OperatorScope, lot_id: UUID) -> list[Document]:
    """A lot's documents."""
    return await tx.all(queries.documents_of_lot, Document, operator_id=scope.operator_id, lot_id=lot_id)


async def documents_page(tx: Transaction, scope: OperatorScope, *, after: UUID | None, rows: int) -> list[Document]:
    """All documents, oldest first."""
    return await tx.all(queries.documents, Document, operator_id=scope.operator_id, after=after, rows=rows)


async def documents_by_numbers(tx: Transaction, scope: OperatorScope, numbers: Collection[str]) -> list[Document]:
    """Documents by their numbers."""
    return await tx.all(queries.documents_by_numbers, Document, operator_id=scope.operator_id, numbers=list(numbers))


async def revoke_document(tx: Transaction, scope: OperatorScope, document_id: UUID) -> bool:
    """Mark a document as revoked."""
    return bool(await tx.run(queries.revoke_document, operator_id=scope.operator_id, document_id=document_id))


async def add_calculation(
    tx: Transaction, scope: OperatorScope, kind: str, rule_set: str, asked: Any, result: Any, digest: str
) -> UUID:
    """Keep a calculation with the rules that it used; it never changes afterwards."""
    calculation_id = new_id()
    await tx.run(
        queries.add_calculation,
        operator_id=scope.operator_id,
        calculation_id=calculation_id,
        kind=kind,
        rule_set=rule_set,
        asked=text_of(asked),
        result=text_of(result),
        hash=digest,
        at=clock.now(),
    )
    return calculation_id


class CreditOfLot(msgspec.Struct, frozen=True, kw_only=True):
    """A credit earned by a lot."""

    credit_id: UUID
    element: str
    source_class: str
    issued_kg: Decimal
    open_kg: Decimal
    lot_id: UUID
    period: str


class Received(msgspec.Struct, frozen=True, kw_only=True):
    """Credit that another company got from one of ours."""

    from_credit_id: UUID
    operator_id: UUID
    credit_id: UUID
    issued_kg: Decimal


class ClaimOfCredit(msgspec.Struct, frozen=True, kw_only=True):
    """A claim that took from a credit."""

    credit_id: UUID
    claim_id: UUID
    qty_kg: Decimal
    element: str
    battery_model_id: str
    plant_id: str
    year: int
    status: str


async def credits_of_lots(tx: Transaction, scope: OperatorScope, lot_ids: Collection[UUID]) -> list[CreditOfLot]:
    """Credits that lots earned."""
    return await tx.all(queries.credits_of_lots, CreditOfLot, operator_id=scope.operator_id, lot_ids=uuids(lot_ids))


async def receivers_of(tx: Transaction, operator_id: UUID, credit_ids: Collection[UUID]) -> list[Received]:
    """Who got credit from these (within across)."""
    return await tx.all(queries.receivers_of_credits, Received, operator_id=operator_id, credit_ids=uuids(credit_ids))


async def claims_of(tx: Transaction, operator_id: UUID, credit_ids: Collection[UUID]) -> list[ClaimOfCredit]:
    """Claims of a company that took from these of its credits."""
    return await tx.all(queries.claims_of_credits, ClaimOfCredit, operator_id=operator_id, credit_ids=uuids(credit_ids))


class SourceOfCredit(msgspec.Struct, frozen=True, kw_only=True):
    """Where a credit came from: a lot of one's own, or another company's credit."""

    credit_id: UUID
    from_operator_id: UUID | None
    from_credit_id: UUID | None
    element: str
    issued_kg: Decimal
    lot_id: UUID | None


async def sources_of(tx: Transaction, scope: OperatorScope, credit_ids: Collection[UUID]) -> list[SourceOfCredit]:
    """Where credits came from, one hand back."""
    return await tx.all(
        queries.sources_of_credits, SourceOfCredit, operator_id=scope.operator_id, credit_ids=uuids(credit_ids)
    )


class Calculation(msgspec.Struct, frozen=True, kw_only=True):
    """A calculation as it was kept."""

    calculation_id: UUID
    kind: str
    rule_set: str
    asked: Any
    result: Any
    hash: str
    created_at: datetime


async def calculation(tx: Transaction, scope: OperatorScope, calculation_id: UUID) -> Calculation | None:
    """One calculation."""
    return await tx.one(queries.calculation, Calculation, operator_id=scope.operator_id, calculation_id=calculation_id)

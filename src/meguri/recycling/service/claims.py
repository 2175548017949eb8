"""Claims of recycled content: reserve, retire, release, reverse; credits handed to another company.

What is claimed was recovered: a claim takes open credit, and each kilogram of credit is open in one place only.
"""

import hashlib
from collections import defaultdict
from decimal import Decimal
from uuid import UUID

import msgspec

from meguri.kernel import clock
from meguri.kernel.ids import new_id
from meguri.kernel.scope import OperatorScope
from meguri.operators import service as operators
from meguri.recycling import booking, errors, store, store_claims
from meguri.recycling.claiming import STEPS, Claim, ClaimInput, Credit, CreditUse, evidence_gaps
from meguri.recycling.credits import Use, credit_rules, require_claimable, taken
from meguri.recycling.events import ClaimReserved, ClaimSettled, CreditExpired, CreditTransferred
from meguri.recycling.ledger import Posting, State, TxType
from meguri.recycling.model import SourceClass
from meguri.recycling.rates import half_up
from meguri.recycling.service import posting
from meguri.recycling.service.earning import moved
from meguri.storage import Transaction
from meguri.traceability import service as traceability


async def reserve(tx: Transaction, scope: OperatorScope, said: ClaimInput) -> Claim:
    """Set credits aside for a claim; the same key with the same content gives the same claim.

    Raises NotClaimable, InsufficientCredit, IdempotencyConflict, ClaimNotFound (a beneficiary that does not
    exist), PartNotFound (the claim shall travel with a part that is not your own).
    """
    digest = content_hash(said)
    known = await store_claims.claim_by_key(tx, scope, said.idempotency_key)
    if known is not None:
        if known[1] != digest:
            raise errors.IdempotencyConflict
        return await get(tx, scope, known[0])
    qty = require_sound(said)
    beneficiary = said.beneficiary_operator_id or scope.operator_id
    if not await operators.operator_exists(tx, scope, beneficiary):
        raise errors.ClaimNotFound
    if said.trace_id is not None and not await traceability.parts_by_id(tx, scope, [said.trace_id]):
        raise errors.PartNotFound
    day = await posting.today(tx, scope)
    credits = await store_claims.open_credits(
        tx, scope, said.element, said.source_class.value, day, said.site_id, said.lot_id
    )
    uses = taken(credits, qty)
    claim = claim_of(said, qty, beneficiary, uses)
    for use in uses:
        await store_claims.use_credit(tx, scope, use.credit_id, use.qty_kg)
    await store_claims.add_claim(tx, scope, claim, digest, uses)
    await _post(tx, scope, claim, uses, State.CREDIT_OPEN, State.CREDIT_RESERVED, TxType.CLAIM_RESERVE)
    await tx.record(ClaimReserved(claim_id=claim.claim_id, element=claim.element, qty_kg=qty))
    return claim


def _positive(given: Decimal) -> Decimal:
    if given.is_finite() and given > booking.MOST_KG:
        raise booking.refuse("qty_kg", "large")
    if not given.is_finite() or half_up(given) <= 0:
        raise booking.refuse("qty_kg", "positive")
    return half_up(given)


def content_hash(said: ClaimInput) -> bytes:
    """What makes two claims of one key the same."""
    return hashlib.sha256(msgspec.json.encode(said)).digest()


def require_sound(said: ClaimInput) -> Decimal:
    """What can be told of a claim without credits: kg claimed. Raises NotClaimable, UnusableInput."""
    require_claimable(said.element, said.source_class, said.model)
    return _positive(said.qty_kg)


def claim_of(said: ClaimInput, qty: Decimal, beneficiary: UUID, uses: list[Use]) -> Claim:
    """A claim that takes these credits, reserved now."""
    return Claim(
        claim_id=new_id(),
        idempotency_key=said.idempotency_key,
        element=said.element,
        source_class=said.source_class,
        qty_kg=qty,
        battery_model_id=said.battery_model_id,
        plant_id=said.manufacturing_plant_id,
        year=said.year,
        beneficiary_id=beneficiary,
        model=said.model,
        mass_balanced=said.model.value in credit_rules().mass_balanced_models,
        evidence=said.evidence,
        credits=[CreditUse(credit_id=u.credit_id, qty_kg=u.qty_kg) for u in uses],
        status="reserved",
        flags=[],
        trace_id=said.trace_id,
        created_at=clock.now(),
        settled_at=None,
        version=1,
    )


async def retire(
    tx: Transaction, scope: OperatorScope, claim_id: UUID, evidence: dict[str, str] | None = None
) -> Claim:
    """Make a reserved claim final, on evidence. Raises ClaimNotFound, CreditAlreadyRetired, EvidenceRefused."""
    claim = await _to_settle(tx, scope, claim_id, "retired")
    claim = msgspec.structs.replace(claim, evidence={**claim.evidence, **(evidence or {})})
    documents = await store_claims.documents_by_numbers(tx, scope, claim.evidence.values())
    gaps = evidence_gaps(claim.evidence, documents, claim.element, await posting.today(tx, scope))
    if gaps:
        raise errors.EvidenceRefused(reasons=", ".join(gaps))
    return await _settle(tx, scope, claim, "retired", State.CREDIT_RESERVED, State.CREDIT_RETIRED, TxType.CLAIM_RETIRE)


async def release(tx: Transaction, scope: OperatorScope, claim_id: UUID) -> Claim:
    """Give the credits of a reserved claim back. Raises ClaimNotFound, CreditAlreadyRetired."""
    claim = await _to_settle(tx, scope, claim_id, "released")
    return await _settle(tx, scope, claim, "released", State.CREDIT_RESERVED, State.CREDIT_OPEN, TxType.CLAIM_RELEASE)


async def reverse(tx: Transaction, scope: OperatorScope, claim_id: UUID) -> Claim:
    """Undo a retired claim by opposite entries. Raises ClaimNotFound, StateTransition."""
    claim = await _to_settle(tx, scope, claim_id, "reversed")
    return await _settle(tx, scope, claim, "reversed", State.CREDIT_RETIRED, State.CREDIT_OPEN, TxType.REVERSE)


async def _to_settle(tx: Transaction, scope: OperatorScope, claim_id: UUID, wanted: str) -> Claim:
    claim = await get(tx, scope, claim_id)
    allowed = STEPS.get(claim.status, frozenset())
    if wanted not in allowed:
        if claim.status == "retired":
            raise errors.CreditAlreadyRetired
        raise errors.StateTransition(state=claim.status, wanted=wanted, allowed=", ".join(sorted(allowed)) or "—")
    return claim


async def _settle(
    tx: Transaction, scope: OperatorScope, claim: Claim, status: str, out_of: State, into: State, how: TxType
) -> Claim:
    at = clock.now()
    uses = await store_claims.claim_uses(tx, scope, claim.claim_id)
    after = msgspec.structs.replace(claim, status=status)
    if not await store_claims.change_claim(tx, scope, after, at):
        raise errors.CreditAlreadyRetired
    if into is State.CREDIT_OPEN:
        for use in uses:
            await store_claims.use_credit(tx, scope, use.credit_id, -use.qty_kg)
    await _post(tx, scope, claim, uses, out_of, into, how)
    await tx.record(
        ClaimSettled(
            claim_id=claim.claim_id,
            status=status,
            element=claim.element,
            qty_kg=claim.qty_kg,
            battery_model_id=claim.battery_model_id,
            plant_id=claim.plant_id,
            year=claim.year,
        )
    )
    return msgspec.structs.replace(after, settled_at=at, version=claim.version + 1)


async def _post(
    tx: Transaction, scope: OperatorScope, claim: Claim, uses: list[Use], out_of: State, into: State, how: TxType
) -> None:
    """The credits' movement in the ledger of each site that they come from."""
    by_site: dict[UUID, Decimal] = defaultdict(Decimal)
    for use in uses:
        by_site[use.site_id] += use.qty_kg
    for site_id in sorted(by_site):
        postings: list[Posting] = moved(
            claim.element, claim.source_class.value, out_of, into, by_site[site_id], claim_id=claim.claim_id
        )
        month = await posting.open_month(tx, scope, site_id, clock.now())
        await store.post(tx, scope, postings, tx_type=how, site_id=site_id, period=month)


async def hand_over(
    tx: Transaction,
    scope: OperatorScope,
    to_operator_id: UUID,
    element: str,
    source: SourceClass,
    qty_kg: Decimal,
    *,
    to_site_id: UUID,
    lot_id: UUID | None = None,
    lot_no: str | None = None,
) -> list[UUID]:
    """Give open credit to another company: it leaves this ledger and enters theirs in one transaction.

    Raises InsufficientCredit, ClaimNotFound for a company that does not exist. Returns the receiver's new credits.
    """
    if to_operator_id == scope.operator_id or not await operators.operator_exists(tx, scope, to_operator_id):
        raise errors.ClaimNotFound
    day = await posting.today(tx, scope)
    uses = taken(
        await store_claims.open_credits(tx, scope, element, source.value, day, lot_id=lot_id), _positive(qty_kg)
    )
    by_site: dict[UUID, Decimal] = defaultdict(Decimal)
    for use in uses:
        await store_claims.use_credit(tx, scope, use.credit_id, use.qty_kg)
        by_site[use.site_id] += use.qty_kg
    for site_id in sorted(by_site):
        given = moved(element, source.value, State.CREDIT_OPEN, State.EXT_CUSTOMER, by_site[site_id], lot_id=lot_id)
        month = await posting.open_month(tx, scope, site_id, clock.now())
        await store.post(tx, scope, given, tx_type=TxType.CREDIT_TRANSFER, site_id=site_id, period=month)
    made = await _enter(tx, scope, to_operator_id, to_site_id, element, source, uses)
    await tx.record(
        CreditTransferred(
            element=element,
            source_class=source.value,
            qty_kg=sum(by_site.values(), Decimal(0)),
            to_operator_id=to_operator_id,
            lot_no=lot_no,
        )
    )
    return made


async def _enter(
    tx: Transaction,
    scope: OperatorScope,
    to_operator_id: UUID,
    to_site_id: UUID,
    element: str,
    source: SourceClass,
    uses: list[Use],
) -> list[UUID]:
    """The receiver's half."""
    theirs = _as(scope, to_operator_id)
    async with tx.across():
        period = await posting.open_month(tx, theirs, to_site_id, clock.now())
        made = [
            await store_claims.add_credit(
                tx,
                to_operator_id,
                site_id=to_site_id,
                element=element,
                source_class=source.value,
                period=period,
                kg=use.qty_kg,
                given_by=(scope.operator_id, use.credit_id),
            )
            for use in uses
        ]
        total = sum((use.qty_kg for use in uses), Decimal(0))
        entered = moved(element, source.value, State.EXT_SUPPLIER, State.CREDIT_OPEN, total)
        await store.post(tx, theirs, entered, tx_type=TxType.CREDIT_TRANSFER, site_id=to_site_id, period=period)
    return made


def _as(scope: OperatorScope, operator_id: UUID) -> OperatorScope:
    """The giver writing the receiver's half; the actor stays who it was."""
    return OperatorScope(operator_id, scope.actor)


async def expire(tx: Transaction, scope: OperatorScope) -> int:
    """Take credits whose carry-over is over out of use, oldest first; how many."""
    found = await store_claims.expired(tx, scope, await posting.today(tx, scope))
    for credit in found:
        period = await posting.open_month(tx, scope, credit.site_id, clock.now())
        await store_claims.use_credit(tx, scope, credit.credit_id, credit.open_kg)
        postings = moved(credit.element, credit.source_class, State.CREDIT_OPEN, State.CREDIT_EXPIRED, credit.open_kg)
        await store.post(tx, scope, postings, tx_type=TxType.EXPIRE, site_id=credit.site_id, period=period)
        await tx.record(CreditExpired(credit_id=credit.credit_id, element=credit.element, qty_kg=credit.open_kg))
    return len(found)


async def get(tx: Transaction, scope: OperatorScope, claim_id: UUID) -> Claim:
    """One of your claims. Raises ClaimNotFound."""
    found = await store_claims.claim(tx, scope, claim_id)
    if found is None:
        raise errors.ClaimNotFound
    return found


async def page(tx: Transaction, scope: OperatorScope, *, limit: int, after: UUID | None = None) -> list[Claim]:
    """Claims, newest first, one more than `limit` when there are more."""
    return await store_claims.claims_page(tx, scope, after=after, rows=limit + 1)


async def credits(
    tx: Transaction, scope: OperatorScope, *, limit: int, element: str | None = None, after: UUID | None = None
) -> list[Credit]:
    """Credits, oldest first, one more than `limit` when there are more."""
    return await store_claims.credits_page(tx, scope, element=element, after=after, rows=limit + 1)


async def open_sums(tx: Transaction, scope: OperatorScope) -> list[store_claims.OpenSum]:
    """Open credit by element and source, of today."""
    return await store_claims.open_sums(tx, scope, await posting.today(tx, scope))

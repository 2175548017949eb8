"""Claims in sets: the rules of `claims.reserve`, checked in memory, and the same rows in a few statements per thousand."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from uuid import UUID

from meguri.kernel import clock
from meguri.kernel.errors import Refusal
from meguri.kernel.ids import new_id
from meguri.kernel.scope import OperatorScope
from meguri.operators import service as operators
from meguri.recycling import errors, store_claims, store_sets
from meguri.recycling.claiming import Claim, ClaimInput
from meguri.recycling.credits import OpenCredit, Use, taken
from meguri.recycling.events import ClaimReserved
from meguri.recycling.ledger import State, TxType
from meguri.recycling.service import claims, posting
from meguri.recycling.service.earning import moved
from meguri.recycling.store_sets import Moved
from meguri.storage import Transaction
from meguri.traceability import service as traceability

AT_ONCE = 1000
Made = tuple[Claim, bytes, list[Use]]
_Group = tuple[str, str, UUID | None, UUID | None]


async def reserve_all(
    tx: Transaction, scope: OperatorScope, rows: Mapping[int, ClaimInput], *, dry_run: bool
) -> dict[int, Refusal]:
    """Reserve claims by row, in their order; each refusal by its row. With any, the caller takes all back.

    What is reserved already by the same key with the same content is left. After the first refusal the rest is only
    checked. In a dry run nothing is written.
    """
    reserving = _Reserving(tx, scope)
    refused: dict[int, Refusal] = {}
    items = list(rows.items())
    for start in range(0, len(items), AT_ONCE):
        made, wrong = await reserving.checked(items[start : start + AT_ONCE])
        refused |= wrong
        if made and not refused and not dry_run:
            await _write(tx, scope, made)
    return refused


class _Reserving:
    """What is open is read once, held, and counted down in memory."""

    def __init__(self, tx: Transaction, scope: OperatorScope) -> None:
        self._tx, self._scope = tx, scope
        self._open: dict[UUID, Decimal] = {}
        self._groups: dict[_Group, list[OpenCredit]] = {}
        self._day: date | None = None
        self._companies: dict[UUID, bool] = {scope.operator_id: True}

    async def checked(self, rows: Sequence[tuple[int, ClaimInput]]) -> tuple[list[Made], dict[int, Refusal]]:
        """Claims to be written, and the refusal of each row that has one."""
        known = await store_sets.known_claims(self._tx, self._scope, [said.idempotency_key for _, said in rows])
        named = {said.trace_id for _, said in rows if said.trace_id is not None}
        parts = set(await traceability.parts_by_id(self._tx, self._scope, named)) if named else set[UUID]()
        made: list[Made] = []
        refused: dict[int, Refusal] = {}
        for row, said in rows:
            try:
                found = await self._one(said, known.get(said.idempotency_key), parts)
            except Refusal as refusal:
                refused[row] = refusal
                continue
            if found is not None:
                made.append(found)
        return made, refused

    async def _one(self, said: ClaimInput, before: bytes | None, parts: set[UUID]) -> Made | None:
        digest = claims.content_hash(said)
        if before is not None:
            if before != digest:
                raise errors.IdempotencyConflict
            return None
        qty = claims.require_sound(said)
        beneficiary = said.beneficiary_operator_id or self._scope.operator_id
        if not await self._exists(beneficiary):
            raise errors.ClaimNotFound
        if said.trace_id is not None and said.trace_id not in parts:
            raise errors.PartNotFound
        uses = taken(await self._credits(said), qty)
        for use in uses:
            self._open[use.credit_id] -= use.qty_kg
        return claims.claim_of(said, qty, beneficiary, uses), digest, uses

    async def _today(self) -> date:
        if self._day is None:
            self._day = await posting.today(self._tx, self._scope)
        return self._day

    async def _exists(self, operator_id: UUID) -> bool:
        if operator_id not in self._companies:
            self._companies[operator_id] = await operators.operator_exists(self._tx, self._scope, operator_id)
        return self._companies[operator_id]

    async def _credits(self, said: ClaimInput) -> list[OpenCredit]:
        """What is still open for a claim, oldest expiry first."""
        group = (said.element, said.source_class.value, said.site_id, said.lot_id)
        if group not in self._groups:
            found = await store_claims.open_credits(
                self._tx, self._scope, group[0], group[1], await self._today(), said.site_id, said.lot_id
            )
            for credit in found:
                self._open.setdefault(credit.credit_id, credit.open_kg)
            self._groups[group] = found
        left = [credit for credit in self._groups[group] if self._open[credit.credit_id] > 0]
        self._groups[group] = left
        return [OpenCredit(credit_id=c.credit_id, site_id=c.site_id, open_kg=self._open[c.credit_id]) for c in left]


async def _write(tx: Transaction, scope: OperatorScope, made: Sequence[Made]) -> None:
    await store_sets.add_claims(tx, scope, made)
    by_site: dict[UUID, list[tuple[Claim, Decimal]]] = defaultdict(list)
    for claim, _, uses in made:
        sums: dict[UUID, Decimal] = defaultdict(Decimal)
        for use in uses:
            sums[use.site_id] += use.qty_kg
        for site_id, kg in sums.items():
            by_site[site_id].append((claim, kg))
    for site_id in sorted(by_site):
        month = await posting.open_month(tx, scope, site_id, clock.now())
        reserved = [
            Moved(
                tx_type=TxType.CLAIM_RESERVE,
                tx_id=new_id(),
                period=month,
                postings=moved(
                    claim.element,
                    claim.source_class.value,
                    State.CREDIT_OPEN,
                    State.CREDIT_RESERVED,
                    kg,
                    claim_id=claim.claim_id,
                ),
            )
            for claim, kg in by_site[site_id]
        ]
        await store_sets.post_many(tx, scope, reserved, site_id=site_id)
    for claim, _, _ in made:
        await tx.record(ClaimReserved(claim_id=claim.claim_id, element=claim.element, qty_kg=claim.qty_kg))

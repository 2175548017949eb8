"""Credits that runs earn, and what becomes of them when a run is undone."""

from collections import defaultdict
from decimal import Decimal
from uuid import UUID

from meguri.kernel.numbers import ZERO
from meguri.kernel.scope import OperatorScope
from meguri.recycling import booking, store, store_claims
from meguri.recycling.credits import credit_rules, issuable
from meguri.recycling.ledger import CREDIT, Posting, State, TxType
from meguri.recycling.model import LotKind, SourceClass
from meguri.recycling.rates import half_up
from meguri.recycling.records import Line, Run, Site
from meguri.storage import Transaction

__all__ = ["conversion_factor", "earn", "withdraw"]
_NEVER = frozenset({SourceClass.PRIMARY.value, SourceClass.REUTILISATION.value})


async def earn(tx: Transaction, scope: OperatorScope, site: Site, run: Run, booked: booking.Booked) -> None:
    """Issue credits for what ceased to be waste and replaces primary material, capped by input × conversion factor."""
    elements = credit_rules().elements
    await _count_inputs(tx, scope, site.site_id, booked, elements)
    lots = {lot.lot_id: lot for lot in booked.made}
    postings: list[Posting] = []
    for line in booked.lines:
        if not _earns(line) or line.lot_id is None:
            continue
        lot = lots[line.lot_id]
        if lot.kind in (LotKind.BLACK_MASS, LotKind.SLAG):
            continue
        for element in (e for e in elements if line.elements.get(e)):
            for source, share in lot.sources.get(element, {}).items():
                if source not in _NEVER:
                    kg = half_up(line.elements[element] * share)
                    postings += await _issue(tx, scope, site, run, line.lot_id, element, source, kg)
    await store.post(tx, scope, postings, tx_type=TxType.CREDIT_ISSUE, site_id=site.site_id, period=run.period)


def _earns(line: Line) -> bool:
    return line.direction == "out" and line.calculation_point and line.substitutes_primary


async def _count_inputs(
    tx: Transaction, scope: OperatorScope, site_id: UUID, booked: booking.Booked, elements: tuple[str, ...]
) -> None:
    """What enters this site's processes from outside is the basis of its credits."""
    sums: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for drawn in booked.drawn:
        if not drawn.lot.is_origin:
            continue
        for element in (e for e in elements if drawn.elements.get(e)):
            for source, share in drawn.lot.sources.get(element, {}).items():
                if source not in _NEVER:
                    sums[element, source] += half_up(drawn.elements[element] * share)
    for (element, source), kg in sorted(sums.items()):
        await store_claims.add_basis(tx, scope, site_id, element, source, kg)


async def _issue(
    tx: Transaction, scope: OperatorScope, site: Site, run: Run, lot_id: UUID, element: str, source: str, kg: Decimal
) -> list[Posting]:
    in_kg, issued = await store_claims.add_basis(tx, scope, site.site_id, element, source, ZERO)
    factor, provisional = await conversion_factor(tx, scope, site, element)
    kg = issuable(kg, in_kg, issued, factor)
    if not kg:
        return []
    await store_claims.add_issued(tx, scope, site.site_id, element, source, kg)
    await store_claims.add_credit(
        tx,
        scope.operator_id,
        site_id=site.site_id,
        element=element,
        source_class=source,
        period=run.period,
        kg=kg,
        provisional=provisional,
        lot_id=lot_id,
        run_id=run.run_id,
    )
    return moved(element, source, State.EXT_SUPPLIER, State.CREDIT_OPEN, kg, run_id=run.run_id, lot_id=lot_id)


def moved(
    element: str,
    source: str,
    out_of: State,
    into: State,
    kg: Decimal,
    *,
    run_id: UUID | None = None,
    lot_id: UUID | None = None,
    claim_id: UUID | None = None,
) -> list[Posting]:
    """Credit from one account into another."""
    return [
        Posting(
            element=element,
            state=state,
            qty_kg=qty,
            book=CREDIT,
            attribute=source,
            run_id=run_id,
            lot_id=lot_id,
            claim_id=claim_id,
        )
        for state, qty in ((out_of, -kg), (into, kg))
    ]


async def conversion_factor(tx: Transaction, scope: OperatorScope, site: Site, element: str) -> tuple[Decimal, bool]:
    """Yield of the element in the site's last closed period; else the declared one (or 1), provisional."""
    for period in await store.periods(tx, scope, site.site_id):
        found = period.statement.get("yields", {}).get(element)
        if found is not None:
            return Decimal(str(found)), False
    return site.conversion.get(element, Decimal(1)), True


async def withdraw(tx: Transaction, scope: OperatorScope, run: Run) -> Decimal:
    """Take back the open part of a run's credits; the kg that were used already are returned (0 = none)."""
    postings: list[Posting] = []
    used = ZERO
    for credit in await store_claims.credits_of_run(tx, scope, run.run_id):
        used += credit.issued_kg - credit.open_kg
        if credit.open_kg:
            await store_claims.use_credit(tx, scope, credit.credit_id, credit.open_kg)
            await store_claims.add_issued(tx, scope, run.site_id, credit.element, credit.source_class, -credit.open_kg)
            postings += moved(
                credit.element,
                credit.source_class,
                State.CREDIT_OPEN,
                State.EXT_SUPPLIER,
                credit.open_kg,
                run_id=run.run_id,
            )
    await store.post(tx, scope, postings, tx_type=TxType.REVERSE, site_id=run.site_id, period=run.period)
    return used

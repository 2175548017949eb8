"""Credits that runs earn, and what becomes of them when a run is undone.

In all, credit is never more than what entered the site's processes × the conversion factor, nor than what was recovered
at calculation points; what was recovered once earns nothing at a later step, whoever takes it.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from decimal import Decimal
from uuid import UUID

from meguri.kernel.numbers import ZERO
from meguri.kernel.scope import OperatorScope
from meguri.recycling import booking, counted, store, store_claims
from meguri.recycling.credits import credit_rules, issuable
from meguri.recycling.ledger import CREDIT, Posting, State, TxType
from meguri.recycling.model import SourceClass
from meguri.recycling.rates import half_up
from meguri.recycling.records import Line, Lot, Run, Site
from meguri.storage import Transaction

__all__ = ["conversion_factor", "earn", "withdraw"]
_NEVER = frozenset({SourceClass.PRIMARY.value, SourceClass.REUTILISATION.value})


async def earn(tx: Transaction, scope: OperatorScope, site: Site, run: Run, booked: booking.Booked) -> None:
    """Issue credits for what ceased to be waste and replaces primary material, capped by input × conversion factor."""
    lots = {d.lot.lot_id: d.lot for d in booked.drawn} | {lot.lot_id: lot for lot in booked.made}
    for (element, source), kg in sorted(_entering(booked.lines, lots).items()):
        await store_claims.add_basis(tx, scope, site.site_id, element, source, in_kg=kg)
    postings: list[Posting] = []
    for line, element, source, kg in _recovered(booked.lines, lots):
        if line.lot_id is not None and kg:
            postings += await _issue(tx, scope, site, run, line.lot_id, element, source, kg)
    await store.post(tx, scope, postings, tx_type=TxType.CREDIT_ISSUE, site_id=site.site_id, period=run.period)


def _recovered(lines: Iterable[Line], lots: Mapping[UUID, Lot]) -> list[tuple[Line, str, str, Decimal]]:
    """kg by line, element and source that is recovered here for the first time."""
    found = []
    for line in lines:
        lot = lots.get(line.lot_id) if line.lot_id and line.direction == "out" else None
        if lot is None or not counted.is_point(
            lot.kind, calculation_point=line.calculation_point, substitutes_primary=line.substitutes_primary
        ):
            continue
        for element in (e for e in credit_rules().elements if line.elements.get(e)):
            fresh = 1 - counted.share(line.past, counted.EARNED, element, origin=False)
            found += [
                (line, element, source, half_up(line.elements[element] * share * fresh))
                for source, share in lot.sources.get(element, {}).items()
                if source not in _NEVER
            ]
    return found


def _entering(lines: Iterable[Line], lots: Mapping[UUID, Lot]) -> dict[tuple[str, str], Decimal]:
    """What enters this site's processes from outside is the basis of its credits: kg by element and source."""
    sums: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for line in lines:
        lot = lots.get(line.lot_id) if line.lot_id and line.direction == "in" else None
        if lot is None:
            continue
        for element in (e for e in credit_rules().elements if line.elements.get(e)):
            based = counted.share(line.past, counted.BASED, element, origin=lot.is_origin)
            fresh = (1 - based) * (1 - counted.share(line.past, counted.EARNED, element, origin=lot.is_origin))
            for source, share in lot.sources.get(element, {}).items():
                if source not in _NEVER:
                    sums[element, source] += half_up(line.elements[element] * share * fresh)
    return {key: kg for key, kg in sums.items() if kg}


async def _issue(
    tx: Transaction, scope: OperatorScope, site: Site, run: Run, lot_id: UUID, element: str, source: str, kg: Decimal
) -> list[Posting]:
    basis = await store_claims.add_basis(tx, scope, site.site_id, element, source, proven_kg=kg)
    factor, provisional = await conversion_factor(tx, scope, site, element)
    kg = issuable(kg, basis.in_kg, basis.issued_kg, factor, basis.proven_kg)
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


async def withdraw(tx: Transaction, scope: OperatorScope, run: Run, lines: Iterable[Line]) -> Decimal:
    """Take back the open part of a run's credits, and what it added to their basis; the kg that were used already are
    returned (0 = none).
    """
    lines = list(lines)
    lots = await store.lots(tx, scope, [line.lot_id for line in lines if line.lot_id])
    for (element, source), kg in sorted(_entering(lines, lots).items()):
        await store_claims.add_basis(tx, scope, run.site_id, element, source, in_kg=-kg)
    for _, element, source, kg in _recovered(lines, lots):
        await store_claims.add_basis(tx, scope, run.site_id, element, source, proven_kg=-kg)
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

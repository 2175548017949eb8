"""Months: closed with a signed statement when nothing stands against it; afterwards changed only by a restatement."""

from collections import defaultdict
from collections.abc import Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

from meguri.kernel import clock
from meguri.kernel.scope import OperatorScope
from meguri.proof import jcs
from meguri.recycling import errors, statement, store, store_claims
from meguri.recycling.events import ClaimsFlagged, PeriodClosed
from meguri.recycling.ledger import require_month
from meguri.recycling.records import RunInput
from meguri.recycling.recovery import Recovery
from meguri.recycling.service import posting, rates, runs
from meguri.recycling.store import Period
from meguri.storage import Transaction

PATIENCE_S = 120.0
RESTATED = "UPSTREAM_RESTATED"


async def close(tx: Transaction, scope: OperatorScope, site_id: UUID, month: str, signed_by: str) -> Period:
    """Close a month: everything balanced or reasoned, nothing negative, documents complete, signed by a person.

    Raises SiteNotFound, PeriodClosed, PeriodNotReady with every objection.
    """
    require_month(month)
    await posting.site_of(tx, scope, site_id)
    await store.lock_site(tx, scope, site_id)
    before = await store.period(tx, scope, site_id, month)
    if before is not None and before.state == "closed":
        raise errors.PeriodClosed(period=month)
    return await _close(tx, scope, site_id, month, signed_by, before, None)


async def restate(
    tx: Transaction,
    scope: OperatorScope,
    site_id: UUID,
    month: str,
    signed_by: str,
    reason: str,
    *,
    reverse: Sequence[UUID] = (),
    runs_instead: Sequence[RunInput] = (),
) -> Period:
    """Correct a closed month: runs are undone and others booked in their place; a new version lists what changed.

    Every claim fed from the month, in whatever company, is flagged UPSTREAM_RESTATED. Raises StateTransition when the
    month is not closed, and what reversing and posting raise.
    """
    require_month(month)
    await posting.site_of(tx, scope, site_id)
    await store.lock_site(tx, scope, site_id)
    before = await store.period(tx, scope, site_id, month)
    if before is None or before.state != "closed":
        raise errors.StateTransition(state=before.state if before else "open", wanted="restated", allowed="close")
    await store.add_period(tx, scope, _version(before, "open", {}, "", None, reason))
    for run_id in reverse:
        await runs.reverse(tx, scope, run_id, reason, restating=True)
    for said in runs_instead:
        await runs.post(tx, scope, said)
    opened = await store.period(tx, scope, site_id, month)
    async with tx.across():
        flagged = await store_claims.flag_claims(tx, scope, site_id, month, RESTATED)
    closed = await _close(tx, scope, site_id, month, signed_by, opened, reason, compared=before, flagged=len(flagged))
    if flagged:
        await tx.record(
            ClaimsFlagged(
                site_id=site_id,
                period=month,
                flag=RESTATED,
                claims=len(flagged),
                holders=tuple(sorted({holder for holder, _ in flagged})),
            )
        )
    return closed


async def _close(
    tx: Transaction,
    scope: OperatorScope,
    site_id: UUID,
    month: str,
    signed_by: str,
    before: Period | None,
    reason: str | None,
    *,
    compared: Period | None = None,
    flagged: int = 0,
) -> Period:
    if not signed_by.strip():
        raise errors.PeriodNotReady(period=month, objections={"signed_by": []})
    async with tx.patient(PATIENCE_S):
        found = await store.objections(tx, scope, site_id, month)
        against = {kind: names for kind, names in found.items() if names}
        if against:
            raise errors.PeriodNotReady(period=month, objections=against)
        said = await _statement(tx, scope, site_id, month)
    said["signed_by"] = signed_by
    if compared is not None:
        said["delta"] = statement.delta(compared.statement, said)
        said["restates"] = compared.hash
        said["claims_flagged"] = flagged
    digest = jcs.sha256_hex(said)
    made = _version(before, "closed", said, digest, signed_by, reason, site_id=site_id, month=month)
    await store.add_period(tx, scope, made)
    await tx.record(PeriodClosed(site_id=site_id, period=month, version=made.version, signed_by=signed_by, hash=digest))
    return made


def _version(
    before: Period | None,
    state: str,
    said: dict[str, Any],
    digest: str,
    signed_by: str | None,
    reason: str | None,
    *,
    site_id: UUID | None = None,
    month: str | None = None,
) -> Period:
    place = before.site_id if before else site_id
    named = before.period if before else month
    if place is None or named is None:
        raise ValueError("a first version needs its site and month")
    return Period(
        site_id=place,
        period=named,
        version=before.version + (before.state == "closed") if before else 1,
        state=state,
        statement=said,
        hash=digest,
        signed_by=signed_by,
        reason=reason,
        at=clock.now(),
    )


async def _statement(tx: Transaction, scope: OperatorScope, site_id: UUID, month: str) -> dict[str, Any]:
    """Turnover by element, what was recovered, yields, rates with the rule set that gave them."""
    rows = await store.turnover(tx, scope, site_id, month)
    found = await rates.of_period(tx, scope, site_id=site_id, first=month, last=month)
    into, out = await _in_and_out(tx, scope, site_id, month)
    return {
        "site_id": str(site_id),
        "period": month,
        "entries": sum(row.entries for row in rows),
        "elements": statement.by_element(rows),
        "recovered": {e: f"{kg:.6f}" for e, kg in sorted(out.items())},
        "yields": statement.yields_of(into, out),
        "rates": _rates(found),
    }


async def _in_and_out(
    tx: Transaction, scope: OperatorScope, site_id: UUID, month: str
) -> tuple[dict[str, Decimal], dict[str, Decimal]]:
    """kg of each element in the input fraction, and recovered of battery origin at its calculation point."""
    asked = {"site_id": site_id, "first": month, "last": month, "route": None, "re_class": None}
    into: dict[str, Decimal] = defaultdict(Decimal)
    out: dict[str, Decimal] = defaultdict(Decimal)
    for row in await store.rate_inputs(tx, scope, **asked):
        into[row.element] += row.kg
    for made in await store.rate_outputs(tx, scope, **asked):
        if made.calculation_point and made.substitutes_primary:
            out[made.element] += made.kg - made.primary_kg - made.earned_kg
    return dict(into), dict(out)


def _rates(found: Recovery) -> dict[str, Any]:
    def shown(value: Decimal | None) -> str | None:
        return None if value is None else f"{value:.6f}"

    return {
        "rule_set": found.ruleSet,
        "rRE": shown(found.r_re.value),
        "rRM": {metal: shown(rate.value) for metal, rate in found.r_rm.items()},
    }


async def months(tx: Transaction, scope: OperatorScope, site_id: UUID) -> list[tuple[str, Period | None]]:
    """Months in which something was booked or closed, newest first, with their newest version."""
    await posting.site_of(tx, scope, site_id)
    closed = {found.period: found for found in await store.periods(tx, scope, site_id)}
    booked = await store.months_with_runs(tx, scope, site_id)
    return [(month, closed.get(month)) for month in sorted({*closed, *booked}, reverse=True)]


async def objections(tx: Transaction, scope: OperatorScope, site_id: UUID, month: str) -> dict[str, list[str]]:
    """What stands against closing a month. Raises SiteNotFound."""
    await posting.site_of(tx, scope, site_id)
    return await store.objections(tx, scope, site_id, require_month(month))


async def versions(tx: Transaction, scope: OperatorScope, site_id: UUID, month: str) -> list[Period]:
    """All versions of a month. Raises SiteNotFound."""
    await posting.site_of(tx, scope, site_id)
    return await store.period_versions(tx, scope, site_id, require_month(month))

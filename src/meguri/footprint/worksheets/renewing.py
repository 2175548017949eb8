"""What a newer version of a factor does to results that were kept with an older one."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from functools import partial
from uuid import UUID

import msgspec

from meguri.footprint import factors
from meguri.footprint import packs as rule_packs
from meguri.footprint.factors.model import Affected
from meguri.footprint.worksheets import store
from meguri.footprint.worksheets.gathering import gather
from meguri.footprint.worksheets.model import Result
from meguri.footprint.worksheets.reckoning import figures_of
from meguri.footprint.worksheets.scenario import FactorOverride, Scenario, changed, changed_below
from meguri.kernel.errors import Refusal
from meguri.kernel.scope import OperatorScope
from meguri.storage.transaction import Transaction

MOST_COMPUTED = 100


class Renewed(msgspec.Struct, frozen=True, kw_only=True):
    """A present result that rests on an older version of a factor, and what it would come to with the newest one.

    reference, newest  the version used and the newest, as `id version`
    total              as it was kept, kg CO2e per unit
    total_with_newest  the same inputs and the same other factors, with the newest version; None: not computed
    code               why it was not: a refusal, or `not_computed` beyond the newest 100 results
    """

    result_id: UUID
    trace_id: UUID
    reference: str
    newest: str
    created_at: datetime
    total: Decimal
    total_with_newest: Decimal | None = None
    code: str | None = None


async def renewed_by(tx: Transaction, scope: OperatorScope, factor_id: str) -> list[Renewed]:
    """Present results that rest on an older version of a factor, newest first. Raises FactorUnknown."""
    found = []
    for place, one in enumerate(await factors.affected_results(tx, scope, factor_id)):
        kept = await store.result(tx, scope, one.result_id)
        if kept is not None:
            found.append(await _renewed(tx, scope, one, kept.result, compute=place < MOST_COMPUTED))
    return found


async def _renewed(
    tx: Transaction, scope: OperatorScope, one: Affected, result: Result, *, compute: bool
) -> Renewed:  # fmt: skip
    code: str | None = "not_computed"
    total: Decimal | None = None
    if compute:
        try:
            total, code = await _total(tx, scope, one, result), None
        except Refusal as refusal:
            code = refusal.code
    return Renewed(
        result_id=one.result_id,
        trace_id=one.trace_id,
        reference=one.reference,
        newest=one.newest,
        created_at=one.created_at,
        total=result.total,
        total_with_newest=total,
        code=code,
    )


async def _total(tx: Transaction, scope: OperatorScope, one: Affected, result: Result) -> Decimal | None:
    sheet = await store.worksheet_as_of(tx, scope, result.worksheet_id, result.worksheet_version)
    if sheet is None:
        return None
    scenario = Scenario(name=one.newest, factors=_versions(result.factors, one))
    pack = await rule_packs.pack(tx, scope, result.pack.id)
    top = changed(sheet, scenario)
    below = partial(changed_below, scenario=scenario)
    return figures_of(await gather(tx, scope, top, result.components or None, below), pack, result.choices).total


def _versions(used: Sequence[str], one: Affected) -> list[FactorOverride]:
    """Every factor in the version that the result used, but the one in its newest."""
    found = []
    for reference in used:
        factor, _, version = (one.newest if reference == one.reference else reference).rpartition(" ")
        found.append(FactorOverride(factor_id=factor, replacement=factor, version=version))
    return found

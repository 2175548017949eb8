"""Due-diligence results in the words of the exchange: what the room's results are as DdModel, and back."""

from collections.abc import Sequence
from decimal import Decimal
from uuid import UUID

from meguri.dataspaces.ouranos.bodies.dd import DdInput, DdItem
from meguri.dataspaces.ouranos.ports import DdRow
from meguri.diligence import results
from meguri.diligence import service as diligence
from meguri.diligence.model import CategoryResult, DdResult, Item
from meguri.diligence.taxonomy import names
from meguri.kernel import clock
from meguri.kernel.scope import OperatorScope
from meguri.storage.transaction import Transaction

_HUNDRED = Decimal(100)


class RoomOfDiligence:
    """The port that this façade has for due diligence."""

    async def declare(self, tx: Transaction, scope: OperatorScope, said: DdInput) -> DdRow:
        """Keeps the result of an own part as a foreign system gives it. Raises PartNotOwn."""
        kept, _ = await diligence.keep_result(tx, scope, _as_result(said))
        return _row(kept, "own")

    async def rows(self, tx: Transaction, scope: OperatorScope, trace_ids: Sequence[UUID]) -> list[DdRow]:
        """What may be shown of each own part, in the order asked; parts of others are left out."""
        found: list[DdRow] = []
        for one in await diligence.shown(tx, scope, trace_ids):
            if one.purchased:
                if one.answered:
                    found.append(_row(one.response, "response") if one.response else _closed(one.trace_id))
                continue
            if one.own is not None:
                found.append(_row(one.own, "own"))
            if one.total is not None:
                found.append(_row(one.total, "total"))
        return found


def _as_result(said: DdInput) -> DdResult:
    categories = names("categories")
    return DdResult(
        trace_id=said.trace_id,
        dd_type="own",
        dd_id=said.dd_id,
        template_id=said.standard,
        template_version="",
        assessment_date=said.assessed_at,
        valid_until=said.valid_until,
        overall_band=results.band_of_exchange(said.result),
        max_score=None if said.score is None else _HUNDRED - said.score,
        category_results=tuple(
            CategoryResult(category=item.code, band=results.band_of_exchange(item.result))
            for item in said.items
            if item.code in categories
        ),
        comment=said.comment,
        source="external",
        items=tuple(Item(code=item.code, result=item.result, comment=item.comment) for item in said.items),
    )


def _row(result: DdResult, kind: str) -> DdRow:
    standard = f"{result.template_id} {result.template_version}".strip()
    return DdRow(
        dd_id=result.dd_id,
        trace_id=result.trace_id,
        kind=kind,
        result=results.exchange_result(result.overall_band),
        score=results.exchange_score(result.max_score),
        assessed_at=result.assessment_date,
        valid_until=result.valid_until,
        standard=standard or None,
        comment=result.comment,
        items=[
            DdItem(code=item.code, result=item.result, comment=item.comment)
            for item in results.items_of(result, clock.today())
        ],
    )


def _closed(trace_id: UUID) -> DdRow:
    return DdRow(
        dd_id=None,
        trace_id=trace_id,
        kind="response",
        result=None,
        score=None,
        assessed_at=None,
        valid_until=None,
        standard=None,
        comment=None,
        items=(),
    )

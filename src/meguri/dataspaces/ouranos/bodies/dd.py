"""PUT dd: a due-diligence result of one own part (an extension of the contract, written in its manner)."""

from datetime import date
from decimal import Decimal
from typing import Annotated, ClassVar
from uuid import UUID

import msgspec

from meguri.dataspaces.ouranos import atoms
from meguri.dataspaces.ouranos.atoms import Invalid
from meguri.dataspaces.ouranos.bodies.base import DdResult, DdType, Wire
from meguri.dataspaces.ouranos.gojson import Body, shortest
from meguri.dataspaces.ouranos.rules import limits

OWN = "own"


class PutDdItem(Wire):
    """One item of a result as it is sent."""

    go: ClassVar[str] = "traceability.PutDdItemInput"
    code: str | None = None
    result: DdResult | None = None
    comment: str | None = None


DdItems = Annotated[list[PutDdItem | None], msgspec.Meta(extra={"go": "traceability.PutDdItemInputs"})]


class PutDd(Wire):
    """A result as it is sent."""

    go: ClassVar[str] = "traceability.PutDdInput"
    dd_id: str | None = None
    trace_id: str | None = None
    dd_type: DdType | None = None
    dd_result: DdResult | None = None
    dd_score: float | None = None
    assessed_at: str | None = None
    valid_until: str | None = None
    standard: str | None = None
    comment: str | None = None
    items: DdItems | None = None


DD = Body(PutDd)


class DdItem(msgspec.Struct, frozen=True, kw_only=True):
    """What was found about one item: its code, the result, and a remark."""

    code: str
    result: str
    comment: str | None


class DdInput(msgspec.Struct, frozen=True, kw_only=True):
    """A checked result of one own part. `score` 0–100, higher is better; None: not scored."""

    dd_id: UUID | None
    trace_id: UUID
    result: str | None
    score: Decimal | None
    assessed_at: date
    valid_until: date | None
    standard: str
    comment: str | None
    items: tuple[DdItem, ...]


def check_dd(raw: PutDd | None) -> DdInput:
    """A due-diligence result. Raises Invalid."""
    given = raw or PutDd()
    items = [item or PutDdItem() for item in given.items or ()]
    if broken := atoms.join([_broken(given), *_broken_items(items)]):
        raise Invalid(broken)
    assessed = atoms.parse_day(given.assessed_at or "")
    return DdInput(
        dd_id=UUID(given.dd_id) if given.dd_id else None,
        trace_id=UUID(given.trace_id or ""),
        result=given.dd_result,
        score=None if given.dd_score is None else shortest(given.dd_score),
        assessed_at=assessed or date.min,
        valid_until=atoms.parse_day(given.valid_until or ""),
        standard=given.standard or "",
        comment=given.comment,
        items=tuple(DdItem(code=item.code or "", result=item.result or "", comment=item.comment) for item in items),
    )


def _broken(given: PutDd) -> str | None:
    rules = limits()
    return atoms.objerr(
        {
            "ddId": atoms.uuid_or_null(given.dd_id),
            "traceId": atoms.uuid(given.trace_id),
            "ddType": atoms.word(given.dd_type, (OWN,)),
            "ddResult": atoms.one_of(given.dd_result, rules.words.dd_results),
            "ddScore": atoms.number(given.dd_score, rules.bodies.score_maximum),
            "assessedAt": atoms.required(given.assessed_at) or atoms.day(given.assessed_at),
            "validUntil": atoms.day(given.valid_until),
            "standard": atoms.required(given.standard) or atoms.length(given.standard, rules.bodies.standard_length),
            "comment": atoms.length(given.comment, rules.bodies.message_length),
        }
    )


def _broken_items(items: list[PutDdItem]) -> list[str]:
    rules = limits()
    if len(items) > rules.bodies.items:
        return [f"items: the length must be no more than {rules.bodies.items}"]
    broken = [
        atoms.objerr(
            {
                "code": atoms.length_between(item.code, 1, rules.bodies.item_code_length),
                "result": atoms.word(item.result, rules.words.dd_results),
                "comment": atoms.length(item.comment, rules.bodies.message_length),
            }
        )
        for item in items
    ]
    return [f"items[{place}]: ({text})" for place, text in enumerate(broken) if text]

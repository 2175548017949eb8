"""DdModel."""

from collections.abc import Iterable
from datetime import date
from uuid import UUID

import msgspec

from meguri.dataspaces.ouranos.bodies.dd import DdItem
from meguri.dataspaces.ouranos.ports import DdRow
from meguri.dataspaces.ouranos.render.parts import number


class DdModel(msgspec.Struct, frozen=True, rename="camel"):
    """A due-diligence result."""

    dd_id: UUID | None
    trace_id: UUID
    dd_type: str
    dd_result: str | None
    dd_score: msgspec.Raw
    assessed_at: date | None
    valid_until: date | None
    standard: str | None
    comment: str | None
    items: list[DdItem]


def _model(row: DdRow) -> DdModel:
    return DdModel(
        row.dd_id,
        row.trace_id,
        row.kind,
        row.result,
        number(row.score),
        row.assessed_at,
        row.valid_until,
        row.standard,
        row.comment,
        list(row.items),
    )


def result(row: DdRow) -> bytes:
    """DdModel."""
    return msgspec.json.encode(_model(row))


def results(rows: Iterable[DdRow]) -> bytes:
    """DdModel[]."""
    return msgspec.json.encode([_model(row) for row in rows])

"""PartsModel and PartsStructureModel."""

from collections.abc import Iterable
from decimal import Decimal
from uuid import UUID

import msgspec

from meguri.kernel.numbers import plain
from meguri.traceability.model import Part, PartBrief, Structure

NULL = msgspec.Raw(b"null")
EMPTY_STRUCTURE = b'{"parentPartsModel":null,"childrenPartsModel":[]}'


def number(value: Decimal | None) -> msgspec.Raw:
    """A JSON number in its shortest plain form: `10`, never `10.0` or `1E+1`."""
    return NULL if value is None else msgspec.Raw(plain(value).encode())


class PartsModel(msgspec.Struct, frozen=True, rename="camel"):
    """A part; `amount_required` only within a structure."""

    trace_id: UUID
    operator_id: UUID
    plant_id: UUID
    parts_name: str
    support_parts_name: str | None
    terminated_flag: bool
    amount_required: msgspec.Raw
    amount_required_unit: str | None
    parts_label_name: str | None
    parts_add_info1: str | None
    parts_add_info2: str | None
    parts_add_info3: str | None


class PartsStructureModel(msgspec.Struct, frozen=True, rename="camel"):
    """A part and what one unit of it is made of."""

    parent_parts_model: PartsModel
    children_parts_model: list[PartsModel]


def parts_model(part: Part | PartBrief, amount: Decimal | None = None) -> PartsModel:
    """The model of one part."""
    return PartsModel(
        part.trace_id,
        part.operator_id,
        part.plant_id,
        part.name,
        part.support_name,
        part.terminated,
        number(amount),
        part.unit,
        part.label,
        part.info1,
        part.info2,
        part.info3,
    )


def parts(found: Iterable[Part]) -> bytes:
    """PartsModel[]."""
    return msgspec.json.encode([parts_model(part) for part in found])


def part(structure: Structure) -> bytes:
    """The PartsModel of a structure's parent."""
    return msgspec.json.encode(parts_model(structure.parent))


def structure(found: Structure) -> bytes:
    """PartsStructureModel."""
    children = [parts_model(child.part, child.amount) for child in found.children]
    return msgspec.json.encode(PartsStructureModel(parts_model(found.parent), children))

"""PUT parts and PUT partsStructure."""

from collections.abc import Mapping
from typing import Annotated, ClassVar
from uuid import UUID

import msgspec

from meguri.dataspaces.ouranos import atoms
from meguri.dataspaces.ouranos.atoms import Atom, Invalid
from meguri.dataspaces.ouranos.bodies.base import Wire
from meguri.dataspaces.ouranos.gojson import Body, shortest
from meguri.dataspaces.ouranos.rules import limits
from meguri.kernel.units import AmountUnit
from meguri.traceability.model import ChildInput, PartInput


class PutParts(Wire):
    """A part as it is sent."""

    go: ClassVar[str] = "traceability.PutPartsInput"
    operator_id: str | None = None
    trace_id: str | None = None
    plant_id: str | None = None
    parts_name: str | None = None
    support_parts_name: str | None = None
    terminated_flag: bool | None = None
    amount_required: float | None = None
    amount_required_unit: str | None = None
    parts_label_name: str | None = None
    parts_add_info1: str | None = None
    parts_add_info2: str | None = None
    parts_add_info3: str | None = None


Children = Annotated[list[PutParts | None], msgspec.Meta(extra={"go": "traceability.PutPartsInputs"})]


class PutStructure(Wire):
    """A parent and what one unit of it is made of, as they are sent."""

    go: ClassVar[str] = "traceability.PutPartsStructureInput"
    parent_parts_model: PutParts | None = None
    children_parts_model: Children | None = None


PARTS = Body(PutParts)
STRUCTURE = Body(PutStructure)


class StructureInput(msgspec.Struct, frozen=True, kw_only=True):
    """A checked structure: the operators that it names, and what the service writes."""

    operator_ids: tuple[UUID, ...]
    parent: PartInput
    children: list[ChildInput]


def _broken(part: PutParts, amounts: Mapping[str, Atom]) -> str | None:
    """The OBJERR of a part; the rules of its amount and unit differ between parent and child."""
    most = limits().bodies.name_length
    return atoms.objerr(
        {
            "operatorId": atoms.uuid(part.operator_id),
            "traceId": atoms.uuid_or_null(part.trace_id),
            "plantId": atoms.uuid(part.plant_id),
            "partsName": atoms.length_between(part.parts_name, 1, most),
            "supportPartsName": atoms.length(part.support_parts_name, most),
            "terminatedFlag": atoms.present(part.terminated_flag),
            "partsLabelName": atoms.length(part.parts_label_name, most),
            "partsAddInfo1": atoms.length(part.parts_add_info1, most),
            "partsAddInfo2": atoms.length(part.parts_add_info2, most),
            "partsAddInfo3": atoms.length(part.parts_add_info3, most),
            **amounts,
        }
    )


def _broken_parent(part: PutParts) -> str | None:
    units = limits().words.amount_units
    return _broken(
        part,
        {
            "amountRequired": atoms.must_be_null(part.amount_required),
            "amountRequiredUnit": atoms.one_of(part.amount_required_unit, units, empty=True),
        },
    )


def _broken_child(part: PutParts) -> str | None:
    amount, unit = part.amount_required, part.amount_required_unit
    units = limits().words.amount_units
    return _broken(
        part,
        {
            "amountRequired": atoms.not_null(amount) or atoms.number(amount),
            "amountRequiredUnit": atoms.not_null(unit) or atoms.one_of(unit, units, empty=True),
        },
    )


def _as_input(part: PutParts) -> PartInput:
    """The checked part in the service's words."""
    return PartInput(
        plant_id=UUID(part.plant_id or ""),
        name=part.parts_name or "",
        support_name=part.support_parts_name,
        label=part.parts_label_name,
        info1=part.parts_add_info1,
        info2=part.parts_add_info2,
        info3=part.parts_add_info3,
        unit=AmountUnit(part.amount_required_unit) if part.amount_required_unit else None,
        terminated=bool(part.terminated_flag),
    )


def _as_child(part: PutParts) -> ChildInput:
    return ChildInput(amount=shortest(part.amount_required or 0.0), **msgspec.structs.asdict(_as_input(part)))


def check_parts(raw: PutParts | None) -> StructureInput:
    """A part without components. Raises Invalid."""
    part = raw or PutParts()
    if broken := _broken_parent(part):
        raise Invalid(broken)
    return StructureInput(operator_ids=(UUID(part.operator_id or ""),), parent=_as_input(part), children=[])


def check_structure(raw: PutStructure | None) -> StructureInput:
    """A parent with its components. Raises Invalid."""
    parent = raw.parent_parts_model if raw else None
    given = raw.children_parts_model if raw else None
    children = [child or PutParts() for child in given or []]
    if broken := atoms.join([_parent_item(parent), *_child_items(None if given is None else children)]):
        raise Invalid(broken)
    whole = [parent or PutParts(), *children]
    return StructureInput(
        operator_ids=tuple(UUID(part.operator_id or "") for part in whole),
        parent=_as_input(whole[0]),
        children=[_as_child(child) for child in children],
    )


def _parent_item(parent: PutParts | None) -> str | None:
    if parent is None:
        return f"parentPartsModel: {atoms.BLANK}"
    broken = _broken_parent(parent)
    return f"parentPartsModel: ({broken})" if broken else None


def _child_items(children: list[PutParts] | None) -> list[str]:
    most = limits().bodies.children
    if children is None:
        return [f"childrenPartsModel: {atoms.BLANK}"]
    if len(children) > most:
        return [f"childrenPartsModel: the length must be no more than {most}"]
    broken = [(place, _broken_child(child)) for place, child in enumerate(children)]
    return [f"childrenPartsModel[{place}]: ({text})" for place, text in broken if text]

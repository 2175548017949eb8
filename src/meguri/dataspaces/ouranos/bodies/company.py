"""PUT operator and PUT plant."""

from typing import ClassVar
from uuid import UUID

import msgspec

from meguri.dataspaces.ouranos import atoms
from meguri.dataspaces.ouranos.atoms import Invalid
from meguri.dataspaces.ouranos.bodies.base import Wire
from meguri.dataspaces.ouranos.gojson import Body
from meguri.dataspaces.ouranos.rules import limits
from meguri.operators.model import OperatorChange, PlantInput


class OperatorAttribute(Wire):
    """The wider identity of an operator as it is sent."""

    go: ClassVar[str] = "traceability.OperatorAttributeInput"
    global_operator_id: str | None = None


class PutOperator(Wire):
    """An operator as it is sent."""

    go: ClassVar[str] = "traceability.PutOperatorInput"
    operator_id: str | None = None
    operator_name: str | None = None
    operator_address: str | None = None
    open_operator_id: str | None = None
    operator_attribute: OperatorAttribute | None = None


class PlantAttribute(Wire):
    """The wider identity of a plant as it is sent."""

    go: ClassVar[str] = "traceability.PlantAttributeInput"
    global_plant_id: str | None = None


class PutPlant(Wire):
    """A plant as it is sent."""

    go: ClassVar[str] = "traceability.PutPlantInput"
    plant_id: str | None = None
    operator_id: str | None = None
    plant_name: str | None = None
    plant_address: str | None = None
    open_plant_id: str | None = None
    plant_attribute: PlantAttribute | None = None


OPERATOR = Body(PutOperator)
PLANT = Body(PutPlant)


class OperatorWrite(msgspec.Struct, frozen=True, kw_only=True):
    """A checked operator record."""

    operator_id: UUID
    change: OperatorChange


class PlantWrite(msgspec.Struct, frozen=True, kw_only=True):
    """A checked plant. `plant_id` None: a new one."""

    operator_id: UUID
    plant_id: UUID | None
    plant: PlantInput


def _broken_global(key: str, field: str, value: str | None) -> str | None:
    broken = atoms.objerr({field: atoms.length(value, limits().companies.global_id_length)})
    return f"{key}: ({broken})" if broken else None


def check_operator(raw: PutOperator | None) -> OperatorWrite:
    """An operator's own record. Raises Invalid."""
    given, rules = raw or PutOperator(), limits().companies
    attribute = given.operator_attribute
    broken = atoms.objerr(
        {
            "operatorId": atoms.uuid(given.operator_id),
            "operatorName": atoms.length_between(given.operator_name, 1, rules.name_length),
            "operatorAddress": atoms.length_between(given.operator_address, 1, rules.address_length),
            "openOperatorId": atoms.length_between(given.open_operator_id, 1, rules.open_operator_id_length),
            "operatorAttribute": atoms.present(attribute),
        }
    )
    global_id = attribute.global_operator_id if attribute else None
    if text := atoms.join([broken, _broken_global("operatorAttribute", "globalOperatorId", global_id)]):
        raise Invalid(text)
    return OperatorWrite(
        operator_id=UUID(given.operator_id or ""),
        change=OperatorChange(
            name=given.operator_name or "",
            address=given.operator_address or "",
            open_operator_id=given.open_operator_id or "",
            global_operator_id=global_id,
        ),
    )


def check_plant(raw: PutPlant | None) -> PlantWrite:
    """A plant. Raises Invalid."""
    given, rules = raw or PutPlant(), limits().companies
    attribute, open_id = given.plant_attribute, given.open_plant_id
    broken = atoms.objerr(
        {
            "plantId": atoms.uuid_or_null(given.plant_id),
            "operatorId": atoms.uuid(given.operator_id),
            "plantName": atoms.length_between(given.plant_name, 1, rules.name_length),
            "plantAddress": atoms.length_between(given.plant_address, 1, rules.address_length),
            "openPlantId": atoms.first(
                atoms.length(open_id, rules.open_plant_id_length), atoms.not_null(open_id), atoms.six_digits(open_id)
            ),
            "plantAttribute": atoms.present(attribute),
        }
    )
    global_id = attribute.global_plant_id if attribute else None
    if text := atoms.join([broken, _broken_global("plantAttribute", "globalPlantId", global_id)]):
        raise Invalid(text)
    return PlantWrite(
        operator_id=UUID(given.operator_id or ""),
        plant_id=UUID(given.plant_id) if given.plant_id else None,
        plant=PlantInput(
            name=given.plant_name or "",
            address=given.plant_address or "",
            open_plant_id=open_id or "",
            global_plant_id=global_id,
        ),
    )

"""OperatorModel and PlantModel."""

from collections.abc import Iterable
from uuid import UUID

import msgspec

from meguri.operators.model import DirectoryEntry, Plant


class OperatorAttribute(msgspec.Struct, frozen=True, rename="camel"):
    """The wider identity of an operator."""

    global_operator_id: str | None


class OperatorModel(msgspec.Struct, frozen=True, rename="camel"):
    """An operator."""

    operator_id: UUID
    operator_name: str
    operator_address: str
    open_operator_id: str
    operator_attribute: OperatorAttribute


class PlantAttribute(msgspec.Struct, frozen=True, rename="camel"):
    """The wider identity of a plant."""

    global_plant_id: str | None


class PlantModel(msgspec.Struct, frozen=True, rename="camel"):
    """A plant."""

    plant_id: UUID
    operator_id: UUID
    plant_name: str
    plant_address: str
    open_plant_id: str
    plant_attribute: PlantAttribute


def _operator(found: DirectoryEntry) -> OperatorModel:
    attribute = OperatorAttribute(found.global_operator_id)
    return OperatorModel(found.operator_id, found.name, found.address, found.open_operator_id, attribute)


def _plant(found: Plant) -> PlantModel:
    attribute = PlantAttribute(found.global_plant_id)
    return PlantModel(found.plant_id, found.operator_id, found.name, found.address, found.open_plant_id, attribute)


def operator(found: DirectoryEntry) -> bytes:
    """OperatorModel."""
    return msgspec.json.encode(_operator(found))


def operators(found: Iterable[DirectoryEntry]) -> bytes:
    """OperatorModel[]."""
    return msgspec.json.encode([_operator(one) for one in found])


def plant(found: Plant) -> bytes:
    """PlantModel."""
    return msgspec.json.encode(_plant(found))


def plants(found: Iterable[Plant]) -> bytes:
    """PlantModel[]."""
    return msgspec.json.encode([_plant(one) for one in found])

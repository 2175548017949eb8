"""What bodies and queries of the traceability system's own paths must hold, told in codes: one per broken demand."""

from collections.abc import Collection, Sequence
from datetime import date
from decimal import Decimal
from typing import TypeVar
from uuid import UUID

from meguri.dataspaces.ouranos import atoms
from meguri.dataspaces.ouranos.call import Call
from meguri.dataspaces.ouranos.errors import Coded, coded, coded_error
from meguri.dataspaces.ouranos.gojson import shortest
from meguri.kernel.ids import parse_uuid

MISSING, FORM, LENGTH, VALUE, COUNT = "MSGAECO0001", "MSGMGO0001", "MSGMGO0002", "MSGMGO0003", "MSGMGO0004"
Item = TypeVar("Item")


def items(*pairs: tuple[str, object]) -> None:
    """Every required item is there, neither null nor empty. Raises Coded with all that are missing, in this order."""
    missing = [key for key, value in pairs if value is None or value == ""]
    if missing:
        raise Coded(400, [coded_error(MISSING, key) for key in missing])


def uuid(key: str, value: str | None) -> UUID:
    """A required identifier. Raises Coded."""
    found = parse_uuid(value or "")
    if found is None:
        raise coded(FORM, key)
    return found


def uuid_or_none(key: str, value: str | None) -> UUID | None:
    """An identifier, or None if absent or empty. Raises Coded."""
    return uuid(key, value) if value else None


def uuids(key: str, value: str, most: int) -> list[UUID]:
    """Identifiers separated by commas, each once. Raises Coded."""
    found = [uuid(key, one) for one in value.split(",", most + 1)] if value else []
    if len(found) > most:
        raise coded(COUNT, key, most)
    return list(dict.fromkeys(found))


def words(key: str, value: str | None, most: int) -> str | None:
    """A text of at most `most` code points that can be kept. Raises Coded."""
    if value and len(value) > most:
        raise coded(LENGTH, key, most)
    if atoms.storable(value):
        raise coded(FORM, key)
    return value


def word(key: str, value: str | None, known: Collection[str]) -> str:
    """One of the known words. Raises Coded."""
    if value not in known:
        raise coded(VALUE, key)
    return value or ""


def number(key: str, value: float | None) -> Decimal | None:
    """A number of the contract's range and places, or None. Raises Coded."""
    if atoms.number(value) is not None:
        raise coded(VALUE, key)
    return None if value is None else shortest(value)


def day(key: str, value: str | None) -> date | None:
    """A day, with or without a time after it, or None if absent or empty. Raises Coded."""
    if not value:
        return None
    found = atoms.parse_day(value[:10]) if value[10:11] in ("", "T") else None
    if found is None:
        raise coded(FORM, key)
    return found


def several(key: str, value: Sequence[Item | None] | None, most: int) -> list[Item]:
    """A list of one to `most` entries. Raises Coded."""
    found = [one for one in value or () if one is not None]
    if not found:
        raise coded(MISSING, key)
    if len(found) > most:
        raise coded(COUNT, key, most)
    return found


def mine(call: Call, operator_id: UUID) -> None:
    """The operator named is the caller. Raises Coded."""
    if operator_id != call.me.operator_id:
        raise coded("MSGAECO0025")


def asked(call: Call, *keys: str) -> list[UUID]:
    """The caller's id and other required identifiers of the query, in this order. Raises Coded.

    Whether the caller is who it says comes last: `mine`.
    """
    wanted = ("operatorId", *keys)
    items(*((key, call.query.text(key)) for key in wanted))
    return [uuid(key, call.query.text(key)) for key in wanted]

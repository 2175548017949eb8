"""Between Python and PostgreSQL: Structs from rows, enums and JSON into parameters."""

from enum import StrEnum
from typing import Any, TypeVar

import msgspec
from psycopg import AsyncConnection, AsyncCursor
from psycopg.adapt import Buffer, Dumper
from psycopg.types.json import JsonbDumper, set_json_dumps, set_json_loads

Kind = TypeVar("Kind", bound=msgspec.Struct)
_dump_text = msgspec.json.Encoder().encode


class _StrEnumDumper(Dumper):
    """psycopg would send an enum's name; ours are their values."""

    def dump(self, obj: StrEnum) -> Buffer:
        return obj.value.encode()


class _DocumentDumper(JsonbDumper):
    """A dict or a Struct is a JSON document."""

    def dump(self, obj: Any) -> Buffer:
        return _dump_text(obj)


def adapt(connection: AsyncConnection[Any]) -> None:
    """Teach `connection` our types."""
    adapters = connection.adapters
    adapters.register_dumper(StrEnum, _StrEnumDumper)
    adapters.register_dumper(dict, _DocumentDumper)
    adapters.register_dumper(msgspec.Struct, _DocumentDumper)
    set_json_dumps(_dump_text, connection)
    set_json_loads(msgspec.json.decode, connection)


async def structs(cursor: AsyncCursor[tuple[Any, ...]], kind: type[Kind]) -> list[Kind]:
    """The rows of `cursor` as `kind`: columns by name, values checked, JSON columns as nested Structs."""
    names = [column.name for column in cursor.description or ()]
    rows = [dict(zip(names, row, strict=True)) for row in await cursor.fetchall()]
    return msgspec.convert(rows, list[kind])  # type: ignore[valid-type]

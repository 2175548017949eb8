"""Typed JSON bodies, refused in the words of Go's encoding/json.

A body is an msgspec Struct whose fields are all optional texts, booleans, floats, Structs or lists of Structs. Valid
bodies are decoded by msgspec at once; only when it refuses, the slower scanner reads the body again and either finds
the sentence that Go's decoder gives, or a value that msgspec is too strict for (bytes after the value, broken UTF-8).

Numbers become IEEE doubles, as in Go; `shortest` turns one into the decimal that was meant. Within the contract's range
(up to ten significant digits) this loses nothing.
"""

import math
from collections.abc import Callable
from decimal import Decimal
from typing import Any, Generic, Protocol, TypeVar, cast

import msgspec
from msgspec import inspect

from meguri.dataspaces.ouranos.goscan import JsonProblem, Members, Number, Value, read

Root = TypeVar("Root")
GO = "go"


def shortest(number: float) -> Decimal:
    """The decimal with the fewest digits that reads back as this double; a negative zero is zero."""
    return Decimal(repr(number)) if number else Decimal(0)


class _Shape(Protocol):
    """What may stand at one place of a body, and how it becomes Python."""

    def take(self, value: Value, path: str, problem: Callable[[str, str, str], None]) -> Any:
        """The Python value. A wrong type is told to `problem` (path, expected, got) and leaves None."""


class _Plain:
    """A text, boolean or number, known to Go as `name`."""

    def __init__(self, kind: type, name: str) -> None:
        self.kind, self.name = kind, name

    def take(self, value: Value, path: str, problem: Callable[[str, str, str], None]) -> Any:
        if value is None or (isinstance(value, self.kind) and not isinstance(value, Number)):
            return value
        if self.kind is float and isinstance(value, Number):
            number = float(value)
            if not math.isinf(number):
                return number
            problem(path, self.name, f"number {value}")
        else:
            problem(path, self.name, _got(value))
        return None


class _Struct:
    """An object, known to Go as `name`. A member that is not a field is not looked at."""

    def __init__(self, kind: type[Any], name: str, fields: dict[str, tuple[str, _Shape]]) -> None:
        self.kind, self.name, self.fields = kind, name, fields

    def take(self, value: Value, path: str, problem: Callable[[str, str, str], None]) -> Any:
        if value is None:
            return None
        if not isinstance(value, Members):
            problem(path, self.name, _got(value))
            return None
        taken: dict[str, Any] = {}
        for key, member in value.pairs:
            if key in self.fields:
                field, shape = self.fields[key]
                taken[field] = shape.take(member, f"{path}.{key}" if path else key, problem)
        return self.kind(**taken)


class _List:
    """An array, known to Go as `name`; its elements have no place in the path."""

    def __init__(self, name: str, item: _Shape) -> None:
        self.name, self.item = name, item

    def take(self, value: Value, path: str, problem: Callable[[str, str, str], None]) -> Any:
        if value is None:
            return None
        if not isinstance(value, list):
            problem(path, self.name, _got(value))
            return None
        return [self.item.take(element, path, problem) for element in value]


def _got(value: Value) -> str:
    """The kind of `value` in Go's words."""
    if isinstance(value, bool):
        return "bool"
    if isinstance(value, Number):
        return "number"
    if isinstance(value, str):
        return "string"
    return "array" if isinstance(value, list) else "object"


def _shape(kind: inspect.Type) -> _Shape:
    """The shape of an msgspec type; named types carry Go's name as `Meta(extra={"go": …})` or as `Struct.go`."""
    if isinstance(kind, inspect.Metadata):
        shape = _shape(kind.type)
        name = (kind.extra or {}).get(GO)
        if name is not None and isinstance(shape, _Plain | _List):
            shape.name = name
        return shape
    if isinstance(kind, inspect.UnionType):
        return _shape(next(one for one in kind.types if not isinstance(one, inspect.NoneType)))
    if isinstance(kind, inspect.StructType):
        fields = {field.encode_name: (field.name, _shape(field.type)) for field in kind.fields}
        return _Struct(kind.cls, kind.cls.go, fields)  # type: ignore[attr-defined]
    if isinstance(kind, inspect.ListType):
        return _List("", _shape(kind.item_type))
    plain: dict[type, tuple[type, str]] = {
        inspect.StrType: (str, "string"),
        inspect.BoolType: (bool, "bool"),
        inspect.FloatType: (float, "float64"),
    }
    return _Plain(*plain[type(kind)])


class Body(Generic[Root]):
    """A reader of bodies of one type. An absent body and `null` are read as None."""

    def __init__(self, kind: type[Root]) -> None:
        self._decoder = msgspec.json.Decoder(kind | None)
        self._shape = _shape(inspect.type_info(kind))

    def read(self, body: bytes) -> Root | None:
        """The decoded body. Raises JsonProblem; a syntax error comes before any type error."""
        if not body:
            return None
        try:
            return cast("Root | None", self._decoder.decode(body))
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            return cast("Root | None", self._read_slowly(body))

    def _read_slowly(self, body: bytes) -> Any:
        problems: list[JsonProblem] = []

        def problem(path: str, expected: str, got: str) -> None:
            problems.append(JsonProblem(f"{path}: Unmarshal type error: expected={expected}, got={got}.", path))

        taken = self._shape.take(read(body), "", problem)
        if problems:
            raise problems[0]
        return taken

"""JSON schemas written short, and every fault of a document against one.

`thing({"name*": TEXT, "mass": NUMBER})` is an object whose members with a star are required; others may stand beside
them unless it is `closed`.
"""

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

import jsonschema_rs

from meguri.dataspaces.exchange.model import Fault

Schema = dict[str, Any]

TEXT: Schema = {"type": "string"}
NUMBER: Schema = {"type": "number"}
INTEGER: Schema = {"type": "integer"}
BOOLEAN: Schema = {"type": "boolean"}
URI: Schema = {"type": "string", "format": "uri"}
DATE: Schema = {"type": "string", "format": "date"}
MOMENT: Schema = {
    "type": "string",
    "pattern": r"^-?([1-9][0-9]{3,}|0[0-9]{3})-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])T"
    r"([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\.[0-9]+)?(Z|[+-][0-9]{2}:[0-9]{2})?$",
}
ANY: Schema = {}


def thing(members: Mapping[str, Schema], *, closed: bool = False) -> Schema:
    """An object."""
    made: Schema = {
        "type": "object",
        "properties": {name.rstrip("*"): schema for name, schema in members.items()},
        "required": [name.rstrip("*") for name in members if name.endswith("*")],
    }
    return {**made, "additionalProperties": False} if closed else made


def several(of: Schema, least: int = 0) -> Schema:
    """A list."""
    return {"type": "array", "items": of, "minItems": least} if least else {"type": "array", "items": of}


def one_of(*values: str) -> Schema:
    """One of some words."""
    return {"type": "string", "enum": list(values)}


def like(pattern: str) -> Schema:
    """A text of a form."""
    return {"type": "string", "pattern": pattern}


def between(low: float, high: float) -> Schema:
    """A number between two, both included."""
    return {"type": "number", "minimum": low, "maximum": high}


def exactly(value: Any) -> Schema:
    """One value and no other."""
    return {"const": value}


def including(*words: str) -> Schema:
    """A list of texts that has these words among its own."""
    return {"type": "array", "items": TEXT, "allOf": [{"contains": {"const": word}} for word in words]}


def starting(*words: str) -> Schema:
    """A list of texts that begins with these."""
    return {
        "type": "array",
        "items": TEXT,
        "prefixItems": [{"const": word} for word in words],
        "minItems": len(words),
    }


def checker(schema: Callable[[], Schema]) -> Callable[[Any], list[Fault]]:
    """A function that lists every fault of a document against the schema."""

    @cache
    def validator() -> Any:
        return jsonschema_rs.Draft202012Validator(schema(), validate_formats=True)

    def faults(document: Any) -> list[Fault]:
        found = [
            Fault("/" + "/".join(map(str, error.instance_path)), _short(error.message))
            for error in validator().iter_errors(document)
        ]
        return sorted(found, key=lambda fault: (fault.path, fault.message))

    return faults


def _short(message: str) -> str:
    return message if len(message) <= 300 else message[:299] + "…"

"""Messages of the protocol: read strictly, checked by schema, written in the one compact form.

A body that fails the schema and shows signs of another JSON-LD form (prefixed keys, `@graph`) is brought into the compact
form and checked once more (`compact.py`). Source: Dataspace Protocol 2025-1, message schemas; the schema here says the same
facts in our form.
"""

from functools import cache
from typing import Any

import jsonschema_rs
import msgspec

from meguri.dataspaces.dsp.compact import compact, looks_expanded
from meguri.dataspaces.dsp.faults import Fault
from meguri.dataspaces.dsp.terms import CONTEXT
from meguri.dataspaces.strict import NotStrict, loads
from meguri.kernel.shipped import files

Message = dict[str, Any]
Policy = dict[str, Any]
RULES = ("permission", "prohibition", "obligation")


@cache
def _schema() -> Message:
    found: Message = msgspec.json.decode((files(__package__) / "schema.json").read_bytes())
    return found


@cache
def validator(name: str) -> Any:
    """The check for a message or object of this name."""
    return jsonschema_rs.validator_for({**_schema(), "$ref": f"#/$defs/{name}"})


def pointer_of_fault(name: str, message: Any) -> str | None:
    """The JSON pointer of the first place that breaks the schema, or None."""
    error = next(validator(name).iter_errors(message), None)
    return None if error is None else "/" + "/".join(str(step) for step in error.instance_path)


def read(raw: bytes, expected: str) -> Message:
    """The message that `raw` holds, in compact form. Raises Fault."""
    try:
        value = loads(raw)
    except NotStrict as error:
        raise Fault("SCHEMA_INVALID", f"/: {error}") from None
    if not isinstance(value, dict):
        raise Fault("SCHEMA_INVALID", "/: not an object")
    try:
        return _checked(value, expected)
    except Fault:
        if not looks_expanded(value):
            raise
        return _checked(compact(value), expected)


def _checked(value: Message, expected: str) -> Message:
    context = value.get("@context")
    if not isinstance(context, list) or not all(isinstance(one, str) for one in context) or CONTEXT not in context:
        raise Fault("UNSUPPORTED_CONTEXT")
    if value.get("@type") != expected:
        raise Fault("TYPE_MISMATCH")
    pointer = pointer_of_fault(expected, value)
    if pointer is not None:
        raise Fault("SCHEMA_INVALID", pointer)
    return value


def made(kind: str, **properties: Any) -> Message:
    """A message of ours. Properties that are None or an empty array are left out, as the schemas demand."""
    given = {name: value for name, value in properties.items() if value is not None and value != []}
    return {"@context": [CONTEXT], "@type": kind, **given}


def to_bytes(message: Message) -> bytes:
    """The bytes that are sent, kept, and sent again."""
    return msgspec.json.encode(message)


def rules_of(policy: Policy) -> Policy:
    """Only the rules of an offer or agreement."""
    return {name: policy[name] for name in RULES if policy.get(name)}

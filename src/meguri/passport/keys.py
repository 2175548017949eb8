"""By what a passport is found: its identifier without the resolver's address, whatever host the carrier names."""

from urllib.parse import parse_qs
from uuid import UUID

from meguri.kernel.addresses import parts_of
from meguri.kernel.ids import parse_uuid
from meguri.passport.identifiers import InvalidIdentifier, product_identifier


def key_of(identifier: str) -> str:
    """The key of a product or passport identifier: the path of a GS1 or ISO 15459 one, any other as it is.

    Raises InvalidIdentifier.
    """
    text = identifier.strip()
    successor = _successor(text)
    key = product_identifier(text, "").uri
    return f"{key}?v={successor}" if successor else key


def _successor(text: str) -> UUID | None:
    """The `v` of a passport that follows another on the same marking."""
    said = parse_qs(parts_of(text).query).get("v", []) if text.startswith("http") else []
    return parse_uuid(said[0]) if said else None


def uuid_of(identifier: str) -> UUID | None:
    """The internal id, when that is what is given: a UUID or `urn:uuid:…`."""
    return parse_uuid(identifier.strip().removeprefix("urn:uuid:"))


def key_or_none(identifier: str) -> str | None:
    """The key, or None for what is no identifier at all."""
    try:
        return key_of(identifier)
    except InvalidIdentifier:
        return None

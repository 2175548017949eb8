"""The hashes of a version, one per access class and one over all; what items of one model share is written once."""

import hashlib
from collections.abc import Mapping
from typing import Any

from meguri.passport.catalogue import AccessClass
from meguri.passport.kinds import Kind
from meguri.proof import jcs, slices
from meguri.proof.slices import version_hash

__all__ = ["Fragments", "hashes_of", "new_salts", "slice_of", "version_hash"]

Salts = dict[str, str]


def new_salts() -> Salts:
    """A salt for each class."""
    return {access: slices.new_salt() for access in slices.CLASSES}


def slice_of(kind: Kind, values: Mapping[str, Any], access: AccessClass, salt: str) -> dict[str, Any]:
    """The values of exactly one class, with its salt: what a credential of this class holds."""
    own = {key: value for key, value in values.items() if (at := kind.attributes.get(key)) and at.access is access}
    return slices.with_salt(own, salt)


def hashes_of(kind: Kind, values: Mapping[str, Any], salts: Salts) -> dict[str, str]:
    """The hash of each class's slice."""
    return Fragments(kind, {}).hashes(values, salts)


class Fragments:
    """Values already in canonical form (RFC 8785), for documents that have most of them in common."""

    def __init__(self, kind: Kind, shared: Mapping[str, Any]) -> None:
        """`shared` are the values in common; a document's value counts as shared when it is the same object."""
        self._kind, self._values = kind, shared
        self._shared = {key: _member(key, value) for key, value in shared.items()}

    def hashes(self, values: Mapping[str, Any], salts: Salts) -> dict[str, str]:
        """The hash of each class's slice. Keys are ASCII, so code points sort them as UTF-16 units do."""
        members: dict[str, list[str]] = {
            access: [f'"{slices.SALT}":"{salts[access]}"'] for access in slices.CLASSES
        }  # `_` sorts before every letter
        for key in sorted(values):
            attribute = self._kind.attributes.get(key)
            if attribute is not None:
                ready = self._shared.get(key) if values[key] is self._values.get(key) else None
                members[attribute.access].append(ready or _member(key, values[key]))
        return {access: _hash("{" + ",".join(found) + "}") for access, found in members.items()}


def _member(key: str, value: Any) -> str:
    return f'"{key}":{jcs.canonical(value).decode()}'


def _hash(text: str) -> str:
    return slices.PREFIX + hashlib.sha256(text.encode()).hexdigest()

"""A document version known by its hashes: one slice per access class, salted, and one hash over all of them.

The hashes are public; the salt keeps a reader from guessing what a slice that he may not see holds.
"""

import secrets
from collections.abc import Mapping
from typing import Any

from meguri.proof import jcs
from meguri.proof.multibase import base64url

CLASSES = ("OWN", "P1", "P2", "P3", "P4")
SALT = "_salt"
PREFIX = "sha256:"


def new_salt() -> str:
    """128 random bits, base64url: 22 characters."""
    return base64url(secrets.token_bytes(16))


def with_salt(values: Mapping[str, Any], salt: str) -> dict[str, Any]:
    """The slice as it is hashed and published to those who may see it."""
    return {**values, SALT: salt}


def slice_hash(salted: Mapping[str, Any]) -> str:
    """`sha256:` and the hash of the canonical form of a salted slice. Raises NotCanonical."""
    return PREFIX + jcs.sha256_hex(salted)


def version_hash(dpp_id: str, version: int, hashes: Mapping[str, str]) -> str:
    """The hash of a version of passport `dpp_id`, over the hash of each of the five classes."""
    return PREFIX + jcs.sha256_hex(
        {"dpp_id": dpp_id, "slices": {name: hashes[name] for name in CLASSES}, "version": version}
    )

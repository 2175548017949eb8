"""Credentials over passports: one per access class, signed by the responsible operator, revoked by the next version."""

from meguri.passport.credentials.holding import (
    credential_for,
    later_version,
    presentation_for,
    public_credential,
    superseded_by,
)
from meguri.passport.credentials.renewing import reactions, renew

__all__ = [
    "credential_for",
    "later_version",
    "presentation_for",
    "public_credential",
    "reactions",
    "renew",
    "superseded_by",
]

"""The credential over one slice of a passport's version, not yet signed."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from meguri.passport.model import Record

W3C = "https://www.w3.org/ns/credentials/v2"
CONTEXT_PATH = "/contexts/passport/v1"
TYPE = "BatteryPassportSlice"


def slice_credential(
    record: Record, name: str, data: Mapping[str, Any], *, credential_id: UUID, issuer: str, origin: str, at: str
) -> dict[str, Any]:
    """The credential of slice `name` (P1 … OWN) with its salted `data`; whoever reads it can compute all its hashes."""
    return {
        "@context": [W3C, f"{origin}{CONTEXT_PATH}"],
        "id": f"urn:uuid:{credential_id}",
        "type": ["VerifiableCredential", TYPE],
        "issuer": issuer,
        "validFrom": at,
        "credentialSubject": {
            "id": record.dpp_id,
            "slice": name,
            "version": record.version,
            "version_hash": record.version_hash,
            "slices": dict(record.slices),
            "data": dict(data),
        },
    }


def context(origin: str, terms: Mapping[str, str]) -> dict[str, Any]:
    """The JSON-LD context of passport credentials: what our words mean, served by us, never fetched from elsewhere."""
    own = f"{origin}{CONTEXT_PATH}#"
    return {
        "@context": {
            "@version": 1.1,
            "@protected": True,
            TYPE: f"{own}{TYPE}",
            "slice": f"{own}slice",
            "version": f"{own}version",
            "version_hash": f"{own}version_hash",
            "slices": {"@id": f"{own}slices", "@type": "@json"},
            "data": {"@id": f"{own}data", "@context": dict(terms)},
        }
    }

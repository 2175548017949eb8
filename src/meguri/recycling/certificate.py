"""The certificate of recycling of one battery: who recycled it, when, by which runs, and how much of each metal came back."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

import msgspec

from meguri.kernel import clock
from meguri.proof import jcs
from meguri.recycling.rates import half_up


class Metal(msgspec.Struct, frozen=True, kw_only=True):
    """One element of the battery [kg]: in it, and in what counts as recycled."""

    element: str
    held_kg: Decimal
    recovered_kg: Decimal

    @property
    def recovered_pct(self) -> Decimal | None:
        """Recovered over held [%]."""
        return half_up(self.recovered_kg / self.held_kg * 100, Decimal("0.01")) if self.held_kg else None


class RunWord(msgspec.Struct, frozen=True, kw_only=True):
    """A run that took the battery or its pieces."""

    run_no: str
    step_type: str
    end_at: datetime
    period: str


class Certificate(msgspec.Struct, frozen=True, kw_only=True):
    """The certificate. `number` is of its own content; `hash`: SHA-256 of its canonical JSON without number and hash.

    signed_by  who closed the months of the runs; empty: a month is still open, so figures may yet be corrected
    """

    company: str
    site: str
    address: str
    permit_no: str | None
    passport: str
    model: str | None
    mass_kg: Decimal
    received_at: datetime
    recycled_at: datetime
    lots: list[str]
    runs: list[RunWord]
    metals: list[Metal]
    rule_set: str
    rates: dict[str, str | None]
    signed_by: list[str]
    number: str = ""
    hash: str = ""


CONTEXTS = ["https://www.w3.org/ns/credentials/v2", "https://www.w3.org/ns/credentials/undefined-terms/v2"]
TYPE = "BatteryRecyclingCertificate"


def credential_of(made: Certificate, issuer: str) -> dict[str, Any]:
    """The certificate as a verifiable credential, before it is signed. `issuer`: the company's DID; figures as texts."""
    return {
        "@context": CONTEXTS,
        "id": f"urn:meguri:certificate:{made.hash}",
        "type": ["VerifiableCredential", TYPE],
        "issuer": issuer,
        "validFrom": clock.seconds_z(made.recycled_at),
        "credentialSubject": {"id": made.passport, "recycling": msgspec.to_builtins(made)},
    }


def metals(held: Mapping[str, float], recovered: Mapping[str, float]) -> list[Metal]:
    """Each element that the battery held beside what came back of it [kg]."""
    return [
        Metal(element=e, held_kg=_kg(kg), recovered_kg=_kg(recovered.get(e, 0.0))) for e, kg in sorted(held.items())
    ]


def _kg(amount: float) -> Decimal:
    return half_up(Decimal(repr(amount)))


def sealed(made: Certificate) -> Certificate:
    """The certificate with its number and hash."""
    digest = jcs.sha256_hex(msgspec.json.decode(msgspec.json.encode(made)))
    return msgspec.structs.replace(made, number=f"RC-{made.recycled_at:%Y%m%d}-{digest[:10].upper()}", hash=digest)

"""Evidence and its expiry: the status of an attestation on a day, and when its owner is told."""

from collections.abc import Iterable
from datetime import date, timedelta

from meguri.diligence.data import rule_data

STANDING = frozenset({"suspended", "revoked", "withdrawn"})


def status_on(status: str, valid_to: date | None, on: date) -> str:
    """active, suspended, revoked, withdrawn as given; `expired` after the last valid day."""
    if status in STANDING:
        return status
    return "expired" if valid_to is not None and on > valid_to else status


def notice_days(valid_to: date) -> list[date]:
    """When the owner is told of an expiry to come (rule data: 90, 30 and 0 days before)."""
    return [valid_to - timedelta(days=days) for days in rule_data("casework")["evidence"]["notice_days"]]


def notices_due(valid_to: date, told: Iterable[date], on: date) -> list[date]:
    """Notices whose day has come and that were not given."""
    given = set(told)
    return [day for day in notice_days(valid_to) if day <= on and day not in given]


def kind_of_standard(standard: str, assessor_level: str) -> str:
    """What kind of control an attestation to a standard is; an unknown one counts by who assessed it."""
    known: dict[str, str] = rule_data("attestations")["standards"]
    if assessor_level == "Self":
        return "self_declaration"
    if standard in known:
        return known[standard]
    return "third_party_audit" if assessor_level == "3rdParty" else "self_declaration"

"""κ: how much of the exposure valid controls take away (rule data `dd-score`, section controls).

κ = min(0.8, 1 − Π(1 − κi)); controls that only the supplier vouches for count for nothing by themselves.
"""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal

import msgspec

from meguri.diligence.data import rule_data
from meguri.kernel.numbers import ONE, ZERO

WORTHLESS_STATUS = frozenset({"suspended", "revoked", "expired", "withdrawn"})


class Control(msgspec.Struct, frozen=True, kw_only=True):
    """An attestation as a control.

    kind     third_party_audit, notified_body, certified_system, verified_questionnaire or self_declaration
    outcome  pass, conditional_pass, fail, pending or not_applicable
    """

    attestation_id: str
    kind: str
    outcome: str = "pass"
    status: str = "active"
    valid_from: date | None = None
    valid_to: date | None = None


class KappaTerm(msgspec.Struct, frozen=True, kw_only=True):
    """One control and what it counts; `reason` says why it counts less or nothing."""

    attestation_id: str
    kind: str
    value: Decimal
    reason: str = ""


class Kappa(msgspec.Struct, frozen=True, kw_only=True):
    """κ with its terms."""

    value: Decimal
    terms: tuple[KappaTerm, ...] = ()


NO_CONTROL = Kappa(value=ZERO)


def kappa(controls: Iterable[Control], on: date) -> Kappa:
    """What the controls take away on a day."""
    rules = rule_data("scoring")["controls"]
    terms = tuple(_term(control, on) for control in controls)
    vouched = [term for term in terms if term.value > 0 and term.kind not in rules["alone_worthless"]]
    if not vouched:
        return Kappa(value=ZERO, terms=tuple(_nothing(term) for term in terms))
    left = ONE
    for term in terms:
        left *= ONE - term.value
    return Kappa(value=min(Decimal(rules["most"]), ONE - left), terms=terms)


def _nothing(term: KappaTerm) -> KappaTerm:
    return msgspec.structs.replace(term, value=ZERO, reason=term.reason or "self-declared only")


def _term(control: Control, on: date) -> KappaTerm:
    rules = rule_data("scoring")["controls"]
    value, reason = Decimal(rules.get(control.kind, "0")), ""
    if control.status in WORTHLESS_STATUS:
        value, reason = ZERO, control.status
    elif control.valid_to is not None and on > control.valid_to:
        value, reason = ZERO, "expired"
    elif control.valid_from is not None and on < control.valid_from:
        value, reason = ZERO, "not yet valid"
    elif control.outcome == "conditional_pass":
        value, reason = value * Decimal(rules["conditional"]), "conditional"
    elif control.outcome != "pass":
        value, reason = ZERO, control.outcome
    return KappaTerm(attestation_id=control.attestation_id, kind=control.kind, value=value, reason=reason)

"""Credits of recycled material: issued where metal ceases to be waste and replaces primary material, used once.

    creditKg = m_e(output) · share of battery origin ;  Σ out-credits ≤ Σ in-credits · CF
CF = element yield of the site's last closed period, 0 < CF ≤ 1; before that a declared one, flagged provisional. Elements
and source classes are never exchanged. Black mass never earns credit, nor does what reagents bring.
"""

from calendar import monthrange
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from uuid import UUID

import msgspec

from meguri.kernel.numbers import ZERO, plain
from meguri.recycling.errors import InsufficientCredit, NotClaimable
from meguri.recycling.model import CustodyModel, SourceClass
from meguri.recycling.rates import half_up
from meguri.recycling.rulebook import CreditRules, rules


class OpenCredit(msgspec.Struct, frozen=True, kw_only=True):
    """What is left of a credit."""

    credit_id: UUID
    site_id: UUID
    open_kg: Decimal


class Use(msgspec.Struct, frozen=True, kw_only=True):
    """How much of a credit is taken."""

    credit_id: UUID
    site_id: UUID
    qty_kg: Decimal


def credit_rules() -> CreditRules:
    """The policy in force."""
    return rules("credits", CreditRules)


def issuable(
    output_kg: Decimal, in_kg: Decimal, issued_kg: Decimal, factor: Decimal, proven_kg: Decimal | None = None
) -> Decimal:
    """kg of credit for an output: its mass, but in all never more than what came in × the conversion factor, nor than what
    was recovered (`proven_kg`, this output included).
    """
    most = in_kg * factor if proven_kg is None else min(in_kg * factor, proven_kg)
    return half_up(max(min(output_kg, most - issued_kg), ZERO))


def require_claimable(element: str, source: SourceClass, model: CustodyModel) -> None:
    """Whether recycled content of this element, source and custody model can be claimed at all. Raises NotClaimable."""
    policy = credit_rules()
    if element not in policy.elements:
        raise NotClaimable(what=element)
    if source.value in policy.not_claimable:
        raise NotClaimable(what=source.value)
    if model.value in policy.denied_models:
        raise NotClaimable(what=model.value)


def taken(credits: Sequence[OpenCredit], wanted_kg: Decimal) -> list[Use]:
    """Credits in the order given (oldest expiry first) until `wanted_kg` is covered. Raises InsufficientCredit."""
    available = sum((credit.open_kg for credit in credits), ZERO)
    if available < wanted_kg:
        raise InsufficientCredit(available=plain(available), requested=plain(wanted_kg))
    uses = []
    for credit in credits:
        part = min(credit.open_kg, wanted_kg)
        if part > 0:
            uses.append(Use(credit_id=credit.credit_id, site_id=credit.site_id, qty_kg=part))
            wanted_kg -= part
    return uses


def expiry(period: str, months: int | None = None) -> date:
    """The last day on which a credit of `period` (YYYY-MM) can be used."""
    carry = credit_rules().carry_over_months if months is None else months
    year, month = divmod(int(period[:4]) * 12 + int(period[5:]) - 1 + carry, 12)
    return date(year, month + 1, monthrange(year, month + 1)[1])

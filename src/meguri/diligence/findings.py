"""Findings and corrective actions: which step may follow which.

Sources: Regulation (EU) 2023/1542 Art. 50; UN Guiding Principles 13, 19, 22.
"""

from collections.abc import Iterable
from datetime import date, timedelta

import msgspec

from meguri.diligence.data import rule_data
from meguri.diligence.errors import ConsultationMissing, FourEyes, IllegalStep, MitigationFirst

STEPS: dict[str, tuple[str, ...]] = {
    "open": ("confirmed", "dismissed"),
    "confirmed": ("mitigating", "dismissed"),
    "mitigating": ("closed", "suspended_trade", "disengaged"),
    "suspended_trade": ("mitigating", "disengaged", "closed"),
    "disengaged": (),
    "dismissed": ("reopened",),
    "closed": ("reopened",),
    "reopened": ("confirmed", "mitigating", "dismissed"),
}
OPEN = frozenset({"open", "confirmed", "mitigating", "suspended_trade", "reopened"})


class Action(msgspec.Struct, frozen=True, kw_only=True):
    """A corrective action as far as its finding is concerned. `verified_by`: who verified it, if anybody."""

    owner: str
    status: str
    due: date | None = None
    verified_by: str | None = None


def step(
    state: str, to: str, actions: Iterable[Action], *, consulted: bool = False, impact_note: str = "", reason: str = ""
) -> str:
    """The next state. Raises IllegalStep, FourEyes, MitigationFirst, ConsultationMissing.

    consulted    at least one consultation with those concerned is on record
    impact_note  what ending the trade means for the people affected
    reason       needed to dismiss
    """
    if to not in STEPS[state]:
        raise IllegalStep(state=state, allowed=", ".join(STEPS[state]) or "—")
    every = list(actions)
    unverified = [one for one in every if one.status != "verified" or one.verified_by in (None, one.owner)]
    if to == "closed" and (unverified or not every):
        raise FourEyes
    if to == "suspended_trade" and not consulted:
        raise ConsultationMissing
    if to == "disengaged" and not (any(one.status == "failed" for one in every) and impact_note):
        raise MitigationFirst
    if to == "dismissed" and not reason:
        raise IllegalStep(state=state, allowed="dismissed + reason")
    return to


def verify(action: Action, by: str, *, passed: bool) -> Action:
    """The action after verification. Raises FourEyes where the owner verifies their own."""
    if by == action.owner:
        raise FourEyes
    if action.status not in ("done", "failed", "verified"):
        raise IllegalStep(state=action.status, allowed="done")
    return msgspec.structs.replace(action, status="verified" if passed else "failed", verified_by=by)


def status_of_action(action: Action, on: date) -> str:
    """`overdue` where an open action's day has passed."""
    return "overdue" if action.status == "open" and action.due is not None and on > action.due else action.status


def owes_remedy(involvement: str) -> bool:
    """Whoever caused or contributed owes remedy; who is only linked directly uses leverage (UNGP 13, 22)."""
    return involvement in ("caused", "contributed")


def report_to_management_by(detected: date) -> date:
    """The last day to take a critical finding to top management: five working days (rule data)."""
    day, left = detected, int(rule_data("casework")["findings"]["critical_to_management_working_days"])
    while left:
        day += timedelta(days=1)
        left -= day.weekday() < 5
    return day

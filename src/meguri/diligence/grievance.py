"""Grievances: their way, their clocks, and figures that betray nobody.

Sources: Regulation (EU) 2023/1542 Art. 49(1)(f); UN Guiding Principles 29–31. Clocks are rule data.
"""

import hashlib
import secrets
from collections.abc import Iterable
from datetime import date, datetime, timedelta

import msgspec

from meguri.diligence.data import rule_data
from meguri.diligence.errors import IllegalStep

STEPS: dict[str, tuple[str, ...]] = {
    "received": ("acknowledged",),
    "acknowledged": ("admissible", "inadmissible"),
    "admissible": ("investigating",),
    "inadmissible": ("reopened",),
    "investigating": ("remedy_agreed", "closed"),
    "remedy_agreed": ("remedy_delivered",),
    "remedy_delivered": ("closed",),
    "closed": ("reopened",),
    "reopened": ("acknowledged", "investigating"),
}
CODE_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"  # nothing that looks like another sign
CODE_LENGTH = 20


def step(state: str, to: str, reason: str = "") -> str:
    """The next state. Raises IllegalStep."""
    if to not in STEPS[state] or (to == "inadmissible" and not reason):
        raise IllegalStep(state=state, allowed=", ".join(STEPS[state]))
    return to


def new_code() -> str:
    """A code for an anonymous reporter: 20 signs of 32, 100 bits, in groups of five. Only its hash is kept."""
    letters = "".join(secrets.choice(CODE_LETTERS) for _ in range(CODE_LENGTH))
    return "-".join(letters[place : place + 5] for place in range(0, CODE_LENGTH, 5))


def code_hash(code: str) -> bytes:
    """What is kept of a code. The code has 100 random bits: a fast hash cannot be searched."""
    plain = "".join(sign for sign in code.upper() if sign in CODE_LETTERS)
    return hashlib.sha256(b"meguri grievance code\x00" + plain.encode()).digest()


class Clock(msgspec.Struct, frozen=True, kw_only=True):
    """One promise to the reporter, and whether it is kept."""

    name: str
    due: date
    overdue: bool


def clocks(received: datetime, state: str, on: date) -> list[Clock]:
    """Which promises still run, and which are overdue."""
    rules = rule_data("casework")["grievances"]
    running = {
        "received": ("acknowledge_days", "admissibility_days", "first_answer_days"),
        "acknowledged": ("admissibility_days", "first_answer_days"),
        "admissible": ("first_answer_days",),
        "investigating": ("first_answer_days",),
    }.get(state, ())
    return [
        Clock(
            name=name.removesuffix("_days"),
            due=(due := received.date() + timedelta(days=int(rules[name]))),
            overdue=on > due,
        )
        for name in running
    ]


def early_warning(admitted: Iterable[date], on: date) -> bool:
    """Whether so many admissible cases of one site came within the period that a finding is opened."""
    rules = rule_data("casework")["grievances"]
    since = on - timedelta(days=int(rules["early_warning_days"]))
    return sum(since <= day <= on for day in admitted) >= int(rules["early_warning_cases"])


def suppressed(counts: dict[str, int]) -> dict[str, int | None]:
    """Counts for a report: small ones are None, and one more where a sum would give a single small one away."""
    least = int(rule_data("casework")["grievances"]["suppress_below"])
    hidden = {name for name, count in counts.items() if 0 < count < least}
    if len(hidden) == 1:
        others = [name for name, count in counts.items() if name not in hidden and count > 0]
        hidden |= {min(others, key=lambda name: counts[name])} if others else set()
    return {name: None if name in hidden else count for name, count in counts.items()}

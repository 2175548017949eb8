"""When a supplier is reminded of a due date (pure)."""

import tomllib
from collections.abc import Sequence
from datetime import date
from functools import cache

import msgspec

from meguri.kernel.shipped import files


class ReminderRule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Version and status of the rule, and its steps: days left until the due date (negative: days since).

    `escalates_at`: the step at which whoever asked is told too.
    """

    id: str
    version: str
    status: str
    source: str
    valid_from: date
    days_left: tuple[int, ...]
    escalates_at: int
    of_type: dict[str, tuple[int, ...]]

    def steps_of(self, request_type: str) -> tuple[int, ...]:
        """The steps of one kind of request."""
        return self.of_type.get(request_type, self.days_left)

    @property
    def furthest(self) -> int:
        """The most days before a due date at which anybody is reminded."""
        return max(map(max, (self.days_left, *self.of_type.values())))


@cache
def reminder_rule() -> ReminderRule:
    """The rule in force."""
    text = files("meguri.rules").joinpath("reminders.toml").read_text("utf-8")
    return msgspec.convert(tomllib.loads(text), ReminderRule)


def step_due(due: date, asked_on: date, today: date, steps: Sequence[int]) -> int | None:
    """The step whose reminder is due today, or None.

    It is the latest step reached. Steps that had passed when the request was made count for nothing: who asks on
    Monday for Tuesday has said so already.
    """
    left = (due - today).days
    reached = [step for step in steps if step >= left]
    if not reached:
        return None
    step = min(reached)
    return step if step < (due - asked_on).days else None

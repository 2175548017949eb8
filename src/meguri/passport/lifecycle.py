"""States of a passport and of its product, and what may happen in each. Regulation (EU) 2023/1542 Art. 77(7), (8)."""

from enum import StrEnum
from typing import Final


class State(StrEnum):
    """State of the document. A draft is seen by its owner alone; an archived one has ceased."""

    DRAFT = "Draft"
    ACTIVE = "Active"
    INACTIVE = "Inactive"
    ARCHIVED = "Archived"
    INVALID = "Invalid"


class Life(StrEnum):
    """Status of the product, in the law's words."""

    ORIGINAL = "original"
    REUSED = "re-used"
    REPURPOSED = "repurposed"
    REMANUFACTURED = "remanufactured"
    WASTE = "waste"


class Happening(StrEnum):
    """What happens to a product or to its document."""

    ISSUE = "issue"
    PUT_INTO_SERVICE = "put_into_service"
    REPAIR = "repair"
    PREPARE_FOR_REUSE = "prepare_for_reuse"
    PREPARE_FOR_REPURPOSING = "prepare_for_repurposing"
    REPURPOSE = "repurpose"
    REMANUFACTURE = "remanufacture"
    DECLARE_WASTE = "declare_waste"
    RECYCLE = "recycle"
    TRANSFER = "transfer"
    PUBLISH = "publish"
    SUSPEND = "suspend"
    RESUME = "resume"
    INVALIDATE = "invalidate"


LIVING: Final = (Life.ORIGINAL, Life.REUSED, Life.REPURPOSED, Life.REMANUFACTURED)
SUCCEEDING: Final = {
    Happening.PREPARE_FOR_REUSE: Life.REUSED,
    Happening.PREPARE_FOR_REPURPOSING: Life.REPURPOSED,
    Happening.REPURPOSE: Life.REPURPOSED,
    Happening.REMANUFACTURE: Life.REMANUFACTURED,
}
"""Happenings that need a new passport, and the status that it begins with."""
_STAYING = {
    Happening.PUT_INTO_SERVICE: None,
    Happening.REPAIR: None,
    Happening.DECLARE_WASTE: Life.WASTE,
}
_DOCUMENT: dict[Happening, tuple[tuple[State, ...], State]] = {
    Happening.PUBLISH: ((State.DRAFT,), State.ACTIVE),
    Happening.SUSPEND: ((State.ACTIVE,), State.INACTIVE),
    Happening.RESUME: ((State.INACTIVE,), State.ACTIVE),
    Happening.INVALIDATE: ((State.DRAFT, State.ACTIVE, State.INACTIVE, State.ARCHIVED), State.INVALID),
}


def allowed(state: State, life: Life | None) -> tuple[Happening, ...]:
    """What may happen to a passport in this state whose product has this status."""
    documents = [each for each, (sources, _) in _DOCUMENT.items() if state in sources]
    if life is None or state not in (State.ACTIVE, State.INACTIVE):
        return tuple(documents)
    lives = [*SUCCEEDING, Happening.RECYCLE] if life is Life.WASTE else [*_STAYING, *SUCCEEDING]
    moving = [Happening.TRANSFER] if state is State.ACTIVE else []
    lives = lives if state is State.ACTIVE else [each for each in lives if each is Happening.RECYCLE]
    return (*lives, *moving, *documents)


def next_state(state: State, happening: Happening) -> State | None:
    """The document's state after one of its own events; None when it is not one or is not allowed."""
    found = _DOCUMENT.get(happening)
    return found[1] if found and state in found[0] else None


def next_life(life: Life, happening: Happening) -> Life:
    """The product's status after something that keeps the passport."""
    return _STAYING.get(happening) or life

"""What one can do in due diligence."""

from meguri.diligence.service.reactions import reactions
from meguri.diligence.service.results import (
    Shown,
    expire,
    history,
    keep_result,
    own_results,
    set_mass,
    shown,
    shown_one,
    state_result,
)

__all__ = [
    "Shown",
    "expire",
    "history",
    "keep_result",
    "own_results",
    "reactions",
    "set_mass",
    "shown",
    "shown_one",
    "state_result",
]

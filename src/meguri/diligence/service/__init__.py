"""What one can do in due diligence."""

from meguri.diligence.service import (
    casework,
    chains,
    evidence,
    grievances,
    guest_answers,
    records,
    reports,
    requests,
    responses,
    scoring,
    screening,
)
from meguri.diligence.service.reactions import reactions
from meguri.diligence.service.reports import PassportSection, passport_section
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
    "PassportSection",
    "Shown",
    "casework",
    "chains",
    "evidence",
    "expire",
    "grievances",
    "guest_answers",
    "history",
    "keep_result",
    "own_results",
    "passport_section",
    "reactions",
    "records",
    "reports",
    "requests",
    "responses",
    "scoring",
    "screening",
    "set_mass",
    "shown",
    "shown_one",
    "state_result",
]

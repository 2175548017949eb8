"""Screening names against lists: identifier, normalised name, candidates, scored match, decision. Pure."""

from meguri.diligence.screening.decide import Decision, Entry, Screened, Subject
from meguri.diligence.screening.screen import Screener

__all__ = ["Decision", "Entry", "Screened", "Screener", "Subject"]

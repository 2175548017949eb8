"""The findings of a time of operation: how often what went wrong, how it was mended, how long that took (pure)."""

import statistics
import tomllib
from collections.abc import Sequence
from datetime import date, datetime
from functools import cache

import msgspec

from meguri.kernel.shipped import files
from meguri.kernel.text import Text


class FlowText(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Name and remedy of one kind of flow."""

    ja: str
    en: str
    remedy_ja: str
    remedy_en: str

    @property
    def name(self) -> Text:
        """What it is."""
        return Text(ja=self.ja, en=self.en)

    @property
    def remedy(self) -> Text:
        """What helps."""
        return Text(ja=self.remedy_ja, en=self.remedy_en)


class TrialRules(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Version and status of the rule, and the kinds in the order of the report."""

    id: str
    version: str
    status: str
    source: str
    valid_from: date
    flows: dict[str, FlowText]


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """One kind of flow: how often it happened, how many are resolved, and how long that took [hours] in the middle case."""

    kind: str
    name: Text
    remedy: Text
    count: int
    resolved: int
    median_hours: float | None


@cache
def trial_rules() -> TrialRules:
    """The rule in force."""
    text = files("meguri.rules").joinpath("desk", "trial.toml").read_text("utf-8")
    return msgspec.convert(tomllib.loads(text), TrialRules)


def findings(flows: Sequence[tuple[str, datetime, datetime | None]]) -> list[Finding]:
    """(kind, when, when resolved) as counts; a kind that never happened is there with 0."""
    return [
        _finding(kind, words, [(at, resolved) for named, at, resolved in flows if named == kind])
        for kind, words in trial_rules().flows.items()
    ]


def _finding(kind: str, words: FlowText, happened: list[tuple[datetime, datetime | None]]) -> Finding:
    took = [(resolved - at).total_seconds() / 3600 for at, resolved in happened if resolved is not None]
    return Finding(
        kind=kind,
        name=words.name,
        remedy=words.remedy,
        count=len(happened),
        resolved=len(took),
        median_hours=round(statistics.median(took), 2) if took else None,
    )

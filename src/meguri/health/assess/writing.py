"""Results as they are written: a number with everything needed to repeat it, or the reason why there is none."""

from dataclasses import dataclass

from meguri.health.assess.subject import Subject, chemistry_rules
from meguri.health.estimate import Estimate, NotAssessable
from meguri.health.model import Conditions, Evidence, Reference, Result, Status
from meguri.health.rulebook import RuleSet

NO_CONDITIONS = Conditions()
_LEAST_PCT, _MOST_PCT = 0.0, 110.0


@dataclass(frozen=True, slots=True)
class Writer:
    """Writes results of one assessment: the same evidence, rule sets and date for all."""

    subject: Subject
    sha256: str
    rows: int
    measured_at: str | None
    rule_sets: tuple[RuleSet, ...]

    @classmethod
    def of(cls, subject: Subject, sha256: str, rows: int, *rule_sets: RuleSet) -> "Writer":
        """For results from the file of this hash."""
        return cls(subject, sha256, rows, subject.meta.measured_at, (chemistry_rules().name, *rule_sets))

    def number(
        self,
        quantity: str,
        unit: str,
        method: str,
        found: Estimate,
        *,
        reference: Reference | None = None,
        conditions: Conditions = NO_CONDITIONS,
        rows: int | None = None,
    ) -> Result:
        """A number with its 90 % interval."""
        lower, upper = found.interval()
        return Result(
            quantity=quantity, value=found.value, lower=lower, upper=upper, unit=unit, method=method, status=Status.OK,
            reference=reference, conditions=conditions, reasons=found.flags, evidence=self._evidence(rows),
            rule_sets=self.rule_sets, measured_at=self.measured_at,
        )  # fmt: skip

    def share(
        self,
        quantity: str,
        method: str,
        found: Estimate,
        reference: Reference | None,
        conditions: Conditions = NO_CONDITIONS,
        rows: int | None = None,
    ) -> Result:
        """A percentage of a reference; without one not assessable, outside 0–110 % an error that shows the reference."""
        if reference is None:
            return self.none(quantity, "%", method, NotAssessable("NO_REFERENCE"))
        percent = found.relative_to(reference.value)
        if not _LEAST_PCT <= percent.value <= _MOST_PCT:
            return Result(
                quantity=quantity, value=None, lower=None, upper=None, unit="%", method=method, status=Status.ERROR,
                reference=reference, conditions=conditions, reasons=("IMPLAUSIBLE_RESULT", f"{percent.value:.4g}%"),
                evidence=self._evidence(rows), rule_sets=self.rule_sets, measured_at=self.measured_at,
            )  # fmt: skip
        return self.number(quantity, "%", method, percent, reference=reference, conditions=conditions, rows=rows)

    def plain(self, quantity: str, unit: str, method: str, value: float, *reasons: str) -> Result:
        """A counted or read number without an interval of its own."""
        return Result(
            quantity=quantity, value=value, lower=None, upper=None, unit=unit, method=method, status=Status.OK,
            reasons=reasons, evidence=self._evidence(None), rule_sets=self.rule_sets, measured_at=self.measured_at,
        )  # fmt: skip

    def none(self, quantity: str, unit: str, method: str, *why: NotAssessable) -> Result:
        """No number, and why."""
        return Result(
            quantity=quantity, value=None, lower=None, upper=None, unit=unit, method=method,
            status=Status.NOT_ASSESSABLE, reasons=tuple(dict.fromkeys(miss.reason for miss in why)),
            evidence=self._evidence(None), rule_sets=self.rule_sets, measured_at=self.measured_at,
        )  # fmt: skip

    def _evidence(self, rows: int | None) -> tuple[Evidence, ...]:
        return (Evidence(file_sha256=self.sha256, rows=self.rows if rows is None else rows),)

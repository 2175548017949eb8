"""A site's year against Annex XII of Regulation (EU) 2023/1542: storage and treatment (A), efficiency (B), recovery (C)."""

from collections.abc import Mapping, Sequence
from datetime import date

import msgspec

from meguri.proof import jcs
from meguri.recycling.claiming import Document
from meguri.recycling.rates import half_up
from meguri.recycling.recovery import HazardBalance, Recovery
from meguri.recycling.report import RateRow
from meguri.recycling.rulebook import Stamp, rules


class Requirement(msgspec.Struct, frozen=True, kw_only=True):
    """One point of part A as the rule data has it."""

    id: str
    ja: str
    en: str
    evidence: tuple[str, ...] = ()
    hazard: str | None = None
    classes: tuple[str, ...] = ()


class AnnexRules(Stamp, frozen=True, kw_only=True):
    """Part A."""

    requirements: tuple[Requirement, ...]


class Shown(msgspec.Struct, frozen=True, kw_only=True):
    """A point of part A: `shown` by a valid document or a closed balance, `missing`, or `not_applicable`.

    evidence  numbers of documents, or the balance in words of figures
    """

    id: str
    ja: str
    en: str
    status: str
    evidence: list[str]
    needed: list[str]


class AnnexReport(msgspec.Struct, frozen=True, kw_only=True):
    """The report; `hash`: SHA-256 of its canonical JSON without the hash."""

    company: str
    site: str
    address: str
    year: int
    rule_sets: list[str]
    part_a: list[Shown]
    part_b: list[RateRow]
    part_c: list[RateRow]
    gaps: list[str]
    hash: str = ""


def annex_rules() -> AnnexRules:
    """Part A in force."""
    return rules("annex_xii", AnnexRules)


def annex_report(
    *,
    company: str,
    site: str,
    address: str,
    year: int,
    found: Sequence[Recovery],
    documents: Sequence[Document],
    hazards: Mapping[str, HazardBalance],
) -> AnnexReport:
    """The report of a site's year. `found`: the rates of each class that was treated; `documents`: of the site."""
    classes = {one.reClass.value for one in found}
    part_a = [_shown(one, classes, documents, hazards, date(year, 12, 31)) for one in annex_rules().requirements]
    rows = [(one, row) for one in found for row in _rows(one)]
    made = AnnexReport(
        company=company,
        site=site,
        address=address,
        year=year,
        rule_sets=sorted({annex_rules().id, *(one.ruleSet for one in found)}),
        part_a=part_a,
        part_b=[row for _, row in rows if row.rule.startswith("BR Annex XII B")],
        part_c=[row for _, row in rows if row.rule.startswith("BR Annex XII C")],
        gaps=[
            *(f"{one.id}: {', '.join(one.needed)}" for one in part_a if one.status == "missing"),
            *(f"{row.name}: NOT_DETERMINED" for _, row in rows if row.value is None and row.rule.endswith("1")),
        ],
    )
    return msgspec.structs.replace(made, hash=jcs.sha256_hex(msgspec.json.decode(msgspec.json.encode(made))))


def _shown(
    asked: Requirement,
    classes: set[str],
    documents: Sequence[Document],
    hazards: Mapping[str, HazardBalance],
    day: date,
) -> Shown:
    evidence: list[str] = []
    status = "missing"
    if asked.hazard is not None:
        balance = hazards.get(asked.hazard)
        status = "not_applicable" if balance is None else "shown" if balance.balanced else "missing"
        if balance is not None:
            kg = [half_up(one) for one in (balance.input_kg, balance.output_kg, balance.waste_kg)]
            evidence = [f"{asked.hazard}: {kg[0]} = {kg[1]} + {kg[2]} kg"]
    elif asked.classes and not classes & set(asked.classes):
        status = "not_applicable"
    else:
        evidence = [f"{one.kind} {one.number}" for one in documents if one.kind in asked.evidence and _holds(one, day)]
        status = "shown" if evidence else "missing"
    needed = list(asked.evidence) or ([f"balance of {asked.hazard}"] if asked.hazard else [])
    return Shown(id=asked.id, ja=asked.ja, en=asked.en, status=status, evidence=evidence, needed=needed)


def _holds(document: Document, day: date) -> bool:
    begun = document.valid_from is None or document.valid_from <= day
    return not document.revoked and begun and (document.valid_to is None or document.valid_to >= day)


def _rows(found: Recovery) -> list[RateRow]:
    """Each rate of a class beside the targets of the annex."""
    return [
        RateRow(
            name=f"{found.reClass.value} {name}",
            value=half_up(rate.value) if rate.value is not None else None,
            lower=half_up(rate.lower) if rate.lower is not msgspec.UNSET else None,
            formula=rate.formula,
            rule=target.rule,
            least=target.target,
            gap_pp=half_up(target.gap_pp) if target.gap_pp is not None else None,
            status=target.status.value,
        )
        for name, rate in (("rRE", found.r_re), *((f"rRM {metal}", one) for metal, one in found.r_rm.items()))
        for target in rate.targets
        if target.rule.startswith("BR Annex XII")
    ]

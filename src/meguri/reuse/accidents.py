"""Drafts of the two accident reports of 電気関係報告規則 第3条: 速報 (prompt) and 詳報 (full)."""

from datetime import datetime

import msgspec

from meguri.kernel.text import Text
from meguri.reuse.law import JAPAN, accident_duties
from meguri.reuse.records import AccidentRecord, BatteryFacts

NOT_YET = Text(ja="(調査中)", en="(under investigation)")


class ReportLine(msgspec.Struct, frozen=True):
    """One item of a report: its heading, and what is known."""

    title_ja: str
    title_en: str
    value: str


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """A report as a draft. `missing`: headings that still need words."""

    kind: str
    authority: str
    due: str
    lines: tuple[ReportLine, ...]
    missing: tuple[str, ...]


def _japan(moment: datetime | None) -> str:
    return moment.astimezone(JAPAN).strftime("%Y年%-m月%-d日 %H:%M") if moment else ""


def prompt_report(record: AccidentRecord, facts: BatteryFacts, company: str, address: str) -> Report:
    """速報: what happened, where, when, within 24 hours of knowing."""
    return _report("prompt", record, _japan(record.prompt_due), _common(record, facts, company, address))


def full_report(record: AccidentRecord, facts: BatteryFacts, company: str, address: str) -> Report:
    """詳報: the same with cause and countermeasure, within 30 days of knowing."""
    lines = (
        *_common(record, facts, company, address),
        ReportLine("事故の原因", "Cause", record.body.cause),
        ReportLine("防止対策", "Countermeasure", record.body.countermeasure),
        ReportLine("保護装置・BMS の動作", "Protection and BMS", ""),
        ReportLine("復旧日時・方法", "Recovery", ""),
    )
    due = record.full_due.strftime("%Y年%-m月%-d日") if record.full_due else ""
    return _report("full", record, due, lines)


def _common(record: AccidentRecord, facts: BatteryFacts, company: str, address: str) -> tuple[ReportLine, ...]:
    accident = record.body.accident
    harm = [
        words
        for told, words in (
            (accident.injured, "人身被害あり"),
            (accident.fire, "火災あり"),
            (accident.damage_to_others, "他への損害あり"),
        )
        if told
    ]
    return (
        ReportLine("設置者(会社名・住所)", "Installer", f"{company} {address}"),
        ReportLine("発生場所", "Site", record.body.site),
        ReportLine("知った日時", "Known at", _japan(record.known_at)),
        ReportLine("事故の概要", "What happened", record.body.what),
        ReportLine(
            "電気工作物(蓄電池)",
            "Installation",
            f"{facts.maker} {facts.model} {facts.serial} / {accident.kwh:g} kWh / {accident.kw:g} kW",
        ),
        ReportLine("被害の状況", "Harm", "、".join(harm) or "なし"),
    )


def _report(kind: str, record: AccidentRecord, due: str, lines: tuple[ReportLine, ...]) -> Report:
    return Report(
        kind=kind,
        authority=accident_duties(record.body.accident).authority,
        due=due,
        lines=lines,
        missing=tuple(line.title_ja for line in lines if not line.value),
    )

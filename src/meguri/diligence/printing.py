"""The yearly report on paper."""

import msgspec

from meguri.diligence.report import Report
from meguri.documents import pdf
from meguri.kernel.text import Language

_WORDS = {
    "ja": ("人権・環境デュー・ディリジェンス報告書", "OECD 手順", "JSONのSHA-256", "非開示の項目数", "作成日", "版"),
    "en": (
        "Due-diligence report on human rights and environment",
        "OECD step",
        "SHA-256 of the JSON",
        "Items withheld",
        "Made on",
        "Version",
    ),
}


def report_pdf(report: Report, language: Language) -> bytes:
    """The report as a PDF for archives (PDF/A, fonts embedded). Takes tens of milliseconds: call it in a thread."""
    return pdf("meguri.diligence", "report.typ", as_printed(report, language), language=language, standard="a-2b")


class PrintedSection(msgspec.Struct, frozen=True):
    """A section in one language."""

    number: int
    title: str
    step: int
    lines: list[tuple[str, str]]


class Printed(msgspec.Struct, frozen=True):
    """A report in one language."""

    title: str
    operator_name: str
    year: int
    facts: list[tuple[str, str]]
    hash_word: str
    sha256: str
    step_word: str
    sections: list[PrintedSection]
    rules: str


def as_printed(report: Report, language: Language) -> Printed:
    """The report's words in one language."""
    title, step, sha, withheld, made, version = _WORDS[language]
    return Printed(
        title=title,
        operator_name=report.operator_name,
        year=report.year,
        facts=[
            (version, str(report.version)),
            (made, report.made_on),
            (withheld, str(report.withheld)),
        ],
        hash_word=sha,
        sha256=report.sha256,
        step_word=step,
        sections=[
            PrintedSection(
                number=section.number,
                title=section.title.of(language),
                step=section.step,
                lines=[(line.label.of(language), line.value.of(language)) for line in section.lines],
            )
            for section in report.sections
        ],
        rules="  ".join(report.rule_versions),
    )

"""The yearly report: eleven sections after Regulation (EU) 2023/1542 Art. 52(3), by OECD's five steps; pure."""

import hashlib
from datetime import date
from decimal import Decimal
from typing import Any

import msgspec

from meguri.diligence.data import rule_data, version_of
from meguri.kernel.text import Text


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """One line of a section: a label and what is said of it, in both languages. `withheld`: why it is not said."""

    label: Text
    value: Text
    withheld: Text | None = None


class Section(msgspec.Struct, frozen=True, kw_only=True):
    """A section. `step`: which of OECD's five steps it tells of; 0: none."""

    number: int
    title: Text
    step: int
    lines: list[Line]


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """One version of a year's report. `sha256` is that of the JSON of everything else."""

    operator_name: str
    year: int
    version: int
    made_on: str
    sections: list[Section]
    withheld: int
    rule_versions: list[str]
    sha256: str = ""


class StepLine(msgspec.Struct, frozen=True, kw_only=True):
    """A row of the dashboard: one of OECD's steps, what stands behind it, and the earliest end of evidence."""

    key: str
    step: int
    title: Text
    br: str
    jpg: str
    status: str
    evidence: int
    oldest_expiry: date | None


TITLES = (
    (Text(ja="事業者と対象の電池", en="Operator and batteries concerned"), 0),
    (Text(ja="方針と管理の仕組み", en="Policy and management system"), 1),
    (Text(ja="49条・50条に基づく手順", en="Steps under Articles 49 and 50"), 2),
    (Text(ja="原材料別のサプライチェーンと把握率", en="Supply chain by material, with coverage"), 2),
    (Text(ja="見つかった重大な負の影響と対応", en="Significant adverse impacts found, and how they are addressed"), 3),
    (Text(ja="是正措置と指標の結果", en="Corrective action and results"), 3),
    (Text(ja="苦情処理の統計", en="Grievance statistics"), 1),
    (Text(ja="第三者による検証の概要", en="Summary of third-party verification"), 4),
    (Text(ja="情報へのアクセス・参加・司法へのアクセス", en="Access to information, participation and justice"), 5),
    (Text(ja="再生原料に関する結論（52条4項）", en="Recycled sources (Art. 52(4))"), 2),
    (Text(ja="方法・データ源・規則の版", en="Method, data sources, rule versions"), 5),
)
WITHHELD = Text(ja="［非開示: {reason}］", en="[withheld: {reason}]")
CONFIDENTIAL = Text(ja="営業秘密", en="business confidentiality")
SMALL = Text(ja="少数のため", en="small number")


def said(label_ja: str, label_en: str, value: Any, value_en: Any = None) -> Line:
    """A line whose value is the same in both languages unless `value_en` says otherwise."""
    return Line(
        label=Text(ja=label_ja, en=label_en), value=Text(ja=str(value), en=str(value if value_en is None else value_en))
    )


def withheld(label_ja: str, label_en: str, reason: Text = CONFIDENTIAL) -> Line:
    """A line that says only why it is not said."""
    text = Text(ja=WITHHELD.of("ja", reason=reason.ja), en=WITHHELD.of("en", reason=reason.en))
    return Line(label=Text(ja=label_ja, en=label_en), value=text, withheld=reason)


def assemble(operator_name: str, year: int, version: int, made_on: str, lines: dict[int, list[Line]]) -> Report:
    """The report with all eleven sections; an empty one says that there is nothing to report. With its hash."""
    nothing = said("状況", "Status", "報告すべき事項はありません。", "Nothing to report.")
    sections = [
        Section(number=number, title=title, step=step, lines=lines.get(number) or [nothing])
        for number, (title, step) in enumerate(TITLES, 1)
    ]
    names = ("applicability", "scoring", "taxonomy", "casework", "attestations", "policy", "crosswalk")
    report = Report(
        operator_name=operator_name,
        year=year,
        version=version,
        made_on=made_on,
        sections=sections,
        withheld=sum(line.withheld is not None for section in sections for line in section.lines),
        rule_versions=[version_of(name) for name in names],
    )
    return msgspec.structs.replace(report, sha256=hash_of(report))


def hash_of(report: Report) -> str:
    """SHA-256 of the report's JSON without the hash itself."""
    bare = msgspec.structs.replace(report, sha256="")
    return hashlib.sha256(msgspec.json.encode(as_json(bare), order="deterministic")).hexdigest()


def as_json(report: Report) -> Any:
    """The report as plain data (a `Text` as its two sentences)."""
    return msgspec.to_builtins(report, enc_hook=lambda value: {"ja": value.ja, "en": value.en})


def dashboard(counts: dict[str, int], partly: set[str], expiry: dict[str, date]) -> list[StepLine]:
    """OECD's five steps: done where evidence stands behind them and nothing is open, partly, or missing.

    counts  evidence by row;  partly: rows with something open;  expiry: earliest end by row
    """
    rows = rule_data("crosswalk")["rows"]
    return [
        StepLine(
            key=key,
            step=int(row["step"]),
            title=Text(ja=row["ja"], en=row["en"]),
            br=row["br"],
            jpg=row["jpg"],
            status="missing" if not counts.get(key) else "partly" if key in partly else "done",
            evidence=counts.get(key, 0),
            oldest_expiry=expiry.get(key),
        )
        for key, row in rows.items()
    ]


def percent(value: Decimal | None) -> str:
    """A share as text, a dash where it is unknown."""
    return "—" if value is None else f"{value} %"


def read_json(data: dict[str, object]) -> Report:
    """A report from its JSON."""
    return msgspec.convert(data, Report, dec_hook=lambda kind, value: kind(**value))

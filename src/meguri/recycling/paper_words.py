"""Each report in words: from its figures to a paper in Japanese or English."""

from collections.abc import Sequence
from decimal import Decimal

from meguri.kernel.numbers import plain
from meguri.kernel.text import Language, Text
from meguri.recycling.annex import AnnexReport
from meguri.recycling.certificate import Certificate
from meguri.recycling.manifests import ManifestSummary
from meguri.recycling.papers import Paper, Table
from meguri.recycling.report import RateRow
from meguri.recycling.service.reporting import FundSheet
from meguri.ui import words

_W = {
    "annex": Text(ja="附属書 XII の年次報告(A〜C 部)", en="Yearly report on Annex XII, parts A to C"),
    "fund": Text(
        ja="電池用品位の回収(グリーンイノベーション基金の表)", en="Battery-grade recovery (Green Innovation Fund)"
    ),
    "manifests": Text(
        ja="産業廃棄物管理票(マニフェスト)交付等状況の集計", en="Yearly summary of industrial waste manifests"
    ),
    "certificate": Text(ja="電池リサイクル証明書", en="Certificate of recycling of a battery"),
    "company": Text(ja="会社", en="Company"),
    "site": Text(ja="施設", en="Facility"),
    "year": Text(ja="暦年", en="Calendar year"),
    "fiscal": Text(ja="対象年度", en="Fiscal year"),
    "due": Text(ja="提出期限", en="To be reported by"),
    "rules": Text(ja="規則", en="Rule sets"),
    "part_a": Text(ja="A 部 保管と処理", en="Part A: storage and treatment"),
    "part_b": Text(ja="B 部 リサイクル効率", en="Part B: recycling efficiency"),
    "part_c": Text(ja="C 部 材料回収率", en="Part C: recovery of materials"),
    "lead_acid": Text(ja="鉛蓄電池", en="Lead-acid"),
    "lithium_based": Text(ja="リチウム系", en="Lithium-based"),
    "nickel_cadmium": Text(ja="ニッケルカドミウム", en="Nickel-cadmium"),
    "other": Text(ja="その他の電池", en="Other"),
    "no": Text(ja="項", en="Point"),
    "what": Text(ja="求められること", en="Requirement"),
    "status": Text(ja="判定", en="Status"),
    "evidence": Text(ja="根拠", en="Evidence"),
    "shown": Text(ja="確認済み", en="shown"),
    "missing": Text(ja="根拠なし", en="no evidence"),
    "not_applicable": Text(ja="該当なし", en="not applicable"),
    "register": Text(
        ja="{id}: 書類の種類「{kinds}」を登録してください。",
        en="{id}: please register a document of the kind “{kinds}”.",
    ),
    "rate": Text(ja="率", en="Rate"),
    "lower": Text(ja="下限", en="Lower"),
    "target": Text(ja="目標", en="Target"),
    "gap": Text(ja="差", en="Gap"),
    "formula": Text(ja="計算式", en="Formula"),
    "nothing": Text(ja="この年に処理した電池がありません。", en="No batteries were treated in this year."),
    "metal": Text(ja="元素", en="Element"),
    "graded": Text(ja="電池用品位 kg", en="Battery-grade kg"),
    "recovered": Text(ja="回収 kg", en="Recovered kg"),
    "graded_pct": Text(ja="電池用品位の回収率 %", en="Battery-grade recovery %"),
    "yen": Text(ja="円/kg", en="JPY per kg"),
    "goal": Text(ja="目標 %", en="Goal %"),
    "fund_note": Text(
        ja="分析値がすべての限度を満たすロットの質量だけを数えます。EU の材料回収率は変わりません。",
        en="Only lots whose analysis meets every limit count. Recovery under EU rules is unaffected.",
    ),
    "by_kind": Text(ja="紙の管理票: 種類・委託先ごと", en="Paper manifests by kind and contractor"),
    "kind": Text(ja="産業廃棄物の種類", en="Kind of waste"),
    "tonnes": Text(ja="排出量 t", en="Tonnes"),
    "number": Text(ja="交付枚数", en="Manifests"),
    "carrier": Text(ja="運搬受託者", en="Carrier"),
    "permit": Text(ja="許可番号", en="Permit"),
    "destination": Text(ja="運搬先", en="Destination"),
    "disposer": Text(ja="処分受託者", en="Disposer"),
    "electronic": Text(
        ja="電子マニフェスト(情報処理センターが報告)", en="Electronic manifests (reported by the national centre)"
    ),
    "electronic_said": Text(ja="{n} 件、{t} t", en="{n} manifests, {t} t"),
    "late": Text(ja="期限を過ぎた返送", en="Returns that are late"),
    "slip": Text(ja="票", en="Slip"),
    "since": Text(ja="期限", en="Due"),
    "days": Text(ja="超過日数", en="Days late"),
    "manifest_no": Text(ja="管理票番号", en="Manifest"),
    "none_late": Text(ja="ありません。", en="None."),
    "none_paper": Text(ja="紙の管理票はありません。", en="No paper manifests."),
    "incomplete": Text(ja="確認が必要: {gap}", en="To be completed: {gap}"),
    "certificate_no": Text(ja="証明書番号", en="Certificate"),
    "battery": Text(ja="電池(パスポート)", en="Battery (passport)"),
    "model": Text(ja="型式", en="Model"),
    "mass": Text(ja="受入質量", en="Mass received"),
    "received": Text(ja="受入日", en="Received"),
    "recycled": Text(ja="リサイクル完了日", en="Recycled"),
    "permit_no": Text(ja="許可番号", en="Permit"),
    "signed": Text(ja="締めの署名", en="Books signed by"),
    "unsigned": Text(
        ja="工程の月がまだ締められていないため、数値は訂正されることがあります。",
        en="A month of these runs is not closed yet: figures may still be corrected.",
    ),
    "steps": Text(ja="工程", en="Runs"),
    "step": Text(ja="工程", en="Step"),
    "run_no": Text(ja="記帳番号", en="Run"),
    "ended": Text(ja="終了", en="Ended"),
    "in_battery": Text(ja="電池中 kg", en="In the battery kg"),
    "back": Text(ja="再生した kg", en="Recycled kg"),
    "back_pct": Text(ja="割合 %", en="Share %"),
    "metals": Text(ja="元素ごとの行方", en="What became of each element"),
    "site_rates": Text(ja="この施設・年の率(%)", en="The facility's rates of the year (%)"),
    "mixed": Text(
        ja="同じ工程に入ったものは均質に混ざるものとして按分しています(元素ごと)。",
        en="What enters a run together is taken as well mixed; shares are per element.",
    ),
}


def _say(language: Language, name: str, **values: object) -> str:
    return _W[name].of(language, **values)


def _shown(value: Decimal | None, places: int = 2) -> str:
    return "—" if value is None else f"{value:.{places}f}"


def annex_paper(found: AnnexReport, language: Language) -> Paper:
    """Annex XII, parts A to C."""

    def s(name: str, **values: object) -> str:
        return _say(language, name, **values)

    part_a = [
        [one.id, one.ja if language == "ja" else one.en, s(one.status), ", ".join(one.evidence) or "—"]
        for one in found.part_a
    ]
    return Paper(
        title=s("annex"),
        subtitle=f"{found.company} · {found.site} · {found.year}",
        facts=[
            (s("company"), found.company),
            (s("site"), f"{found.site} – {found.address}"),
            (s("year"), str(found.year)),
            (s("rules"), ", ".join(found.rule_sets)),
        ],
        tables=[
            Table(title=s("part_a"), head=[s("no"), s("what"), s("status"), s("evidence")], rows=part_a, wide=[1, 3]),
            _rates(found.part_b, s("part_b"), language),
            _rates(found.part_c, s("part_c"), language),
        ],
        notes=[
            s("register", id=one.id, kinds=" / ".join(one.needed)) for one in found.part_a if one.status == "missing"
        ]
        + list(dict.fromkeys(row.formula for row in (*found.part_b, *found.part_c) if row.value is not None)),
        foot=found.hash,
    )


def _classed(name: str, language: Language) -> str:
    """`lithium_based rRM Co` with its class in words."""
    re_class, _, rate = name.partition(" ")
    return f"{_W[re_class].of(language)} {rate}"


def _rates(rows: Sequence[RateRow], title: str, language: Language) -> Table:
    head = [_say(language, name) for name in ("rate", "lower", "target", "gap", "status")]
    return Table(
        title=title,
        head=[head[0], "%", head[1], head[2], "≥ %", head[3], head[4]],
        rows=[
            [
                _classed(row.name, language),
                _shown(row.value),
                _shown(row.lower),
                row.rule,
                plain(row.least),
                _shown(row.gap_pp),
                words.say(f"recycling.target.{row.status}", language),
            ]
            for row in rows
        ],
        numbers=[1, 2, 4, 5],
        empty=_say(language, "nothing"),
    )


def fund_paper(found: FundSheet, language: Language) -> Paper:
    """Japan's sheet: battery-grade recovery beside its goals."""

    def s(name: str) -> str:
        return _say(language, name)

    rows = [
        [
            row.element,
            _shown(row.recovered_kg, 3),
            _shown(row.graded_kg, 3),
            _shown(row.value),
            plain(target.target),
            words.say(f"recycling.target.{target.status.value}", language),
            _shown(row.jpy_per_kg, 0),
        ]
        for row in found.rows
        for target in row.targets
    ]
    head = [s("metal"), s("recovered"), s("graded"), s("graded_pct"), s("goal"), s("status"), s("yen")]
    return Paper(
        title=s("fund"),
        subtitle=f"{found.company} · {found.site} · {found.year}",
        facts=[
            (s("company"), found.company),
            (s("site"), found.site),
            (s("year"), str(found.year)),
            (s("rules"), found.rule_set),
        ],
        tables=[Table(title=s("fund"), head=head, rows=rows, numbers=[1, 2, 3, 4, 6])],
        notes=[s("fund_note")],
        foot=found.hash,
    )


def manifest_paper(found: ManifestSummary, language: Language) -> Paper:
    """The yearly summary of manifests."""

    def s(name: str, **values: object) -> str:
        return _say(language, name, **values)

    rows = [
        [
            row.waste_kind,
            _shown(row.tonnes, 3),
            str(row.number),
            row.carrier,
            row.carrier_permit,
            row.destination,
            row.disposer,
            row.disposer_permit,
        ]
        for row in found.rows
    ]
    head = ["kind", "tonnes", "number", "carrier", "permit", "destination", "disposer", "permit"]
    late = [[row.number, row.slip, row.due.isoformat(), str(row.days_late)] for row in found.late]
    return Paper(
        title=s("manifests"),
        subtitle=f"{found.company} · {found.site} · {found.first} – {found.last}",
        facts=[
            (s("company"), found.company),
            (s("site"), f"{found.site} – {found.address}"),
            (s("fiscal"), f"{found.first} – {found.last}"),
            (s("due"), found.due.isoformat()),
            (s("electronic"), s("electronic_said", n=found.electronic, t=_shown(found.electronic_t, 3))),
            (s("rules"), found.rule_set),
        ],
        tables=[
            Table(
                title=s("by_kind"),
                head=[s(one) for one in head],
                rows=rows,
                numbers=[1, 2],
                wide=[0, 3, 5, 6],
                empty=s("none_paper"),
            ),
            Table(
                title=s("late"),
                head=[s("manifest_no"), s("slip"), s("since"), s("days")],
                rows=late,
                numbers=[3],
                empty=s("none_late"),
            ),
        ],
        notes=[s("incomplete", gap=gap) for gap in found.gaps],
        foot=found.hash,
    )


def certificate_paper(found: Certificate, language: Language) -> Paper:
    """One battery's certificate of recycling."""

    def s(name: str) -> str:
        return _say(language, name)

    facts = [
        (s("certificate_no"), found.number),
        (s("battery"), found.passport),
        (s("model"), found.model or "—"),
        (s("mass"), f"{found.mass_kg:.3f} kg"),
        (s("received"), found.received_at.date().isoformat()),
        (s("recycled"), found.recycled_at.date().isoformat()),
        (s("company"), found.company),
        (s("site"), f"{found.site} – {found.address}"),
        (s("permit_no"), found.permit_no or "—"),
        (s("rules"), found.rule_set),
        (s("signed"), ", ".join(found.signed_by) or "—"),
    ]
    metals = [
        [one.element, _shown(one.held_kg, 6), _shown(one.recovered_kg, 6), _shown(one.recovered_pct)]
        for one in found.metals
    ]
    runs = [
        [one.run_no, words.say(f"recycling.step.{one.step_type}", language), one.end_at.date().isoformat()]
        for one in found.runs
    ]
    return Paper(
        title=s("certificate"),
        subtitle=f"{found.company} · {found.number}",
        facts=facts,
        tables=[
            Table(
                title=s("metals"),
                head=[s("metal"), s("in_battery"), s("back"), s("back_pct")],
                rows=metals,
                numbers=[1, 2, 3],
            ),
            Table(title=s("steps"), head=[s("run_no"), s("step"), s("ended")], rows=runs),
            Table(
                title=s("site_rates"),
                head=[s("rate"), "%"],
                rows=[[name, value or "—"] for name, value in found.rates.items()],
                numbers=[1],
            ),
        ],
        notes=[s("mixed"), *([] if found.signed_by else [s("unsigned")])],
        foot=found.hash,
    )

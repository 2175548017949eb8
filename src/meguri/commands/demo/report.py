"""What the demo prints: the vehicle maker's totals, what they are made of, and what it cost."""

from decimal import Decimal

from meguri.commands.demo.play import Played
from meguri.footprint.model import Contribution, Totals, Why
from meguri.kernel.numbers import plain
from meguri.kernel.text import Language, Text
from meguri.kernel.units import SYMBOLS

_WORDS = {
    "title": Text(
        ja="電気自動車1台のカーボンフットプリント（架空データ）",
        en="Carbon footprint of one electric vehicle (synthetic)",
    ),
    "pre": Text(ja="前処理（原材料）", en="Pre-processing"),
    "main": Text(ja="製造", en="Main production"),
    "all": Text(ja="合計", en="Total"),
    "own": Text(ja="自社分", en="own"),
    "components": Text(ja="部品分", en="components"),
    "made_of": Text(ja="内訳（取引先が開示した合計値のみ）", en="Made of (only totals that suppliers disclosed)"),
    "self": Text(ja="自社の工程", en="own processes"),
    "late": Text(ja="鉱山の値の更新が完成車に届くまで", en="A correction at the mine reached the vehicle in"),
    "cost": Text(
        ja="{use_cases} 件の処理、SQL {statements} 文、{seconds:.1f} 秒",
        en="{use_cases} use cases, {statements} SQL statements, {seconds:.1f} seconds",
    ),
}


def report(played: Played, language: Language) -> str:
    """The demo's closing report."""
    before, after = _sum(played.before.totals), _sum(played.after.totals)
    lines = [
        _say("title", language),
        *_totals(played.after, language),
        "",
        _say("made_of", language),
        *(_line(line, language) for line in played.after.lines),
        "",
        f"{_say('late', language)}: {played.late_update_seconds * 1000:.0f} ms"
        f"  ({plain(before)} → {plain(after)} kg CO2e)",
        _WORDS["cost"].of(
            language,
            use_cases=played.tally.use_cases,
            statements=played.tally.statements,
            seconds=played.tally.seconds,
        ),
    ]
    return "\n".join(lines)


def _say(key: str, language: Language) -> str:
    return _WORDS[key].of(language)


def _sum(totals: Totals | None) -> Decimal:
    if totals is None:
        return Decimal(0)
    return totals.pre_production + totals.pre_component + totals.main_production + totals.main_component


def _totals(why: Why, language: Language) -> list[str]:
    totals = why.totals
    if totals is None:
        return []
    rows = [
        ("pre", totals.pre_production, totals.pre_component),
        ("main", totals.main_production, totals.main_component),
        ("all", totals.pre_production + totals.main_production, totals.pre_component + totals.main_component),
    ]
    own, parts = _say("own", language), _say("components", language)
    return [
        f"  {_say(key, language)}: {plain(a + b)} kg CO2e  ({own} {plain(a)} + {parts} {plain(b)})"
        for key, a, b in rows
    ]


def _line(line: Contribution, language: Language) -> str:
    name = _say("self", language) if line.source == "own" else line.name
    share = f"{line.share:.1%}" if line.share is not None else "—"
    unit = SYMBOLS[line.unit].of(language) if line.unit else ""
    return f"  {share:>6}  {plain(line.pre + line.main):>12} kg CO2e  {name}  × {plain(line.amount)} {unit}"

"""Reasons in words: one code, one sentence in each language."""

from collections.abc import Mapping

from meguri.kernel.text import Text
from meguri.reuse.model import Reason

_WORDS = {
    "RULE_VETO": Text(ja="安全判定で不合格: {title}", en="fails the safety gate: {title}"),
    "RULE_MISSING": Text(ja="安全判定の証拠がありません: {title}", en="no evidence for the safety gate: {title}"),
    "NO_MODULE_DATA": Text(
        ja="モジュールごとの健全度が分からないため、交換の効果を計算できません。",
        en="The state of health of each module is not known, so replacing some cannot be valued.",
    ),
    "SOH_BELOW_USE_MIN": Text(
        ja="健全度の下限 {soh_lower:.1f} % が用途の最低値 {minimum:.1f} % を下回ります。",
        en="The lower bound of the state of health, {soh_lower:.1f} %, is below the {minimum:.1f} % that the use needs.",
    ),
    "R_TOO_HIGH": Text(
        ja="内部抵抗が新品の {ratio:.2f} 倍で、上限 {maximum:.2f} 倍を超えます。",
        en="The resistance is {ratio:.2f} times new, above the {maximum:.2f} times allowed.",
    ),
    "NPV_NEGATIVE": Text(
        ja="見込み額が {expected:,.0f} でマイナスです。", en="The expected value is negative: {expected:,.0f}."
    ),
    "PRICE_BELOW_FLOOR": Text(
        ja="見込み額 {expected:,.0f} が素材としての価値 {floor:,.0f} を下回ります。",
        en="The expected value, {expected:,.0f}, is below the value as material, {floor:,.0f}.",
    ),
    "LOWER_VALUE": Text(
        ja="見込み額 {expected:,.0f} は、最も高い用途の {best:,.0f} を下回ります。",
        en="The expected value, {expected:,.0f}, is below that of the best use, {best:,.0f}.",
    ),
    "HIGHEST_VALUE": Text(
        ja="可能な用途の中で見込み額が最も高く、{confidence:.0%} の確からしさで最良です。",
        en="Of the uses that are open it has the highest expected value, and is the best one with {confidence:.0%} confidence.",
    ),
    "ONLY_RECYCLE_OPEN": Text(
        ja="再使用はできません。リサイクル(または製造者への返却)だけが可能です。",
        en="Reuse is closed. Only recycling, or return to the maker, is open.",
    ),
    "TEST_WORTH_IT": Text(
        ja="追加試験の情報価値 {evsi:,.0f} が費用 {cost:,.0f} を上回ります。",
        en="A further test is worth {evsi:,.0f} and costs {cost:,.0f}.",
    ),
    "VERDICT": Text(ja="安全判定の結果: {title}", en="safety gate: {title}"),
    "VOLTAGE_WINDOW": Text(
        ja="電圧範囲 {low:.0f}–{high:.0f} V が用途の {v_min:.0f}–{v_max:.0f} V に収まりません。",
        en="Its voltage range, {low:.0f}–{high:.0f} V, does not fit the {v_min:.0f}–{v_max:.0f} V of the use.",
    ),
    "POWER_SHORT": Text(
        ja="出力 {power:.1f} kW が必要な {needed:.1f} kW に足りません。",
        en="Its power, {power:.1f} kW, is short of the {needed:.1f} kW needed.",
    ),
    "ENERGY_SHORT": Text(
        ja="使用条件での電力量 {energy:.2f} kWh が必要な {needed:.2f} kWh に足りません。",
        en="Its energy under the conditions of use, {energy:.2f} kWh, is short of the {needed:.2f} kWh needed.",
    ),
    "TEMPERATURE": Text(
        ja="許容温度 {low:.0f}–{high:.0f} °C が用途の {t_min:.0f}–{t_max:.0f} °C を満たしません。",
        en="Its range of {low:.0f} to {high:.0f} °C does not cover the {t_min:.0f} to {t_max:.0f} °C of the use.",
    ),
    "SITE_LAW": Text(
        ja="設置場所の規則({title})に必要な届出・措置の情報がありません。",
        en="The site's rule ({title}) needs a notification or measure that is not recorded.",
    ),
    "NO_TYPE_TEST": Text(
        ja="発電所・蓄電所・変電所での使用に必要な JIS C 8715-2 の型式試験がありません。",
        en="The type test of JIS C 8715-2 that power, storage and substations require is missing.",
    ),
    "CONDITION_UNKNOWN": Text(
        ja="この用途に必要な測定値({title})がありません。", en="A figure that this use needs is missing: {title}."
    ),
}
_VERDICTS = {
    "veto": Text(ja="不合格", en="failed"),
    "not_assessable": Text(ja="判定不能", en="not assessable"),
    "pass_with_limits": Text(ja="条件付き合格", en="passed with limits"),
    "pass": Text(ja="合格", en="passed"),
}


def reason(
    code: str, numbers: Mapping[str, float] | None = None, *, evidence: tuple[str, ...] = (), ja: str = "", en: str = ""
) -> Reason:
    """The reason of that code (`RULE_VETO:G08` takes the words of RULE_VETO), with its numbers in the sentence."""
    word, _, detail = code.partition(":")
    given = dict(numbers or {})
    title = Text(ja=ja or detail, en=en or detail)
    if word == "VERDICT":
        title = _VERDICTS[detail]
    words = _WORDS[word]
    return Reason(
        code=code,
        text_ja=words.ja.format(title=title.ja, **given),
        text_en=words.en.format(title=title.en, **given),
        numbers=given,
        evidence=evidence,
    )

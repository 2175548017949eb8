"""Whether the duties of Regulation (EU) 2023/1542 chapter VII apply to an operator (rule data `EU-DD`).

Art. 47: not below EUR 40 million net turnover, unless in a group above it; not for batteries prepared for re-use that
were on the market before. Applies from the day in the rule data (Art. 48(1) as changed by Regulation (EU) 2025/1561).
"""

from datetime import date
from decimal import Decimal
from typing import Literal

import msgspec

from meguri.diligence.data import rule_data
from meguri.kernel.text import Text

Answer = Literal["yes", "no", "voluntary"]


class Applicability(msgspec.Struct, frozen=True, kw_only=True):
    """Whether the duties apply, why, and by which rule set."""

    answer: Answer
    reason: Text
    rule_set: str


_SECOND_LIFE = Text(
    ja="上市済みの電池の再使用・用途転換・再製造は対象外です（47条）。",
    en="Re-used, repurposed or remanufactured batteries that were on the market before are out of scope (Art. 47).",
)
_TOO_EARLY = Text(
    ja="{day} より前に上市した電池には適用されません（48条1項）。",
    en="Batteries placed before {day} are not concerned (Art. 48(1)).",
)
_SMALL = Text(
    ja="純売上高が {least} 百万ユーロ未満で、それを超える企業グループにも属していません（47条）。",
    en="Net turnover below EUR {least} million, and in no group above it (Art. 47).",
)
_APPLIES = Text(
    ja="売上高と上市日により適用されます（47条・48条1項）。",
    en="Applies by turnover and day of placing (Art. 47, 48(1)).",
)
_JAPAN = Text(
    ja="日本のガイドライン（2022年）に法的拘束力はなく、全ての企業に自主的な取組が求められます。",
    en="Japan's guidelines (2022) are not binding; every company is expected to follow them of its own accord.",
)


def applies(
    turnover_eur: Decimal,
    group_turnover_eur: Decimal | None,
    placing: date,
    *,
    second_life: bool = False,
    alternative: str | None = None,
) -> Applicability:
    """Whether the EU's duties apply.

    turnover_eur        net turnover in the year before the last financial year
    group_turnover_eur  consolidated turnover of the group, if the operator belongs to one
    alternative         name of an alternative rule set (a proposal), off by default
    """
    rules = rule_data("applicability")
    chosen = rules["alternative"][alternative] if alternative else rules
    rule_set = str(chosen["id"]) if alternative else f"{rules['id']}/{rules['version']}"
    limit, first_day = Decimal(chosen["turnover_eur"]), date.fromisoformat(str(rules["applies_from"]))

    def answer(said: Answer, reason: Text, **values: object) -> Applicability:
        filled = Text(ja=reason.of("ja", **values), en=reason.of("en", **values))
        return Applicability(answer=said, reason=filled, rule_set=rule_set)

    if second_life:
        return answer("no", _SECOND_LIFE)
    if placing < first_day:
        return answer("no", _TOO_EARLY, day=first_day.isoformat())
    if turnover_eur < limit and (group_turnover_eur is None or group_turnover_eur <= limit):
        return answer("no", _SMALL, least=limit / 1_000_000)
    return answer("yes", _APPLIES)


def applies_in_japan() -> Applicability:
    """Japan's 責任あるサプライチェーン等における人権尊重のためのガイドライン: voluntary for all."""
    return Applicability(answer="voluntary", reason=_JAPAN, rule_set="JP-guideline/2022-09-13")

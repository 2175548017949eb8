"""From a company's rules to the content of a pack, in the same shape as a shipped one (pure)."""

import json
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from itertools import pairwise
from typing import Any

from meguri.footprint.calculation.canonical import canonical_json
from meguri.footprint.calculation.packs import OPEN, RulePack, pack_from
from meguri.footprint.packs.errors import PackRulesInvalid
from meguri.footprint.packs.model import Band, PackInput, PackRules, Rule
from meguri.kernel.errors import FieldError
from meguri.kernel.numbers import plain
from meguri.kernel.text import Text

BANNER = {"ja": "自社で定めたルールによる値です", "en": "Value under a company's own rules"}
_PERCENT = Text(ja="0 以上 100 以下で入力してください。", en="Please enter a value between 0 and 100.")
_TEN = Text(ja="全体に対する割合の上限は 10 % までです。", en="A share of the total may not be above 10 %.")
_RATIO = Text(ja="1 以上で入力してください。", en="Please enter a value of 1 or more.")
_TWICE = Text(ja="同じものが二度あります。", en="One of them stands twice.")
_CREDIT = Text(
    ja="使用後の控除は、使用後の負担と一緒に選んでください。",
    en="The credit of the end of life needs its burden beside it.",
)
_EITHER = Text(
    ja="「ワークシートごとに選ぶ」は、ほかの種類と一緒には選べません。",
    en="“Left to each worksheet” cannot stand beside others.",
)
_BANDS = Text(
    ja="上限は小さい順に 0 より大きい値で書き、最後のクラスだけ上限なしにします。",
    en="Upper limits are above 0 and rise from class to class; the last class alone has none.",
)
_UNKNOWN = Text(ja="「{value}」という工程はありません。", en="There is no process “{value}”.")
PLACES: dict[str, tuple[str, ...]] = {
    "gwp_set": ("gwp_set",),
    "stages": ("stages",),
    "mode": ("electricity", "authoritative_mode"),
    "accepted": ("electricity", "accepted"),
    "cutoff": ("cutoff", "type"),
    "cutoff_percent": ("cutoff", "percent"),
    "reassign_to": ("cutoff", "reassign_to"),
    "allocation": ("allocation", "rule"),
    "economic_ratio": ("allocation", "economic_ratio_threshold"),
    "waste": ("waste",),
    "end_of_life": ("eol", "method"),
    "primary_rule": ("primary_rule",),
    "required": ("required_company_specific",),
    "classes": ("own_classes",),
}
"""Where each rule stands within a pack."""


def check(rules: PackRules, processes: tuple[str, ...]) -> None:
    """Raises PackRulesInvalid naming every rule that does not hold."""
    faults = []
    if not rules.cutoff_percent.is_finite() or not 0 <= rules.cutoff_percent <= 100:
        faults.append(FieldError("rules.cutoff_percent", _PERCENT, {}))
    elif rules.cutoff == "total_share" and rules.cutoff_percent > 10:
        faults.append(FieldError("rules.cutoff_percent", _TEN, {}))
    if not rules.economic_ratio.is_finite() or rules.economic_ratio < 1:
        faults.append(FieldError("rules.economic_ratio", _RATIO, {}))
    for name in ("stages", "accepted", "required"):
        given = getattr(rules, name)
        if len(set(given)) < len(given):
            faults.append(FieldError(f"rules.{name}", _TWICE, {}))
    if "param" in rules.accepted and len(rules.accepted) > 1:
        faults.append(FieldError("rules.accepted", _EITHER, {}))
    if "eol_credit" in rules.stages and "eol_gross" not in rules.stages:
        faults.append(FieldError("rules.stages", _CREDIT, {}))
    faults += [
        FieldError("rules.required", _UNKNOWN, {"value": each}) for each in rules.required if each not in processes
    ]
    names = [band.name for band in rules.classes]
    if len(set(names)) < len(names):
        faults.append(FieldError("rules.classes", _TWICE, {}))
    elif not _rising(rules.classes):
        faults.append(FieldError("rules.classes", _BANDS, {}))
    if faults:
        raise PackRulesInvalid(fields=tuple(faults))


def _rising(bands: Sequence[Band]) -> bool:
    if not bands:
        return True
    *limits, last = [band.upper for band in bands]
    known = [limit for limit in limits if limit is not None and limit.is_finite()]
    if last is not None or len(known) < len(limits):
        return False
    return all(low < high for low, high in pairwise([Decimal(0), *known]))


def content_of(pack_id: str, version: str, given: PackInput, base: RulePack) -> dict[str, Any]:
    """The content of an own pack, plain JSON. What a company does not set is that of `base`; bands of law are not taken
    over, for a class under a company's own rules would not be law's.
    """
    content: dict[str, Any] = json.loads(canonical_json(dict(base.content)))
    rules = given.rules
    content |= {
        "id": pack_id,
        "version": version,
        "status": given.status,
        "name": {"ja": given.name_ja, "en": given.name_en},
        "banner": BANNER,
        "effective_from": given.effective_from.isoformat(),
        "valid_from": given.effective_from.isoformat(),
        "effective_to": None,
        "source": given.source,
        "licence": "own",
        "derived_from": {"id": base.id, "version": base.version, "hash": base.hash},
        "class_tables": [],
        "thresholds": [],
    }
    for name, path in PLACES.items():
        value = getattr(rules, name)
        _put(content, path, _plain(value))
    return content


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return plain(value)
    if isinstance(value, Band):
        return {"class": value.name} if value.upper is None else {"class": value.name, "upper": plain(value.upper)}
    if _many(value):
        return OPEN if OPEN in value else [_plain(each) for each in value]
    return value


def _put(content: dict[str, Any], path: tuple[str, ...], value: Any) -> None:
    """Writes a rule; a nested table is copied first."""
    if len(path) == 1:
        content[path[0]] = value
        return
    content[path[0]] = {**(content.get(path[0]) or {}), path[1]: value}


def loaded(content: Mapping[str, Any]) -> RulePack:
    """A kept content as a pack."""
    return pack_from({**content, "effective_from": date.fromisoformat(content["effective_from"])})


def rules_within(content: Mapping[str, Any]) -> PackRules:
    """The rules of a pack's content, as a company would begin with them."""
    cutoff, accepted = content["cutoff"], content["electricity"]["accepted"]
    return PackRules(
        gwp_set=content["gwp_set"],
        stages=list(content["stages"]),
        mode=content["electricity"]["authoritative_mode"],
        accepted=["param"] if accepted == OPEN else list(accepted),
        cutoff=cutoff["type"],
        cutoff_percent=Decimal(str(cutoff.get("percent", 0))),
        reassign_to=cutoff.get("reassign_to", "none"),
        allocation=content["allocation"]["rule"],
        economic_ratio=Decimal(str(content["allocation"]["economic_ratio_threshold"])),
        waste=content["waste"],
        end_of_life=content["eol"]["method"],
        primary_rule=content["primary_rule"],
        required=list(content["required_company_specific"]),
        classes=[
            Band(name=band["class"], upper=Decimal(band["upper"]) if "upper" in band else None)
            for band in content.get("own_classes", ())
        ],
    )


def differences(own: Mapping[str, Any], base: Mapping[str, Any]) -> list[Rule]:
    """Rules in which `own` differs from `base`."""
    mine, theirs = rules_within(own), rules_within(base)
    return [
        Rule(name=name, base=_shown(getattr(theirs, name)), own=_shown(getattr(mine, name)))
        for name in PLACES
        if _shown(getattr(mine, name)) != _shown(getattr(theirs, name))
    ]


def _shown(value: Any) -> list[str]:
    if isinstance(value, Decimal):
        return [plain(value)]
    if isinstance(value, Band):
        return [value.name if value.upper is None else f"{value.name} ≤ {plain(value.upper)}"]
    return [shown for each in value for shown in _shown(each)] if _many(value) else [str(value)]


def _many(value: Any) -> bool:
    return isinstance(value, list | tuple)

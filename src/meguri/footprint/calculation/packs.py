"""Rule packs: a method of calculation as versioned data. Every result records the pack and its hash."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from functools import cache
from typing import Any, Literal, TypeAlias, get_args

import msgspec

from meguri.footprint.calculation.allocation import Rule
from meguri.footprint.calculation.canonical import content_hash
from meguri.footprint.calculation.circular import Method as EndOfLifeMethod
from meguri.footprint.calculation.data import rule_data, rule_names
from meguri.footprint.calculation.errors import ChoiceMissing, ChoiceUnknown, GwpSetUnknown, PackUnknown
from meguri.footprint.calculation.gases import potentials
from meguri.footprint.calculation.quality import Formula
from meguri.footprint.calculation.waste import Approach
from meguri.kernel.text import Text

AllocationRule: TypeAlias = Rule | Literal["auto"]
OPEN = "param"

# What the user of a pack may be asked to choose: the name of the choice, and where the pack keeps it.
CHOICES: dict[str, tuple[str, ...]] = {
    "gwp_set": ("gwp_set",),
    "waste": ("waste",),
    "eol.method": ("eol", "method"),
    "electricity.accepted": ("electricity", "accepted"),
    "electricity.authoritative_mode": ("electricity", "authoritative_mode"),
}

CHOICE_WORDS = {
    "gwp_set": Text(ja="温暖化係数", en="Global warming potentials"),
    "waste": Text(ja="製造廃棄物の扱い", en="Waste of production"),
    "eol.method": Text(ja="使用後の算定", en="End of life"),
    "electricity.accepted": Text(ja="契約として認める電力", en="Electricity accepted as contract"),
    "electricity.authoritative_mode": Text(ja="採用する電力の算定", en="Electricity that counts"),
}
# What there is to choose from: one of these, or any number of the contracts of electricity.
OFFERED: dict[str, tuple[str, ...]] = {
    "gwp_set": ("AR6", "AR5", "AR4", "AR6-corr"),
    "waste": get_args(Approach),
    "eol.method": get_args(EndOfLifeMethod),
    "electricity.accepted": (
        "on_site_direct",
        "ppa_physical",
        "ppa_virtual",
        "supplier_product",
        "eac",
        "residual",
    ),
    "electricity.authoritative_mode": ("loc", "con"),
}
SEVERAL = ("electricity.accepted",)


class RulePack(msgspec.Struct, frozen=True, kw_only=True):
    """A pack as it is published. `hash` is that of its whole content; a changed pack is a new version.

    status  draft, voluntary, contract, adopted or withdrawn;  banner  what every result under it must carry
    """

    id: str
    version: str
    status: str
    name: Text
    banner: Text
    effective_from: date
    effective_to: date | None
    source: str
    licence: str
    unit_of_result: str
    content: Mapping[str, Any]
    hash: str

    @property
    def open_choices(self) -> list[str]:
        """Names of what the user of this pack must choose."""
        return [name for name, path in CHOICES.items() if _at(self.content, path) == OPEN]


class Rules(msgspec.Struct, frozen=True, kw_only=True):
    """A pack with all choices made: what a calculation needs.

    accepted  kinds of electricity contract that the authoritative figure may use; mode  `loc` or `con`
    """

    pack: RulePack
    gwp_set: str
    stages: tuple[str, ...]
    exclusions: tuple[str, ...]
    accepted: tuple[str, ...]
    mode: str
    cutoff: Mapping[str, Any]
    allocation_rule: AllocationRule
    economic_ratio_threshold: Decimal
    waste: Approach
    end_of_life: EndOfLifeMethod
    dqr_formula: Formula
    primary_rule: str
    required_company_specific: tuple[str, ...]
    choices: Mapping[str, Any]


@cache
def pack_named(pack_id: str) -> RulePack:
    """The shipped pack `pack_id`. Raises PackUnknown."""
    if pack_id not in rule_names("packs"):
        raise PackUnknown(pack_id, rule_names("packs"))
    return pack_from(rule_data(f"packs/{pack_id}"))


def shipped_packs() -> list[RulePack]:
    """All packs that come with Meguri, by id."""
    return [pack_named(pack_id) for pack_id in rule_names("packs")]


def pack_from(content: Mapping[str, Any]) -> RulePack:
    """A pack from its content, shipped or a company's own."""
    return RulePack(
        id=content["id"],
        version=content["version"],
        status=content["status"],
        name=Text(**content["name"]),
        banner=Text(**content["banner"]),
        effective_from=content["effective_from"],
        effective_to=content.get("effective_to"),
        source=content["source"],
        licence=content["licence"],
        unit_of_result=content["unit_of_result"],
        content=content,
        hash=content_hash(content),
    )


def rules_of(pack: RulePack, choices: Mapping[str, Any] | None = None) -> Rules:
    """The pack with the choices that it leaves open; what it fixes cannot be chosen otherwise.

    Raises ChoiceMissing for an open one that is not made, ChoiceUnknown for what is not offered, GwpSetUnknown.
    """
    made = {name: _chosen(pack, name, choices or {}) for name in CHOICES}
    potentials(made["gwp_set"])
    content = pack.content
    return Rules(
        pack=pack,
        gwp_set=made["gwp_set"],
        stages=tuple(content["stages"]),
        exclusions=tuple(content["exclusions"]),
        accepted=tuple(made["electricity.accepted"]),
        mode=made["electricity.authoritative_mode"],
        cutoff=content["cutoff"],
        allocation_rule=content["allocation"]["rule"],
        economic_ratio_threshold=Decimal(content["allocation"]["economic_ratio_threshold"]),
        waste=made["waste"],
        end_of_life=made["eol.method"],
        dqr_formula=content["dqr"]["formula"],
        primary_rule=content["primary_rule"],
        required_company_specific=tuple(content["required_company_specific"]),
        choices={name: made[name] for name in pack.open_choices},
    )


def _chosen(pack: RulePack, name: str, choices: Mapping[str, Any]) -> Any:
    fixed = _at(pack.content, CHOICES[name])
    if fixed != OPEN:
        return fixed
    if name not in choices:
        raise ChoiceMissing(pack=pack.id, choice=name, words=CHOICE_WORDS[name])
    check_choices({name: choices[name]})
    return choices[name]


def check_choices(choices: Mapping[str, Any]) -> None:
    """Raises ChoiceUnknown for a name that no pack leaves open, or a value that is not offered; GwpSetUnknown."""
    for name, value in choices.items():
        if name not in OFFERED:
            raise ChoiceUnknown(name, OFFERED, choice="choices")
        listed = isinstance(value, list | tuple)
        if listed is not (name in SEVERAL):
            raise ChoiceUnknown(str(value), OFFERED[name], choice=name)
        for one in value if listed else (value,):
            if one in OFFERED[name]:
                continue
            if name == "gwp_set":
                raise GwpSetUnknown(str(one), OFFERED[name])
            raise ChoiceUnknown(str(one), OFFERED[name], choice=name)


def _at(content: Mapping[str, Any], path: tuple[str, ...]) -> Any:
    value: Any = content
    for key in path:
        value = value[key]
    return value

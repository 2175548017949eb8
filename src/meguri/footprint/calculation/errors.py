"""How the calculation of a footprint says no.

Invalid
├── ValueInvalid, OutOfRange   as in the roll-up engine
├── Unknown                    a unit, gas, stage, factor or pack that does not exist; names the nearest ones
├── UnitIncompatible           the unit measures something else, and no mass or density leads across
├── ProvenanceMissing          an emission factor without source or licence
├── InstrumentExceeded         more taken from an electricity contract or certificate than it holds
├── ElectricityBalance         contracts cover more than was used
├── CffParameter               a parameter of the Circular Footprint Formula that does not fit the others
├── ProfileParameterMissing    the service life cannot be computed without it
├── ChoiceMissing              the rule pack leaves a choice to its user
├── CompanySpecificMissing     processes that must have the company's own data
└── LineAmbiguous              a line with two sources of its value, or none
"""

from collections.abc import Iterable
from difflib import get_close_matches
from typing import Any

from meguri.footprint.engine.errors import OutOfRange, ValueInvalid
from meguri.kernel.errors import Invalid
from meguri.kernel.text import Text

__all__ = [
    "CffParameter",
    "ChoiceMissing",
    "ChoiceUnknown",
    "CompanySpecificMissing",
    "ElectricityBalance",
    "FactorUnknown",
    "GasUnknown",
    "GwpSetUnknown",
    "InstrumentExceeded",
    "LineAmbiguous",
    "OutOfRange",
    "PackUnknown",
    "ProfileParameterMissing",
    "ProfileUnknown",
    "ProvenanceMissing",
    "StageUnknown",
    "UnitIncompatible",
    "UnitUnknown",
    "Unknown",
    "ValueInvalid",
]


class Unknown(Invalid):
    """A name that does not exist; `nearest` are the three most alike."""

    code = "footprint.unknown"
    say = Text(
        ja="「{value}」は登録されていません。近いもの: {nearest}",
        en="“{value}” does not exist. The nearest are: {nearest}",
    )

    def __init__(self, value: str, known: Iterable[str], **values: Any) -> None:
        """`known` are the names that do exist."""
        names = list(known)
        found = get_close_matches(value, names, n=3, cutoff=0) if names else []
        super().__init__(value=value, nearest=", ".join(found) or "–", **values)
        self.nearest = found


class UnitUnknown(Unknown):
    """A unit that is not in the table of units."""

    code = "footprint.unit_unknown"
    say = Text(
        ja="単位「{value}」は使えません。近い単位: {nearest}",
        en="The unit “{value}” is not known. The nearest are: {nearest}",
    )


class GasUnknown(Unknown):
    """A gas without a global warming potential in the set; CO, NOx, VOC and H2 have none."""

    code = "footprint.gas_unknown"
    say = Text(
        ja="ガス「{value}」の温暖化係数が {gwp_set} にありません。近いもの: {nearest}",
        en="{gwp_set} has no global warming potential for “{value}”. The nearest are: {nearest}",
    )


class GwpSetUnknown(Unknown):
    """A set of global warming potentials that is not shipped."""

    code = "footprint.gwp_set_unknown"
    say = Text(
        ja="温暖化係数のセット「{value}」はありません。選べるもの: {nearest}",
        en="There is no set of global warming potentials “{value}”. There are: {nearest}",
    )


class StageUnknown(Unknown):
    """A life-cycle stage that does not exist."""

    code = "footprint.stage_unknown"
    say = Text(
        ja="ライフサイクル段階「{value}」はありません。選べるもの: {nearest}",
        en="There is no life-cycle stage “{value}”. There are: {nearest}",
    )


class FactorUnknown(Unknown):
    """An emission factor that is not in the catalogue, or not visible to this company."""

    code = "footprint.factor_unknown"
    say = Text(
        ja="排出係数「{value}」が見つかりません。近いもの: {nearest}",
        en="The emission factor “{value}” was not found. The nearest are: {nearest}",
    )


class PackUnknown(Unknown):
    """A rule pack that does not exist."""

    code = "footprint.pack_unknown"
    say = Text(
        ja="ルールパック「{value}」はありません。選べるもの: {nearest}",
        en="There is no rule pack “{value}”. There are: {nearest}",
    )


class ProfileUnknown(Unknown):
    """A service-life profile or vehicle category that does not exist."""

    code = "footprint.profile_unknown"
    say = Text(
        ja="耐用期間の区分「{value}」はありません。選べるもの: {nearest}",
        en="There is no service-life profile “{value}”. There are: {nearest}",
    )


class UnitIncompatible(Invalid):
    """The two units measure different things, and no mass or density of the part leads from one to the other."""

    code = "footprint.unit_incompatible"
    say = Text(
        ja="「{given}」は「{wanted}」に換算できません。単位を直すか、部品の質量または密度を登録してください。",
        en="“{given}” cannot become “{wanted}”. Please correct the unit, or enter the part's mass or density.",
    )


class ProvenanceMissing(Invalid):
    """An emission factor must say where it comes from and under which licence."""

    code = "footprint.provenance_missing"
    say = Text(
        ja="排出係数「{factor}」に出典またはライセンスがありません。入力してください。",
        en="Emission factor “{factor}” has no source or no licence. Please enter them.",
    )


class InstrumentExceeded(Invalid):
    """More electricity is taken from a contract or certificate, over all products, than it holds."""

    code = "footprint.instrument_exceeded"
    say = Text(
        ja="電力契約・証書「{instrument}」の容量 {volume} kWh に対し {taken} kWh が割り当てられています。",
        en="{taken} kWh are taken from “{instrument}”, which holds {volume} kWh.",
    )


class ElectricityBalance(Invalid):
    """Contracts and certificates together cover more electricity than was used."""

    code = "footprint.electricity_balance"
    say = Text(
        ja="電力契約・証書の合計 {covered} kWh が使用量 {used} kWh を超えています。",
        en="Contracts and certificates cover {covered} kWh, but only {used} kWh were used.",
    )


class CffParameter(Invalid):
    """A parameter of the Circular Footprint Formula outside its limits, or not fitting the others."""

    code = "footprint.cff_parameter"
    say = Text(
        ja="循環フットプリント式のパラメーター {parameter} = {value} は条件 {limits} を満たしません。",
        en="The parameter {parameter} = {value} of the Circular Footprint Formula must satisfy {limits}.",
    )


class ProfileParameterMissing(Invalid):
    """The energy over the service life cannot be computed: a parameter is missing, or the result would be 0."""

    code = "footprint.profile_parameter_missing"
    say = Text(
        ja="耐用期間中の総エネルギーを計算できません。「{parameter}」を入力してください。",
        en="The energy over the service life cannot be computed. Please enter “{parameter}”.",
    )


class ChoiceMissing(Invalid):
    """The rule pack leaves this to its user, and nothing was chosen."""

    code = "footprint.choice_missing"
    say = Text(
        ja="ルールパック「{pack}」では「{words}」（{choice}）を選ぶ必要があります。",
        en="The rule pack “{pack}” needs you to choose “{words}” ({choice}).",
    )


class ChoiceUnknown(Unknown):
    """Something was chosen that a rule pack does not offer, or a choice that no pack leaves open."""

    code = "footprint.choice_unknown"
    say = Text(
        ja="「{choice}」に「{value}」は選べません。選べるもの: {nearest}",
        en="“{value}” is none of the choices of “{choice}”. There are: {nearest}",
    )


class CompanySpecificMissing(Invalid):
    """Processes that must be computed from the company's own data have none."""

    code = "footprint.company_specific_missing"
    say = Text(
        ja="自社固有データが必要な工程に一次データがありません: {processes}",
        en="These processes need the company's own data: {processes}",
    )


class LineAmbiguous(Invalid):
    """A line takes its value from exactly one place."""

    code = "footprint.line_ambiguous"
    say = Text(
        ja="行「{line}」には、排出係数・ガス・子部品の値のうち一つだけを指定してください。",
        en="Line “{line}” must name exactly one of: an emission factor, a gas, the value of a child part.",
    )

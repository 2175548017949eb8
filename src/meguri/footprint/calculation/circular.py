"""The Circular Footprint Formula, with burden and credit of the end of life always apart.

    material  (1−R1)·Ev + R1·(A·Erec + (1−A)·Ev·Qsin/Qp) + (1−A)·R2·(ErecEoL − Ev*·Qsout/Qp)
    energy    (1−B)·R3·(EER − LHV·XERheat·ESEheat − LHV·XERelec·ESEelec)
    disposal  (1−R2−R3)·ED

Source: PEF method, Recommendation (EU) 2021/2279 Annex I; battery form: draft delegated act Ares(2024)3131389.
"""

from collections.abc import Iterable
from decimal import Decimal
from typing import Literal

import msgspec

from meguri.footprint.calculation.data import number, rule_data
from meguri.footprint.calculation.errors import CffParameter
from meguri.footprint.calculation.figures import ONE, ZERO, between, finite, precise

Method = Literal["cff", "cut_off", "avoided_burden"]


class Circular(msgspec.Struct, frozen=True, kw_only=True):
    """The inputs for one material, in the symbols of the method.

    a          A: share of burdens and credits that goes to the user of recycled material
    b          B: the same for energy recovery
    r1, r2, r3 recycled content; recycled at end of life; burnt for energy at end of life
    ev, ev_star          virgin material used, and the virgin material that recycling replaces   [kg CO2e/unit]
    erec, erec_eol       recycled material used, and recycling at end of life                   [kg CO2e/unit]
    qs_in, qs_out        quality of recycled against primary material, going in and coming out (Qs/Qp)
    eer                  energy recovery [kg CO2e/unit]; lhv  lower heating value [MJ/unit]
    xer_heat, xer_elec   efficiency of recovered heat and electricity
    ese_heat, ese_elec   what they replace [kg CO2e/MJ]
    ed                   disposal [kg CO2e/unit]
    """

    a: Decimal
    ev: Decimal
    ed: Decimal = ZERO
    b: Decimal = ZERO
    r1: Decimal = ZERO
    r2: Decimal = ZERO
    r3: Decimal = ZERO
    ev_star: Decimal = ZERO
    erec: Decimal = ZERO
    erec_eol: Decimal = ZERO
    qs_in: Decimal = ONE
    qs_out: Decimal = ONE
    eer: Decimal = ZERO
    lhv: Decimal = ZERO
    xer_heat: Decimal = ZERO
    xer_elec: Decimal = ZERO
    ese_heat: Decimal = ZERO
    ese_elec: Decimal = ZERO


class CircularResult(msgspec.Struct, frozen=True, kw_only=True):
    """kg CO2e per unit: what goes in (stage raw material), and of the end of life the burden and the credit (≤ 0)."""

    input: Decimal
    gross: Decimal
    credit: Decimal

    @property
    def end_of_life(self) -> Decimal:
        """Burden and credit of the end of life together."""
        return self.gross + self.credit

    @property
    def net(self) -> Decimal:
        """All three together."""
        return self.input + self.gross + self.credit


@precise
def circular_footprint(inputs: Circular, method: Method = "cff") -> CircularResult:
    """The three terms of one material under one of three ways to look at recycling, from the same inputs.

    cff             A as given, within the limits of the rule data
    cut_off         A = 1: recycled material carries its own burden, and no credit is given
    avoided_burden  A = 0: recycling at the end of life is credited in full
    Raises CffParameter, ValueInvalid.
    """
    _check(inputs, method)
    a = {"cff": inputs.a, "cut_off": ONE, "avoided_burden": ZERO}[method]
    user, maker = a, ONE - a
    recycled_in = inputs.r1 * (user * inputs.erec + maker * inputs.ev * inputs.qs_in)
    recovered = inputs.lhv * (inputs.xer_heat * inputs.ese_heat + inputs.xer_elec * inputs.ese_elec)
    burnt = (ONE - inputs.b) * inputs.r3
    return CircularResult(
        input=(ONE - inputs.r1) * inputs.ev + recycled_in,
        gross=maker * inputs.r2 * inputs.erec_eol + burnt * inputs.eer + (ONE - inputs.r2 - inputs.r3) * inputs.ed,
        credit=-maker * inputs.r2 * inputs.ev_star * inputs.qs_out - burnt * recovered,
    )


@precise
def collected(properly: Decimal, improperly: Decimal, rate: Decimal) -> Decimal:
    """End of life of batteries of which the share `rate` is properly collected: CR·proper + (1−CR)·improper."""
    between("collection_rate", rate, ZERO, ONE)
    return rate * properly + (ONE - rate) * improperly


@precise
def combined(parts: Iterable[CircularResult]) -> CircularResult:
    """Several materials or parts of the battery form together."""
    terms = list(parts)
    return CircularResult(
        input=sum((each.input for each in terms), ZERO),
        gross=sum((each.gross for each in terms), ZERO),
        credit=sum((each.credit for each in terms), ZERO),
    )


def default_allocation(material: str) -> Decimal:
    """A for `metals`, `glass`, `plastics` or `textiles`. Raises CffParameter for another kind."""
    table = rule_data("cff")["allocation"]
    if material not in table:
        raise CffParameter(parameter="A", value=material, limits=" | ".join(table))
    return number(table[material])


def _check(inputs: Circular, method: Method) -> None:
    for field in inputs.__struct_fields__:
        finite(field, getattr(inputs, field))
    shares = {"R1": inputs.r1, "R2": inputs.r2, "R3": inputs.r3, "B": inputs.b, "R2 + R3": inputs.r2 + inputs.r3}
    for name, share in shares.items():
        if not 0 <= share <= 1:
            raise CffParameter(parameter=name, value=share, limits="0 … 1")
    least, most = (number(limit) for limit in rule_data("cff")["limits"]["A"])
    if method == "cff" and not least <= inputs.a <= most:
        raise CffParameter(parameter="A", value=inputs.a, limits=f"{least} … {most}")

"""One recovery calculation from its written input to the result that is printed: rounding happens here."""

from decimal import Decimal
from typing import Any

import msgspec

from meguri.kernel.errors import FieldError
from meguri.kernel.numbers import ZERO, plain
from meguri.kernel.text import Text
from meguri.recycling.conservation import Measured, Residual, Verdict, residual, root_sum
from meguri.recycling.errors import ConservationViolation
from meguri.recycling.model import Counting
from meguri.recycling.rates import half_up
from meguri.recycling.recovery import (
    WASTE,
    Charge,
    HazardBalance,
    Recovery,
    Warned,
    Yielded,
    hazard_balance,
    optional_elements,
    recover,
)
from meguri.recycling.recovery_input import RecoveryInput, parse, refuse_not_optional
from meguri.recycling.rulebook import RecoveryRules, recovery_rules, targets

_TOO_MUCH = Text(ja="{element} の合計が投入を超えています。", en="adds up to more {element} than went in.")
_encoder = msgspec.json.Encoder(decimal_format="number")


def calculate(said: RecoveryInput, books: dict[str, RecoveryRules] | None = None) -> Recovery:
    """The result, unrounded. Raises UnusableInput, RuleSetUnknown, RuleSetNotValid, ConservationViolation."""
    book = recovery_rules(said.rule_set, said.year, books)
    refuse_not_optional(said, optional_elements(book, said.year))
    warned = _conserved(said)
    found = recover(
        book,
        said.year,
        said.re_class,
        said.charges,
        said.yields,
        optional=said.optional,
        rows=targets().targets,
    )
    hazards = _hazards(book, said)
    warnings = [
        *found.warnings,
        *warned,
        *_bare(said),
        *_unread(said),
        *(_unbalanced(e, h) for e, h in hazards.items() if not h.balanced),
    ]
    return msgspec.structs.replace(found, warnings=warnings, hazards=hazards)


def calculate_text(raw: bytes) -> bytes:
    """From JSON to JSON: percentages and kg with six decimals, half up."""
    return to_json(calculate(parse(raw)))


def to_json(found: Recovery) -> bytes:
    """The result as printed: numbers with six decimals."""
    return msgspec.json.format(
        _encoder.encode(_rounded(msgspec.to_builtins(found, builtin_types=(Decimal,)))), indent=2
    )


def _rounded(value: Any) -> Any:
    if isinstance(value, Decimal):
        return half_up(value)
    if isinstance(value, dict):
        return {key: _rounded(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_rounded(item) for item in value]
    return value


def _conserved(said: RecoveryInput) -> list[Warned]:
    """No element comes out in greater mass than it went in, within what its stated uncertainties allow.

    An element whose input nobody gave is no violation (its recovery is not determined), but it is pointed out.
    """
    warned = []
    for element, (going_in, coming_out, u) in _totals(said.charges, said.yields).items():
        if not going_in and coming_out:
            warned.append(_from_nothing(element, coming_out))
        if coming_out <= going_in or not going_in:
            continue
        found = residual(element, going_in, coming_out, u_kg=u)
        if found.verdict is Verdict.VIOLATED:
            raise _violation(found, said.yields)
        if found.verdict is Verdict.WARNING:
            warned.append(_more_out(found))
    return warned


def _totals(charges: list[Charge], yields: list[Yielded]) -> dict[str, tuple[Decimal, Decimal, Decimal]]:
    """kg in, kg out of battery origin, and the standard uncertainty [kg] of their difference, by element."""
    into: dict[str, list[Measured]] = {}
    out: dict[str, list[Measured]] = {}
    for charge in charges:
        into.setdefault(charge.element, []).append(_measured(charge.mass_kg, charge.u_rel))
    for made in yields:
        if made.counting is not Counting.INTERMEDIATE:
            out.setdefault(made.element, []).append(_measured(made.battery_kg, made.u_rel))
    return {
        element: (
            _kg(into.get(element, [])),
            _kg(out.get(element, [])),
            root_sum(into.get(element, ()), out.get(element, ())),
        )
        for element in dict.fromkeys([*into, *out])
    }


def _measured(kg: Decimal, u_rel: Decimal | None) -> Measured:
    """A mass with its uncertainty as stated; none stated: taken as exact."""
    return Measured(kg, kg * (u_rel or ZERO))


def _kg(masses: list[Measured]) -> Decimal:
    return sum((one.kg for one in masses), ZERO)


def _violation(found: Residual, yields: list[Yielded]) -> ConservationViolation:
    places = dict.fromkeys(made.place for made in yields if made.element == found.element)
    return ConservationViolation(
        fields=tuple(FieldError(f"{place}.massKg", _TOO_MUCH, {"element": found.element}) for place in places),
        element=found.element,
        in_kg=plain(found.in_kg),
        out_kg=plain(found.out_kg),
        residual_kg=plain(found.residual_kg),
        limit_kg=plain(half_up(found.hard_kg)),
    )


def _more_out(found: Residual) -> Warned:
    kg = plain(half_up(-found.residual_kg))
    return Warned(
        code="CONSERVATION_WARNING",
        text=f"{kg} kg more {found.element} come out than went in; the hard limit is {plain(half_up(found.hard_kg))} kg.",
        text_ja=f"{found.element} の産出が投入より {kg} kg 多くなっています(上限 {plain(half_up(found.hard_kg))} kg)。",
        element=found.element,
        value=found.residual_kg,
    )


def _from_nothing(element: str, kg: Decimal) -> Warned:
    return Warned(
        code="OUTPUT_WITHOUT_INPUT",
        text=f"{plain(half_up(kg))} kg of {element} come out, but no input names it: please complete the inputs.",
        text_ja=f"{element} {plain(half_up(kg))} kg が産出にありますが、投入にありません。rRE に入るため、投入を補ってください。",
        element=element,
        value=kg,
    )


def _bare(said: RecoveryInput) -> list[Warned]:
    """Carbon and iron without a place: within the cell they are rows of their own."""
    named = {c.element for c in said.charges} | {y.element for y in said.yields}
    return [
        Warned(
            code="ELEMENT_PLACE_UNSAID",
            text=f"{bare} is taken as outside the cell; write {bare}_cell for what lies in the cell.",
            text_ja=f"{bare} はセル外のものとして扱いました。セル内のものは {bare}_cell と書いてください。",
            element=bare,
        )
        for bare in ("C", "Fe")
        if bare in named
    ]


def _unread(said: RecoveryInput) -> list[Warned]:
    """Fields without a meaning, up to twenty."""
    return [
        Warned(
            code="UNKNOWN_FIELD",
            text=f"{place} is not read: no such field. Please check its spelling.",
            text_ja=f"{place} という項目はありません。読み飛ばしました。綴りを確認してください。",
            place=place,
        )
        for place in said.unread[:20]
    ]


def _hazards(book: RecoveryRules, said: RecoveryInput) -> dict[str, HazardBalance]:
    """Mercury and cadmium, when the input holds any."""
    found = {}
    for element in ("Hg", "Cd"):
        going_in = sum((c.mass_kg for c in said.charges if c.element == element), ZERO)
        if not going_in or (element == "Cd" and book.classes[said.re_class.value].hazardous != "Cd"):
            continue
        made = [y for y in said.yields if y.element == element]
        recycled = sum((y.battery_kg for y in made if y.counting is Counting.RECYCLING), ZERO)
        waste = sum((y.battery_kg for y in made if y.counting in WASTE), ZERO)
        masses = [_measured(c.mass_kg, c.u_rel) for c in said.charges if c.element == element]
        masses += [_measured(y.battery_kg, y.u_rel) for y in made if y.counting in {*WASTE, Counting.RECYCLING}]
        found[element] = hazard_balance(element, going_in, recycled, waste, u=root_sum(masses))
    return found


def _unbalanced(element: str, found: HazardBalance) -> Warned:
    kg = plain(half_up(found.residual_kg))
    return Warned(
        code="HAZARD_BALANCE",
        text=f"{kg} kg of {element} are neither recycled nor in the waste.",
        text_ja=f"{element} {kg} kg の行方が再生分にも廃棄物にもありません。",
        element=element,
        value=found.residual_kg,
    )

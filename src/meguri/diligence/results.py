"""Results that travel: rolled up into a parent part, and projected to the items of the exchange (`dd-items`).

Roll-up: a band is the worst of own and all purchased components, in the order low < medium < not assessed < high <
critical; a missing or undisclosed answer counts as not assessed. Masses decide coverage. Nothing of who supplies is in it.
"""

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Literal

import msgspec

from meguri.diligence.coverage import Contribution, coverage
from meguri.diligence.data import rule_data
from meguri.diligence.model import (
    CategoryResult,
    DdResult,
    FindingKey,
    Item,
    MaterialResult,
    OpenFindings,
    VerificationResult,
)
from meguri.diligence.taxonomy import Band, material_code, names, worst
from meguri.kernel.numbers import plain

VERIFIED = ("none", "self", "second_party", "third_party", "notified_body")
HUNDRED = Decimal(100)


class Child(msgspec.Struct, frozen=True, kw_only=True):
    """A component: how much of it goes into one unit of the parent, the material masses of one unit of it, its result.

    result  None: no answer, or none disclosed
    keys    of its open findings, as far as its maker discloses by what they are known again
    """

    amount: Decimal
    masses: Mapping[str, Decimal]
    result: DdResult | None
    keys: tuple[FindingKey, ...] = ()


def roll_up(own: DdResult, children: Sequence[Child], own_keys: Sequence[FindingKey] = ()) -> DdResult:
    """The total of a part: its own result and what its components bring.

    A finding that is known again (the same key) counts once. Where an open finding of one source has no key and another
    source has any, the sum may count it twice, and says so.
    """
    if not children:
        return sealed(msgspec.structs.replace(own, dd_type="total"))
    known = [child.result for child in children if child.result is not None]
    bands = [
        own.overall_band,
        *(child.result.overall_band if child.result else Band.NOT_ASSESSED for child in children),
    ]
    results = [own, *known]
    scores = [one.max_score for one in results if one.max_score is not None]
    ends = [one.valid_until for one in results if one.valid_until is not None]
    total = msgspec.structs.replace(
        own,
        dd_type="total",
        overall_band=worst(bands),
        max_score=max(scores, default=None),
        category_results=_categories(own, children, own_keys),
        materials=_materials(own, children),
        valid_until=min(ends, default=None),
        verification=_weakest(own, children),
        attestation_count=sum(one.attestation_count for one in results),
        policy=all(one.policy for one in results) and len(known) == len(children),
        grievance_mechanism=all(one.grievance_mechanism for one in results) and len(known) == len(children),
        may_double_count=any(one.may_double_count for one in known) or _in_doubt(own, children, own_keys),
        items=(),
    )
    return sealed(total)


def sealed(result: DdResult) -> DdResult:
    """The result with the hash of its content."""
    bare = msgspec.structs.replace(result, result_hash="", dd_id=None)
    return msgspec.structs.replace(
        result, result_hash=hashlib.sha256(msgspec.json.encode(bare, order="deterministic")).hexdigest()
    )


def keys_of(children: Sequence[Child], own_keys: Sequence[FindingKey] = ()) -> tuple[FindingKey, ...]:
    """The keys of all open findings of a total, each once, in a stable order."""
    every = {*own_keys, *(key for child in children for key in child.keys)}
    return tuple(sorted(every, key=lambda one: (one.category, one.severity, one.key)))


def _in_doubt(own: DdResult, children: Sequence[Child], own_keys: Sequence[FindingKey]) -> bool:
    """Whether a finding without a key could be one that another source counts as well."""
    sources = [(own, own_keys), *((child.result, child.keys) for child in children if child.result)]
    opened = [_opened(result) for result, _ in sources]
    unknown = [
        counts - Counter((key.category, str(key.severity)) for key in keys)
        for counts, (_, keys) in zip(opened, sources, strict=True)
    ]
    return any(
        place in other
        for number, places in enumerate(unknown)
        for place in places
        for another, other in enumerate(opened)
        if another != number
    )


def _opened(result: DdResult) -> Counter[tuple[str, str]]:
    """How many findings of each category and severity are open."""
    return +Counter(
        {
            (one.category, name): getattr(one.open, name)
            for one in result.category_results
            for name in OpenFindings.__struct_fields__
        }
    )


def _categories(own: DdResult, children: Sequence[Child], own_keys: Sequence[FindingKey]) -> tuple[CategoryResult, ...]:
    listed = {one.category for one in own.category_results}
    listed |= {one.category for child in children if child.result for one in child.result.category_results}
    every = [*set(own_keys), *(key for child in children if child.result for key in set(child.keys))]
    again = Counter((key.category, str(key.severity)) for key in every)
    again.subtract((key.category, str(key.severity)) for key in set(every))
    return tuple(_category(category, own, children, again) for category in names("categories") if category in listed)


def _category(
    category: str, own: DdResult, children: Sequence[Child], again: Counter[tuple[str, str]]
) -> CategoryResult:
    found = {one.category: one for one in own.category_results}.get(category)
    bands = [found.band] if found else []
    opened = [found.open] if found else []
    for child in children:
        of_child = {one.category: one for one in child.result.category_results} if child.result else {}
        one = of_child.get(category)
        bands.append(one.band if one else Band.NOT_ASSESSED)
        opened += [one.open] if one else []
    sums = {
        name: sum(getattr(each, name) for each in opened) - again[category, name]
        for name in OpenFindings.__struct_fields__
    }
    return CategoryResult(category=category, band=worst(bands), open=OpenFindings(**sums))


def _materials(own: DdResult, children: Sequence[Child]) -> tuple[MaterialResult, ...]:
    held = {name for child in children for name, mass in child.masses.items() if mass}
    mine = {one.material: one for one in own.materials}
    return tuple(
        _material(name, mine.get(name), children) for name in names("materials") if name in held or name in mine
    )


def _material(name: str, mine: MaterialResult | None, children: Sequence[Child]) -> MaterialResult:
    holding = [child for child in children if child.masses.get(name)]
    if not holding and mine is not None:
        return mine
    said = [
        {one.material: one for one in child.result.materials}.get(name) if child.result else None for child in holding
    ]
    share = coverage(
        Contribution(
            amount=child.amount, mass_per_unit=child.masses[name], coverage_pct=one.coverage_pct if one else None
        )
        for child, one in zip(holding, said, strict=True)
    )
    exposures = {one.cahra_exposure if one else "unknown" for one in said} | ({mine.cahra_exposure} if mine else set())
    recycled = [one.recycled_pct for one in said if one is not None and one.recycled_pct is not None]
    return MaterialResult(
        material=name,
        coverage_pct=share,
        origin_status=origin_status(share),
        cahra_exposure="yes" if "yes" in exposures else "unknown" if "unknown" in exposures else "no",
        recycled_pct=recycled[0] if len(holding) == 1 and recycled else None,
    )


def origin_status(share: Decimal | None) -> Literal["identified", "partly_identified", "not_identified"]:
    """identified at 100 %, not_identified at 0 or unknown."""
    if not share:
        return "not_identified"
    return "identified" if share >= HUNDRED else "partly_identified"


def _weakest(own: DdResult, children: Sequence[Child]) -> VerificationResult:
    every = [
        own.verification,
        *(child.result.verification if child.result else VerificationResult() for child in children),
    ]
    weakest = min(every, key=lambda one: VERIFIED.index(one.type))
    return VerificationResult(type=weakest.type, valid_until=weakest.valid_until)


def exchange_result(band: Band) -> str:
    """low is CONFORMANT, medium PARTIAL, high and critical NON_CONFORMANT."""
    return str(rule_data("dd_items")["results"][band.value])


def band_of_exchange(result: str | None) -> Band:
    """The band that a result written by a foreign system stands for."""
    return Band(rule_data("dd_items")["bands"].get(result or "", Band.NOT_ASSESSED.value))


def exchange_score(max_score: Decimal | None) -> Decimal | None:
    """100 − the greatest risk score, five decimals; higher is better."""
    return None if max_score is None else Decimal(plain((HUNDRED - max_score).quantize(Decimal("0.00001"))))


def items_of(result: DdResult, on: date) -> tuple[Item, ...]:
    """The lines of a result as the exchange carries them."""
    if result.source == "external" and result.dd_type == "own":
        return result.items
    return (*_category_items(result), *_material_items(result, on), *_system_items(result, on))


def _category_items(result: DdResult) -> Iterable[Item]:
    return [Item(code=one.category, result=exchange_result(one.band)) for one in result.category_results]


def _material_items(result: DdResult, on: date) -> Iterable[Item]:
    verified = _verified(result, on)
    for one in result.materials:
        code = material_code(one.material)
        comment = None if one.coverage_pct is None else f"coverage={one.coverage_pct:.1f}"
        yield Item(code=f"COV_{code}", result=_coverage_result(one.coverage_pct), comment=comment)
    for one in result.materials:
        answer = {"no": "CONFORMANT", "unknown": "NOT_ASSESSED"}.get(one.cahra_exposure)
        yield Item(
            code=f"CAHRA_{material_code(one.material)}", result=answer or ("PARTIAL" if verified else "NON_CONFORMANT")
        )


def _coverage_result(share: Decimal | None) -> str:
    limits = rule_data("dd_items")["coverage"]
    if share is None:
        return "NOT_ASSESSED"
    if share >= Decimal(limits["conformant_pct"]):
        return "CONFORMANT"
    return "PARTIAL" if share >= Decimal(limits["partial_pct"]) else "NON_CONFORMANT"


def _system_items(result: DdResult, on: date) -> Iterable[Item]:
    yield Item(code="POL", result="CONFORMANT" if result.policy else "NON_CONFORMANT")
    yield Item(code="GRV", result="CONFORMANT" if result.grievance_mechanism else "NON_CONFORMANT")
    if _verified(result, on):
        yield Item(code="VER", result="CONFORMANT")
    else:
        partly = result.verification.type in ("self", "second_party")
        yield Item(code="VER", result="PARTIAL" if partly else "NON_CONFORMANT")


def _verified(result: DdResult, on: date) -> bool:
    """By a third party or notified body, and still valid."""
    end = result.verification.valid_until
    return result.verification.type in ("third_party", "notified_body") and (end is None or on <= end)

"""The next use of a battery, with reasons: what is open, what is worth most, what to test before deciding."""

from collections.abc import Sequence
from datetime import date

import msgspec
import numpy as np

from meguri.health.arrays import Floats
from meguri.health.rulebook import RuleSet
from meguri.reuse.carbon import co2_against_recycling, unbeaten
from meguri.reuse.draws import normals as normal_draws
from meguri.reuse.draws import split_normal
from meguri.reuse.gate import GateResult, Outcome, Verdict
from meguri.reuse.information import TestValue, worth_of_tests
from meguri.reuse.lot import lot_of
from meguri.reuse.model import VALUED, Battery, Option, Reason, TestOffer, Valuation
from meguri.reuse.money import minor_units
from meguri.reuse.prices import PriceSet
from meguri.reuse.reasons import reason
from meguri.reuse.valuerules import OptionRule, value_rules
from meguri.reuse.valuing import option_draws, value


class Choice(msgspec.Struct, frozen=True, kw_only=True):
    """One option as the decision saw it. Δ against "recycle now": minor units and kg CO2e; None when not valued."""

    option: Option
    feasible: bool
    expected: int | None
    delta_value: int | None
    delta_co2_kg: float | None
    unbeaten: bool
    reasons: tuple[Reason, ...]
    eu_word: str
    passport_event: str
    battery_status: str


class Decision(msgspec.Struct, frozen=True, kw_only=True):
    """What to do with a battery and why.

    confidence  share of draws in which the best feasible option is the best
    tests       what to test next, the most worthwhile first
    """

    item_id: str
    verdict: Verdict
    decision: Option
    best: Option
    confidence: float
    reasons: tuple[Reason, ...]
    choices: tuple[Choice, ...]
    next_test: str | None
    tests: tuple[TestValue, ...]
    valuation: Valuation
    rule_sets: tuple[RuleSet, ...]


def decide(
    battery: Battery,
    gate: GateResult,
    prices: PriceSet,
    today: date,
    *,
    seed: int = 0,
    draws: int | None = None,
) -> Decision:
    """The decision. Veto → recycle only; not assessable → hold for a test; else the greatest expected value.

    With less than 70 % confidence and a test worth more than it costs → hold for that test.
    """
    rules = value_rules()
    valuation = value(battery, prices, today, seed=seed, draws=draws)
    worth = option_draws(battery, prices, seed=seed, draws=draws)
    refused = {option: _refusals(battery, gate, rules.of(option), option in worth) for option in VALUED}
    open_to = [option for option in worth if not refused[option]]
    best, confidence = _best(worth, open_to)
    tests = tests_for(battery, gate, prices, worth, seed, valuation.draws)
    named = next((test for test in tests if test.net > 0), None)
    hold = gate.verdict is Verdict.NOT_ASSESSABLE or (
        gate.verdict is not Verdict.VETO and confidence < rules.decision_confidence and named is not None
    )
    return Decision(
        item_id=battery.item_id,
        verdict=gate.verdict,
        decision=Option.HOLD_FOR_TEST if hold else best,
        best=best,
        confidence=confidence,
        reasons=_why(best, confidence, gate, hold, named),
        choices=_choices(battery, worth, refused, best, minor_units(prices.currency)),
        next_test=_next_test(named, tests) if hold else None,
        tests=tests,
        valuation=valuation,
        rule_sets=(gate.rule_set, *valuation.rule_sets),
    )


def _next_test(named: TestValue | None, tests: Sequence[TestValue]) -> str | None:
    """The test with the greatest net worth; where none pays for itself, the one that comes nearest."""
    chosen = named or next(iter(tests), None)
    return chosen.test.test_id if chosen else None


def passport_event(option: Option, *, as_is: bool, waste: bool) -> str:
    """The passport's event of an option: reuse in a vehicle, sold as it is and no waste, is a `transfer` only."""
    rule = value_rules().of(option)
    if as_is and not waste and rule.passport_event_as_is is not None:
        return rule.passport_event_as_is
    return rule.passport_event


def _best(worth: dict[Option, Floats], open_to: Sequence[Option]) -> tuple[Option, float]:
    table = np.stack([worth[option] for option in open_to])
    place = int(table.mean(axis=1).argmax())
    return open_to[place], float((table.argmax(axis=0) == place).mean())


def _refusals(battery: Battery, gate: GateResult, rule: OptionRule, valued: bool) -> tuple[Reason, ...]:
    """Why an option is closed; empty when it is open. Recycling is always open."""
    if rule.option is Option.RECYCLE:
        return ()
    found = []
    if gate.verdict is Verdict.VETO:
        failed = [result for result in gate.results if result.outcome is Outcome.FAIL]
        found += [
            reason(
                f"RULE_VETO:{one.rule_id}",
                evidence=(one.evidence_id,) if one.evidence_id else (),
                ja=one.title_ja,
                en=one.title_en,
            )
            for one in failed
        ]
    if gate.verdict is Verdict.NOT_ASSESSABLE:
        missing = [one for one in gate.results if one.required and one.outcome is Outcome.NOT_ASSESSABLE]
        found += [reason(f"RULE_MISSING:{one.rule_id}", ja=one.title_ja, en=one.title_en) for one in missing]
    if not valued:
        found.append(reason("NO_MODULE_DATA"))
    if battery.soh_energy.lower < rule.soh_min:
        numbers = {"soh_lower": battery.soh_energy.lower, "minimum": rule.soh_min}
        found.append(reason("SOH_BELOW_USE_MIN", numbers))
    if battery.resistance_ratio is not None and battery.resistance_ratio > rule.resistance_max:
        numbers = {"ratio": battery.resistance_ratio, "maximum": rule.resistance_max}
        found.append(reason("R_TOO_HIGH", numbers))
    return tuple(found)


def _choices(
    battery: Battery,
    worth: dict[Option, Floats],
    refused: dict[Option, tuple[Reason, ...]],
    best: Option,
    minor: int,
) -> tuple[Choice, ...]:
    expected = {option: float(drawn.mean()) * minor for option, drawn in worth.items()}
    floor = expected[Option.RECYCLE]
    points = {
        option: (expected[option] - floor, co2_against_recycling(battery, option))
        for option in worth
        if not refused[option]
    }
    marked = unbeaten(points)
    found = []
    for option in VALUED:
        rule, mean = value_rules().of(option), expected.get(option)
        found.append(
            Choice(
                option=option,
                feasible=not refused[option],
                expected=None if mean is None else round(mean),
                delta_value=None if mean is None else round(mean - floor),
                delta_co2_kg=None if mean is None else round(co2_against_recycling(battery, option), 3),
                unbeaten=option in marked,
                reasons=(*refused[option], *_weaker(option, mean, expected[best], floor, best)),
                eu_word=rule.eu_word,
                passport_event=passport_event(option, as_is=True, waste=False),
                battery_status=rule.battery_status,
            )
        )
    return tuple(found)


def _weaker(option: Option, mean: float | None, most: float, floor: float, best: Option) -> tuple[Reason, ...]:
    """Why an option that was valued is not the best one."""
    if mean is None or option is best:
        return ()
    found = [] if mean >= 0 else [reason("NPV_NEGATIVE", {"expected": round(mean)})]
    if option is not Option.RECYCLE and mean < floor:
        found.append(reason("PRICE_BELOW_FLOOR", {"expected": round(mean), "floor": round(floor)}))
    if mean <= most:
        found.append(reason("LOWER_VALUE", {"expected": round(mean), "best": round(most)}))
    return tuple(found)


def _why(best: Option, confidence: float, gate: GateResult, hold: bool, named: TestValue | None) -> tuple[Reason, ...]:
    found = [reason(f"VERDICT:{gate.verdict.value}")]
    if gate.verdict not in (Verdict.VETO, Verdict.NOT_ASSESSABLE):
        found.append(reason("HIGHEST_VALUE", {"confidence": round(confidence, 4)}))
    elif best is Option.RECYCLE:
        found.append(reason("ONLY_RECYCLE_OPEN"))
    if hold and named is not None:
        found.append(reason("TEST_WORTH_IT", {"evsi": named.evsi, "cost": named.test.cost}))
    return tuple(found)


def tests_for(
    battery: Battery, gate: GateResult, prices: PriceSet, worth: dict[Option, Floats], seed: int, draws: int
) -> tuple[TestValue, ...]:
    """Tests that the price set offers, by what they are worth for this battery now."""
    rules, minor = value_rules(), minor_units(prices.currency)
    offers = [
        TestOffer(
            test_id=rule.test_id,
            text_ja=rule.text_ja,
            text_en=rule.text_en,
            hours=rule.hours,
            kind=rule.kind,
            cost=round(prices.price(f"test.{rule.test_id}") * minor),
            new_sd=rule.new_sd,
            sensitivity=rule.sensitivity,
            specificity=rule.specificity,
            evidence_for=rule.evidence_for,
        )
        for rule in rules.tests
        if prices.has(f"test.{rule.test_id}")
    ]
    lot = lot_of([battery], rules)
    z = normal_draws(seed, lot.names, draws, 3)[0]
    soh = split_normal(lot.soh, lot.lower, lot.upper, z)[0]
    missing = [one.rule_id for one in gate.results if one.required and one.outcome is Outcome.NOT_ASSESSABLE]
    usable = _usable(battery, worth)
    loss = rules.loss_if_unsafe_per_kwh * battery.rated_energy_kwh if prices.currency == "JPY" else 0.0
    loss = prices.price("loss.unsafe") * battery.rated_energy_kwh if prices.has("loss.unsafe") else loss
    return worth_of_tests(offers, usable, soh, missing, rules.prior_pass, loss, minor, seed)


def _usable(battery: Battery, worth: dict[Option, Floats]) -> dict[Option, Floats]:
    """Options that the battery could reach by its figures, were the gate open."""
    rules = value_rules()
    return {
        option: drawn
        for option, drawn in worth.items()
        if option is Option.RECYCLE
        or (
            battery.soh_energy.upper >= rules.of(option).soh_min
            and (battery.resistance_ratio or 0.0) <= rules.of(option).resistance_max
        )
    }

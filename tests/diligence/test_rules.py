"""The pure rules: applicability, scores, controls, priority, coverage, the Art. 49(2) record, states, concentration."""

from datetime import UTC, date, datetime
from decimal import Decimal as D
from uuid import UUID

import msgspec
import pytest

from meguri.diligence import chain_record as record
from meguri.diligence import findings, grievance, measures, results, smelters
from meguri.diligence.applicability import applies, applies_in_japan
from meguri.diligence.chain_record import ChainRecord, completeness
from meguri.diligence.concentration import concentration
from meguri.diligence.controls import NO_CONTROL, Control, kappa
from meguri.diligence.coverage import Contribution, Edge, coverage, leads_back, overfull, trace
from meguri.diligence.errors import ConsultationMissing, FourEyes, IllegalStep, MitigationFirst, UnknownWord
from meguri.diligence.evidence import notice_days, status_on
from meguri.diligence.model import (
    CategoryResult,
    DdResult,
    FindingKey,
    MaterialResult,
    OpenFindings,
    VerificationResult,
)
from meguri.diligence.priority import Likelihood, Severity, band_of_priority, priority
from meguri.diligence.results import Child, exchange_result, exchange_score, items_of, keys_of, roll_up
from meguri.diligence.risk_data import cahra_exposure, cahra_lists, country_input, read_areas, read_indicators
from meguri.diligence.scoring import Input, chain_score, floor_of, material_input, score_node, sensitivity, stage_input
from meguri.diligence.smelters import Candidate, LookUp, normal_cid, resolve
from meguri.diligence.taxonomy import Band, check_word, worst

DAY = date(2027, 9, 1)
PART = UUID("01900000-0000-7000-8000-000000000001")


@pytest.mark.parametrize(
    ("turnover", "group", "placed", "second_life", "answer"),
    [
        ("39000000", None, "2027-09-01", False, "no"),
        ("39000000", "60000000", "2027-09-01", False, "yes"),
        ("200000000", None, "2027-08-17", False, "no"),
        ("200000000", None, "2027-08-18", False, "yes"),
        ("200000000", None, "2027-09-01", True, "no"),
        ("40000000", None, "2027-09-01", False, "yes"),
    ],
)
def test_the_duties_apply_by_turnover_day_and_first_life(
    turnover: str, group: str | None, placed: str, second_life: bool, answer: str
) -> None:
    said = applies(D(turnover), D(group) if group else None, date.fromisoformat(placed), second_life=second_life)
    assert said.answer == answer
    assert said.reason.ja
    assert said.rule_set == "EU-DD/1"


def test_the_proposed_threshold_is_another_rule_set_and_off_by_default() -> None:
    assert applies(D(100000000), None, DAY, alternative="omnibus-proposal").answer == "no"
    assert applies(D(100000000), None, DAY).answer == "yes"


def test_japans_guidelines_are_voluntary_for_all() -> None:
    assert applies_in_japan().answer == "voluntary"


def given(name: str, value: str) -> Input:
    return Input(name=name, value=D(value), dataset="test", version="1")


def control(name: str, kind: str, **more: object) -> Control:
    return msgspec.convert({"attestation_id": name, "kind": kind, **more}, Control)


AUDIT = control("a", "third_party_audit")


def test_a_refiners_score_is_explained_term_by_term() -> None:
    inputs = [given("g", "0.8"), stage_input("refiner"), material_input("cobalt")]
    score = score_node("refiner", "cobalt", "B2", inputs, kappa([AUDIT], DAY), D("0.9"))
    assert (score.exposure, score.residual, score.with_unknown) == (D(73), D("29.2"), D("32.74"))
    assert score.band is Band.MEDIUM
    assert [(driver.name, driver.points) for driver in score.drivers] == [("g", D(40)), ("mu", D(18)), ("s", D(15))]


def test_a_chain_is_as_bad_as_its_worst_node() -> None:
    refiner = score_node(
        "refiner",
        "cobalt",
        "B2",
        [given("g", "0.8"), stage_input("refiner"), material_input("cobalt")],
        kappa([AUDIT], DAY),
        D("0.9"),
    )
    unknown = score_node(
        "mine", "cobalt", "B2", [stage_input("mine_industrial"), material_input("cobalt")], NO_CONTROL, D(1)
    )
    assert unknown.exposure == unknown.score == D(95)
    assert unknown.inputs[0].flags == ("unknown",)
    worst_of = chain_score([refiner, unknown])
    assert worst_of is not None
    assert (worst_of.score, worst_of.band) == (D(95), Band.CRITICAL)
    half = msgspec.structs.replace(kappa([AUDIT], DAY), value=D("0.5"))
    known = score_node(
        "mine",
        "cobalt",
        "B2",
        [given("g", "0.8"), stage_input("mine_industrial"), material_input("cobalt")],
        half,
        D(1),
    )
    assert (known.exposure, known.score, known.band) == (D(85), D("42.5"), Band.MEDIUM)
    better = chain_score([refiner, known])
    assert better is not None
    assert better.score == D("42.5")


def test_an_open_critical_finding_keeps_a_score_critical_whatever_controls_there_are() -> None:
    strong = kappa([AUDIT, control("b", "notified_body"), control("c", "certified_system")], DAY)
    score = score_node(
        "x",
        "cobalt",
        "B2",
        [given("g", "0.1"), stage_input("pack"), material_input("lithium")],
        strong,
        D(1),
        [floor_of("f", Band.CRITICAL)],
    )
    assert (score.score, score.band) == (D(90), Band.CRITICAL)


def test_the_same_inputs_give_the_same_bytes_and_what_if_stores_nothing() -> None:
    inputs = [given("g", "0.37"), stage_input("trader"), material_input("nickel")]
    first, second = (score_node("x", "nickel", "A2", inputs, kappa([AUDIT], DAY), D("0.333")) for _ in range(2))
    assert msgspec.json.encode(first) == msgspec.json.encode(second)
    shown = sensitivity(first)
    assert {one.changed for one in shown} == {"input:g", "input:s", "input:mu", "weight:g", "weight:s", "weight:mu"}
    assert all(one.low <= first.score <= one.high for one in shown)


@pytest.mark.parametrize(
    ("controls", "value"),
    [
        ([AUDIT, control("b", "certified_system")], "0.72"),
        ([AUDIT, control("b", "certified_system"), control("c", "verified_questionnaire")], "0.762"),
        ([control(str(n), "third_party_audit") for n in range(4)], "0.8"),
        ([control("c", "verified_questionnaire"), control("d", "self_declaration")], "0"),
        (
            [
                control("a", "third_party_audit", valid_to="2027-08-31"),
                control("b", "certified_system"),
                control("c", "verified_questionnaire"),
            ],
            "0.405",
        ),
        ([control("a", "third_party_audit", outcome="conditional_pass")], "0.3"),
        ([control("a", "third_party_audit", outcome="fail")], "0"),
        ([control("a", "third_party_audit", status="suspended")], "0"),
    ],
)
def test_controls_take_away_what_they_are_worth_today(controls: list[Control], value: str) -> None:
    assert kappa(controls, DAY).value == D(value)


def test_severity_outranks_likelihood() -> None:
    grave = priority(Severity(scale=4, scope=1, irremediability=2), Likelihood.UNLIKELY)
    likely = priority(Severity(scale=2, scope=2, irremediability=2), Likelihood.VERY_LIKELY)
    assert (grave, band_of_priority(grave)) == (13, Band.CRITICAL)
    assert (likely, band_of_priority(likely)) == (8, Band.MEDIUM)
    assert grave > likely


def test_coverage_is_a_share_of_masses() -> None:
    share = coverage(
        [
            Contribution(amount=D(5), mass_per_unit=D(10), coverage_pct=D(100)),
            Contribution(amount=D(2), mass_per_unit=D(5), coverage_pct=D(40)),
        ]
    )
    assert share == D("90.0")
    assert coverage([]) is None


def result(band: Band, score: str | None = None, **more: object) -> DdResult:
    return DdResult(
        trace_id=PART,
        dd_type="own",
        template_id="MEGURI-DD-1",
        template_version="1",
        assessment_date=DAY,
        valid_until=date(2028, 8, 31),
        overall_band=band,
        max_score=D(score) if score else None,
        **more,  # type: ignore[arg-type]
    )


def test_a_total_is_as_bad_as_its_worst_part_and_a_missing_answer_counts_as_not_assessed() -> None:
    own = result(Band.LOW, "10")
    low, high = result(Band.LOW, "12"), result(Band.HIGH, "61")
    both = roll_up(own, [Child(amount=D(1), masses={}, result=low), Child(amount=D(1), masses={}, result=high)])
    assert (both.overall_band, both.max_score) == (Band.HIGH, D(61))
    missing = roll_up(own, [Child(amount=D(1), masses={}, result=low), Child(amount=D(1), masses={}, result=None)])
    assert missing.overall_band is Band.NOT_ASSESSED
    assert worst([Band.MEDIUM, Band.NOT_ASSESSED, Band.LOW]) is Band.NOT_ASSESSED
    assert worst([Band.NOT_ASSESSED, Band.HIGH]) is Band.HIGH


def test_a_totals_coverage_weighs_amount_and_mass() -> None:
    def of(share: str) -> DdResult:
        nickel = MaterialResult(
            material="nickel", coverage_pct=D(share), origin_status="identified", cahra_exposure="no"
        )
        return result(Band.LOW, materials=(nickel,))

    total = roll_up(
        result(Band.LOW),
        [
            Child(amount=D(5), masses={"nickel": D(10)}, result=of("100")),
            Child(amount=D(2), masses={"nickel": D(5)}, result=of("40")),
        ],
    )
    (nickel,) = total.materials
    assert (nickel.coverage_pct, nickel.origin_status, nickel.cahra_exposure) == (D("90.0"), "partly_identified", "no")


def test_open_findings_are_summed_and_said_to_be_perhaps_counted_twice() -> None:
    one = result(
        Band.HIGH, category_results=(CategoryResult(category="B2", band=Band.HIGH, open=OpenFindings(high=1)),)
    )
    total = roll_up(
        result(Band.LOW), [Child(amount=D(1), masses={}, result=one), Child(amount=D(1), masses={}, result=one)]
    )
    assert total.category_results[0].open.high == 2
    assert total.may_double_count


def test_a_finding_that_is_known_again_counts_once_and_doubt_is_told() -> None:
    def of(high: int, *keys: str) -> Child:
        said = result(
            Band.HIGH, category_results=(CategoryResult(category="B2", band=Band.HIGH, open=OpenFindings(high=high)),)
        )
        known = tuple(FindingKey(category="B2", severity="high", key=key) for key in keys)
        return Child(amount=D(1), masses={}, result=said, keys=known)

    def total(*children: Child, own: tuple[int, str] | None = None) -> tuple[int, bool]:
        mine = of(own[0], own[1]) if own else None
        base = mine.result if mine and mine.result else result(Band.LOW)
        found = roll_up(base, list(children), mine.keys if mine else ())
        return found.category_results[0].open.high, found.may_double_count

    assert total(of(1, "x"), of(1, "x")) == (1, False)
    assert total(of(1, "x"), of(1, "y")) == (2, False)
    assert total(of(2, "x", "y"), of(2, "y", "z"), of(1, "y")) == (3, False)
    assert total(of(1, "x"), own=(1, "x")) == (1, False)
    assert total(of(2, "x"), of(1, "x")) == (2, True)  # one of the first has no key: it could be the second's
    assert total(of(1), of(1)) == (2, True)
    assert total(of(1)) == (1, False)  # nobody else counts any
    assert total(of(1), of(0)) == (1, False)
    assert [one.key for one in keys_of([of(1, "b"), of(1, "a"), of(1, "b")])] == ["a", "b"]


def test_the_weakest_verification_and_the_earliest_end_hold_for_a_total() -> None:
    verified = VerificationResult(type="third_party", body_name="A body", reference="R-1", valid_until=date(2028, 1, 1))
    child = result(Band.LOW, verification=verified)
    total = roll_up(
        result(Band.LOW, verification=verified),
        [Child(amount=D(1), masses={}, result=child), Child(amount=D(1), masses={}, result=None)],
    )
    assert total.verification.type == "none"
    alone = roll_up(result(Band.LOW, verification=verified), [Child(amount=D(1), masses={}, result=child)])
    assert (alone.verification.type, alone.verification.body_name) == ("third_party", None)


def test_the_exchange_gets_results_and_items_of_the_rule_data() -> None:
    cobalt = MaterialResult(
        material="cobalt", coverage_pct=D(90), origin_status="partly_identified", cahra_exposure="yes"
    )
    shown = result(
        Band.MEDIUM,
        "42.5",
        materials=(cobalt,),
        policy=True,
        category_results=(CategoryResult(category="B2", band=Band.CRITICAL),),
    )
    assert (exchange_result(shown.overall_band), exchange_score(shown.max_score)) == ("PARTIAL", D("57.5"))
    items = {item.code: item for item in items_of(shown, DAY)}
    assert (items["COV_CO"].result, items["COV_CO"].comment) == ("PARTIAL", "coverage=90.0")
    assert {code: item.result for code, item in items.items() if code != "COV_CO"} == {
        "B2": "NON_CONFORMANT", "CAHRA_CO": "NON_CONFORMANT", "POL": "CONFORMANT", "GRV": "NON_CONFORMANT", "VER": "NON_CONFORMANT",
    }  # fmt: skip
    audited = msgspec.structs.replace(shown, verification=VerificationResult(type="third_party", valid_until=DAY))
    items = {item.code: item for item in items_of(audited, DAY)}
    assert (items["CAHRA_CO"].result, items["VER"].result) == ("PARTIAL", "CONFORMANT")
    assert results.band_of_exchange("NON_CONFORMANT") is Band.HIGH


def test_the_record_of_article_49_2_needs_point_f_only_without_a_report_from_a_high_risk_area() -> None:
    filled = ChainRecord(
        model_id="M1",
        material="cobalt",
        a=record.Material(description="cobalt sulphate"),
        b=record.Supplier(name="S", address="Somewhere 1"),
        c=record.Origin(countries=("CD",)),
        d=record.Quantity(value=D(5)),
        e=("REP-1",),
    )
    whole = completeness(filled, cahra_origin=True)
    assert (len(whole.filled), len(whole.required)) == (5, 5)
    less = completeness(msgspec.structs.replace(filled, e=()), cahra_origin=True)
    assert (len(less.filled), len(less.required)) == (4, 6)
    assert less.missing == ("e", "f")


def test_a_chain_is_covered_as_far_as_shares_lead_to_mines_and_recyclers() -> None:
    edges = [
        Edge(source="refiner", to="me", share_pct=D(100)),
        Edge(source="mine", to="refiner", share_pct=D(60)),
        Edge(source="scrap", to="refiner", share_pct=D(25)),
    ]
    traced = trace("me", edges, {"refiner": "refiner", "mine": "mine_industrial", "scrap": "recycler"})
    assert traced.origin_pct == D("85.0")
    assert traced.stage_pct == {"mine_industrial": D("60.0"), "recycler": D("25.0"), "refiner": D("100.0")}


def test_shares_may_round_up_but_not_run_over_and_chains_never_lead_back() -> None:
    assert overfull([D(60), D("40.5")]) is None
    assert overfull([D(60), D(41)]) == D(101)
    assert leads_back("a", "a", [])
    assert leads_back("c", "a", [("a", "b"), ("b", "c")])
    assert not leads_back("x", "a", [("a", "b")])


def test_evidence_expires_the_day_after_its_last_and_is_announced_before() -> None:
    end = date(2027, 6, 30)
    assert notice_days(end) == [date(2027, 4, 1), date(2027, 5, 31), date(2027, 6, 30)]
    assert status_on("active", end, end) == "active"
    assert status_on("active", end, date(2027, 7, 1)) == "expired"
    assert status_on("revoked", end, end) == "revoked"


def test_a_finding_closes_only_when_somebody_else_has_verified_every_action() -> None:
    done = findings.Action(owner="anna", status="done")
    with pytest.raises(FourEyes):
        findings.step("mitigating", "closed", [done])
    with pytest.raises(FourEyes):
        findings.step("mitigating", "closed", [])
    with pytest.raises(FourEyes):
        findings.verify(done, "anna", passed=True)
    verified = findings.verify(done, "ben", passed=True)
    assert findings.step("mitigating", "closed", [verified]) == "closed"


def test_trade_ends_only_after_mitigation_failed_and_with_a_word_on_those_affected() -> None:
    failed = findings.Action(owner="anna", status="failed", verified_by="ben")
    with pytest.raises(MitigationFirst):
        findings.step("mitigating", "disengaged", [], impact_note="200 families lose income")
    with pytest.raises(MitigationFirst):
        findings.step("mitigating", "disengaged", [failed])
    assert findings.step("mitigating", "disengaged", [failed], impact_note="200 families lose income") == "disengaged"
    with pytest.raises(ConsultationMissing):
        findings.step("mitigating", "suspended_trade", [])
    with pytest.raises(IllegalStep):
        findings.step("open", "closed", [])


def test_a_critical_finding_reaches_top_management_within_five_working_days() -> None:
    assert findings.report_to_management_by(date(2027, 9, 3)) == date(2027, 9, 10)
    assert findings.status_of_action(findings.Action(owner="a", status="open", due=date(2027, 8, 31)), DAY) == "overdue"


def test_a_grievance_without_acknowledgement_is_overdue_on_the_eighth_day() -> None:
    received = datetime(2027, 9, 1, 12, tzinfo=UTC)
    assert not any(clock.overdue for clock in grievance.clocks(received, "received", date(2027, 9, 8)))
    late = [clock.name for clock in grievance.clocks(received, "received", date(2027, 9, 9)) if clock.overdue]
    assert late == ["acknowledge"]
    assert grievance.clocks(received, "closed", date(2028, 9, 9)) == []


def test_a_code_is_long_random_and_kept_only_as_a_hash() -> None:
    codes = {grievance.new_code() for _ in range(50)}
    assert len(codes) == 50
    assert all(len(code.replace("-", "")) >= 16 for code in codes)
    code = codes.pop()
    assert grievance.code_hash(code) == grievance.code_hash(code.lower().replace("-", " "))
    assert code.encode() not in grievance.code_hash(code)


def test_three_admissible_cases_of_one_site_within_half_a_year_are_a_warning() -> None:
    days = [date(2027, 3, 10), date(2027, 6, 1), date(2027, 8, 30)]
    assert grievance.early_warning(days, DAY)
    assert not grievance.early_warning([date(2027, 3, 1), *days[1:]], DAY)


def test_small_counts_are_hidden_and_cannot_be_worked_out_from_the_sum() -> None:
    assert grievance.suppressed({"a": 5, "b": 2, "c": 9, "d": 0}) == {"a": None, "b": None, "c": 9, "d": 0}
    assert grievance.suppressed({"a": 5, "c": 9}) == {"a": 5, "c": 9}


def test_shares_of_60_30_and_10_give_an_index_of_4600() -> None:
    found = concentration("cobalt", "refiner", [("CN", D(60)), ("FI", D(30)), ("JP", D(10))])
    assert (found.hhi_low, found.hhi_high, found.largest_pct, found.sole_source) == (D(4600), D(4600), D(60), False)


def test_a_fifth_unknown_shows_a_range() -> None:
    found = concentration("cobalt", "refiner", [("CN", D(60)), ("FI", D(20)), (None, D(20))])
    assert found.unknown_pct == D(20)
    assert (found.hhi_low, found.hhi_high) == (D(4000), D(6800))
    assert not concentration("x", "y", [("CN", D(80)), (None, D(20))]).sole_source
    assert concentration("x", "y", [("CN", D(80))]).sole_source


MEASURES = (
    "measure,item,country,from,status,decided_on,source\n"
    "Export licence for graphite anodes,natural_graphite,CN,2025-11-08,announced,2025-10-09,https://example.com/a\n"
    "Export licence for graphite anodes,natural_graphite,CN,2026-11-10,suspended,2025-11-07,https://example.com/b\n"
)


def test_a_measure_that_was_put_off_is_suspended_then_to_be_checked_and_never_silently_in_force() -> None:
    listed = measures.read_measures(MEASURES)

    def shown(day: str) -> str:
        (one,) = measures.latest(listed, date.fromisoformat(day))
        return one.shown

    assert shown("2025-10-20") == "announced"
    assert shown("2026-03-05") == "suspended"
    assert shown("2026-11-10") == shown("2028-01-01") == "to_check"
    assert [
        one.measure.item for one in measures.touching(measures.latest(listed, DAY), "natural_graphite", ["CN"])
    ] == ["natural_graphite"]
    assert measures.touching(measures.latest(listed, DAY), "natural_graphite", ["JP"]) == []


def candidate(cid: str, country: str, logic: float, token_set: float) -> Candidate:
    return Candidate(cid=cid, name=cid, country=country, logic=logic, token_set=token_set)


def test_a_smelter_is_accepted_only_far_ahead_and_in_its_own_country() -> None:
    close = [candidate("CID000001", "CHINA", 0.95, 88), candidate("CID000002", "JAPAN", 0.80, 74.6)]
    assert (round(close[0].s, 3), round(close[1].s, 3)) == (0.915, 0.773)
    assert smelters.decide(close, "CHINA").state == "review"
    clear = [candidate("CID000001", "CHINA", 0.72, 85), candidate("CID000002", "CHINA", 0.55, 62)]
    assert clear[0].s - clear[1].s == pytest.approx(0.20)
    assert smelters.decide(clear, "China").state == "accepted"
    assert smelters.decide(clear, "JAPAN").state == "review"
    assert smelters.decide([], "CHINA").state == "unresolved"


LOOK_UP = [
    LookUp(metal="Cobalt", alias="Example Cobalt Oulu", name="Example Cobalt Oy", country="FINLAND", cid="CID900001"),
    LookUp(metal="Cobalt", alias="Beispiel Kobalt", name="Beispiel Kobalt GmbH", country="GERMANY", cid="CID900002"),
    LookUp(metal="Nickel", alias="Example Nickel", name="Example Nickel Oy", country="FINLAND", cid="CID900003"),
]


def test_a_cid_is_taken_at_its_word_for_its_own_metal_only() -> None:
    right = resolve("Cobalt", "Another name", "FINLAND", "CID900001", LOOK_UP)
    assert (right.state, right.cid, right.warnings) == (
        "accepted",
        "CID900001",
        ("name differs from the look-up list",),
    )
    assert resolve("Cobalt", "Example Nickel", "FINLAND", "CID900003", LOOK_UP).state == "review"
    assert resolve("Cobalt", "ＥＸＡＭＰＬＥ　cobalt  oulu", "", "", LOOK_UP).how == "alias"
    assert resolve("Cobalt", "Nothing Like It", "CHILE", "", LOOK_UP).state in ("review", "unresolved")


@pytest.mark.parametrize(
    ("given_", "cid"), [("CID-003225", "CID003225"), ("cid 003225", "CID003225"), ("CID12345", None), ("X", None)]
)
def test_a_cid_is_put_right_only_where_it_is_unambiguous(given_: str, cid: str | None) -> None:
    assert normal_cid(given_) == cid


HEAD = "dataset,version,as_of,iso2,admin1,indicator,category,value,scale_min,scale_max,direction,source_url,licence\n"


def test_indicators_are_normalised_the_region_beats_the_country_and_old_ones_are_marked() -> None:
    loaded = read_indicators(
        HEAD
        + "T,1,2027-01-01,CD,,labour,B2,8,0,10,higher_is_worse,https://example.com,CC0\n"
        + "T,1,2027-01-01,CD,CD-LU,labour,B2,2,0,10,higher_is_worse,https://example.com,CC0\n"
        + "T,1,2020-01-01,FI,,labour,all,90,0,100,higher_is_better,https://example.com,CC0\n"
    )
    assert loaded.activate
    assert country_input(loaded.indicators, "CD", None, "B2", DAY).value == D("0.8")
    assert country_input(loaded.indicators, "CD", "CD-LU", "B2", DAY).value == D("0.2")
    finland = country_input(loaded.indicators, "FI", None, "A1", DAY)
    assert (finland.value, finland.flags) == (D("0.1"), ("stale",))
    assert country_input(loaded.indicators, "ZM", None, "B2", DAY).flags == ("unknown",)


def test_rows_outside_their_scale_of_unknown_countries_or_without_licence_are_named_and_too_many_stop_the_load() -> (
    None
):
    loaded = read_indicators(
        HEAD
        + "T,1,2027-01-01,CD,,x,B2,11,0,10,higher_is_worse,https://example.com,CC0\n"
        + "T,1,2027-01-01,QQ,,x,B2,1,0,10,higher_is_worse,https://example.com,CC0\n"
        + "T,1,2027-01-01,FI,,x,B2,1,0,10,higher_is_worse,https://example.com,\n"
        + "T,1,2027-01-01,FI,,x,B2,1,0,10,higher_is_worse,https://example.com,CC0\n"
    )
    assert [fault.line for fault in loaded.faults] == [2, 3, 4]
    assert len(loaded.indicators) == 1
    assert not loaded.activate


def test_a_place_is_high_risk_if_any_list_says_so_on_that_day() -> None:
    areas = read_areas(
        "list_id,version,as_of,iso2,admin1,from,to,basis\nL1,1,2027-01-01,CD,,2020-01-01,,test\nL2,1,2027-01-01,CD,CD-LU,2020-01-01,2026-12-31,test\n"
    ).areas
    assert cahra_lists(areas, "CD", "CD-LU", DAY) == ["L1"]
    assert cahra_lists(areas, "CD", "CD-LU", date(2026, 1, 1)) == ["L1", "L2"]
    assert cahra_exposure(areas, [("FI", None)], DAY) == "no"
    assert cahra_exposure(areas, [("FI", None), ("CD", None)], DAY) == "yes"
    assert cahra_exposure(areas, [("FI", None), (None, None)], DAY) == "unknown"
    assert cahra_exposure((), [("FI", None)], DAY) == "unknown"


@pytest.mark.parametrize(
    ("kind", "word"), [("categories", "Z9"), ("stages", "moon"), ("materials", "unobtainium"), ("bands", "awful")]
)
def test_an_unknown_word_is_refused_with_the_words_allowed(kind: str, word: str) -> None:
    with pytest.raises(UnknownWord) as refused:
        check_word(kind, word)
    assert refused.value.status == 422
    assert "allowed" in refused.value.values

"""Recycled content, collection, grade, whole life and whereabouts: the worked examples."""

from datetime import date
from decimal import Decimal
from typing import ClassVar

import pytest

from meguri.recycling import content, grading, whereabouts, wholelife
from meguri.recycling.collection import collection_rate
from meguri.recycling.errors import NotClaimable, OverClaim
from meguri.recycling.grading import Graded
from meguri.recycling.model import SourceClass, TargetStatus
from meguri.recycling.rates import half_up
from meguri.recycling.supply import utilisation
from meguri.recycling.whereabouts import Place

D = Decimal
POST, PRE, OTHER = (
    SourceClass.POST_CONSUMER_BATTERY,
    SourceClass.BATTERY_MANUFACTURING_WASTE,
    SourceClass.OTHER_PRE_CONSUMER,
)


class TestRecycledContent:
    def test_pre_and_post_add_up_and_other_pre_consumer_does_not_count(self) -> None:
        found = content.recycled_content("Co", D(10000), {POST: D(1200), PRE: D(300)}, year=2031)
        assert (found.post, found.pre, found.value) == (12, 3, 15)
        assert (found.targets[0].status, found.targets[0].gap_pp) == (TargetStatus.MISSED, D(-1))
        more = content.recycled_content("Co", D(10000), {POST: D(1200), PRE: D(300), OTHER: D(200)}, year=2031)
        assert more.value == 15
        assert more.not_counted_kg == 200
        enough = content.recycled_content("Co", D(10000), {POST: D(1300), PRE: D(300)}, year=2031)
        assert enough.targets[0].status is TargetStatus.MET

    def test_lead_counts_any_waste(self) -> None:
        assert content.recycled_content("Pb", D(100), {POST: D(80), OTHER: D(6)}, year=2031).value == 86

    def test_a_years_value_is_a_ratio_of_sums(self) -> None:
        assert content.over_lots([(D(1000), D(40)), (D(9000), D(5))]) == D("8.5")

    def test_no_data_is_no_zero(self) -> None:
        nothing = content.recycled_content("Ni", D(100), {}, year=2031)
        assert nothing.value is None
        assert nothing.targets[0].status is TargetStatus.NOT_DETERMINED
        assert content.recycled_content("Ni", D(100), {}, year=2031, declared_zero=True).value == 0

    def test_more_than_was_consumed_and_copper_are_refused(self) -> None:
        with pytest.raises(OverClaim):
            content.recycled_content("Li", D(10), {POST: D(11)}, year=2031)
        with pytest.raises(NotClaimable):
            content.recycled_content("Cu", D(10), {POST: D(1)}, year=2031)

    def test_duties_by_category_and_day(self) -> None:
        assert content.duty_on("lmt", date(2032, 1, 1)).duty == "none"
        assert content.duty_on("lmt", date(2034, 1, 1)).duty == "documentation"
        minima = content.duty_on("lmt", date(2036, 8, 18)).minima
        assert minima == {"Co": 26, "Pb": 85, "Li": 12, "Ni": 15}
        assert content.duty_on("ev", date(2037, 1, 1), placed_before=True).reason == "ALREADY_PLACED_ON_MARKET"
        assert content.duty_on("ev", date(2031, 8, 18)).minima["Co"] == 16

    def test_denominators_agree_within_two_percent(self) -> None:
        assert content.denominators_agree(D(100), D(98))
        assert not content.denominators_agree(D(100), D(97))


class TestCollection:
    def test_three_years_before_the_year(self) -> None:
        found = collection_rate(2028, D(75), {2025: D(100), 2026: D(110), 2027: D(120), 2028: D(999)}, "portable")
        assert found.value is not None
        assert half_up(found.value, D("0.01")) == D("68.18")
        assert half_up(found.value, D("0.1")) == D("68.2")
        assert [(t.target, t.status) for t in found.targets][1] == (63, TargetStatus.MET)

    def test_two_years_are_too_few(self) -> None:
        found = collection_rate(2028, D(75), {2026: D(110), 2027: D(120)}, "portable")
        assert (found.value, found.status) == (None, "not_computable")


class TestGrade:
    GOOD: ClassVar = {"Li2CO3": D("99.6"), "Fe": D(5), "Na": D(100), "Ca": D(20), "SO4": D(300)}

    def test_twelve_ppm_of_iron_is_not_battery_grade_and_says_why(self) -> None:
        found = grading.grade("Li2CO3", {**self.GOOD, "Fe": D(12)})
        assert found.grade is Graded.BELOW_GRADE
        assert [(b.analyte, b.found, b.most) for b in found.reasons] == [("Fe", 12, 10)]
        assert grading.grade("Li2CO3", self.GOOD).grade is Graded.BATTERY_GRADE

    def test_a_missing_analyte_leaves_it_open(self) -> None:
        assert grading.grade("Li2CO3", {"Fe": D(5)}).grade is Graded.NOT_DETERMINED
        assert grading.grade("Moon dust", {}).grade is Graded.NOT_DETERMINED

    def test_the_sheet_counts_only_battery_grade_kilograms(self) -> None:
        lots = [(D("9.3925"), Graded.BELOW_GRADE)]
        sheet = grading.graded_recovery("Li", D(11), lots, D(18785))
        assert sheet.value == 0
        assert sheet.jpy_per_kg == 2000
        assert sheet.targets[0].status is TargetStatus.MISSED
        full = grading.graded_recovery("Li", D(11), [(D("9.3925"), Graded.BATTERY_GRADE)])
        assert full.value is not None
        assert half_up(full.value, D("0.01")) == D("85.39")


class TestWholeLife:
    FIRST = wholelife.Life(name="vehicle", delivered_kwh=D(28800), kg_co2e=D(5280))

    def test_a_second_life_lowers_emissions_per_kwh(self) -> None:
        one = wholelife.account([self.FIRST])
        assert one.so_far.value is not None
        assert half_up(one.so_far.value) == D("0.183333")
        two = wholelife.account([self.FIRST, wholelife.Life(name="storage", delivered_kwh=D(12000), kg_co2e=D(150))])
        assert two.so_far.value is not None
        assert half_up(two.so_far.value) == D("0.133088")

    def test_the_credit_stands_beside_and_is_never_netted(self) -> None:
        with_credit = wholelife.account([self.FIRST], credit_kg_co2e=D(900))
        assert with_credit.so_far == wholelife.account([self.FIRST]).so_far

    def test_the_first_owners_money(self) -> None:
        assert wholelife.owner_cost(D(900000), D(180000), D(28800)).value == 25
        assert wholelife.owner_cost(D(900000), None, D(28800)).value == D("31.25")

    def test_unknown_energy_stays_unknown_with_its_reason(self) -> None:
        unknown = wholelife.account([wholelife.Life(name="vehicle", delivered_kwh=None, kg_co2e=D(1))])
        assert (unknown.so_far.value, unknown.so_far.reason) == (None, "ENERGY_UNKNOWN")

    def test_expected_energy_gives_an_interval(self) -> None:
        life = wholelife.Life(name="v", delivered_kwh=D(100), kg_co2e=D(60), expected_kwh=(D(50), D(100), D(200)))
        found = wholelife.account([life])
        assert (found.expected_low.value, found.expected.value, found.expected_high.value) == (
            D("0.2"),
            D("0.3"),
            D("0.4"),
        )

    def test_without_an_outlook_the_expected_figure_is_unknown_and_not_that_of_today(self) -> None:
        found = wholelife.account([self.FIRST])
        assert (found.expected.value, found.expected.reason) == (None, "EXPECTED_UNKNOWN")

    def test_transport_has_a_line_of_its_own_and_is_in_the_sum(self) -> None:
        carried = wholelife.Life(name="v", delivered_kwh=D(28800), kg_co2e=D(5000), transport_kg_co2e=D(280))
        found = wholelife.account([carried])
        assert (found.transport_kg_co2e, found.kg_co2e) == (D(280), D(5280))
        assert wholelife.account([self.FIRST]).transport_kg_co2e is None

    def test_energy_still_to_come_is_capacity_over_time(self) -> None:
        days, capacity = [0.0, 100.0, 200.0], [1.0, 0.8, 0.6]
        assert wholelife.energy_left(days, capacity, 200.0, 50.0, 0.5) == D(4000)
        assert wholelife.energy_left(days, capacity, 150.0, 50.0, 0.5) == D("3187.5")
        assert wholelife.energy_left(days, capacity, 0.0, 50.0, 0.5) == 0

    def test_a_model_is_sums_over_sums_and_counts_what_it_knows(self) -> None:
        lives = [
            [wholelife.Life(name="a", delivered_kwh=D(100), kg_co2e=D(60), expected_kwh=(D(50), D(100), D(200)))],
            [wholelife.Life(name="b", delivered_kwh=D(300), kg_co2e=D(60), transport_kg_co2e=D(20))],
            [wholelife.Life(name="c", delivered_kwh=None, kg_co2e=D(70))],
        ]
        found = wholelife.together(lives, [wholelife.account(one) for one in lives], D(1000))
        assert (found.batteries, found.delivered_kwh, found.kg_co2e, found.transport_kg_co2e) == (3, 400, 210, 20)
        assert (found.so_far.value, found.so_far_of) == (D("0.35"), 2)
        assert (found.expected.value, found.expected_of) == (D("0.3"), 1)
        assert (found.expected_low.value, found.expected_high.value) == (D("0.2"), D("0.4"))
        assert (found.first_owner.value, found.owner_of) == (5, 2)

    def test_a_model_without_figures_says_why(self) -> None:
        lives = [[wholelife.Life(name="c", delivered_kwh=None, kg_co2e=D(70))]]
        found = wholelife.together(lives, [wholelife.account(one) for one in lives], None)
        assert [one.reason for one in (found.so_far, found.expected, found.first_owner)] == [
            "ENERGY_UNKNOWN",
            "EXPECTED_UNKNOWN",
            "PRICE_UNKNOWN",
        ]


class TestWhereabouts:
    COUNTS: ClassVar = {
        Place.FIRST_USE: 700,
        Place.SECOND_LIFE: 60,
        Place.RETURNED: 50,
        Place.RECYCLED: 120,
        Place.EXPORTED: 30,
        Place.LOST: 10,
        Place.UNKNOWN: 30,
    }

    def test_it_sums_and_shows_both_rates(self) -> None:
        found = whereabouts.account(self.COUNTS)
        assert found.placed == 1000 == sum(found.by_place.values())
        assert (found.collected, found.left_first_use) == (230, 300)
        assert found.collected_pct is not None
        assert found.reused_pct is not None
        assert half_up(found.collected_pct, D("0.01")) == D("76.67")
        assert half_up(found.reused_pct, D("0.01")) == D("26.09")

    def test_silence_for_24_months_is_unknown_until_it_is_met_again(self) -> None:
        today = date(2026, 11, 30)
        assert whereabouts.place_on(Place.FIRST_USE, date(2024, 11, 30), today) is Place.UNKNOWN
        assert whereabouts.place_on(Place.FIRST_USE, date(2024, 12, 1), today) is Place.FIRST_USE
        assert whereabouts.place_on(Place.RECYCLED, date(2020, 1, 1), today) is Place.RECYCLED


def test_a_forecast_stands_against_permitted_capacity() -> None:
    assert utilisation(D(6200), D(10000)) == 62

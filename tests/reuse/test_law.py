from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from meguri.reuse.law import (
    Accident,
    Site,
    SiteOutcome,
    accident_duties,
    checklist,
    checklist_gaps,
    earlier_duties_bind,
    fire_check,
    notice_class,
)

TOKYO = ZoneInfo("Asia/Tokyo")


@pytest.mark.parametrize(
    "kwh,measures,outcome,passport",
    [
        (10.0, False, SiteOutcome.OUT_OF_SCOPE, "exempt"),
        (10.1, False, SiteOutcome.APPLIES, "conditional"),
        (10.1, True, SiteOutcome.OUT_OF_SCOPE, "exempt"),
        (20.0, False, SiteOutcome.APPLIES, "conditional"),
        (20.0, True, SiteOutcome.OUT_OF_SCOPE, "exempt"),
        (20.1, False, SiteOutcome.NOTIFY, "notify"),
        (20.1, True, SiteOutcome.NOTIFY, "notify"),
    ],
)
def test_the_fire_ordinance_goes_by_capacity(kwh: float, measures: bool, outcome: SiteOutcome, passport: str) -> None:
    found = fire_check(Site(kwh=kwh, fire_measures=measures))
    assert (found.outcome, notice_class(found.outcome)) == (outcome, passport)


def test_what_was_installed_before_2024_follows_the_old_measure() -> None:
    old = Site(kwh=25.0, installed=date(2023, 12, 31), ah_cells=4799.0)
    assert fire_check(old).outcome is SiteOutcome.OUT_OF_SCOPE
    assert fire_check(Site(kwh=25.0, installed=date(2024, 1, 1), ah_cells=4799.0)).outcome is SiteOutcome.NOTIFY


def test_outdoors_the_distance_is_named_unless_spread_is_prevented_and_so_is_the_municipality() -> None:
    assert "OUTDOOR_DISTANCE_3M" in fire_check(Site(kwh=25.0, outdoor=True)).conditions
    assert fire_check(Site(kwh=25.0, outdoor=True, spread_measures=True)).conditions == ()
    unknown = fire_check(Site(kwh=25.0, installed=date(2023, 12, 31)))
    assert (unknown.outcome, unknown.conditions) == (SiteOutcome.NOTIFY, ("OLD_MEASURE_UNKNOWN:AH_CELLS",))
    assert fire_check(Site(kwh=25.0, municipality="我孫子市")).conditions == ("LOCAL_ORDINANCE:我孫子市",)


def at(day: date, kwh: float, **more: object) -> Accident:
    return Accident(known_at=datetime(day.year, day.month, day.day, 9, tzinfo=TOKYO), kwh=kwh, **more)  # type: ignore[arg-type]


def test_accidents_are_reported_by_size_from_20_november_2025() -> None:
    assert not accident_duties(at(date(2025, 11, 19), 21)).report
    due = accident_duties(at(date(2025, 11, 20), 21))
    assert due.report
    assert due.prompt_due == datetime(2025, 11, 21, 9, tzinfo=TOKYO)
    assert due.full_due == date(2025, 12, 20)
    assert not accident_duties(at(date(2025, 11, 20), 20)).report
    assert accident_duties(at(date(2025, 11, 19), 80_000)).report


def test_injury_fire_and_damage_to_others_are_reported_whatever_the_size() -> None:
    for word in ("injured", "fire", "damage_to_others"):
        assert accident_duties(at(date(2025, 11, 19), 1, **{word: True}, kind="other")).report


def test_the_clocks_start_when_it_is_known_in_japan() -> None:
    known = datetime(2026, 3, 5, 0, 0, tzinfo=UTC)  # 09:00 in Japan
    due = accident_duties(Accident(known_at=known, kwh=25))
    assert due.prompt_due == datetime(2026, 3, 6, 9, tzinfo=TOKYO)
    assert due.full_due == date(2026, 4, 4)


def test_waste_becomes_a_product_only_with_the_whole_evidence() -> None:
    assert checklist_gaps("end_of_waste", ["soh_evaluation"]) == ("contract_of_further_use", "transport_protection")
    assert checklist_gaps("end_of_waste", checklist("end_of_waste")) == ()
    assert len(checklist("used_shipment")) == 6


def test_duties_of_article_10_do_not_bind_a_battery_placed_before_them() -> None:
    assert not earlier_duties_bind(date(2020, 1, 1), date(2025, 8, 18))
    assert earlier_duties_bind(date(2026, 1, 1), date(2025, 8, 18))
    assert earlier_duties_bind(None, date(2025, 8, 18))

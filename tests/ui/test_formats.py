"""How figures, days and money are written."""

import re
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meguri.kernel.clock import fixed_clock
from meguri.kernel.units import AmountUnit
from meguri.ui import formats
from meguri.ui.formats import day, due, estimate, exact, file_size, grouped, missing, moment, money, quantity, sensible

figures = st.decimals(allow_nan=False, allow_infinity=False, places=9, min_value=-(10**12), max_value=10**12)
TAG = re.compile(r"<[^>]+>")


def words(markup: str) -> str:
    return TAG.sub("", markup).replace("\u00a0", " ")


@pytest.mark.parametrize(
    "value, shown",
    [
        ("64.990381264", "65.0"),
        ("65", "65"),
        ("0.0123456", "0.0123"),
        ("1234.56", "1,235"),
        ("1234567", "1,234,567"),
        ("-6.312", "−6.31"),
        ("0", "0"),
        ("0.5", "0.5"),
        ("-0.5", "−0.5"),
        ("9.999", "10.00"),
        ("0.00000012345", "0.000000123"),
        ("1e63", "1" + ",000" * 21),
    ],
)
def test_a_figure_is_shown_in_sensible_digits(value: str, shown: str) -> None:
    assert sensible(Decimal(value)) == shown


@given(figures)
def test_what_is_shown_is_near_the_figure_and_never_loses_whole_digits(value: Decimal) -> None:
    shown = Decimal(sensible(value).replace(",", "").replace("−", "-"))
    assert abs(shown - value) <= max(abs(value) * Decimal("0.005"), Decimal(0)) or abs(shown - value) <= Decimal("0.5")
    assert abs(shown - value) <= Decimal("0.5")


@given(figures)
def test_the_exact_value_is_always_there(value: Decimal) -> None:
    markup = quantity("ja", value, "kg")
    written = re.search(r'value="([^"]*)"', markup)
    assert written is not None
    assert Decimal(written[1]) == value


@given(figures)
def test_groups_of_three_can_be_read_back(value: Decimal) -> None:
    assert Decimal(grouped(value).replace(",", "").replace("−", "-")) == value


def test_a_rounded_figure_shows_its_exact_value_on_focus() -> None:
    markup = quantity("ja", Decimal("64.990381264"), "kg")
    assert 'data-exact="64.990381264\u00a0kg"' in markup
    assert 'tabindex="0"' in markup
    assert "tabindex" not in quantity("ja", Decimal("64.990381264"), "kg", focus=False)
    assert "data-exact" not in quantity("ja", Decimal(65), "kg")


def test_a_float_is_taken_by_its_shortest_form() -> None:
    assert exact(0.1) == Decimal("0.1")


@pytest.mark.parametrize("value", [float("nan"), float("inf"), Decimal("NaN")])
def test_what_is_no_figure_is_refused(value: float) -> None:
    with pytest.raises(ValueError, match="not a figure"):
        quantity("ja", value, "kg")


def test_an_estimate_shows_its_interval() -> None:
    assert words(quantity("en", 89.9, "%", low=87.6, high=92.2)) == "89.9% (87.6–92.2%)"


def test_a_missing_figure_is_a_dash_with_its_reason_and_never_nought() -> None:
    assert words(quantity("ja", None, "kg", reason="回答待ち")) == "— 回答待ち"


def test_a_missing_figure_without_a_reason_is_an_error() -> None:
    with pytest.raises(formats.MissingWithoutReason):
        quantity("ja", None, "kg")


def test_units_are_written_in_the_readers_language() -> None:
    assert words(quantity("ja", 3, AmountUnit.UNIT)) == "3個"
    assert words(quantity("en", 3, AmountUnit.UNIT)) == "3 unit"
    assert words(quantity("ja", 12, AmountUnit.KILOGRAM)) == "12 kg"


def test_a_unit_or_a_reason_cannot_bring_html_along() -> None:
    assert "<b>" not in quantity("ja", 1, "<b>kg</b>")
    assert "<b>" not in missing("ja", "<b>x</b>")


def test_money_is_written_from_minor_units() -> None:
    assert words(money("ja", 1284500)) == "¥1,284,500"
    assert words(money("en", 1284500)) == "JP¥1,284,500"
    assert words(money("en", -1050, "EUR")) == "−€10.50"


@pytest.mark.parametrize(
    ("minor", "currency", "shown", "full"),
    [
        (1434117, "JPY", "¥1,430,000", "¥1,434,117"),
        (-287802, "JPY", "−¥288,000", "−¥287,802"),
        (999_950, "JPY", "¥1,000,000", "¥999,950"),
        (1234, "JPY", "¥1,230", "¥1,234"),
        (105_055, "EUR", "€1,050", "€1,050.55"),
        (-1_234, "EUR", "−€12.30", "−€12.34"),
    ],
)
def test_an_estimate_of_value_has_three_digits_and_the_exact_amount_on_focus(
    minor: int, currency: str, shown: str, full: str
) -> None:
    markup = estimate("ja", minor, currency)
    assert words(markup) == shown
    assert f'data-exact="{full}"' in markup
    assert 'tabindex="0"' in markup
    assert "tabindex" not in estimate("ja", minor, currency, focus=False)


@pytest.mark.parametrize("minor", [0, 7, 999, -480, 12_300, 5_000_000])
def test_an_estimate_that_needs_no_rounding_is_written_as_money(minor: int) -> None:
    assert estimate("en", minor) == money("en", minor)


def test_a_missing_estimate_says_why() -> None:
    assert words(estimate("en", None, reason="no prices")) == "— no prices"


def test_days_are_written_in_each_language() -> None:
    assert words(day("ja", date(2026, 11, 2))) == "2026年11月2日"
    assert words(day("en", date(2026, 11, 2))) == "2 Nov 2026"
    assert 'datetime="2026-11-02"' in day("ja", date(2026, 11, 2))


def test_a_moment_is_told_in_japans_time() -> None:
    late = datetime(2026, 11, 22, 15, 30, tzinfo=UTC)
    assert words(moment("ja", late)) == "2026年11月23日 00:30 JST"
    assert words(day("ja", late)) == "2026年11月23日"
    assert 'datetime="2026-11-22T15:30:00+00:00"' in moment("ja", late)


def test_a_moment_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        moment("ja", datetime(2026, 11, 22, 15, 30))


@pytest.mark.parametrize(
    "days, near, said",
    [(-2, "over", "2 日超過"), (0, "soon", "今日まで"), (7, "soon", "あと 7 日"), (8, "later", "あと 8 日")],
)
def test_a_due_day_says_how_near_it_is(days: int, near: str, said: str) -> None:
    with fixed_clock(lambda: datetime(2026, 11, 22, 15, 30, tzinfo=UTC)):  # already the 23rd in Japan
        markup = due("ja", date(2026, 11, 23) + timedelta(days=days))
    assert f'data-near="{near}"' in markup
    assert said in words(markup)


def test_what_is_done_is_no_longer_late() -> None:
    assert "due" not in due("ja", date(2020, 1, 1), done=True)


@pytest.mark.parametrize(
    "size, said", [(0, "0 B"), (999, "999 B"), (1500, "1.5 kB"), (100_000_000, "100 MB"), (10**13, "10,000 GB")]
)
def test_the_size_of_a_file_is_told_in_decimal_multiples(size: int, said: str) -> None:
    assert file_size("en", size) == said

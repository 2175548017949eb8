"""The data carrier and the sizes on a label, as worked."""

import io

import numpy as np
import pytest

from meguri.passport.carrier import (
    CarrierReadbackFailed,
    CarrierTooPale,
    ErrorCorrection,
    ModuleSizeOutOfRange,
    symbol,
    symbol_for,
    uri_in,
)
from meguri.passport.carrier.errors import CarrierNotRead
from meguri.passport.labels.sizes import on_a_cylinder, on_a_side, surface_of_cylinder

URI = "https://id.example.jp/01/09521234567899/21/MG26A000001"


@pytest.mark.parametrize(
    ("level", "version", "modules", "side"),
    [(ErrorCorrection.M, 4, 33, 16.4), (ErrorCorrection.Q, 5, 37, 18.0), (ErrorCorrection.H, 6, 41, 19.6)],
)
def test_the_symbol_has_the_worked_version_and_size(
    level: ErrorCorrection, version: int, modules: int, side: float
) -> None:
    made = symbol_for(URI, level)
    assert (made.version, made.modules, round(made.side_mm, 2)) == (version, modules, side)


def test_the_default_level_is_q_and_never_raised_unasked() -> None:
    assert symbol_for(URI).error_correction is ErrorCorrection.Q
    assert symbol_for("https://a.jp", ErrorCorrection.M).version == 1


def test_the_picture_read_again_holds_the_uri() -> None:
    png = symbol_for(URI).png()
    assert png.startswith(b"\x89PNG")
    shades = symbol._picture(symbol_for(URI).matrix)
    assert uri_in(shades) == URI


def test_a_symbol_that_reads_otherwise_is_not_given_away(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(symbol, "codes_in", lambda _: ["https://evil.example"])
    with pytest.raises(CarrierReadbackFailed) as refused:
        symbol_for(URI)
    assert refused.value.code == "CARRIER_READBACK_FAILED"


def test_a_picture_without_symbol_is_not_read() -> None:
    with pytest.raises(CarrierNotRead):
        uri_in(np.full((80, 80), 255, dtype=np.uint8))


@pytest.mark.parametrize("size", [0.2, 1.0])
def test_modules_out_of_range_are_refused(size: float) -> None:
    with pytest.raises(ModuleSizeOutOfRange):
        symbol_for(URI, module_mm=size)


def test_pale_and_inverted_colours_are_refused() -> None:
    made = symbol_for(URI)
    assert "<path" in made.svg()
    for dark, light in (("#888888", "#ffffff"), ("#ffffff", "#000000")):
        with pytest.raises(CarrierTooPale):
            made.svg(dark, light)


def test_a_long_uri_is_warned_of() -> None:
    assert not symbol_for(URI).too_long
    assert symbol_for("https://id.example.jp/" + "a" * 80).too_long


@pytest.mark.parametrize(
    ("area", "side", "on_battery"),
    [(300 * 120, 32.86, True), (1800 * 1200, 50.0, True), (10 * 4, 10.0, False)],
)
def test_the_collection_symbol_covers_three_per_cent_of_the_largest_side(
    area: float, side: float, on_battery: bool
) -> None:
    found = on_a_side(area)
    assert (round(found.side_mm, 2), found.on_battery) == (side, on_battery)
    assert found.metal_area_mm2 == pytest.approx(0.25 * found.side_mm**2)


def test_on_a_cylinder_it_covers_one_and_a_half_per_cent_of_the_surface() -> None:
    assert surface_of_cylinder(18, 65) == pytest.approx(4184.6, abs=0.05)
    assert round(on_a_cylinder(18, 65).side_mm, 2) == 7.92


def test_a_picture_file_of_the_symbol_can_be_opened() -> None:
    assert len(io.BytesIO(symbol_for(URI).png(300)).getvalue()) > 200

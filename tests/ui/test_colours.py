"""The colours: legible in light and dark, and used only through their tokens."""

import re
from itertools import product
from pathlib import Path

import pytest

from meguri.ui.assets import BLOCKS, HERE

CSS = HERE / "css"
TOKEN = re.compile(r"--([\w-]+): (#[0-9a-f]{6});")
INKS = ("ink", "ink-soft", "accent", "link", "ok", "waiting", "attention", "stop", "returned", "quiet")
STATUS = ("ok", "waiting", "attention", "stop", "returned", "quiet")


def palettes() -> dict[str, dict[str, str]]:
    light, _, dark = (CSS / "tokens.css").read_text("utf-8").partition("@media screen")
    plain = dict(TOKEN.findall(light))
    return {"light": plain, "dark": plain | dict(TOKEN.findall(dark))}


def luminance(colour: str) -> float:
    """Relative luminance (WCAG 2.2)."""
    parts = (int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5))
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def text_pairs() -> list[tuple[str, str]]:
    on_grounds = product(INKS, ("ground", "ground-soft", "ground-hover"))
    on_status = [(status, f"{status}-soft") for status in STATUS] + [("ink", f"{status}-soft") for status in STATUS]
    filled = [
        ("on-accent", "accent"),
        ("on-accent", "accent-strong"),
        ("on-stop", "stop"),
        ("accent-strong", "accent-soft"),
    ]
    return [*on_grounds, *on_status, *filled, ("ink-soft", "ok-soft"), ("ink-soft", "quiet-soft"), ("ground", "ink")]


def test_the_measure_gives_the_standards_own_extremes() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("mode", ["light", "dark"])
@pytest.mark.parametrize("ink, ground", text_pairs(), ids="-on-".join)
def test_text_stands_out_by_four_and_a_half(mode: str, ink: str, ground: str) -> None:
    colours = palettes()[mode]
    assert contrast(colours[ink], colours[ground]) >= 4.5


@pytest.mark.parametrize("mode", ["light", "dark"])
@pytest.mark.parametrize(
    "line", ["line-strong", "focus", "accent", "stop", "chart-1", "chart-part", "chart-2", "chart-3"]
)
def test_lines_that_carry_meaning_stand_out_by_three(mode: str, line: str) -> None:
    colours = palettes()[mode]
    assert contrast(colours[line], colours["ground"]) >= 3


def test_the_accent_is_the_green_of_pine_needles() -> None:
    assert palettes()["light"]["accent"] == "#0b6e4f"


@pytest.mark.parametrize("block", [block for block in BLOCKS if block != "tokens"])
def test_a_block_takes_its_colours_from_the_tokens(block: str) -> None:
    css = re.sub(r"/\*.*?\*/", "", (CSS / f"{block}.css").read_text("utf-8"), flags=re.DOTALL)
    assert re.findall(r"#[0-9a-fA-F]{3,8}\b(?![^;{]*\{)", css.replace("#000 calc", "calc")) == []


@pytest.mark.parametrize("block", BLOCKS)
def test_a_block_uses_only_tokens_that_exist(block: str) -> None:
    names = set(re.findall(r"--([\w-]+):", (CSS / "tokens.css").read_text("utf-8")))
    assert set(re.findall(r"var\(--([\w-]+)", (CSS / f"{block}.css").read_text("utf-8"))) <= names


def test_every_block_is_served_and_opens_with_what_it_is() -> None:
    assert {file.stem for file in CSS.iterdir()} == set(BLOCKS)
    assert all(Path(CSS / f"{block}.css").read_text("utf-8").startswith("/* ") for block in BLOCKS)

"""Documents of others that break their own format are refused with the place, whatever stands there: nothing else happens."""

import copy
import random
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest
from tests.dataspaces.exchange.sample import EV, passport

from meguri.commands.passport.validate import own_faults
from meguri.dataspaces.exchange import formats
from meguri.dataspaces.exchange.errors import DocumentMisshapen
from meguri.dataspaces.exchange.exporting import AASX
from meguri.kernel.errors import Refusal

ODD: tuple[Any, ...] = (
    None,
    [],
    {},
    "x",
    "",
    -1,
    True,
    1e300,
    ["x"],
    {"a": 1},
    [[]],
    [None],
    "2026-13-99",
    {"value": "x"},
)
TIMES = {"idta": 40}


def places(document: Any, at: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    yield at
    inner = (
        document.items() if isinstance(document, dict) else enumerate(document) if isinstance(document, list) else ()
    )
    for name, each in inner:
        yield from places(each, (*at, name))


def changed(document: Any, at: tuple[Any, ...], value: Any) -> Any:
    if not at:
        return copy.deepcopy(value)
    made = inner = copy.deepcopy(document)
    for name in at[:-1]:
        inner = inner[name]
    inner[at[-1]] = copy.deepcopy(value)
    return made


@pytest.mark.parametrize("name", [name for name in formats.all_formats() if name != AASX])
def test_nothing_but_a_refusal_comes_of_anything_in_any_place(name: str) -> None:
    document = formats.export(name, passport()).document
    found, chance = list(places(document)), random.Random(name)
    for _ in range(TIMES.get(name, 150)):
        odd = changed(document, chance.choice(found), chance.choice(ODD))
        formats.faults(name, odd)
        with suppress(Refusal):
            formats.read(name, odd)


def without(document: Any, at: tuple[Any, ...]) -> Any:
    made = inner = copy.deepcopy(document)
    for name in at[:-1]:
        inner = inner[name]
    if at:
        del inner[at[-1]]
    return made


@pytest.mark.parametrize("name", [name for name in formats.all_formats() if name != AASX])
def test_whatever_is_left_out_a_document_is_read_or_refused(name: str) -> None:
    document = formats.export(name, passport()).document
    found, chance = list(places(document)), random.Random(name)
    for _ in range(TIMES.get(name, 150)):
        with suppress(Refusal):
            formats.read(name, without(document, chance.choice(found)))


def test_what_catena_x_leaves_open_or_bounds_is_kept() -> None:
    """`battery_pass` 6.1.0: headers of 100 characters, no footprint below zero, and what need not be said."""
    values = {**EV, "cf_eol": -0.0034}
    values["dd_report"] = {**EV["dd_report"], "title": {"en": "Due diligence, " + "very " * 40 + "long"}}
    made = formats.export("tractusx", passport(values))
    assert formats.faults("tractusx", made.document) == []
    assert len(made.document["conformity"]["dueDiligencePolicy"][0]["header"]) == 100
    stages = [one["lifecycle"] for one in made.document["sustainability"]["carbonFootprint"]]
    assert "total" in stages
    assert "end of life and recycling" not in stages
    assert "cf_eol" in {one.key for one in made.losses}
    for at in (
        ("sustainability", "carbonFootprint", 0, "performanceClass"),
        ("operation", "manufacturer", "manufacturingDate"),
        ("materials", "active", "other"),
        ("commercial", "placedOnMarket"),
        ("metadata", "status"),
    ):
        left_out = without(made.document, at)
        assert formats.faults("tractusx", left_out) == [], at
        assert formats.read("tractusx", left_out).values
    for at, wrong in (
        (("conformity", "dueDiligencePolicy", 0, "header"), "x" * 101),
        (("sustainability", "carbonFootprint", 0, "value"), -0.1),
        (("materials", "active", "nickel", "recycled"), 101),
        (("materials", "composition", 0, "unit"), "%"),
    ):
        assert formats.faults("tractusx", changed(made.document, at, wrong)), at


@pytest.mark.parametrize(
    ("name", "at", "value"),
    [
        (
            "bpready",
            ("Battery_Passport", "PerformanceAndDurability", "OriginalPowerCapability", "wattValueAt20SoC"),
            "x",
        ),
        ("batterypass-pd", ("batteryTechicalProperties", "ratedMaximumPower"), "x"),
    ],
)
def test_the_place_is_named(name: str, at: tuple[Any, ...], value: Any) -> None:
    document = changed(formats.export(name, passport()).document, at, value)
    assert formats.faults(name, document)
    with pytest.raises(DocumentMisshapen) as refused:
        formats.read(name, document)
    assert refused.value.fields
    assert "/" + str(at[0]) in refused.value.sentence("ja")


def test_a_passport_of_our_own_is_checked_to_the_end_whatever_stands_in_it() -> None:
    whole = formats.export("en18223", passport()).document if "en18223" in formats.all_formats() else passport().values
    found, chance = list(places(whole)), random.Random("own")
    for _ in range(150):
        own_faults(changed(dict(whole), chance.choice(found), chance.choice(ODD)))

from datetime import date

import msgspec
import pytest

from meguri.footprint.calculation.errors import FactorUnknown, ProvenanceMissing, UnitUnknown
from meguri.footprint.calculation.factors import (
    Catalogue,
    EmissionFactor,
    Licence,
    LicenceBlocksExport,
    Source,
    demo_factors,
    exported,
    sources_of,
)

from .helpers import D

COPPER = EmissionFactor(
    id="CU",
    version="1.0",
    name="銅",
    unit="kg",
    value=D("4.1"),
    gwp_set="AR6",
    source=Source(name="Metals", version="2025"),
    licence=Licence(code="CC-BY-4.0", redistribute="yes"),
    synonyms=("copper",),
    classification="urn:cpc:4141",
    geography="GLO",
)
TODAY = date(2025, 6, 1)


def copper(**changes: object) -> EmissionFactor:
    return msgspec.structs.replace(COPPER, **changes)


def test_the_newest_version_is_used_unless_one_is_named() -> None:
    catalogue = Catalogue([COPPER, copper(version="1.10", value=D(4)), copper(version="1.9")])
    assert catalogue.get("CU").version == "1.10"
    assert catalogue.get("CU", "1.0").value == D("4.1")
    with pytest.raises(FactorUnknown, match=r"CU 1\.9"):
        catalogue.get("CU", "1.8")


def test_a_version_that_supersedes_another_comes_after_it_whatever_their_names() -> None:
    catalogue = Catalogue([COPPER, copper(version="2024-final", supersedes="1.0"), copper(version="0.9")])
    assert catalogue.get("CU").version == "2024-final"


def test_any_change_has_another_hash() -> None:
    assert COPPER.hash == copper().hash
    assert COPPER.hash != copper(value=D("4.10001")).hash
    assert COPPER.hash != copper(geography="JP").hash


def test_the_nearest_place_wins_and_the_runners_up_are_kept() -> None:
    catalogue = Catalogue([COPPER, copper(id="CU-JP", geography="JP"), copper(id="CU-EA", geography="Eastern Asia")])
    choice = catalogue.choose("Copper", geography="JP", on=TODAY)
    assert choice.chosen is not None
    assert choice.chosen.factor.id == "CU-JP"
    assert [candidate.factor.id for candidate in choice.others] == ["CU-EA", "CU"]


def test_an_exact_id_beats_a_name_and_a_name_a_classification() -> None:
    other = copper(id="X", name="CU", classification="")
    catalogue = Catalogue([COPPER, other])
    assert [c.factor.id for c in ranked(catalogue, "CU")] == ["CU", "X"]
    scores = {wanted: ranked(catalogue, wanted)[0].score for wanted in ("CU", "銅", "urn:cpc:4141")}
    assert scores["CU"] > scores["銅"] > scores["urn:cpc:4141"]


def ranked(catalogue: Catalogue, wanted: str) -> list:
    choice = catalogue.choose(wanted, geography="GLO", on=TODAY)
    return [*([choice.chosen] if choice.chosen else []), *choice.others]


def test_nothing_below_the_least_score_is_chosen_without_a_person() -> None:
    catalogue = Catalogue([copper(valid_to=date(2020, 1, 1), geography="CL")])
    choice = catalogue.choose("copper", geography="JP", on=TODAY)
    assert choice.chosen is None
    assert len(choice.others) == 1
    assert catalogue.choose("copper", geography="JP", on=TODAY, at_least=40).chosen is not None
    assert catalogue.choose("tin", geography="JP", on=TODAY).others == []


def test_a_factor_of_another_company_does_not_exist() -> None:
    own = copper(owner="a")
    assert Catalogue([own], "a").get("CU") == own
    with pytest.raises(FactorUnknown):
        Catalogue([own], "b").get("CU")


def test_values_leave_only_under_a_licence_that_lets_them() -> None:
    assert exported([COPPER]) == [COPPER]
    for redistribute in ("no", "ask"):
        closed = copper(licence=Licence(code="X", redistribute=redistribute))
        with pytest.raises(LicenceBlocksExport, match=r"CU 1\.0"):
            exported([COPPER, closed])
        assert sources_of([closed, COPPER, copper(primary=True)]) == [("Metals", "2025")]


@pytest.mark.parametrize(
    "change",
    [
        {"source": Source(name="", version="1")},
        {"source": Source(name="Metals", version="")},
        {"licence": Licence(code="", redistribute="yes")},
    ],
)
def test_a_factor_without_source_or_licence_is_refused(change: dict[str, object]) -> None:
    with pytest.raises(ProvenanceMissing, match="CU"):
        Catalogue([copper(**change)])


def test_a_factor_per_unknown_unit_is_refused() -> None:
    with pytest.raises(UnitUnknown, match="kilo"):
        Catalogue([copper(unit="kilo")])


def test_a_factor_by_gas_follows_the_set_of_the_pack() -> None:
    methane = copper(value=None, gwp_set=None, by_gas={"CH4": D("0.1"), "CO2": D(1)})
    assert methane.per_unit("AR4") == D("3.5")
    assert methane.per_unit("AR6") == D("3.79")


def test_demonstration_factors_are_marked_and_poorly_rated() -> None:
    factors = demo_factors()
    assert len(factors) >= 10
    for factor in Catalogue(factors).all():
        assert factor.id.startswith("DEMO-")
        assert factor.demo
        assert "デモ値" in factor.name
        assert factor.scores is not None
        assert factor.scores.ter == 5

"""What does not fit a foreign model is told to one's own company in Japanese too, whatever is wrong with it."""

from typing import Any

import pytest
from tests.dataspaces.pact.footprints import footprint

from meguri.dataspaces.catenax.pcf.component import component_faults
from meguri.dataspaces.catenax.pcf.shape import NODES, shape_faults
from meguri.dataspaces.misfits import in_japanese, misfit
from meguri.dataspaces.pact.footprint import faults_of

ODD: tuple[Any, ...] = (
    None,
    "",
    "x",
    "-1",
    "9999999",
    -1,
    0,
    7,
    True,
    [],
    ["x", "x"],
    [1],
    {},
    [{}],
    "2020-01-01T00:00:00Z",
)


def pact_sentences() -> set[str]:
    good = footprint({})
    found = {fault.message for fault in faults_of({})} | {fault.message for fault in faults_of([])}
    for odd in ODD:
        for name in good:
            found |= {fault.message for fault in faults_of({**good, name: odd})}
        for name in (*good["pcf"], "dqi", "verification", "primaryDataShare", "geographyCountry", "biogenicCO2Uptake"):
            found |= {fault.message for fault in faults_of({**good, "pcf": {**good["pcf"], name: odd}})}
    flags = {"packagingEmissionsIncluded": False, "packagingGhgEmissions": "1", "geographyCountry": "DE"}
    more = {"geographyRegionOrSubregion": "Europe", "geographyCountrySubdivision": "x", "ccuCreditCertification": "x"}
    late = {"validityPeriodStart": "2020-01-01T00:00:00Z", "validityPeriodEnd": "2099-01-01T00:00:00Z"}
    return found | {fault.message for fault in faults_of({**good, **late, "pcf": {**good["pcf"], **flags, **more}})}


def catenax_sentences() -> set[str]:
    found = {wrong for _, wrong in (*shape_faults({}), *component_faults({}))}
    for odd in ODD:
        for fields, _ in NODES.values():
            found |= {wrong for check, _ in fields.values() if (wrong := check(odd))}
        names = (
            "siteIdentifier",
            "dataQualityRating",
            "primaryDataShare",
            "contentC02Metals",
            "validityPeriod",
            "pcfValues",
        )
        found |= {wrong for name in names for _, wrong in component_faults({name: odd})}
    return found | {wrong for _, wrong in component_faults({"validityPeriod": {"validTo": "soon"}})}


@pytest.mark.parametrize("sentences", [pact_sentences, catenax_sentences])
def test_every_sentence_has_its_japanese(sentences: Any) -> None:
    found = sentences()
    assert len(found) > 10
    assert [wrong for wrong in found if in_japanese(wrong) == wrong] == []


def test_both_languages_stand_at_the_place() -> None:
    told = misfit("/pcf/x", "must be ≤ 0")
    assert (told.of("ja"), told.of("en")) == (
        "形式に合いません: ≤ 0 の値にしてください",
        "This does not fit: must be ≤ 0",
    )
    braces = misfit("/pcf/x", "must be one of {a}")
    assert braces.of("ja") == "形式に合いません: 次のいずれかにしてください: {a}"

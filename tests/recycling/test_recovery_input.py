"""Bad input of a recovery calculation: every broken field is named, and nothing is guessed."""

import json
from decimal import Decimal
from typing import Any

import pytest

from meguri.cli import main
from meguri.recycling.errors import UnusableInput
from meguri.recycling.recovery_input import parse
from recycling.cases import POINT, a2, changed, written


def fields_of(raw: bytes) -> list[str]:
    with pytest.raises(UnusableInput) as refused:
        parse(raw)
    return [fault.field for fault in refused.value.fields]


@pytest.mark.parametrize(
    "mass", ["-1", -0.5, "NaN", float("nan"), float("inf"), "1e10", "twelve", "12,5", True, None, [], "", "1e999999"]
)
def test_a_mass_that_is_no_mass_is_named(mass: Any) -> None:
    assert fields_of(written(changed(a2(), "inputs", 3, massKg=mass))) == ["inputs[3].massKg"]


def test_every_broken_field_is_named_at_once() -> None:
    case = {
        "year": 2026.5,
        "reClass": "alkaline",
        "optionalElements": ["Xy"],
        "inputs": [{"element": "Ni"}, 7],
        "outputs": [
            {"element": "Ni", "substance": "Li2CO3", "massKg": 1, "counting": "recycling"},
            {"substance": "unobtainium", "massKg": 1, "counting": "recycled"},
            {"element": "Ni", "massKg": 1, "reagentOriginKg": 2, "counting": "recycling", "calculationPoint": "yes"},
            {"element": "Ni", "massKg": 1, "countryGenerated": "germany", "uRel": 5, "location": "moon"},
        ],
    }
    assert sorted(fields_of(written(case))) == sorted(
        [
            "year",
            "reClass",
            "optionalElements[0]",
            "inputs[0].massKg",
            "inputs[1]",
            "outputs[0].element",
            "outputs[1].substance",
            "outputs[1].counting",
            "outputs[2].calculationPoint",
            "outputs[2].reagentOriginKg",
            "outputs[3].counting",
            "outputs[3].location",
            "outputs[3].uRel",
            "outputs[3].countryGenerated",
        ]
    )


@pytest.mark.parametrize("raw", [b"", b"{", b"\xff\xfe", b"[" * 100_000, b"null", b"[]", b'{"year": 1, "year": 2}'])
def test_what_is_no_calculation_is_refused(raw: bytes) -> None:
    with pytest.raises(UnusableInput):
        parse(raw)


def test_required_parts_are_named() -> None:
    assert fields_of(b"{}") == ["year", "reClass", "inputs", "outputs"]


def test_a_unit_converts_and_an_unknown_one_is_refused() -> None:
    said = parse(written(changed(a2(), "inputs", 3, massKg="0.05", unit="t")))
    assert said.charges[3].mass_kg == Decimal(50)
    assert fields_of(written(changed(a2(), "inputs", 3, unit="stone"))) == ["inputs[3].unit"]


def test_decimal_strings_a_byte_order_mark_and_aliases_are_read() -> None:
    case = a2()
    case["inputs"][8]["element"] = "O2"
    case["outputs"].append({"substance": "NiSO4.6H2O", "massKg": "0.1", **POINT})
    said = parse(b"\xef\xbb\xbf" + written(case))
    assert said.charges[8].element == "O"
    assert said.yields[-1].mass_kg == Decimal("0.02233")


class TestCommand:
    def test_it_prints_one_object(self, tmp_path: Any, capsys: pytest.CaptureFixture[str]) -> None:
        path = tmp_path / "in.json"
        path.write_bytes(written(a2()))
        assert main(["recycling", "recovery", str(path)]) == 0
        found = json.loads(capsys.readouterr().out)
        assert found["rRE"]["value"] == 70.517799
        assert found["ruleSet"] == "EU-RE-2025-606/1"

    @pytest.mark.parametrize(
        "raw", [b"nonsense", b'{"year": 2026}', written({**a2(), "optionalElements": ["Co"]}), written(a2(2001))]
    )
    def test_unusable_input_ends_with_two_and_prints_nothing(
        self, raw: bytes, tmp_path: Any, capsys: pytest.CaptureFixture[str]
    ) -> None:
        path = tmp_path / "in.json"
        path.write_bytes(raw)
        assert main(["recycling", "recovery", str(path)]) == 2
        told = capsys.readouterr()
        assert told.out == ""
        assert told.err.startswith("meguri: ")

    def test_a_missing_file_ends_with_two(self, tmp_path: Any, capsys: pytest.CaptureFixture[str]) -> None:
        assert main(["recycling", "recovery", str(tmp_path / "none.json")]) == 2
        assert "none.json" in capsys.readouterr().err

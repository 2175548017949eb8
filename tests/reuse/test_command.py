import json
from pathlib import Path
from typing import Any

import msgspec
import pytest
from tests.reuse.samples import PACK, TODAY, battery, good_evidence
from tests.reuse.test_matching import PACK as CANDIDATE
from tests.reuse.test_matching import USE

from meguri.cli import main


def ask(tmp_path: Path, action: str, given: Any, *more: str) -> tuple[int, Any]:
    source, target = tmp_path / "in.json", tmp_path / "out.json"
    source.write_bytes(given if isinstance(given, bytes) else msgspec.json.encode(given))
    code = main(["reuse", action, str(source), str(target), *more])
    return code, json.loads(target.read_bytes()) if target.exists() else None


def gate_input(*without: str) -> dict[str, Any]:
    return {"item_id": "p1", "case": PACK, "evidence": good_evidence(without=without), "today": TODAY}


def test_gate_writes_verdict_grade_and_every_rule(tmp_path: Path) -> None:
    code, found = ask(tmp_path, "gate", gate_input())
    assert (code, found["verdict"], found["grade"]) == (0, "pass", "N")
    assert len(found["gate"]["results"]) == 21


def test_gate_ends_with_3_when_nothing_is_assessable_and_still_writes(tmp_path: Path) -> None:
    code, found = ask(tmp_path, "gate", gate_input("resistance"))
    assert (code, found["verdict"]) == (3, "not_assessable")


def test_value_is_the_same_bytes_again_and_decides_with_evidence(tmp_path: Path) -> None:
    given = {"batteries": [battery()], "gate": {"pack-1": gate_input()}, "today": TODAY}
    code, first = ask(tmp_path, "value", given, "--seed", "4", "--draws", "500")
    assert (code, first["valuations"][0]["draws"], len(first["decisions"])) == (0, 500, 1)
    assert ask(tmp_path, "value", given, "--seed", "4", "--draws", "500")[1] == first


def test_value_takes_prices_from_a_file(tmp_path: Path) -> None:
    prices = tmp_path / "own.csv"
    prices.write_text("code,unit,price,date\ntransport,JPY/kg,50,2026-01-10\n", encoding="utf-8")
    code, found = ask(tmp_path, "value", {"batteries": [battery()]}, "--prices", str(prices))
    assert (code, found) == (2, None)


def test_match_writes_the_assignment(tmp_path: Path) -> None:
    code, found = ask(tmp_path, "match", {"batteries": [CANDIDATE], "uses": [USE]})
    assert (code, found["match"]["pairs"][0]["use_id"]) == (0, "u1")


@pytest.mark.parametrize(
    "content,code",
    [
        (b"", "EMPTY_INPUT"),
        (b"{", "UNREADABLE"),
        (b'{"batteries": [{"item_id": 1}]}', "UNREADABLE"),
        (b"\xff\xfe{", "ENCODING"),
    ],
)
def test_unusable_input_ends_with_2_and_writes_nothing(
    tmp_path: Path, content: bytes, code: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert ask(tmp_path, "value", content) == (2, None)
    assert code in capsys.readouterr().err


def test_an_interval_that_is_none_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    given = msgspec.to_builtins({"batteries": [battery()]})
    given["batteries"][0]["soh_energy"]["lower"] = 90.0
    assert ask(tmp_path, "value", given) == (2, None)
    assert "INTERVAL_INVALID" in capsys.readouterr().err


def test_an_assessment_of_health_is_evidence(tmp_path: Path) -> None:
    assessed = tmp_path / "assessment.json"
    resistance = {"quantity": "resistance", "value": 0.0012, "lower": 0.0011, "upper": 0.0013}
    content = {"schema": "meguri.health.assessment/1", "gate_inputs": [resistance]}
    assessed.write_text(json.dumps(content), encoding="utf-8")
    code, found = ask(tmp_path, "gate", gate_input("resistance"), "--assessment", str(assessed))
    assert (code, found["verdict"]) == (0, "pass")
    assessed.write_text(json.dumps(content | {"schema": "other/1"}), encoding="utf-8")
    (tmp_path / "out.json").unlink()
    assert ask(tmp_path, "gate", gate_input("resistance"), "--assessment", str(assessed)) == (2, None)

"""`meguri health predict`: what may and what must not influence an answer."""

import argparse
import csv
import random
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from meguri.commands import health
from meguri.health.pulse.predict import Predictor
from meguri.health.pulse.rawtable import RawTable
from meguri.health.pulse.table import pulse_table

Rows = list[dict[str, str]]


def write_rows(path: Path, rows: list[dict[str, str]]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return path


def run(*words: object) -> int:
    parser = argparse.ArgumentParser()
    health.configure(parser)
    return health.run(parser.parse_args([str(word) for word in words]))


def predict(folder: Path, rows: Rows, *options: str, suffix: str = ".csv") -> list[dict[str, str]]:
    code = run("predict", write_rows(folder / "in.csv", rows), folder / f"out{suffix}", *options)
    assert code in (0, 3)
    with (folder / f"out{suffix}").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def numbers(answers: list[dict[str, str]]) -> list[tuple[float, float, float]]:
    return [(float(a["soh_lower"]), float(a["soh_pct"]), float(a["soh_upper"])) for a in answers]


def test_every_row_of_a_trained_design_is_answered_in_order(tmp_path: Path, pulse_rows: Rows) -> None:
    answers = predict(tmp_path, pulse_rows)
    assert [(a["cell_id"], a["soc"]) for a in answers] == [(r["cell_id"], r["soc"]) for r in pulse_rows]
    assert sum(a["status"] == "ok" for a in answers) >= len(answers) - 2
    assert {a["model_id"] for a in answers} == {"meguri-pulse-3"}
    assert all(lower <= value <= upper for lower, value, upper in numbers(answers))


def test_shuffled_rows_give_the_same_numbers(tmp_path: Path, pulse_rows: Rows) -> None:
    order = list(range(len(pulse_rows)))
    random.Random(3).shuffle(order)
    straight = numbers(predict(tmp_path, pulse_rows))
    shuffled = numbers(predict(tmp_path, [pulse_rows[place] for place in order]))
    np.testing.assert_allclose(shuffled, [straight[place] for place in order], rtol=0, atol=1e-9)


def test_labels_and_the_text_of_ids_do_not_matter(tmp_path: Path, pulse_rows: Rows) -> None:
    changed = [
        {**row, "soh_pct": "1", "capacity_ah": "x", "aging_cycles": "9", "origin": "moon", "cell_id": f"n{place}"}
        for place, row in enumerate(pulse_rows)
    ]
    for row in changed:
        row["test_id"] = row["cell_id"]
    distinct = [{**row, "cell_id": f"m{place}", "test_id": ""} for place, row in enumerate(pulse_rows)]
    np.testing.assert_allclose(
        numbers(predict(tmp_path, changed)), numbers(predict(tmp_path, distinct)), rtol=0, atol=1e-9
    )


def test_a_row_alone_gives_the_same_as_among_others(tmp_path: Path, pulse_rows: Rows) -> None:
    distinct = [{**row, "cell_id": f"c{place}", "test_id": f"c{place}"} for place, row in enumerate(pulse_rows)]
    together = numbers(predict(tmp_path, distinct))
    for place in (0, 17, 30, 50):
        np.testing.assert_allclose(numbers(predict(tmp_path, [distinct[place]])), [together[place]], rtol=0, atol=1e-9)


def test_parquet_and_csv_say_the_same(tmp_path: Path, pulse_rows: Rows) -> None:
    from pyarrow import parquet, table

    typed = {
        name: [
            float(r[name]) if name[0] == "u" or name in ("soc", "rated_capacity_ah") else r[name] for r in pulse_rows
        ]
        for name in pulse_rows[0]
    }
    parquet.write_table(table(typed), tmp_path / "in.parquet")
    assert run("predict", tmp_path / "in.parquet", tmp_path / "out.parquet") == 0
    found = parquet.read_table(tmp_path / "out.parquet").to_pydict()
    expected = numbers(predict(tmp_path, pulse_rows))
    np.testing.assert_allclose(
        list(zip(found["soh_lower"], found["soh_pct"], found["soh_upper"], strict=True)), expected, rtol=0, atol=1e-9
    )


def test_rows_of_one_test_share_one_answer_that_is_narrower(predictor: Predictor, pulsebat: RawTable) -> None:
    table = pulse_table(pulsebat)
    alone, together = predictor.predict(table, combine=False), predictor.predict(table)
    one = (table.cell == table.cell[0]) & (table.test == table.test[0])
    assert len(set(together.soh[one])) == 1
    assert np.nanmean(together.upper - together.lower) < np.nanmean(alone.upper - alone.lower)


def test_without_soc_the_answer_is_ok_and_wider(predictor: Predictor, pulsebat: RawTable) -> None:
    table = pulse_table(pulsebat)
    known, unknown = predictor.predict(table, combine=False), predictor.predict(table.without_soc(), combine=False)
    assert np.mean([state == "ok" for state in unknown.status]) > 0.98
    assert np.nanmean(unknown.upper - unknown.lower) > np.nanmean(known.upper - known.lower)
    assert {"SOC_ESTIMATED"} <= {code for codes in unknown.reasons for code in codes}


def test_a_design_never_seen_is_out_of_domain_and_at_least_twice_as_wide(tmp_path: Path, pulse_rows: Rows) -> None:
    lmo = [row for row in pulse_rows if row["chemistry"] == "LMO"]
    strange = predict(tmp_path, [{**row, "rated_capacity_ah": "25"} for row in lmo])
    assert {(a["status"], a["reasons"]) for a in strange} == {("out_of_domain", "UNKNOWN_DESIGN")}
    width = np.mean([upper - lower for lower, _, upper in numbers(strange)])
    assert width >= 2 * np.mean([upper - lower for lower, _, upper in numbers(predict(tmp_path, lmo))])


@pytest.mark.parametrize(("chemistry", "answered"), [("LTO", True), ("unobtainium", False)])
def test_an_unknown_chemistry_is_out_of_domain(
    tmp_path: Path, pulse_rows: Rows, chemistry: str, answered: bool
) -> None:
    (answer,) = predict(tmp_path, [{**pulse_rows[0], "chemistry": chemistry}])
    assert (answer["status"], answer["reasons"]) == ("out_of_domain", "UNKNOWN_CHEMISTRY")
    assert bool(answer["soh_pct"]) is answered


def test_voltages_far_from_training_are_out_of_domain_and_wider(tmp_path: Path, pulse_rows: Rows) -> None:
    row = pulse_rows[0]
    odd = {**row, **{f"u{k}": str(float(row[f"u{k}"]) + 0.35) for k in range(1, 22)}}
    normal, strange = predict(tmp_path, [row]), predict(tmp_path, [odd])
    assert (strange[0]["status"], strange[0]["reasons"]) == ("out_of_domain", "FEATURES_OUTSIDE")
    assert np.ptp(numbers(strange)) > 2 * np.ptp(numbers(normal))


def test_another_good_voltmeter_does_not_put_honest_cells_outside(predictor: Predictor, pulsebat: RawTable) -> None:
    table = pulse_table(pulsebat)
    noise = np.random.default_rng(5).normal(0, 0.0005, table.u.shape)
    answers = predictor.predict(replace(table, u=table.u + noise), combine=False)
    assert np.mean([status == "ok" for status in answers.status]) > 0.97


def test_a_wrong_state_of_charge_is_noticed(tmp_path: Path, pulse_rows: Rows) -> None:
    low = next(row for row in pulse_rows if row["soc"] == "5" and row["chemistry"] == "NMC")
    assert predict(tmp_path, [{**low, "soc": "50"}])[0]["status"] != "ok"


def test_another_temperature_is_out_of_domain(tmp_path: Path, pulse_rows: Rows) -> None:
    (answer,) = predict(tmp_path, [{**pulse_rows[0], "temperature_celsius": "5"}])
    assert (answer["status"], answer["reasons"]) == ("out_of_domain", "TEMPERATURE")


def test_a_basis_that_the_design_was_not_trained_on_is_not_believed(tmp_path: Path, pulse_rows: Rows) -> None:
    row = next(row for row in pulse_rows if row["rated_capacity_ah"] == "2.1")
    (stated,) = predict(tmp_path, [{**row, "soc_basis": "rated"}])
    (empty,) = predict(tmp_path, [{**row, "soc": ""}])
    assert stated["reasons"] == "SOC_BASIS;CALIBRATED_BY_CHEMISTRY"
    assert stated["soh_pct"] == empty["soh_pct"]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"u7": "abc"}, "BAD_VALUE:u7"),
        ({"u7": "nan"}, "BAD_VALUE:u7"),
        ({"u7": "inf"}, "BAD_VALUE:u7"),
        ({"u7": "6.2"}, "BAD_VALUE:u7"),
        ({"u7": ""}, "BAD_VALUE:u7"),
        ({"soc": "-1"}, "RANGE:soc"),
        ({"soc": "101"}, "RANGE:soc"),
        ({"soc": "half"}, "BAD_VALUE:soc"),
        ({"rated_capacity_ah": "0"}, "NO_REFERENCE"),
        ({"rated_capacity_ah": ""}, "NO_REFERENCE"),
        ({f"u{k}": "3.3" for k in range(1, 22)}, "PULSE_PATTERN"),
        ({"u2": "3.1", "u6": "3.5"}, "PULSE_PATTERN"),
    ],
)
def test_a_bad_row_says_why_and_the_others_are_answered(
    tmp_path: Path, pulse_rows: Rows, change: dict[str, str], reason: str
) -> None:
    bad, *good = predict(tmp_path, [{**pulse_rows[0], **change}, *pulse_rows[1:4]])
    assert (bad["status"], bad["reasons"], bad["soh_pct"]) == ("not_assessable", reason, "")
    assert {answer["status"] for answer in good} == {"ok"}


def test_nothing_assessable_is_written_and_exits_with_3(tmp_path: Path, pulse_rows: Rows) -> None:
    source = write_rows(tmp_path / "in.csv", [{**pulse_rows[0], "u1": ""}])
    assert run("predict", source, tmp_path / "out.csv") == 3
    assert (tmp_path / "out.csv").exists()


def test_the_same_key_with_other_voltages_is_answered_twice_and_flagged(tmp_path: Path, pulse_rows: Rows) -> None:
    first = pulse_rows[0]
    second = {**first, "u1": str(float(first["u1"]) - 0.0001)}
    answers = predict(tmp_path, [first, second])
    assert [(a["status"], a["reasons"]) for a in answers] == [("ok", "DUPLICATE_KEY")] * 2
    assert answers[0]["soh_pct"] != answers[1]["soh_pct"]


def test_a_repeated_row_counts_once(tmp_path: Path, pulse_rows: Rows) -> None:
    once, twice = predict(tmp_path, [pulse_rows[0]]), predict(tmp_path, [pulse_rows[0]] * 2)
    assert numbers(twice) == numbers(once) * 2
    assert twice[0]["reasons"] == ""


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (
            lambda row: {**row, **{f"u{k}": str(float(row[f"u{k}"]) * 1000) for k in range(1, 22)}},
            ("UNIT_SUSPECT", "u1"),
        ),
        (lambda row: {**row, "rated_capacity_ah": str(float(row["rated_capacity_ah"]) * 1000)}, ("rated_capacity_ah",)),
        (lambda row: {**row, "soc": str(float(row["soc"]) / 100)}, ("UNIT_SUSPECT", "soc")),
        (lambda row: {**row, "temperature_celsius": "298.15"}, ("UNIT_SUSPECT", "temperature_celsius")),
        (lambda row: {k: v for k, v in row.items() if k != "u3"}, ("COLUMN_MISSING", "u3")),
        (lambda row: {**row, "U3": row["u3"]}, ("COLUMN_DUPLICATE", "u3")),
    ],
    ids=["millivolt", "milliampere hours", "fraction", "kelvin", "missing", "twice"],
)
def test_an_unusable_file_is_refused_and_nothing_is_written(
    tmp_path: Path, pulse_rows: Rows, capsys: pytest.CaptureFixture[str], change: object, words: tuple[str, ...]
) -> None:
    source = write_rows(tmp_path / "in.csv", [change(row) for row in pulse_rows])  # type: ignore[operator]
    assert run("predict", source, tmp_path / "out.csv") == 2
    said = capsys.readouterr().err
    assert all(word in said for word in words)
    assert not (tmp_path / "out.csv").exists()


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "EMPTY_INPUT"),
        (b"cell_id,chemistry\n", "EMPTY_INPUT"),
        ("cell_id,化学".encode("cp932"), "ENCODING"),
        (b"\x00\x01\x02", "UNREADABLE"),
        (b"\x1f\x8bbroken", "UNREADABLE"),
        (b"a,b\n1,2,3\n", "UNREADABLE"),
    ],
)
def test_what_is_no_table_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], data: bytes, code: str
) -> None:
    (tmp_path / "in.csv").write_bytes(data)
    assert run("predict", tmp_path / "in.csv", tmp_path / "out.csv") == 2
    assert code in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == [tmp_path / "in.csv"]


def test_units_in_headers_full_width_digits_and_words_for_nothing_are_understood(
    tmp_path: Path, pulse_rows: Rows
) -> None:
    heads = {
        "cell_id": "Cell ID",
        "soc": "SoC (%)",
        "rated_capacity_ah": "Rated Capacity / Ah",
        "u7": "U7 [V]",
        "u8": "u8/V",
    }
    typed = [
        {**row, "chemistry": row["chemistry"].replace("NMC", "Li-ion NCM"), "temperature_celsius": "N/A"}
        for row in pulse_rows
    ]
    typed[0]["u3"] = typed[0]["u3"].translate(str.maketrans("0123456789.", "０１２３４５６７８９．"))
    named = [{heads.get(name, name): cell for name, cell in row.items()} for row in typed]
    assert numbers(predict(tmp_path, named)) == numbers(predict(tmp_path, pulse_rows))
    unknown = predict(
        tmp_path, [{**row, "soc": word} for row, word in zip(pulse_rows, ("-", "不明", "null"), strict=False)]
    )
    assert all("SOC_ESTIMATED" in answer["reasons"] for answer in unknown)


def test_empty_cells_behind_the_last_column_are_nothing(tmp_path: Path, pulse_rows: Rows) -> None:
    write_rows(tmp_path / "plain.csv", pulse_rows[:3])
    (tmp_path / "in.csv").write_text((tmp_path / "plain.csv").read_text("utf-8").replace("\r\n", ",,\r\n"), "utf-8")
    assert run("predict", tmp_path / "in.csv", tmp_path / "out.csv") == 0


def test_a_sentinel_in_many_rows_spoils_those_rows_only(tmp_path: Path, pulse_rows: Rows) -> None:
    spoilt = [{**row, "u5": "9999"} if place % 2 else row for place, row in enumerate(pulse_rows[:12])]
    assert [a["reasons"] for a in predict(tmp_path, spoilt)][1::2] == ["BAD_VALUE:u5"] * 6


@pytest.mark.parametrize("separator", [";", "\t"], ids=["semicolon", "tab"])
def test_the_separators_of_other_spreadsheets_say_the_same(tmp_path: Path, pulse_rows: Rows, separator: str) -> None:
    expected = predict(tmp_path, pulse_rows[:4])
    lines = (tmp_path / "in.csv").read_text(encoding="utf-8").splitlines()[:5]
    (tmp_path / "other.csv").write_text("\n".join(line.replace(",", separator) for line in lines), encoding="utf-8")
    assert run("predict", tmp_path / "other.csv", tmp_path / "other_out.csv") == 0
    assert (tmp_path / "other_out.csv").read_bytes() == (tmp_path / "out.csv").read_bytes()
    assert expected


def test_an_output_format_that_is_not_written_is_refused(tmp_path: Path, pulse_rows: Rows) -> None:
    source = write_rows(tmp_path / "in.csv", pulse_rows[:1])
    assert run("predict", source, tmp_path / "out.xlsx") == 2
    assert not (tmp_path / "out.xlsx").exists()


def test_a_stated_fraction_is_accepted(tmp_path: Path, pulse_rows: Rows) -> None:
    fractions = [{**row, "soc": str(float(row["soc"]) / 100)} for row in pulse_rows]
    found = numbers(predict(tmp_path, fractions, "--soc-unit", "fraction"))
    np.testing.assert_allclose(found, numbers(predict(tmp_path, pulse_rows)), rtol=0, atol=1e-9)


def test_a_formula_in_a_name_stays_text(tmp_path: Path, pulse_rows: Rows) -> None:
    (answer,) = predict(tmp_path, [{**pulse_rows[0], "cell_id": "=cmd()"}])
    assert answer["cell_id"] == "'=cmd()"


def test_more_confidence_is_a_wider_interval_and_nonsense_is_refused(tmp_path: Path, pulse_rows: Rows) -> None:
    lfp = pulse_rows[:3]
    narrow, wide = predict(tmp_path, lfp, "--confidence", "0.8"), predict(tmp_path, lfp, "--confidence", "0.95")
    assert all(np.ptp(n) < np.ptp(w) for n, w in zip(numbers(narrow), numbers(wide), strict=True))
    assert run("predict", tmp_path / "in.csv", tmp_path / "no.csv", "--confidence", "0.4") == 2


def test_too_few_cells_for_the_confidence_is_said_and_no_interval_is_faked(tmp_path: Path, pulse_rows: Rows) -> None:
    (answer,) = predict(tmp_path, pulse_rows[:1], "--confidence", "0.995")
    assert (answer["status"], answer["soh_pct"]) == ("not_assessable", "")
    assert "CALIBRATION_TOO_SMALL" in answer["reasons"]


def test_a_small_design_borrows_the_calibration_of_its_chemistry_with_a_flag(tmp_path: Path, pulse_rows: Rows) -> None:
    row = next(row for row in pulse_rows if row["rated_capacity_ah"] == "2.1")
    (answer,) = predict(tmp_path, [row], "--confidence", "0.95")
    assert (answer["status"], answer["reasons"]) == ("ok", "CALIBRATED_BY_CHEMISTRY")
    assert np.ptp(numbers([answer])) >= np.ptp(numbers(predict(tmp_path, [row])))


def test_who_does_not_say_the_state_of_charge_gets_hardly_ever_a_narrower_interval(
    predictor: Predictor, pulsebat: RawTable
) -> None:
    """A row alone: its distance to known tests is that of the wider question, too."""
    table = pulse_table(pulsebat)
    stated, unsaid = (predictor.predict(one, combine=False) for one in (table, table.without_soc()))
    known, unknown = stated.upper - stated.lower, unsaid.upper - unsaid.lower
    assert (unknown < known - 1e-9).mean() < 0.05
    for design in np.unique(table.rated):
        mine = table.rated == design
        assert unknown[mine].mean() > 1.1 * known[mine].mean()

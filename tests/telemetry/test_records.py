"""What is wrong with a record is recognised and named, and nothing is repaired in silence."""

import gzip
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import parquet

from meguri.telemetry import reading
from meguri.telemetry.canonical import write_canonical
from meguri.telemetry.errors import (
    BadEncoding,
    ChargerEfficiencyMissing,
    ColumnDuplicate,
    ColumnMissing,
    ColumnsSwapped,
    EmptyInput,
    MappingInvalid,
    ProfileUnknown,
    RecordTooLarge,
    SignSuspect,
    UnitSuspect,
    Unusable,
)
from meguri.telemetry.reading import open_record, own_mapping
from meguri.telemetry.records import How, Record, merged, read_in_pieces, read_record
from telemetry.records import CELL, Floats, cycling, write

Columns = dict[str, Floats]


def read(folder: Path, columns: Columns, how: How = How()) -> Record:  # noqa: B008
    return read_record(write(folder / "in.csv", columns), CELL, how)


def flags(record: Record) -> dict[str, int]:
    return {flag.flag: flag.count for flag in record.quality.flags}


def charge_ah(record: Record) -> float:
    series = record.series
    return float(np.trapezoid(np.abs(series.current), series.time_s)) / 3600


def test_an_honest_record_passes_without_a_flag(tmp_path: Path) -> None:
    record = read(tmp_path, cycling(noise_v=0.0005))
    assert (flags(record), record.quality.rows_used, record.quality.gaps) == ({}, 4000, ())
    assert (record.quality.profile, record.quality.median_dt_s, len(record.quality.sha256)) == ("bdf", 1.0, 64)


def test_csv_gzip_and_parquet_say_the_same(tmp_path: Path) -> None:
    columns = cycling()
    plain = write(tmp_path / "in.csv", columns)
    (tmp_path / "in.bdf.gz").write_bytes(gzip.compress(plain.read_bytes()))
    parquet.write_table(pa.table(columns), tmp_path / "in.bdf.parquet")
    series = [read_record(tmp_path / name, CELL).series for name in ("in.csv", "in.bdf.gz", "in.bdf.parquet")]
    for other in series[1:]:
        np.testing.assert_array_equal(other.voltage, series[0].voltage)
        np.testing.assert_array_equal(other.time_s, series[0].time_s)


@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_preferred_labels_and_a_byte_order_mark_are_read(tmp_path: Path, mark: str) -> None:
    names = [f"{mark}Test Time / s", "Voltage / V", "Current / A", "Surface Temperature T1 / degC"]
    record = read(tmp_path, dict(zip(names, cycling().values(), strict=True)))
    assert record.quality.rows_used == 4000
    assert np.nanmax(record.series.temperature) == 27.0


@pytest.mark.parametrize(
    ("old", "header", "scale", "offset"),
    [
        ("voltage_volt", "Voltage / mV", 1000.0, 0.0),
        ("current_ampere", "Current(mA)", 1000.0, 0.0),
        ("temperature_t1_celsius", "Surface Temperature T1 / degF", 1.8, 32.0),
        ("temperature_t1_celsius", "temperature_t1_kelvin", 1.0, 273.15),
        ("test_time_second", "Test Time / min", 1 / 60, 0.0),
    ],
)
def test_a_unit_that_the_header_names_is_converted_and_flagged(
    tmp_path: Path, old: str, header: str, scale: float, offset: float
) -> None:
    honest = read(tmp_path, cycling())
    columns = {header if name == old else name: values * scale + offset if name == old else values
               for name, values in cycling().items()}  # fmt: skip
    record = read(tmp_path, columns)
    assert set(flags(record)) == {"UNIT_SUSPECT"}
    np.testing.assert_allclose(record.series.voltage, honest.series.voltage, rtol=1e-9)
    np.testing.assert_allclose(record.series.current, honest.series.current, rtol=1e-9)
    np.testing.assert_allclose(record.series.temperature, honest.series.temperature, rtol=1e-9)
    np.testing.assert_allclose(record.series.time_s, honest.series.time_s, atol=1e-9)


@pytest.mark.parametrize(
    ("change", "refusal", "words"),
    [
        (lambda c: c | {"voltage_volt": c["voltage_volt"] * 1000}, UnitSuspect, "voltage_volt"),
        (lambda c: c | {"current_ampere": c["current_ampere"] * 1000}, UnitSuspect, "current_ampere"),
        (lambda c: c | {"temperature_t1_celsius": c["temperature_t1_celsius"] * 1.8 + 32}, UnitSuspect, "°F"),
        (lambda c: c | {"temperature_t1_celsius": c["temperature_t1_celsius"] + 273.15}, UnitSuspect, " K"),
        (
            lambda c: c | {"voltage_volt": c["current_ampere"], "current_ampere": c["voltage_volt"]},
            ColumnsSwapped,
            "current_ampere",
        ),
        (
            lambda c: c | {"voltage_volt": c["temperature_t1_celsius"], "temperature_t1_celsius": c["voltage_volt"]},
            ColumnsSwapped,
            "temperature_t1_celsius",
        ),
        (lambda c: c | {"current_ampere": -c["current_ampere"]}, SignSuspect, "flip"),
    ],
    ids=["mV", "mA", "fahrenheit", "kelvin", "swapped V and A", "swapped V and T", "sign"],
)
def test_a_wrong_convention_stops_the_import_and_is_named(
    tmp_path: Path, change: object, refusal: type[Unusable], words: str
) -> None:
    with pytest.raises(refusal) as said:
        read(tmp_path, change(cycling()))  # type: ignore[operator]
    assert words in said.value.sentence("en")


def test_a_reversed_sign_is_taken_when_the_person_says_so(tmp_path: Path) -> None:
    columns = cycling()
    record = read(tmp_path, columns | {"current_ampere": -columns["current_ampere"]}, How(flip_current=True))
    np.testing.assert_array_equal(record.series.current, columns["current_ampere"])


def test_sentinels_infinities_and_impossible_values_become_missing(tmp_path: Path) -> None:
    columns = cycling()
    columns["voltage_volt"][[10, 11]] = [65.535, np.inf]
    columns["voltage_volt"][12] = 5.4
    columns["current_ampere"][13] = 1500.0
    columns["temperature_t1_celsius"][14] = 327.67
    record = read(tmp_path, columns)
    assert flags(record) == {"SENTINEL": 2, "NON_FINITE": 1, "RANGE": 2}
    assert np.isnan(record.series.voltage[10:13]).all()
    assert record.quality.rows_used == 3996


def test_a_constant_temperature_of_a_dead_sensor_is_missing(tmp_path: Path) -> None:
    columns = cycling()
    columns["temperature_t1_celsius"][:] = -40.0
    record = read(tmp_path, columns)
    assert flags(record) == {"SENTINEL": 4000}
    assert not np.isfinite(record.series.temperature).any()


def test_text_in_a_column_of_numbers_is_counted_by_row(tmp_path: Path) -> None:
    columns: dict[str, object] = dict(cycling())
    voltage = [str(value) for value in cycling()["voltage_volt"]]
    voltage[6] = "n.a."
    record = read(tmp_path, columns | {"voltage_volt": voltage})  # type: ignore[arg-type]
    (flag,) = record.quality.flags
    assert (flag.flag, flag.count, flag.first_row) == ("NON_FINITE", 1, 7)


def test_of_equal_time_stamps_the_last_is_kept(tmp_path: Path) -> None:
    columns = cycling()
    columns["test_time_second"][51] = columns["test_time_second"][50]
    record = read(tmp_path, columns)
    assert flags(record) == {"DUP_TIME": 1}
    assert len(record.series) == 3999
    assert record.series.voltage[50] == columns["voltage_volt"][51]


def test_a_clock_that_goes_back_begins_a_new_segment_and_is_never_sorted(tmp_path: Path) -> None:
    columns = cycling()
    columns["test_time_second"][2000:] -= 500.25
    record = read(tmp_path, columns)
    assert flags(record) == {"TIME_BACKWARDS": 1}
    assert record.series.segment[[1999, 2000]].tolist() == [0, 1]
    np.testing.assert_array_equal(record.series.voltage, columns["voltage_volt"])


def test_a_log_pasted_twice_counts_once(tmp_path: Path) -> None:
    columns = {name: np.concatenate([values, values]) for name, values in cycling().items()}
    record = read(tmp_path, columns)
    assert flags(record) == {"DUPLICATED_LOG": 4000}
    assert charge_ah(record) == pytest.approx(charge_ah(read(tmp_path, cycling())))


def test_a_file_that_ends_within_a_line_is_called_truncated(tmp_path: Path) -> None:
    path = write(tmp_path / "in.csv", cycling())
    path.write_bytes(path.read_bytes()[:-12])
    record = read_record(path, CELL)
    assert flags(record) == {"TRUNCATED": 1}
    assert record.quality.rows_used == 3999


def test_a_gzip_file_that_was_cut_is_read_up_to_there_and_called_truncated(tmp_path: Path) -> None:
    whole = gzip.compress(write(tmp_path / "in.csv", cycling()).read_bytes())
    (tmp_path / "cut.csv.gz").write_bytes(whole[: len(whole) // 2])
    record = read_record(tmp_path / "cut.csv.gz", CELL)
    assert "TRUNCATED" in flags(record)
    assert 500 < record.quality.rows_used < 3999


def test_a_line_with_too_many_cells_is_named(tmp_path: Path) -> None:
    path = write(tmp_path / "in.csv", cycling(100))
    lines = path.read_text(encoding="utf-8").splitlines()
    path.write_text("\n".join([*lines[:41], "1,2,3,4,5", *lines[41:]]) + "\n", encoding="utf-8")
    (flag,) = read_record(path, CELL).quality.flags
    assert (flag.flag, flag.count, flag.first_row) == ("BAD_LINE", 1, 41)


def test_an_hour_that_passes_within_one_sample_under_steady_current_is_a_jump_of_the_clock(tmp_path: Path) -> None:
    columns = cycling()
    columns["test_time_second"][200:] += 7200.0
    assert flags(read(tmp_path, columns)) == {"CLOCK_JUMP": 1}


def test_a_clock_that_jumps_while_the_seconds_are_counted_on_is_named(tmp_path: Path) -> None:
    columns = cycling()
    time = columns["test_time_second"]
    jumped = columns | {"unix_time_second": 1.7e9 + time + np.where((time > 200) & (time < 400), 3600.0, 0.0)}
    assert flags(read(tmp_path, jumped)) == {"CLOCK_JUMP": 2}
    assert flags(read(tmp_path, columns | {"unix_time_second": 1.7e9 + time})) == {}


def test_a_long_discharge_said_to_be_a_charge_is_refused_without_a_single_step(tmp_path: Path) -> None:
    time = np.arange(0.0, 3000.0)
    falling = {"test_time_second": time, "voltage_volt": 4.1 - time / 3000, "current_ampere": np.full(3000, -25.0)}
    assert len(read(tmp_path, falling).series) == 3000
    with pytest.raises(SignSuspect):
        read(tmp_path, falling | {"current_ampere": -falling["current_ampere"]})


def test_a_spike_of_the_voltage_at_rest_is_missing_and_a_current_step_is_no_spike(tmp_path: Path) -> None:
    columns = cycling(noise_v=0.0002)
    columns["voltage_volt"][50] += 0.2
    record = read(tmp_path, columns)
    assert flags(record) == {"SPIKE": 1}
    assert np.flatnonzero(np.isnan(record.series.voltage)).tolist() == [50]


def test_a_voltage_that_hangs_under_current_is_missing(tmp_path: Path) -> None:
    columns = cycling(2000)
    columns["current_ampere"][500:1200] = -25.0
    columns["voltage_volt"][500:1200] = 3.5
    record = read(tmp_path, columns)
    assert flags(record)["STUCK"] == 700


def test_the_offset_of_the_current_sensor_is_taken_off_and_kept_as_uncertainty(tmp_path: Path) -> None:
    columns = cycling()
    record = read(tmp_path, columns | {"current_ampere": columns["current_ampere"] + 0.15})
    assert flags(record) == {"CURRENT_OFFSET": 1000}
    assert record.series.u_offset_a == pytest.approx(0.15)
    np.testing.assert_allclose(record.series.current, columns["current_ampere"], atol=1e-9)


def test_cells_that_do_not_add_up_or_are_too_few_are_flagged(tmp_path: Path) -> None:
    columns = cycling(1000)
    cells = {f"cell_voltage_{k:03d}_volt": columns["voltage_volt"] for k in (1, 2, 3)}
    path = write(tmp_path / "in.csv", columns | cells | {"voltage_volt": columns["voltage_volt"] * 3.1})
    plate = CELL.__class__(level="pack", chemistry="NMC", rated_capacity_ah=50, cells_in_series=4)
    record = read_record(path, plate)
    assert flags(record) == {"PACK_SUM_MISMATCH": 1000, "CELL_COUNT": 1}
    assert record.series.cells is not None
    assert record.series.cells.shape == (1000, 3)


def test_a_gap_is_reported_and_bridged_only_when_short_and_steady(tmp_path: Path) -> None:
    columns = cycling()
    kept = np.ones(4000, dtype=bool)
    kept[130:165] = False
    kept[500:580] = False
    record = read(tmp_path, {name: values[kept] for name, values in columns.items()})
    assert [(gap.start, gap.end, gap.bridged) for gap in record.quality.gaps] == [
        (129.0, 165.0, True),
        (499.0, 580.0, False),
    ]


def test_soc_jumps_and_a_reset_of_the_battery_count_are_flagged(tmp_path: Path) -> None:
    columns = cycling(400)
    soc = np.linspace(40, 60, 400)
    soc[300:] += 5
    soh = np.full(400, 81.0)
    soh[200:] = 99.0
    record = read(tmp_path, columns | {"soc_bms_percent": soc, "soh_bms_percent": soh})
    assert flags(record) == {"SOC_JUMP": 1, "BMS_RESET": 1}


def test_unknown_columns_are_listed_and_never_used(tmp_path: Path) -> None:
    record = read(tmp_path, cycling() | {"mood": np.arange(4000.0)})
    assert record.quality.columns_ignored == ("mood",)
    assert "mood" not in record.series.columns


def test_reading_in_pieces_finds_the_same_samples(tmp_path: Path) -> None:
    path = write(tmp_path / "in.csv", cycling(4000))
    whole = read_record(path, CELL)
    pieces = list(read_in_pieces(path, CELL))
    np.testing.assert_array_equal(np.concatenate([p.series.voltage for p in pieces]), whole.series.voltage)
    report = merged([piece.quality for piece in pieces])
    assert (report.rows_in, report.rows_used) == (whole.quality.rows_in, whole.quality.rows_used)


@pytest.mark.parametrize(
    ("data", "refusal"),
    [
        (b"", EmptyInput),
        (b"test_time_second,voltage_volt,current_ampere\n", EmptyInput),
        (b"PAR1 but not really", Unusable),
        (b"\x00\x01\x02\x03", Unusable),
        (b"hello", Unusable),
        ("時刻,電圧\n1,2\n".encode("cp932"), BadEncoding),
        (b"\x1f\x8bbroken", Unusable),
    ],
)
def test_what_is_no_record_is_refused(tmp_path: Path, data: bytes, refusal: type[Unusable]) -> None:
    (tmp_path / "in.csv").write_bytes(data)
    with pytest.raises(refusal):
        read_record(tmp_path / "in.csv", CELL)


def test_missing_and_double_columns_are_named_with_the_nearest_header(tmp_path: Path) -> None:
    columns = cycling(50)
    with pytest.raises(ColumnMissing) as missing:
        read(tmp_path, {name.replace("current_ampere", "curent"): values for name, values in columns.items()})
    assert "current_ampere" in missing.value.sentence("en")
    assert "curent" in missing.value.sentence("en")
    with pytest.raises(ColumnDuplicate):
        read(tmp_path, columns | {"Voltage / V": columns["voltage_volt"]})


# Profiles


def stamps(seconds: Floats, form: str) -> list[str]:
    start = datetime(2026, 4, 1, 8, 0, 0, tzinfo=UTC)
    return [(start + timedelta(seconds=float(second))).strftime(form) for second in seconds]


def test_an_arbin_workbook_is_read_sheet_by_sheet(tmp_path: Path) -> None:
    import xlsxwriter

    columns = cycling(300)
    headers = ["Test_Time(s)", "Date_Time", "Step_Index", "Cycle_Index", "Current(A)", "Voltage(V)"]
    with xlsxwriter.Workbook(tmp_path / "in.xlsx") as book:
        book.add_worksheet("Info").write_row(0, 0, ["about", "nothing"])
        for number, rows in enumerate((range(200), range(200, 300))):
            sheet = book.add_worksheet(f"Channel_1-00{number}")
            sheet.write_row(0, 0, headers)
            for line, row in enumerate(rows, 1):
                sheet.write_row(
                    line,
                    0,
                    [
                        columns["test_time_second"][row],
                        "2026-04-01 08:00:00",
                        1,
                        1,
                        columns["current_ampere"][row],
                        columns["voltage_volt"][row],
                    ],
                )
    record = read_record(tmp_path / "in.xlsx", CELL)
    assert (record.quality.profile, len(record.series)) == ("arbin", 300)
    np.testing.assert_allclose(record.series.voltage, columns["voltage_volt"])


def test_a_chinese_pack_log_gives_cells_in_file_order(tmp_path: Path) -> None:
    columns = cycling(200)
    path = write(
        tmp_path / "in.csv",
        {
            "系统时间": stamps(columns["test_time_second"], "%Y-%m-%d %H:%M:%S"),
            "步骤": np.ones(200),
            "动作": ["放电"] * 200,
            "工步总时间": ["00:00:01"] * 200,
            "电压": 2 * columns["voltage_volt"],
            "电流": columns["current_ampere"],
            "CAN1_V1": columns["voltage_volt"],
            "CAN1_V2": columns["voltage_volt"],
            "CAN1_最高温度": columns["temperature_t1_celsius"],
        },
    )
    plate = CELL.__class__(level="pack", chemistry="NMC", rated_capacity_ah=50, cells_in_series=2)
    record = read_record(path, plate)
    assert record.quality.profile == "pack_log_zh"
    assert record.series.cells is not None
    assert record.series.cells.shape == (200, 2)
    assert record.series.time_s[-1] == 199.0
    assert record.series.start_unix == datetime(2026, 4, 1, 8, tzinfo=UTC).timestamp()


def test_charging_records_of_vehicles_count_charge_as_negative(tmp_path: Path) -> None:
    rows = 150
    path = write(
        tmp_path / "in.csv",
        {
            "record_time": stamps(np.arange(rows) * 8.0, "%Y%m%d%H%M%S"),
            "soc": np.linspace(30, 36, rows),
            "pack_voltage": np.linspace(340, 344, rows),
            "charge_current": np.full(rows, -50.0),
            "max_cell_voltage": np.linspace(3.75, 3.8, rows),
            "min_cell_voltage": np.linspace(3.73, 3.78, rows),
            "max_temperature": np.full(rows, 28.0),
            "min_temperature": np.full(rows, 26.0),
            "available_energy": np.full(rows, 30.0),
            "available_capacity": np.full(rows, 90.0),
        },
    )
    plate = CELL.__class__(level="pack", chemistry="NMC", rated_capacity_ah=150, cells_in_series=91)
    record = read_record(path, plate)
    assert record.quality.profile == "deng_bms"
    assert (record.series.current > 0).all()
    assert "SIGN_BY_PROFILE" in flags(record)
    assert record.series.time_s[-1] == 149 * 8.0


def test_energy_metered_at_a_charger_needs_its_efficiency(tmp_path: Path) -> None:
    path = write(
        tmp_path / "in.csv",
        {
            "timestamp": stamps(np.arange(50) * 60.0, "%Y-%m-%dT%H:%M:%SZ"),
            "Energy.Active.Import.Register": np.arange(50) * 100.0,
            "Power.Active.Import": np.full(50, 6000.0),
            "SoC": np.linspace(20, 40, 50),
        },
    )
    with pytest.raises(ChargerEfficiencyMissing):
        read_record(path, CELL)
    record = read_record(path, CELL, How(charger_efficiency=0.9))
    assert record.quality.profile == "ocpp_metervalues"
    assert record.series.columns["power_watt"][0] == pytest.approx(5400.0)


def test_a_mapping_of_ones_own_scales_and_knows_its_sentinels(tmp_path: Path) -> None:
    columns = cycling(100)
    raw = np.round((columns["voltage_volt"] - 1.0) * 1000)
    raw[5] = 65535
    path = write(
        tmp_path / "in.csv", {"t": columns["test_time_second"], "pid01": raw, "amps": columns["current_ampere"]}
    )
    mapping = own_mapping(
        b'[{"source":"t","target":"test_time_second"},{"source":"amps","target":"current_ampere"},'
        b'{"source":"pid01","target":"voltage_volt","scale":0.001,"offset":1.0,"sentinel":[65535]}]'
    )
    record = read_record(path, CELL, How(mapping=tuple(mapping)))
    assert np.isnan(record.series.voltage[5])
    np.testing.assert_allclose(record.series.voltage[6:], columns["voltage_volt"][6:], atol=0.0006)
    with pytest.raises(MappingInvalid):
        own_mapping(b'[{"source":"t"}]')


def test_a_profile_can_be_forced_and_an_unknown_one_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ProfileUnknown):
        read(tmp_path, cycling(20), How(profile="nobody"))
    assert read(tmp_path, cycling(20), How(profile="bdf")).quality.profile == "bdf"


def test_what_does_not_fit_is_counted_once_in_pieces_too_and_a_cut_is_told_apart(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "_BLOCK_BYTES", 1 << 13)
    path = write(tmp_path / "in.csv", cycling())
    lines = path.read_text(encoding="utf-8").splitlines()
    odd = "\n".join([*lines[:41], "1,2,3,4,5", *lines[41:]]).encode()
    for name, data in (("cut.csv", odd[:-12]), ("cut.csv.gz", gzip.compress(odd)[:-4000])):
        (tmp_path / name).write_bytes(data)
        whole = read_record(tmp_path / name, CELL).quality
        pieces = [piece.quality for piece in read_in_pieces(tmp_path / name, CELL)]
        together = merged(pieces)
        assert len(pieces) > 3
        for report in (whole, together):
            assert {flag.flag: flag.count for flag in report.flags} == {"BAD_LINE": 1, "TRUNCATED": 1}
            assert {flag.flag: flag.first_row for flag in report.flags}["BAD_LINE"] == 41
        assert (together.rows_in, together.rows_used) == (whole.rows_in, whole.rows_used)


def test_a_small_file_that_unpacks_into_too_much_is_refused_while_it_is_unpacked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = write(tmp_path / "in.csv", cycling()).read_bytes()
    (tmp_path / "in.csv.gz").write_bytes(gzip.compress(data))
    monkeypatch.setattr(reading, "MOST_BYTES", len(data) - 1)
    with pytest.raises(RecordTooLarge):
        read_record(tmp_path / "in.csv.gz", CELL)


def test_an_underscore_between_digits_is_no_number_and_gzip_is_written_as_gzip(tmp_path: Path) -> None:
    columns = cycling(100)
    path = write(tmp_path / "in.csv", columns)
    path.write_text(path.read_text(encoding="utf-8").replace("\n5", "\n5_0", 1), encoding="utf-8")
    quality = write_canonical(path, tmp_path / "out.CSV.GZ", CELL)
    assert {flag.flag for flag in quality.flags} >= {"NON_FINITE"}
    with gzip.open(tmp_path / "out.CSV.GZ", "rt", encoding="utf-8") as file:
        assert len(file.readlines()) == 100  # header, and all samples but the one without a time


def test_a_row_group_of_a_parquet_table_is_never_held_as_a_whole(tmp_path: Path) -> None:
    count = 2_000_000
    random = np.random.default_rng(0)
    table = pa.table(
        {
            "test_time_second": np.arange(count, dtype=np.float64),
            "voltage_volt": 3.6 + random.normal(0, 0.01, count),
            "current_ampere": random.normal(0, 1, count),
        }
    )
    parquet.write_table(table, tmp_path / "record.parquet", row_group_size=count)
    del table
    size = (tmp_path / "record.parquet").stat().st_size
    before, most, rows = pa.total_allocated_bytes(), 0, 0
    for block in open_record(tmp_path / "record.parquet").blocks:
        rows += len(block)
        most = max(most, pa.total_allocated_bytes() - before)
    assert rows == count
    assert most < size / 2

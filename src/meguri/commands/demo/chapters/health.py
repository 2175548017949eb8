"""Health of used batteries at the second-life company: measured, fused, projected; and one that nobody may judge yet.

All records are made up by formulas, except the pulse test: that is of a real retired cell of the development data.
"""

import csv
import gzip
from datetime import timedelta
from typing import Any

import numpy as np

from meguri.commands.demo.play import Play
from meguri.health import service
from meguri.health.assess.run import assess
from meguri.health.assess.subject import Meta, OcvPoints, Subject
from meguri.health.desk import predictor
from meguri.health.model import Conditions, Reference, Result, Status
from meguri.health.prediction import predict, table_of
from meguri.health.pulse.record import DEFAULT_MODEL
from meguri.health.pulsebat import DEVELOPMENT_DATA
from meguri.health.views import Options, Standing
from meguri.kernel import clock
from meguri.kernel.ids import new_id
from meguri.kernel.text import Language, Text
from meguri.telemetry import service as telemetry
from meguri.telemetry.cleaning import Marks, clean
from meguri.telemetry.model import Battery, BatteryInput, Chemistry, Level, NamePlate
from meguri.telemetry.records import Record, report_on
from meguri.telemetry.series import Series

OWNER = "reuse"
_TITLE = Text(ja="中古電池の健全度（架空データ）", en="Health of used batteries (synthetic)")
_LINE = Text(
    ja="  {name}: {soh:.1f} %（90 % 区間 {low:.1f}–{high:.1f}、{method}）",
    en="  {name}: {soh:.1f} % (90 % interval {low:.1f}–{high:.1f}, {method})",
)
_NONE = Text(ja="  {name}: 判定不能（{why}）", en="  {name}: not assessable ({why})")
_LIFE = Text(
    ja="  {name} の残り寿命（健全度 60 % まで）: 中央値 {years:.1f} 年",
    en="  life left of {name} (to 60 % state of health): median {years:.1f} years",
)
_SOC = tuple(k / 20 for k in range(21))
_STEEP = OcvPoints(_SOC, tuple(3.0 + 1.2 * s for s in _SOC))
_PLATEAU = tuple(3.3 + 0.03 * (s - 0.1) / 0.8 for s in _SOC[2:-2])
_FLAT = OcvPoints(_SOC, (2.9, 3.1, *_PLATEAU, 3.35, 3.6))
_HISTORY = ((1460, 100.0), (1095, 94.1), (730, 90.4), (365, 87.2))


async def play(play: Play, language: Language) -> list[str]:
    """Register three batteries, measure them, and say what is known."""
    lines = [_TITLE.of(language)]
    pack = await _registered(play, "EV-PACK-0417", NamePlate(
        level=Level.CELL, chemistry=Chemistry.NMC, maker="環パックシステム", model="BP-75 cell", rated_capacity_ah=50.0,
        rated_energy_kwh=0.1825, cell_voltage_min=3.0, cell_voltage_max=4.2, initial_resistance_ohm=0.0014,
        in_service=(clock.now() - timedelta(days=1460)).date().isoformat(), category="ev", certified_energy_kwh=0.1825,
    ))  # fmt: skip
    await _remembered(play, pack)
    lines.append(_said(language, pack.label, await _measured(play, pack, _discharge(), _STEEP)))
    ahead = await play.run(OWNER, service.life_left, pack.battery_id, end_of_life_pct=60.0)
    if ahead.remaining_days[1] is not None:
        lines.append(_LIFE.of(language, name=pack.label, years=ahead.remaining_days[1] / 365.25))
    cell = await _registered(play, "HEV-CELL-0007", NamePlate(
        level=Level.CELL, chemistry=Chemistry.LMO, maker="—", model="10 Ah pouch", rated_capacity_ah=10.0,
        cell_voltage_min=2.0, cell_voltage_max=4.2,
    ))  # fmt: skip
    lines.append(_said(language, cell.label, await _pulsed(play, cell)))
    flat = await _registered(play, "LFP-MODULE-12", NamePlate(
        level=Level.CELL, chemistry=Chemistry.LFP, maker="—", model="35 Ah", rated_capacity_ah=35.0,
        cell_voltage_min=2.5, cell_voltage_max=3.65,
    ))  # fmt: skip
    lines.append(_said(language, flat.label, await _measured(play, flat, _plateau(), _FLAT)))
    return lines


async def _registered(play: Play, label: str, plate: NamePlate) -> Battery:
    known = await play.run(OWNER, telemetry.labelled, label)
    if known is not None:
        return known
    return await play.run(OWNER, telemetry.add, BatteryInput(label=label, plate=plate))


async def _remembered(play: Play, battery: Battery) -> None:
    """Yearly capacity tests of a former owner."""
    for days_ago, value in _HISTORY:
        result = Result(
            quantity="soh_capacity", value=value, lower=value - 1, upper=value + 1, unit="%", method="capacity_full",
            status=Status.OK, reference=Reference("rated", 50.0, "Ah"), conditions=Conditions(temperature_c=25.0),
        )  # fmt: skip
        at = clock.now() - timedelta(days=days_ago)
        await play.run(OWNER, service.record, battery.battery_id, new_id(), "assessment", [result], at)


async def _measured(play: Play, battery: Battery, columns: dict[str, Any], ocv: OcvPoints) -> Standing:
    """Keep a record in telemetry, assess it, and keep what it says."""
    record = _record(columns, battery.plate)
    await play.run(OWNER, telemetry.keep_series, battery.battery_id, record, "demo.csv")
    known = {name: getattr(battery.plate, name) for name in battery.plate.__struct_fields__}
    meta = Meta(item_id=battery.label, **{**known, "ocv": ocv})
    begun, _ = await play.run(OWNER, service.begin, None, battery.battery_id, meta, Options())
    await play.run(OWNER, service.finish, begun.assessment_id, assess(record, Subject(meta)))
    return await play.run(OWNER, service.standing, battery.battery_id)


def _record(columns: dict[str, Any], plate: NamePlate) -> Record:
    time_s = columns.pop("time_s")
    start = (clock.now() - timedelta(seconds=float(time_s[-1]))).timestamp()
    series = Series(
        time_s=time_s,
        segment=np.zeros(len(time_s), dtype=np.int64),
        columns=columns,
        row=np.arange(1, len(time_s) + 1),
        start_unix=start,
    )
    marks = Marks()
    cleaned = clean(series, plate, marks)
    return Record(cleaned, report_on(cleaned, marks, len(series), "demo"))


def _discharge() -> dict[str, Any]:
    """A rest at full, one whole discharge at C/2 down to the cut-off, and a rest: 42.5 Ah of 50 Ah."""
    time_s = np.arange(0.0, 600 + 6120 + 600 + 1)
    flowing = (time_s >= 600) & (time_s < 600 + 6120)
    current = np.where(flowing, -25.0, 0.0)
    used = np.clip((time_s - 600) / 6120, 0, 1)
    voltage = 4.2 - 1.1985 * used - np.where(flowing, 0.05, 0.0)
    noise = np.random.default_rng(417).normal(0, 0.0004, len(time_s))
    return {
        "time_s": time_s,
        "voltage_volt": voltage + noise,
        "current_ampere": current,
        "temperature_t1_celsius": 24 + 4 * used,
    }


def _plateau() -> dict[str, Any]:
    """An hour's rest, a charge in the middle of the plateau, an hour's rest."""
    time_s = np.arange(0.0, 3600 * 4 + 1, 10.0)
    flowing = (time_s >= 3600) & (time_s < 3600 * 3)
    current = np.where(flowing, 7.0, 0.0)
    charged = np.clip((time_s - 3600) / 7200, 0, 1)
    return {
        "time_s": time_s,
        "voltage_volt": 3.312 + 0.012 * charged + np.where(flowing, 0.02, 0.0),
        "current_ampere": current,
        "temperature_t1_celsius": np.full(len(time_s), 25.0),
    }


async def _pulsed(play: Play, battery: Battery) -> Standing:
    """The pulse test of one real retired cell, ten states of charge."""
    with gzip.open(DEVELOPMENT_DATA, "rt", encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["chemistry"] == "LMO"][:10]
    engine = predictor(DEFAULT_MODEL)
    answer = predict(engine, table_of([dict(row) for row in rows]), 0.90, None).rows[0]
    result = Result(
        quantity="soh_capacity", value=answer.soh_pct, lower=answer.soh_lower, upper=answer.soh_upper, unit="%",
        method="pulse_response", status=answer.status, reasons=tuple(answer.reasons), model_id=engine.model.id,
        reference=Reference("rated", 10.0, "Ah"), conditions=Conditions(temperature_c=25.0),
    )  # fmt: skip
    now: Standing = await play.run(
        OWNER, service.record, battery.battery_id, new_id(), "prediction", [result], clock.now()
    )
    return now


def _said(language: Language, name: str, now: Standing) -> str:
    soh = now.soh
    if soh.value is None or soh.lower is None or soh.upper is None:
        return _NONE.of(language, name=name, why=", ".join(reason.partition(":")[0] for reason in soh.reasons))
    return _LINE.of(language, name=name, soh=soh.value, low=soh.lower, high=soh.upper, method=soh.method)

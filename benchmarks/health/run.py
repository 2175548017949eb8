"""How good the pulse model is on cells, designs and production lots that it has never seen; beside the measured floors.

Everything, the choice of kernels too, is redone in each fold. Groups: physical cell (5 folds), a whole design left out, a
whole production lot left out (the letters of the cell's number). The floor beside it is the best of four simple models on
the same data, split by cell, as its README gives it. Writes RESULT.md here, docs/health.md and its plot.
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from meguri.health.pulse.evaluate import ALL, NOISE, ONE_ROW, ONE_TEST, SOC_UNKNOWN, Evaluation, Score, evaluate
from meguri.health.pulse.rawtable import RawTable, read_table
from meguri.health.pulse.record import PulseModel, load_model
from meguri.health.pulsebat import DEVELOPMENT_DATA

HERE = Path(__file__).parent
DOCS = HERE.parents[1] / "docs"
FLOOR = {"LFP 35 Ah": 2.81, "LMO 10 Ah": 1.80, "NMC 2.1 Ah": 1.30, "NMC 21 Ah": 0.87, ALL: 1.77}
FLOOR_UNKNOWN = {"LFP 35 Ah": 3.04, "LMO 10 Ah": 2.49, "NMC 2.1 Ah": 2.88, "NMC 21 Ah": 0.97, ALL: 2.42}
DESIGNS = ("LFP 35 Ah", "LMO 10 Ah", "NMC 2.1 Ah", "NMC 21 Ah", ALL)
COLOURS = {"LFP 35 Ah": "#0d6e4f", "LMO 10 Ah": "#b3261e", "NMC 2.1 Ah": "#1f5fa8", "NMC 21 Ah": "#8a5a00"}


def lot_of(chemistry: object, rated: object, cell: object) -> str:
    """The production lot as far as the cell's number tells it: the month for LMO, the date code for NMC 21 Ah.

    Nothing is recorded of the LFP cells. NMC 2.1 Ah: the letter of the ageing protocol.
    """
    number = str(cell).split("_")[-1]
    if chemistry == "LMO":
        return f"LMO 10 Ah {number[:6]}"
    if chemistry == "NMC":
        return f"NMC 21 Ah {number[13:17]}" if float(str(rated)) > 20 else f"NMC 2.1 Ah {number[0]}"
    return f"{chemistry} {rated}"


def with_lots(raw: RawTable) -> RawTable:
    """The data with a column `lot`."""
    names = zip(raw.columns["chemistry"], raw.columns["rated_capacity_ah"], raw.columns["cell_id"], strict=True)
    return RawTable({**raw.columns, "lot": [lot_of(*name) for name in names]}, raw.numbers)


def of_lots(raw: RawTable) -> RawTable:
    """The designs of which lots are known."""
    rows = [row for row, name in enumerate(raw.columns["chemistry"]) if name != "LFP"]
    return RawTable(
        {name: [cells[row] for row in rows] for name, cells in raw.columns.items()}, [raw.numbers[r] for r in rows]
    )


def score(found: Evaluation, way: str, design: str) -> Score:
    return next(one for one in found.scores() if (one.way, one.design) == (way, design))


def table(found: Evaluation) -> str:
    lines = [
        "| design | cells | one row: MAE | floor | coverage | width | out of domain | all rows of a test: MAE | "
        "coverage | SoC unknown: MAE | floor | coverage | 1 mV of noise, one row: MAE | coverage |",
        "|---|---|---|---|---|---|---|---|---|---|---|---|---|---|",
    ]
    for design in DESIGNS:
        row, test, unknown, noisy = (score(found, way, design) for way in (ONE_ROW, ONE_TEST, SOC_UNKNOWN, NOISE))
        lines.append(
            f"| {design} | {row.cells} | **{row.mae:.2f}** | {FLOOR[design]:.2f} | {row.coverage:.3f} | {row.width:.2f} | "
            f"{row.out_of_domain} of {row.rows} | **{test.mae:.2f}** | {test.coverage:.3f} | **{unknown.mae:.2f}** | "
            f"{FLOOR_UNKNOWN[design]:.2f} | {unknown.coverage:.3f} | {noisy.mae:.2f} | {noisy.coverage:.3f} |"
        )
    return "\n".join(lines)


def strange(found: Evaluation, what: str) -> str:
    lines = [
        f"| {what} left out | cells | MAE | coverage of 90 % | width | flagged out of domain |",
        "|---|---|---|---|---|---|",
    ]
    lines += [
        f"| {one.design} | {one.cells} | {one.mae:.2f} | {one.coverage:.3f} | {one.width:.1f} | "
        f"{one.out_of_domain} of {one.rows} |"
        for one in found.scores()
        if one.way == ONE_ROW and one.design in FLOOR and one.answered
    ]
    return "\n".join(lines)


def plot(model: PulseModel) -> str:
    """Measured against predicted state of health, one point per row, by experts that never saw the cell."""
    size, left, top = 420, 56, 16
    low, high = 45.0, 105.0

    def x(value: float) -> float:
        return left + (value - low) / (high - low) * size

    def y(value: float) -> float:
        return top + (high - value) / (high - low) * size

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {left + size + 170} {top + size + 48}" role="img" '
        'font-family="sans-serif" font-size="13" aria-label="Measured against predicted state of health">',
        '<rect width="100%" height="100%" fill="#ffffff"/>',
        f'<line x1="{x(low)}" y1="{y(low)}" x2="{x(high)}" y2="{y(high)}" stroke="#888" stroke-dasharray="4 4"/>',
    ]
    for mark in range(50, 101, 10):
        parts.append(f'<line x1="{left}" y1="{y(mark)}" x2="{left + size}" y2="{y(mark)}" stroke="#e4e4e4"/>')
        parts.append(f'<text x="{left - 8}" y="{y(mark) + 4}" text-anchor="end">{mark}</text>')
        parts.append(f'<text x="{x(mark)}" y="{top + size + 18}" text-anchor="middle">{mark}</text>')
    for design in model.designs:
        parts += [
            f'<circle cx="{x(soh):.1f}" cy="{y(soh + error):.1f}" r="2.2" fill="{COLOURS[design.name]}" fill-opacity="0.45"/>'
            for soh, error in zip(design.soh, design.with_soc.error, strict=True)
        ]
    for place, (design, colour) in enumerate(COLOURS.items()):
        parts.append(f'<circle cx="{left + size + 24}" cy="{top + 14 + 22 * place}" r="5" fill="{colour}"/>')
        parts.append(f'<text x="{left + size + 36}" y="{top + 18 + 22 * place}">{design}</text>')
    parts.append(f'<text x="{left + size / 2}" y="{top + size + 40}" text-anchor="middle">measured, %</text>')
    parts.append(
        f'<text x="16" y="{top + size / 2}" text-anchor="middle" transform="rotate(-90 16 {top + size / 2})">predicted, %</text>'
    )
    return "\n".join([*parts, "</svg>"]) + "\n"


def main() -> None:
    raw = read_table(DEVELOPMENT_DATA)
    by_cell = evaluate(raw, "cell_id", 5)
    by_design = evaluate(raw, "design", 4)
    by_chemistry = evaluate(raw, "chemistry", 3)
    lots = of_lots(with_lots(raw))
    by_lot = evaluate(lots, "lot", len(set(lots.columns["lot"])))
    result = f"""# State of health from a pulse test

`python -m benchmarks health`. Split by physical cell (5 folds), {len(set(by_cell.cell))} cells,
{len(by_cell.truth)} rows; points of state of health. The floor is the best of four simple models on the same data and split.

{table(by_cell)}

A whole design left out: the interval widens instead of lying, and every row is flagged.

{strange(by_design, "design")}

A whole chemistry left out:

{strange(by_chemistry, "chemistry")}

A whole lot left out, calibrated on lots, {len(set(lots.columns["lot"]))} lots: LMO by month of production, NMC 21 Ah by
date code, NMC 2.1 Ah by ageing protocol (of LFP no lot is recorded). The design is known, the lot is not.

{strange(by_lot, "lot")}
"""
    (HERE / "RESULT.md").write_text(result, encoding="utf-8")
    (DOCS / "images").mkdir(exist_ok=True)
    (DOCS / "images" / "health-predicted.svg").write_text(plot(load_model()), encoding="utf-8")
    page = DOCS / "health.md"
    text = page.read_text(encoding="utf-8")
    begin, end = "<!-- figures -->", "<!-- /figures -->"
    figures = result.split("\n", 2)[2].strip()
    text = text[: text.index(begin) + len(begin)] + "\n" + figures + "\n" + text[text.index(end) :]
    page.write_text(text, encoding="utf-8")
    print(result)


if __name__ == "__main__":
    main()

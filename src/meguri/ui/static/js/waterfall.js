// <meguri-waterfall data-unit>: how a total comes about or changes, step by step. Rows marked data-total are levels,
// the others differences; a rise and a fall differ in colour, in sign and in direction. Without a level at the start the
// steps are parts of the total at the end, and a part is neither good nor bad.

import { fitted, shape, startChart, widthOf } from "./chart.js";

const ROW = 34;

function steps(rows) {
  let level = 0;
  return rows.map((row) => {
    const number = row.values[0] ?? 0;
    const from = row.total ? 0 : level;
    level = row.total ? number : level + number;
    return { row, from, to: level };
  });
}

const signed = (row) => (!row.total && row.values[0] > 0 ? `+${row.words[0]}` : row.words[0]);

export function start(chart) {
  startChart(chart, (svg, rows, width) => {
    const label = Math.min(Math.max(...rows.map((row) => widthOf(svg, row.label))) + 12, width * 0.4);
    const value = Math.max(...rows.map((row) => widthOf(svg, signed(row), "chart-strong"))) + 10;
    const all = steps(rows);
    const more = rows[0].total ? " chart-bar-more" : " chart-bar-part";
    const low = Math.min(0, ...all.map((step) => step.to));
    const high = Math.max(0, ...all.map((step) => step.to)) || 1;
    const x = (number) => label + ((number - low) / (high - low)) * Math.max(width - label - value, 40);
    all.forEach(({ row, from, to }, place) => {
      const y = 4 + place * ROW;
      const [left, right] = [x(Math.min(from, to)), x(Math.max(from, to))];
      const colour = row.total ? "" : to < from ? " chart-bar-less" : more;
      fitted(svg, row.label, label - 10, { x: 0, y: y + 21, class: row.total ? "chart-strong" : "" });
      shape(svg, "rect", { x: left, y: y + 6, width: Math.max(right - left, 1.5), height: 22, rx: 2, class: `chart-bar${colour}` });
      shape(svg, "text", { x: right + 6, y: y + 21, class: "chart-strong" }, signed(row));
      if (place < all.length - 1) shape(svg, "line", { x1: x(to), x2: x(to), y1: y + 28, y2: y + ROW + 6, class: "chart-link" });
    });
    shape(svg, "line", { x1: x(0), x2: x(0), y1: 4, y2: 4 + rows.length * ROW, class: "chart-zero" });
    return rows.length * ROW + 8;
  });
}

// <meguri-bars data-unit data-target data-target-words>: one bar a row, its value beside it, a target as a line.

import { fitted, shape, startChart, widthOf } from "./chart.js";

const ROW = 34;

function frame(svg, rows, width) {
  const label = Math.min(Math.max(...rows.map((row) => widthOf(svg, row.label))) + 12, width * 0.4);
  const value = Math.max(...rows.map((row) => widthOf(svg, row.words[0], "chart-strong"))) + 10;
  return { label, value, room: Math.max(width - label - value, 40) };
}

export function start(chart) {
  const target = chart.dataset.target === undefined ? null : Number(chart.dataset.target);
  startChart(chart, (svg, rows, width) => {
    const { label, value, room } = frame(svg, rows, width);
    const all = rows.map((row) => row.values[0] ?? 0);
    const low = Math.min(0, ...all);
    const high = Math.max(0, target ?? 0, ...all) || 1;
    const x = (number) => label + (low < 0 ? value : 0) + ((number - low) / (high - low)) * (room - (low < 0 ? value : 0));
    const top = target === null ? 4 : 24;
    rows.forEach((row, place) => {
      const y = top + place * ROW;
      const number = row.values[0];
      fitted(svg, row.label, label - 10, { x: 0, y: y + 21 });
      if (number === null) {
        shape(svg, "text", { x: x(0) + 6, y: y + 21, class: "chart-soft" }, row.words[0]);
        return;
      }
      const [from, to] = [x(Math.min(0, number)), x(Math.max(0, number))];
      shape(svg, "rect", { x: from, y: y + 6, width: Math.max(to - from, 1.5), height: 22, rx: 2, class: "chart-bar" });
      const beside = number < 0 ? { x: from - 6, "text-anchor": "end" } : { x: to + 6 };
      shape(svg, "text", { ...beside, y: y + 21, class: "chart-strong" }, row.words[0]);
    });
    const bottom = top + rows.length * ROW;
    shape(svg, "line", { x1: x(0), x2: x(0), y1: top, y2: bottom, class: "chart-zero" });
    if (target !== null) {
      const end = x(target) > width / 2;
      shape(svg, "line", { x1: x(target), x2: x(target), y1: top - 4, y2: bottom, class: "chart-target" });
      const words = { x: x(target) + (end ? 4 : -4), y: 14, class: "chart-soft", "text-anchor": end ? "end" : "start" };
      shape(svg, "text", words, chart.dataset.targetWords ?? "");
    }
    return bottom + 4;
  });
}

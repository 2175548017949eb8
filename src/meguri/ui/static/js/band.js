// <meguri-band data-unit data-target data-target-words data-gaps>: a line over time within the band of its interval;
// with data-gaps it is broken where nothing was measured.
// Columns of the table: day, value, low, high.

import { shape, startChart, ticks, widthOf, written } from "./chart.js";

const HEIGHT = 240;
const TOP = 16;
const BOTTOM = 28;

function scales(svg, points, width, target) {
  const all = points.flatMap((point) => point.values.filter((value) => value !== null)).concat(target ?? []);
  const [least, most] = [Math.min(...all), Math.max(...all)];
  const spare = (most - least || 1) * 0.12;
  const marks = ticks(least - spare, most + spare, 4);
  const words = marks.map((mark) => written(mark, marks[1] - marks[0]));
  const left = Math.max(...words.map((word) => widthOf(svg, word, "chart-soft"))) + 10;
  const right = Math.max(widthOf(svg, points.at(-1).words[0], "chart-strong") + 14, 24);
  const [from, to] = [points[0].time, points.at(-1).time];
  return {
    marks,
    words,
    left,
    end: width - right,
    x: (time) => left + ((time - from) / (to - from || 1)) * (width - right - left),
    y: (value) => TOP + ((most + spare - value) / (most - least + 2 * spare)) * (HEIGHT - TOP - BOTTOM),
  };
}

function axes(svg, points, { marks, words, left, end, x, y }) {
  for (const [place, mark] of marks.entries()) {
    shape(svg, "line", { x1: left, x2: end, y1: y(mark), y2: y(mark), class: "chart-axis" });
    shape(svg, "text", { x: left - 8, y: y(mark) + 4, class: "chart-soft", "text-anchor": "end" }, words[place]);
  }
  const [first, last] = [points[0], points.at(-1)];
  shape(svg, "text", { x: x(first.time), y: HEIGHT - 6, class: "chart-soft" }, first.label);
  const begins = x(first.time) + widthOf(svg, first.label, "chart-soft") + 8;
  const ends = [last.label, rest(first.label, last.label)].find(
    (words) => x(last.time) - widthOf(svg, words, "chart-soft") >= begins,
  );
  if (ends !== undefined) {
    shape(svg, "text", { x: x(last.time), y: HEIGHT - 6, class: "chart-soft", "text-anchor": "end" }, ends);
  }
}

// What the last label says beyond the words that the first begins with: the time, where the day is the same.
function rest(first, last) {
  const [said, all] = [first.split(" "), last.split(" ")];
  const other = all.findIndex((word, place) => word !== said[place]);
  return all.slice(Math.max(other, 0)).join(" ");
}

// Stretches without a gap: where nothing is known for more than five usual steps, no line is drawn.
function stretches(points) {
  const steps = points.slice(1).map((point, place) => point.time - points[place].time);
  const usual = steps.toSorted((one, other) => one - other)[Math.floor(steps.length / 2)] ?? 0;
  return points.reduce((found, point, place) => {
    if (place === 0 || steps[place - 1] > 5 * usual) found.push([]);
    found.at(-1).push(point);
    return found;
  }, []);
}

export function start(chart) {
  const target = chart.dataset.target === undefined ? null : Number(chart.dataset.target);
  startChart(chart, (svg, rows, width) => {
    const points = rows.map((row) => ({ ...row, time: Date.parse(row.at) })).filter((row) => row.values[0] !== null);
    if (points.length === 0) return 0;
    const scale = scales(svg, points, width, target);
    const { x, y, left, end } = scale;
    const at = (place) => (point) => `${x(point.time).toFixed(1)},${y(point.values[place]).toFixed(1)}`;
    axes(svg, points, scale);
    const whole = chart.dataset.gaps === undefined ? [points] : stretches(points);
    for (const part of whole) {
      const banded = part.filter((point) => point.values[1] !== null && point.values[2] !== null);
      const outline = [...banded.map(at(2)), ...banded.toReversed().map(at(1))];
      shape(svg, "polygon", { points: outline.join(" "), class: "chart-band" });
    }
    if (target !== null) {
      shape(svg, "line", { x1: left, x2: end, y1: y(target), y2: y(target), class: "chart-target" });
      shape(svg, "text", { x: left + 4, y: y(target) - 6, class: "chart-soft" }, chart.dataset.targetWords ?? "");
    }
    for (const part of whole) shape(svg, "polyline", { points: part.map(at(0)).join(" "), class: "chart-line" });
    const last = points.at(-1);
    shape(svg, "circle", { cx: x(last.time), cy: y(last.values[0]), r: 4.5, class: "chart-dot" });
    shape(svg, "text", { x: x(last.time) + 10, y: y(last.values[0]) + 5, class: "chart-strong" }, last.words[0]);
    return HEIGHT;
  });
}

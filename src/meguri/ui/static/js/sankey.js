// <meguri-sankey data-unit>: what flows from where to where, over a table of (from, to, amount). Sources stand on the left,
// targets on the right, each as tall as what flows through it; a band is as wide as its amount.

import { fitted, shape, startChart, widthOf, written } from "./chart.js";

const GAP = 6;
const BAR = 12;

function gathered(flows, key) {
  const sums = new Map();
  for (const flow of flows) sums.set(flow[key], (sums.get(flow[key]) ?? 0) + flow.amount);
  return [...sums].map(([name, amount]) => ({ name, amount, used: 0 }));
}

function placed(nodes, scale) {
  let y = 4;
  for (const node of nodes) {
    node.y = y;
    node.height = Math.max(node.amount * scale, 1.5);
    y += Math.max(node.height, 16) + GAP;
  }
  return y;
}

export function start(chart) {
  const targets = [...chart.querySelectorAll("tbody tr")].map((row) => row.querySelector("[data-name]").dataset.name);
  startChart(chart, (svg, rows, width) => {
    const flows = rows.map((row, at) => ({ from: row.label, to: targets[at], amount: row.values.at(-1) ?? 0 })).filter((flow) => flow.amount > 0);
    if (flows.length === 0) return 0;
    const [left, right] = [gathered(flows, "from"), gathered(flows, "to")];
    const total = flows.reduce((sum, flow) => sum + flow.amount, 0);
    const scale = 320 / total;
    const height = Math.max(placed(left, scale), placed(right, scale));
    const label = Math.min(Math.max(...left.map((node) => widthOf(svg, node.name))) + 12, width * 0.34);
    const label2 = Math.min(Math.max(...right.map((node) => widthOf(svg, `${node.name} ${written(node.amount)}`))) + 16, width * 0.34);
    const [x1, x2] = [label + BAR, width - label2 - BAR];
    for (const flow of flows) {
      const a = left.find((node) => node.name === flow.from);
      const b = right.find((node) => node.name === flow.to);
      const thick = Math.max(flow.amount * scale, 1);
      const [y1, y2, middle] = [a.y + a.used + thick / 2, b.y + b.used + thick / 2, (x1 + x2) / 2];
      a.used += thick;
      b.used += thick;
      const band = shape(svg, "path", { d: `M${x1} ${y1}C${middle} ${y1} ${middle} ${y2} ${x2} ${y2}`, class: "chart-flow", "stroke-width": thick });
      shape(band, "title", {}, `${flow.from} → ${flow.to}: ${written(flow.amount)}`);
    }
    for (const node of left) {
      shape(svg, "rect", { x: label, y: node.y, width: BAR, height: node.height, class: "chart-bar" });
      fitted(svg, node.name, label - 8, { x: 0, y: node.y + Math.max(node.height / 2, 8) + 4 });
    }
    for (const node of right) {
      shape(svg, "rect", { x: x2, y: node.y, width: BAR, height: node.height, class: "chart-bar chart-bar-part" });
      fitted(svg, `${node.name} ${written(node.amount)}`, label2 - 8, { x: x2 + BAR + 8, y: node.y + Math.max(node.height / 2, 8) + 4, class: "chart-strong" });
    }
    return height;
  });
}

// What the drawn charts share: reading the table, drawing SVG, redrawing when the width changes, saving as CSV.

const SVG = "http://www.w3.org/2000/svg";

export function shape(parent, name, attributes, text) {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  if (text !== undefined) element.textContent = text;
  parent.append(element);
  return element;
}

export function readRows(chart) {
  return [...chart.querySelectorAll("tbody tr")].map((row) => {
    const head = row.querySelector("th");
    const cells = [...row.querySelectorAll("td")];
    return {
      label: head.textContent.trim(),
      at: head.dataset.at,
      total: "total" in row.dataset,
      values: cells.map((cell) => ("value" in cell.dataset ? Number(cell.dataset.value) : null)),
      words: cells.map((cell) => (cell.querySelector(".figure-number") ?? cell).textContent.trim()),
    };
  });
}

export function widthOf(svg, text, className = "") {
  const probe = shape(svg, "text", { class: className, visibility: "hidden" }, text);
  const width = probe.getComputedTextLength();
  probe.remove();
  return width;
}

// The text cut to `room` pixels; the whole of it shows on pointing.
export function fitted(parent, text, room, attributes) {
  const element = shape(parent, "text", attributes, text);
  if (element.getComputedTextLength() <= room) return;
  let length = text.length;
  while (length > 1 && element.getComputedTextLength() > room) {
    length -= 1;
    element.textContent = `${text.slice(0, length)}…`;
  }
  shape(element, "title", {}, text);
}

// Round steps (1, 2, 5 × 10ⁿ) that cover low…high in about `count` ticks.
export function ticks(low, high, count) {
  const rough = (high - low || 1) / count;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].find((each) => each * power >= rough) * power;
  const first = Math.ceil(low / step - 1e-9);
  const last = Math.floor(high / step + 1e-9);
  return Array.from({ length: last - first + 1 }, (_, place) => (first + place) * step);
}

// `step`: of an axis, so that no two of its marks read alike.
export function written(number, step) {
  const digits = step ? { maximumFractionDigits: Math.max(0, Math.ceil(-Math.log10(step) - 1e-9)) } : { maximumSignificantDigits: 4 };
  return new Intl.NumberFormat(document.documentElement.lang, digits).format(number);
}

const escaped = (text) => {
  const guarded = /^[=+\-@\t]/.test(text) && !/^-?[\d.]+$/.test(text) ? `'${text}` : text;
  return /[",\n]/.test(guarded) ? `"${guarded.replaceAll('"', '""')}"` : guarded;
};

export function tableAsCsv(table) {
  const cell = (each) => escaped(each.dataset.value ?? each.dataset.at ?? each.textContent.trim());
  const lines = [...table.querySelectorAll("tr")].map((row) => [...row.children].map(cell).join(","));
  return `\ufeff${lines.join("\r\n")}\r\n`;
}

function offerCsv(chart) {
  const button = chart.querySelector("[data-csv]");
  if (!button) return;
  button.hidden = false;
  button.addEventListener("click", () => {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([tableAsCsv(chart.querySelector("table"))], { type: "text/csv" }));
    link.download = `${chart.querySelector("h3").firstChild.textContent.trim()}.csv`;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
  });
}

// draw(svg, rows, width) fills the svg and returns its height.
export function startChart(chart, draw) {
  const rows = readRows(chart);
  const place = chart.querySelector("[data-drawing]");
  const title = chart.getAttribute("aria-labelledby");
  offerCsv(chart);
  if (rows.length === 0) return;
  chart.querySelector("[data-chart-table]").open = false;
  let drawnAt = 0;
  const redraw = () => {
    const width = Math.round(place.clientWidth);
    if (width < 40 || width === drawnAt) return;
    drawnAt = width;
    place.replaceChildren();
    const svg = shape(place, "svg", { role: "img", "aria-labelledby": title, width });
    const height = Math.ceil(draw(svg, rows, width));
    svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
    svg.setAttribute("height", height);
  };
  new ResizeObserver(redraw).observe(place);
  redraw();
}

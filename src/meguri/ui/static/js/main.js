// Starts each behaviour only on pages that ask for it, by a data- attribute or an element of ours.
// A behaviour is a file of its own; it exports start(element). What htmx puts in later is started too. In this order.

const BEHAVIOURS = {
  "[data-menu]": "menu",
  "[data-search]": "search",
  "time[data-relative]": "time",
  "[data-dismiss]": "dismiss",
  "[data-focus]": "focus",
  "[data-opens]": "dialog",
  "form[data-passkey]": "passkey",
  "form[method=post]": "once",
  "form[data-confirm-name]": "confirm",
  "[data-totals]": "totals",
  "[data-rows]": "rows",
  "form[data-draft], form[data-forget-drafts]": "draft",
  "nav.places, nav.tabs": "places",
  "[data-file]": "file",
  "[data-scan]": "scan",
  "[data-camera]": "camera",
  "meguri-tree": "tree",
  "meguri-bars": "bars",
  "meguri-waterfall": "waterfall",
  "meguri-band": "band",
  "meguri-sankey": "sankey",
};

const started = new WeakMap();

function startOnce(element, name, start) {
  const done = started.get(element) ?? new Set();
  if (done.has(name)) return;
  started.set(element, done.add(name));
  start(element);
}

async function startWithin(root) {
  for (const [selector, name] of Object.entries(BEHAVIOURS)) {
    const found = [...root.querySelectorAll(selector)];
    if (root.matches?.(selector)) found.unshift(root);
    if (found.length === 0) continue;
    const { start } = await import(`./${name}.js`);
    for (const element of found) startOnce(element, name, start);
  }
  document.documentElement.dataset.ready = "yes";
}

startWithin(document.documentElement);
document.addEventListener("htmx:load", (event) => startWithin(event.detail.elt));

// <form data-draft="name" data-draft-owner="…">: keeps what is typed on this device, 14 days at most, until it is sent.
// A draft found again is offered in [data-draft-offer], never put in unasked. Passwords, files and hidden fields
// are never kept. <form data-forget-drafts> (signing out) drops every draft of the device.

const PREFIX = "meguri-draft:";
const KEPT_FOR = 14 * 86_400_000;

function values(form) {
  const kept = {};
  for (const field of form.elements) {
    if (!field.name || ["hidden", "password", "file", "submit", "button"].includes(field.type)) continue;
    if (field.type === "checkbox" || field.type === "radio") {
      if (field.checked) (kept[field.name] ??= []).push(field.value);
      else kept[field.name] ??= [];
    } else (kept[field.name] ??= []).push(field.value);
  }
  return kept;
}

function putBack(form, kept) {
  const add = form.querySelector("[data-row-add]");
  for (let tries = 0; add && tries < 200; tries += 1) {
    if (Object.keys(kept).every((name) => form.elements.namedItem(name))) break;
    add.click();
  }
  for (const [name, all] of Object.entries(kept)) {
    const fields = [...form.elements].filter((field) => field.name === name);
    fields.forEach((field, place) => {
      if (field.type === "checkbox" || field.type === "radio") field.checked = all.includes(field.value);
      else if (field.type !== "hidden") field.value = all[place] ?? "";
    });
  }
  form.dispatchEvent(new Event("input", { bubbles: true }));
}

function forget() {
  for (const key of Object.keys(localStorage)) if (key.startsWith(PREFIX)) localStorage.removeItem(key);
}

function read(key) {
  try {
    const kept = JSON.parse(localStorage.getItem(key));
    return kept && Date.now() - kept.at < KEPT_FOR ? kept : null;
  } catch {
    return null;
  }
}

function offer(form, key, kept) {
  const box = form.querySelector("[data-draft-offer]");
  if (!box) return;
  box.querySelector("[data-draft-when]").textContent = new Date(kept.at).toLocaleString(document.documentElement.lang);
  box.querySelector("[data-draft-take]").onclick = () => {
    putBack(form, kept.values);
    box.hidden = true;
  };
  box.querySelector("[data-draft-drop]").onclick = () => {
    localStorage.removeItem(key);
    box.hidden = true;
  };
  box.hidden = false;
}

export function start(form) {
  if ("forgetDrafts" in form.dataset) {
    form.addEventListener("submit", forget);
    return;
  }
  const key = `${PREFIX}${form.dataset.draftOwner ?? ""}:${form.dataset.draft}`;
  const kept = read(key);
  const asServed = JSON.stringify(values(form));
  if (kept && !kept.sent && JSON.stringify(kept.values) !== asServed) offer(form, key, kept);
  else if (kept) localStorage.removeItem(key);

  let waiting;
  const save = (sent) => {
    clearTimeout(waiting);
    const now = values(form);
    if (JSON.stringify(now) === asServed && !sent) return;
    try {
      localStorage.setItem(key, JSON.stringify({ at: Date.now(), sent, values: now }));
    } catch {
      // a full or closed store: the form works all the same, it only keeps no draft
    }
  };
  form.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(save, 400, false);
  });
  form.addEventListener("submit", () => save(true));
}

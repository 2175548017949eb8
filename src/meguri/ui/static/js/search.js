// <input data-search>: ⌘K (Ctrl+K elsewhere) goes to it; [data-search-key] shows the key.

export function start(field) {
  const apple = /Mac|iPhone|iPad/.test(navigator.platform);
  const hint = field.form?.querySelector("[data-search-key]");
  if (hint) {
    hint.textContent = apple ? "⌘K" : "Ctrl K";
    hint.hidden = false;
  }
  document.addEventListener("keydown", (event) => {
    const wanted = apple ? event.metaKey : event.ctrlKey;
    if (!wanted || event.shiftKey || event.altKey || event.key.toLowerCase() !== "k") return;
    event.preventDefault();
    field.focus();
    field.select();
  });
}

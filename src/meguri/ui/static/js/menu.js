// <details data-menu>: closes by Escape (focus returns to it); where it floats over the page, also by a click elsewhere
// and by leaving it.

export function start(menu) {
  const floats = () => getComputedStyle(menu.lastElementChild).position === "absolute";
  menu.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !menu.open) return;
    menu.open = false;
    menu.querySelector("summary").focus();
  });
  document.addEventListener("click", (event) => {
    if (menu.open && !menu.contains(event.target) && floats()) menu.open = false;
  });
  menu.addEventListener("focusout", (event) => {
    if (event.relatedTarget && !menu.contains(event.relatedTarget) && floats()) menu.open = false;
  });
}

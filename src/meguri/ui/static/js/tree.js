// <meguri-tree> over nested <details>: arrow keys move and open as in every tree, two buttons open and close all.
// Without scripts the <details> still open by click and key.

export function start(tree) {
  const branches = () => [...tree.querySelectorAll("details")];
  const acts = tree.querySelector("[data-tree-acts]");
  if (acts && branches().length > 1) {
    acts.hidden = false;
    acts.querySelector("[data-tree-open]").onclick = () => branches().forEach((each) => (each.open = true));
    acts.querySelector("[data-tree-close]").onclick = () => branches().forEach((each) => (each.open = false));
  }
  tree.addEventListener("keydown", (event) => {
    const here = event.target.closest("summary");
    if (!here || !tree.contains(here)) return;
    const shown = [...tree.querySelectorAll("summary")].filter((each) => each.offsetParent);
    const place = shown.indexOf(here);
    const branch = here.parentElement;
    const moves = {
      ArrowDown: () => shown[place + 1]?.focus(),
      ArrowUp: () => shown[place - 1]?.focus(),
      Home: () => shown[0].focus(),
      End: () => shown.at(-1).focus(),
      ArrowRight: () => (branch.open ? branch.querySelector(":scope > ul summary")?.focus() : (branch.open = true)),
      ArrowLeft: () =>
        branch.open ? (branch.open = false) : branch.parentElement.closest("details")?.querySelector("summary").focus(),
    };
    if (!(event.key in moves)) return;
    event.preventDefault();
    moves[event.key]();
  });
}

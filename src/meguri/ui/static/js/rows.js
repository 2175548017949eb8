// [data-rows]: adds and takes away rows of a list in a form.
//   [data-rows-list]   holds the rows, each [data-row]
//   <template data-row-blank>  one empty row; "__n__" in names, ids and labels becomes its number
//   [data-row-add], [data-row-remove]  the buttons. A row whose fields are all blank is no row, so that it works
//   without scripts too: there the add button posts the form (name "add_row").

function tell(root) {
  root.dispatchEvent(new Event("input", { bubbles: true }));
}

export function start(root) {
  const list = root.querySelector("[data-rows-list]");
  const blank = root.querySelector("template[data-row-blank]");
  const add = root.querySelector("[data-row-add]");
  let next = list.querySelectorAll("[data-row]").length;

  add.addEventListener("click", (event) => {
    event.preventDefault();
    const holder = document.createElement("template");
    holder.innerHTML = blank.innerHTML.replaceAll("__n__", String(next));
    next += 1;
    list.append(holder.content);
    list.lastElementChild.querySelector("input, select")?.focus();
    tell(root);
  });
  root.addEventListener("click", (event) => {
    const remove = event.target.closest("[data-row-remove]");
    if (!remove) return;
    event.preventDefault();
    const row = remove.closest("[data-row]");
    const neighbour = row.nextElementSibling ?? row.previousElementSibling;
    row.remove();
    (neighbour?.querySelector("[data-row-remove]") ?? add).focus();
    tell(root);
  });
}

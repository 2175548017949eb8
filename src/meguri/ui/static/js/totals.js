// [data-totals]: <input data-adds="name"> are added up, exactly, in <output data-total="name">.
// A field that is no figure makes the total "—": a wrong sum is worse than none.

import { parse, sum, write } from "./decimal.js";

export function start(root) {
  const addUp = () => {
    for (const output of root.querySelectorAll("[data-total]")) {
      const fields = [...root.querySelectorAll(`[data-adds="${output.dataset.total}"]`)];
      const numbers = fields.filter((field) => field.value.trim()).map((field) => parse(field.value));
      output.value = numbers.includes(null) || numbers.length === 0 ? "—" : write(sum(numbers));
    }
  };
  root.addEventListener("input", addUp);
  root.addEventListener("change", addUp);
  window.addEventListener("pageshow", addUp);
  addUp();
}

// <div data-file>: a file field in the page's own words; shows what was chosen in [data-file-name].
//   data-none   said while nothing is chosen
//   data-many   said of several files; "{n}" becomes their number

export function start(box) {
  const field = box.querySelector("input[type=file]");
  const name = box.querySelector("[data-file-name]");
  const tell = () => {
    const files = [...(field.files ?? [])];
    if (files.length === 0) name.textContent = name.dataset.none;
    else if (files.length === 1) name.textContent = files[0].name;
    else name.textContent = name.dataset.many.replace("{n}", String(files.length));
  };
  field.addEventListener("change", tell);
  field.form?.addEventListener("reset", () => setTimeout(tell));
  tell();
}

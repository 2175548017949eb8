// <button data-opens="id">: opens the <dialog id>; [data-closes] within it closes it. Without scripts the button is a link.

export function start(opener) {
  const dialog = document.getElementById(opener.dataset.opens);
  if (!dialog) return;
  opener.hidden = false;
  opener.addEventListener("click", (event) => {
    event.preventDefault();
    dialog.showModal();
  });
  for (const closer of dialog.querySelectorAll("[data-closes]")) {
    closer.addEventListener("click", () => dialog.close());
  }
}

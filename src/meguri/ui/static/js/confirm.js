// <form data-confirm-name="…">: the button wakes when the name is typed. The server compares again.

const plain = (text) => text.normalize("NFKC").trim().replace(/\s+/g, " ");

export function start(form) {
  const field = form.elements.namedItem("confirm");
  const button = form.querySelector("button[type=submit]");
  const look = () => {
    button.disabled = plain(field.value) !== plain(form.dataset.confirmName);
  };
  field.addEventListener("input", look);
  window.addEventListener("pageshow", look);
  look();
}

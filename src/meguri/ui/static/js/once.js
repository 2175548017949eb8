// <form method=post>: sent once, however often the button is pressed; free again when the page comes back.

export function start(form) {
  form.addEventListener("submit", (event) => {
    if (event.defaultPrevented) return;
    if (form.dataset.sent) {
      event.preventDefault();
      return;
    }
    form.dataset.sent = "yes";
    event.submitter?.setAttribute("aria-busy", "true");
  });
  const free = () => {
    delete form.dataset.sent;
    for (const busy of form.querySelectorAll("[aria-busy]")) busy.removeAttribute("aria-busy");
  };
  window.addEventListener("pageshow", free);
  form.addEventListener("htmx:afterRequest", free);
}

// form[data-passkey]: asks the browser to make ("new") or use ("get") a passkey, puts the answer in the form and sends it.
// Where there are none (an old browser, a bare number as address, no https) the form stays hidden; [data-passkey-without] says so.

const kind = window.PublicKeyCredential;
const usable = () => window.isSecureContext && kind?.parseRequestOptionsFromJSON && !/^[\d.]+$|:/.test(location.hostname);

function answer(form) {
  const asked = JSON.parse(form.dataset.options);
  if (form.dataset.passkey === "get") return navigator.credentials.get({ publicKey: kind.parseRequestOptionsFromJSON(asked) });
  return navigator.credentials.create({ publicKey: kind.parseCreationOptionsFromJSON(asked) });
}

export function start(form) {
  if (!usable()) {
    form.parentElement.querySelector("[data-passkey-without]")?.removeAttribute("hidden");
    return;
  }
  form.hidden = false;
  const field = form.elements.credential;
  const said = form.querySelector("[data-passkey-said]");
  form.addEventListener("submit", async (event) => {
    if (field.value) return;
    event.preventDefault();
    said.hidden = true;
    try {
      field.value = JSON.stringify(await answer(form));
      form.requestSubmit();
    } catch {
      said.hidden = false;
    }
  });
  window.addEventListener("pageshow", () => (field.value = ""));
}

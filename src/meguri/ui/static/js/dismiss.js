// <button data-dismiss hidden> within [data-flash]: takes the message away.

export function start(button) {
  button.hidden = false;
  button.addEventListener("click", () => {
    button.closest("[data-flash]").remove();
    document.getElementById("main").focus();
  });
}

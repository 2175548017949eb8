// [data-focus]: gets the focus when the page opens (the summary of what is to be corrected).

export function start(element) {
  element.focus({ preventScroll: true });
  element.scrollIntoView({ block: "nearest" });
}

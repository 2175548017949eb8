// A bar that scrolls sideways on a phone: the current place is brought into view.

export function start(bar) {
  const here = bar.querySelector("[aria-current]");
  if (here) bar.scrollLeft = here.offsetLeft - (bar.clientWidth - here.offsetWidth) / 2;
}

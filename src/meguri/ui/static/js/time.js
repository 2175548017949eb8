// <time data-relative datetime="…">: turns the written moment into 「3 時間前」; the full one shows on pointing.

const STEPS = [
  ["year", 31_556_952],
  ["month", 2_629_746],
  ["day", 86_400],
  ["hour", 3_600],
  ["minute", 60],
];

export function relative(seconds, language) {
  const words = new Intl.RelativeTimeFormat(language, { numeric: "auto" });
  for (const [unit, length] of STEPS) {
    if (Math.abs(seconds) >= length) return words.format(Math.trunc(seconds / length), unit);
  }
  return words.format(Math.trunc(seconds / 60), "minute");
}

export function start(time) {
  const written = time.textContent;
  const say = () => {
    const seconds = (Date.parse(time.dateTime) - Date.now()) / 1000;
    time.textContent = relative(seconds, document.documentElement.lang);
  };
  time.title = written;
  say();
  setInterval(say, 60_000);
}

// Exact decimal sums: figures are texts, as people type them (full-width digits and commas are read too).

const SHAPE = /^([+-]?)(\d*)(?:\.(\d*))?$/;

export function parse(text) {
  const match = SHAPE.exec(text.normalize("NFKC").replaceAll(",", "").replace("−", "-").trim());
  if (!match || !(match[2] || match[3])) return null;
  const places = match[3]?.length ?? 0;
  const digits = BigInt(`${match[2]}${match[3] ?? ""}`);
  return { digits: match[1] === "-" ? -digits : digits, places };
}

export function sum(numbers) {
  const places = Math.max(0, ...numbers.map((each) => each.places));
  const digits = numbers.reduce((all, each) => all + each.digits * 10n ** BigInt(places - each.places), 0n);
  return { digits, places };
}

export function write({ digits, places }) {
  const text = (digits < 0n ? -digits : digits).toString().padStart(places + 1, "0");
  const whole = text.slice(0, text.length - places).replace(/\B(?=(\d{3})+$)/g, ",");
  const rest = places ? text.slice(-places).replace(/0+$/, "") : "";
  return `${digits < 0n ? "−" : ""}${whole}${rest && "."}${rest}`;
}

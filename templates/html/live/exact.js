// Exact numbers. A whole number is a BigInt; any other is {top, bottom} in lowest terms with
// bottom > 1. What has no number is one of three signs.

const OPEN = Symbol("a size has no value");
const REFUSED = Symbol("a size cannot be");
const NOWHERE = Symbol("divided by zero");

const topOf = (x) => (typeof x === "bigint" ? x : x.top);
const bottomOf = (x) => (typeof x === "bigint" ? 1n : x.bottom);
const isNumber = (x) => typeof x === "bigint" || (typeof x === "object" && x !== null);

function ratio(top, bottom) {
  if (bottom === 0n) return NOWHERE;
  let [a, b] = [top < 0n ? -top : top, bottom < 0n ? -bottom : bottom];
  while (b) [a, b] = [b, a % b];
  if (bottom < 0n) a = -a;
  return bottom === a ? top / a : { top: top / a, bottom: bottom / a };
}

function plus(x, y) {
  if (typeof x === "bigint" && typeof y === "bigint") return x + y;
  return ratio(topOf(x) * bottomOf(y) + topOf(y) * bottomOf(x), bottomOf(x) * bottomOf(y));
}

function times(x, y) {
  if (typeof x === "bigint" && typeof y === "bigint") return x * y;
  return ratio(topOf(x) * topOf(y), bottomOf(x) * bottomOf(y));
}

const over = (x, y) => ratio(topOf(x) * bottomOf(y), bottomOf(x) * topOf(y));
const isBelow = (x, y) => topOf(x) * bottomOf(y) < topOf(y) * bottomOf(x);
const size = (x) => (topOf(x) < 0n ? times(-1n, x) : x);

function floor(x) {
  if (typeof x === "bigint") return x;
  const down = x.top / x.bottom;
  return x.top < 0n ? down - 1n : down;
}

function power(x, exponent) {
  const [top, bottom] = [topOf(x), bottomOf(x)];
  const n = BigInt(Math.abs(exponent));
  return exponent < 0 ? ratio(bottom ** n, top ** n) : ratio(top ** n, bottom ** n);
}

const WORKS = {
  "+": (parts) => parts.reduce(plus),
  "*": (parts) => parts.reduce(times),
  "/": ([x, y]) => over(x, y),
  floor: ([x]) => floor(x),
  ceil: ([x]) => times(-1n, floor(times(-1n, x))),
  min: (parts) => parts.reduce((x, y) => (isBelow(y, x) ? y : x)),
  max: (parts) => parts.reduce((x, y) => (isBelow(x, y) ? y : x)),
  abs: ([x]) => size(x),
};

// The values of a table of instructions, in the order of their places. `only` are the places to
// work out; the others keep the values in `found`.
function workedOut(table, sizes, found = new Array(table.length), only = table.keys()) {
  for (const place of only) {
    const [name, ...rest] = table[place];
    if (name === "size") found[place] = sizes[rest[0]] ?? OPEN;
    else if (name === "number") found[place] = ratio(BigInt(rest[0]), BigInt(rest[1]));
    else {
      const parts = name === "^" ? [found[rest[0]]] : rest.map((each) => found[each]);
      const sign = [REFUSED, OPEN, NOWHERE].find((each) => parts.includes(each));
      found[place] = sign ?? (name === "^" ? power(parts[0], rest[1]) : WORKS[name](parts));
    }
  }
  return found;
}

// The places, among those that `wanted` ones need, whose values hang on one of the `moving` sizes.
function movingPlaces(table, wanted, moving) {
  const needed = new Set();
  const need = (place) => {
    if (needed.has(place)) return;
    needed.add(place);
    const [name, ...rest] = table[place];
    if (name === "^") need(rest[0]);
    else if (name !== "size" && name !== "number") rest.forEach(need);
  };
  wanted.forEach(need);
  const moves = new Set();
  for (const place of [...needed].sort((a, b) => a - b)) {
    const [name, ...rest] = table[place];
    const from = name === "^" ? [rest[0]] : rest;
    const is = name === "size" ? moving.has(rest[0]) : name !== "number" && from.some((e) => moves.has(e));
    if (is) moves.add(place);
  }
  return [...moves];
}

const THIN = "\u202f";
const DASH = "\u2013";

// Digits in groups of three from five digits on.
function grouped(whole, glue = THIN) {
  const digits = String(whole < 0n ? -whole : whole);
  const shown = digits.length < 5 ? digits : digits.replace(/\B(?=(\d{3})+$)/g, glue);
  return whole < 0n ? `-${shown}` : shown;
}

const plain = (x) => (typeof x === "bigint" ? `${x}` : `${x.top}/${x.bottom}`);

function shownNumber(x) {
  if (!isNumber(x)) return DASH;
  return typeof x === "bigint" ? grouped(x) : `${grouped(x.top)}/${grouped(x.bottom)}`;
}

// One digit behind the point, rounded half up, exact until then.
function percent(x, decimal) {
  if (!isNumber(x)) return DASH;
  const [top, bottom] = [topOf(size(x)), bottomOf(x)];
  const isNegative = topOf(x) < 0n;
  if (top > 0n && top * 2000n < bottom) return `${isNegative ? "> -" : "< "}0${decimal}1 %`;
  const tenths = (top * 2000n + bottom) / (2n * bottom);
  return `${isNegative ? "-" : ""}${tenths / 10n}${decimal}${tenths % 10n} %`;
}

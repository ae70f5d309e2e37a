// What the page shows of numbers: every marked element follows the value of its formula.

const MATHML = "http://www.w3.org/1998/Math/MathML";

function element(name, text, space = MATHML) {
  const made = document.createElementNS(space, name);
  if (text !== undefined) made.textContent = text;
  return made;
}

function numberElements(x) {
  if (!isNumber(x)) return [element("mn", DASH)];
  const [top, bottom] = [topOf(size(x)), bottomOf(x)];
  let shown = element("mn", grouped(top));
  if (bottom !== 1n) {
    const fraction = element("mfrac");
    fraction.append(shown, element("mn", grouped(bottom)));
    shown = fraction;
  }
  return topOf(x) < 0n ? [element("mo", "\u2212"), shown] : [shown];
}

function bracket(sign) {
  const made = element("mo", sign);
  made.setAttribute("stretchy", "false");
  return made;
}

// Writers for one kind of mark each: (element, value).
const WRITERS = {
  v(node, x) {
    if (node.localName === "mrow") {
      const parts = numberElements(x);
      const isBracketed = node.hasAttribute("data-b") && isNumber(x) && topOf(x) < 0n;
      node.replaceChildren(...(isBracketed ? [bracket("("), ...parts, bracket(")")] : parts));
    } else {
      const words = node.dataset.or;
      node.textContent = x === OPEN && words ? words : shownNumber(x);
    }
    if (node.hasAttribute("data-one")) node.classList.toggle("one", x === 1n);
  },
  p(node, x) {
    node.textContent = x === NOWHERE ? "" : percent(x, data.decimal);
  },
  s(node, x) {
    const isMinus = isNumber(x) && topOf(x) < 0n;
    const sign = isMinus ? "\u2212" : node.hasAttribute("data-first") ? null : "+";
    node.replaceChildren(...(sign === null ? [] : [element("mo", sign)]));
  },
};

const TESTS = {
  known: (x) => isNumber(x),
  unknown: (x) => x === OPEN,
  zero: (x) => x === 0n,
  other: (x) => x !== 0n,
  above: (x) => isNumber(x) && topOf(x) > 0n,
  below: (x) => isNumber(x) && topOf(x) < 0n,
};

class Marks {
  constructor(root) {
    this.numbers = [];
    for (const kind of Object.keys(WRITERS))
      for (const node of root.querySelectorAll(`[data-${kind}]`))
        this.numbers.push({ node, write: WRITERS[kind], place: Number(node.dataset[kind]), last: null });
    this.origins = [...root.querySelectorAll("[data-from]")];
    this.cases = [...root.querySelectorAll("[data-when]")].map((node) => ({
      node,
      tests: node.dataset.when.split(" ").filter(Boolean).map((each) => {
        const [says, place] = each.split(":");
        return [TESTS[says], Number(place)];
      }),
    }));
  }

  follow(values, origins) {
    this.choose(values);
    for (const mark of this.numbers) {
      const x = values[mark.place];
      const key = isNumber(x) ? plain(x) : x;
      if (key === mark.last) continue;
      mark.last = key;
      mark.write(mark.node, x);
      mark.node.classList.toggle("gone", x === REFUSED);
    }
    for (const node of this.origins) node.textContent = origins[node.dataset.from];
  }

  // Cases whose sizes are refused stay as they are: the numbers in them turn into dashes.
  choose(values) {
    let hasChanged = false;
    for (const { node, tests } of this.cases) {
      if (tests.some(([, place]) => values[place] === REFUSED)) continue;
      const isHidden = !tests.every(([holds, place]) => holds(values[place]));
      hasChanged ||= node.hidden !== isHidden;
      node.hidden = isHidden;
    }
    if (!hasChanged) return;
    // A link finds what is shown: of several parts with one name, only that one has it as its id.
    const named = [...document.querySelectorAll(".case [id], .case [data-id]")];
    const [away, here] = [[], []];
    for (const node of named) (node.closest(".case[hidden]") ? away : here).push(node);
    for (const node of away.filter((each) => each.id)) {
      node.dataset.id = node.id;
      node.removeAttribute("id");
    }
    for (const node of here.filter((each) => each.dataset.id)) {
      node.id = node.dataset.id;
      delete node.dataset.id;
    }
  }
}

// The chart of shares over one size: exact numbers, floats for pixels only.

const SVG = "http://www.w3.org/2000/svg";
const HATCH = [
  "", "M0 8L8 0M-2 2L2-2M6 10L10 6", "M2 2h1.6v1.6H2zM6 6h1.6v1.6H6z", "M0 0L8 8M-2 6L2 10M6-2L10 2",
  "M0 4H8", "M0 8L8 0M0 0L8 8", "M4 0V8", "M0 4H8M4 0V8",
];

function drawn(name, attributes = {}, ...inside) {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...inside);
  return made;
}

function isLight(colour) {
  const [r, g, b] = [1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16));
  return 0.299 * r + 0.587 * g + 0.114 * b > 95;
}

// An exact share in hundred thousandths, as a float for drawing.
const rounded = (part, whole) => {
  const share = over(part, whole);
  return isNumber(share) ? Number((topOf(share) * 100000n) / bottomOf(share)) / 100000 : 0;
};

class Chart {
  constructor(figure, data, sizes, move) {
    Object.assign(this, data, { figure, sizes, move });
    this.id = figure.id || figure.dataset.id;
    this.drawing = figure.querySelector(".drawing");
    this.slider = figure.querySelector("input[type=range]");
    this.said = figure.querySelector(".overtakes");
    this.places = data.places.map(BigInt);
    this.symbol = sizes.sizes[this.by].symbol;
    const rules = [...sizes.published, ...sizes.relations].filter((each) => each.dims);
    this.isPlain = !rules.some((each) => each.dims.includes(this.by));
    this.wanted = this.parts.map((each) => each.value);
    this.moving = movingPlaces(sizes.formulas, this.wanted, new Set([this.by]));
    this.slider.addEventListener("input", () => this.go(Number(this.slider.value)));
    this.drawing.addEventListener("pointerdown", (event) => this.point(event));
    this.drawing.addEventListener("pointermove", (event) => event.buttons && this.point(event));
    figure.querySelectorAll("[data-series]").forEach((node) => this.paintSwatch(node));
    this.drawing.hidden = this.slider.closest(".slide").hidden = false;
  }

  go(at) {
    const place = this.places[at];
    this.move(this.by, String(this.end !== null && place > this.end ? this.end : place));
  }

  point(event) {
    const box = this.drawing.getBoundingClientRect();
    const across = (event.clientX - box.left - this.left) / this.wide;
    this.go(Math.round(Math.min(1, Math.max(0, across)) * (this.places.length - 1)));
  }

  // The exact amounts of all parts with the moving size at a place.
  at(place) {
    if (this.isPlain) {
      const sizes = this.state.bound.slice();
      sizes[this.by] = place;
      workedOut(this.sizes.formulas, sizes, this.scratch, this.moving);
      return this.wanted.map((each) => this.scratch[each]);
    }
    const readings = new Map(this.readings).set(this.by, { number: place });
    const found = workedOut(this.sizes.formulas, this.sizes.bind(readings, false).values);
    return this.wanted.map((each) => found[each]);
  }

  // How far a table of positions reaches.
  reach() {
    const ends = this.sizes.limits.filter((each) => each.small === this.by);
    const found = ends.map((each) => this.state.bound[each.large]).filter((each) => each !== null);
    return found.length ? found.reduce((x, y) => (x < y ? x : y)) : null;
  }

  follow(state, readings) {
    [this.state, this.readings] = [state, readings];
    this.scratch = workedOut(this.sizes.formulas, state.bound);
    this.rows = this.places.map((place) => this.at(place));
    this.now = state.values[this.by];
    this.end = this.reach();
    const isKnown = this.rows.every((row) => row.every(isNumber));
    this.totals = isKnown ? this.rows.map((row) => row.reduce(plus)) : [];
    const isDrawn = isKnown && this.totals.every((each) => isBelow(0n, each));
    this.drawing.classList.toggle("idle", !isDrawn);
    if (!isDrawn) return;
    this.marks = this.changes();
    this.say();
    this.draw();
  }

  largest(row) {
    const most = WORKS.max(row);
    const found = row.flatMap((each, at) => (plain(each) === plain(most) ? [at] : []));
    return found.length === 1 ? found[0] : null;
  }

  half(row) {
    const found = this.largest(row);
    return found !== null && isBelow(row.reduce(plus), times(2n, row[found])) ? found : null;
  }

  // The last whole number before each change of the largest part, and of what is more than half.
  changes() {
    const found = [];
    for (const [says, which, tiedWaits] of [["largest", "largest", true], ["half", "half", false]]) {
      let before = this[which](this.rows[0]);
      for (let at = 1; at < this.rows.length; at += 1) {
        const told = this[which](this.rows[at]);
        const hasChanged = told !== null && told !== before;
        before = told ?? (tiedWaits ? before : null);
        if (!hasChanged) continue;
        let [low, high] = [this.places[at - 1], this.places[at]];
        while (high - low > 1n) {
          const middle = (low + high) / 2n;
          if (this[which](this.at(middle)) === told) high = middle;
          else low = middle;
        }
        found.push({ at: low, says, part: told });
      }
    }
    return found.sort((x, y) => (x.at < y.at ? -1 : x.at > y.at ? 1 : x.says < y.says ? 1 : -1));
  }

  text(mark) {
    const { label } = this.parts[mark.part];
    return filled(this.sizes.words[mark.says], { symbol: this.symbol, place: grouped(mark.at), label });
  }

  say() {
    const { words } = this.sizes;
    const texts = this.marks.map((mark) => this.text(mark));
    const ends = [this.places[0], this.places.at(-1)].map((each) => grouped(each));
    const none = filled(words.steady, { first: ends[0], last: ends[1] });
    const items = texts.length ? texts.map((each) => `${each}.`) : [none];
    this.said.classList.toggle("numbered", texts.length > 0);
    this.said.replaceChildren(...items.map((each) => {
      const item = document.createElement("li");
      item.textContent = each[0].toUpperCase() + each.slice(1);
      return item;
    }));
    const value = isNumber(this.now) ? `${this.symbol} = ${grouped(this.now)}` : this.symbol;
    this.slider.setAttribute("aria-valuetext", value);
    this.slider.value = String(this.nearest());
    this.label = `${this.figure.querySelector("figcaption").textContent} ${items.join(" ")}`;
  }

  nearest() {
    if (!isNumber(this.now)) return 0;
    const found = this.places.findIndex((each) => each >= this.now);
    return found < 0 ? this.places.length - 1 : found;
  }

  stacked() {
    return this.rows.map((row, at) => {
      let below = 0;
      return this.series.map((_, series) => {
        const own = row.filter((_, part) => this.parts[part].series === series);
        const part = own.length ? rounded(own.reduce(plus), this.totals[at]) : 0;
        const low = below;
        below += part;
        return [low, below];
      });
    });
  }

  up(part) {
    return this.top + this.high * (1 - part);
  }

  corner(at, part) {
    return `${this.across(this.places[at]).toFixed(1)},${this.up(part).toFixed(1)}`;
  }

  across(place) {
    const [first, last] = [Number(this.places[0]), Number(this.places.at(-1))];
    const part = Math.log(Number(place) / first) / Math.log(last / first);
    return this.left + this.wide * Math.min(1, Math.max(0, part));
  }

  draw() {
    const width = Math.max(280, this.drawing.clientWidth || 640);
    const height = width < 520 ? 300 : 380;
    Object.assign(this, { left: 46, top: 30, wide: width - 76, high: height - 88 });
    const svg = drawn("svg", {
      viewBox: `0 0 ${width} ${height}`, width, height, role: "img", "aria-label": this.label,
    });
    const rows = this.stacked();
    svg.append(this.patterns(), ...this.areas(rows), ...this.axes(height), ...this.limits());
    svg.append(...this.marks.flatMap((mark, at) => this.marker(mark, at)), ...this.cursor(), ...this.labels(rows));
    this.drawing.replaceChildren(svg);
  }

  pattern(at, colour, prefix) {
    const stroke = isLight(colour) ? "#000" : "#fff";
    return drawn("pattern", { id: `${prefix}-${at}`, width: 8, height: 8, patternUnits: "userSpaceOnUse" },
      drawn("rect", { width: 8, height: 8, fill: colour }),
      drawn("path", { d: HATCH[at % HATCH.length], stroke, "stroke-opacity": 0.3, fill: "none" }));
  }

  patterns() {
    return drawn("defs", {}, ...this.series.map(({ colour }, at) => this.pattern(at, colour, "fill")));
  }

  paintSwatch(node) {
    const at = Number(node.dataset.series);
    const { colour } = this.series[at];
    const [id, box] = [`swatch-${at}`, { width: 18, height: 18 }];
    node.replaceChildren(drawn("svg", { ...box, viewBox: "0 0 18 18", "aria-hidden": "true" },
      drawn("defs", {}, this.pattern(at, colour, "swatch")),
      drawn("rect", { ...box, rx: 3, fill: `url(#${id})` })));
  }

  areas(rows) {
    return this.series.map((_, series) => {
      const upper = rows.map((row, at) => this.corner(at, row[series][1]));
      const lower = rows.map((row, at) => this.corner(at, row[series][0])).reverse();
      const points = [...upper, ...lower].join(" ");
      return drawn("polygon", { points, fill: `url(#fill-${series})`, class: "area" });
    });
  }

  // The name of each part where it is widest, if there is room.
  labels(rows) {
    return this.series.flatMap(({ label, colour }, series) => {
      const [middle, room] = [this.left + this.wide / 2, 8 * label.length + 14];
      const fits = (at) => Math.abs(this.across(this.places[at]) - middle) < (this.wide - room) / 2;
      const widths = rows.map((row) => row[series][1] - row[series][0]);
      const best = widths.reduce((most, each, at) => (fits(at) && each > (widths[most] ?? 0) ? at : most), -1);
      if (best < 0 || widths[best] * this.high < 20) return [];
      const [x, y] = [this.across(this.places[best]), this.up((rows[best][series][0] + rows[best][series][1]) / 2)];
      const fill = isLight(colour) ? "#000" : "#fff";
      return [drawn("text", { x, y, dy: "0.35em", class: "label", fill, stroke: colour }, label)];
    });
  }

  axes(height) {
    const [bottom, right] = [this.top + this.high, this.left + this.wide];
    const made = [0, 25, 50, 75, 100].flatMap((part) => {
      const y = this.top + this.high * (1 - part / 100);
      return [drawn("line", { x1: this.left, y1: y, x2: right, y2: y, class: "rule" }),
        drawn("text", { x: this.left - 7, y, dy: "0.35em", class: "tick end" }, `${part} %`)];
    });
    for (let n = this.places[0]; n <= this.places.at(-1); n *= this.wide < 420 ? 8n : 4n) {
      const x = this.across(n);
      made.push(drawn("line", { x1: x, y1: bottom, x2: x, y2: bottom + 5, class: "axis" }),
        drawn("text", { x, y: bottom + 20, class: "tick" }, grouped(n)));
    }
    const { meaning } = this.sizes.sizes[this.by];
    made.push(drawn("text", { x: this.left + this.wide / 2, y: height - 12, class: "tick" },
      drawn("tspan", { "font-style": "italic" }, this.symbol), ` (${meaning})`));
    return made;
  }

  limits() {
    if (this.end === null || this.end >= this.places.at(-1)) return [];
    const [x, right] = [this.across(this.end), this.left + this.wide];
    return [drawn("rect", { x, y: this.top, width: right - x, height: this.high, class: "beyond" })];
  }

  marker({ at }, index) {
    const x = this.across(at);
    const near = this.marks.slice(0, index).filter((each) => Math.abs(this.across(each.at) - x) < 18);
    const aside = x + 18 * near.length;
    return [
      drawn("line", { x1: x, y1: this.top, x2: x, y2: this.top + this.high, class: "overtake" }),
      drawn("circle", { cx: aside, cy: this.top - 13, r: 8.5, class: "number" }),
      drawn("text", { x: aside, y: this.top - 13, dy: "0.35em", class: "tick" }, String(index + 1)),
    ];
  }

  cursor() {
    if (!isNumber(this.now)) return [];
    const [x, bottom] = [this.across(this.now), this.top + this.high];
    return [drawn("line", { x1: x, y1: this.top, x2: x, y2: bottom, class: "cursor-edge" }),
      drawn("line", { x1: x, y1: this.top, x2: x, y2: bottom, class: "cursor" }),
      drawn("path", { d: `M${x - 6} ${bottom + 9}h12L${x} ${bottom}z`, class: "handle" })];
  }
}

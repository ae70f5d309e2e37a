// Sizes: what is given, what the model publishes, what follows from relations; and what cannot be.

const filled = (words, values) => words.replace(/\{(\w+)\}/g, (_, name) => values[name]);

function readWhole(text) {
  const digits = text.replace(/[\s,_'\u202f\u00a0]/g, "");
  return /^-?\d+$/.test(digits) ? digits : null;
}

class Sizes {
  constructor(data) {
    Object.assign(this, data);
    this.hasDefault = new Set([...data.published, ...data.relations].map((each) => each.dim));
  }

  // What a text in a field means: {number}, {open: true}, or {trouble}.
  read(place, text) {
    const { symbol, meaning } = this.sizes[place];
    const say = (which, more) => ({ trouble: filled(this.words[which], { symbol, meaning, ...more }) });
    if (!text.trim()) return this.hasDefault.has(place) ? say("empty") : { open: true };
    const digits = readWhole(text);
    if (digits === null) return say("whole", { typed: text.trim().slice(0, 40) });
    if (digits.length > 30) return say("long", { count: digits.length });
    const number = BigInt(digits);
    return number < 1n ? say("least", { typed: digits }) : { number };
  }

  // Sizes for all places, in the order in which the library binds them: given ones, published
  // ones, rules, relations; then the checks. `readings` has what `read` found, by place.
  bind(readings, obeysLimits = true) {
    const bound = new Array(this.sizes.length).fill(null);
    const state = { bound, bad: new Set(), origins: bound.map(() => ""), troubles: [] };
    for (const [place, reading] of readings) {
      if (reading.trouble) this.refuse(state, [place], reading.trouble);
      else if (!reading.open) this.set(state, place, reading.number, this.words.given);
    }
    const isGiven = (place) => readings.has(place) && !readings.get(place).open;
    const follow = this.following(isGiven);
    for (const { dim, number, origin } of this.published) {
      if (number !== undefined && !follow.has(dim) && !isGiven(dim))
        this.set(state, dim, BigInt(number), origin);
    }
    for (const rule of this.published) {
      if (rule.number === undefined && !isGiven(rule.dim))
        this.follow(state, rule, `${rule.text}: ${rule.origin}`);
    }
    for (const each of this.relations) this.relate(state, each);
    if (obeysLimits) {
      for (const each of this.limits) this.limit(state, each);
      for (const each of this.counts) this.count(state, each);
    }
    state.values = bound.map((each, place) => (state.bad.has(place) ? REFUSED : each ?? OPEN));
    return state;
  }

  set(state, place, number, origin) {
    state.bound[place] = number;
    state.origins[place] = origin;
  }

  refuse(state, dims, text) {
    dims.forEach((each) => state.bad.add(each));
    state.troubles.push({ dims, text });
  }

  // Places that a relation makes of what is given: the published number of one no longer holds.
  following(isGiven) {
    const found = new Set();
    for (const _ of this.relations)
      for (const { dim, dims } of this.relations)
        if (dims.some((each) => found.has(each) || isGiven(each))) found.add(dim);
    return new Set([...found].filter((each) => !isGiven(each)));
  }

  at(state, place) {
    return workedOut(this.formulas, state.bound)[place];
  }

  isReady(state, dims) {
    return dims.every((each) => state.bound[each] !== null);
  }

  hasBad(state, dims) {
    return dims.some((each) => state.bad.has(each));
  }

  // A size made of others: a positive whole number, or refused together with them.
  follow(state, rule, origin) {
    if (this.hasBad(state, rule.dims)) {
      state.bad.add(rule.dim);
      return;
    }
    if (!this.isReady(state, rule.dims)) return;
    const number = this.at(state, rule.value);
    if (typeof number === "bigint" && number >= 1n) {
      this.set(state, rule.dim, number, origin);
      return;
    }
    const values = this.listed(state, rule.dims);
    const { symbol } = this.sizes[rule.dim];
    const said = { symbol, text: rule.text, number: plain(number), values };
    this.refuse(state, [rule.dim, ...rule.dims], filled(this.words.broken, said));
  }

  relate(state, relation) {
    const { dim, dims, left, right, reason } = relation;
    if (state.bound[dim] === null || this.hasBad(state, dims)) {
      if (state.bound[dim] === null && !state.bad.has(dim))
        this.follow(state, relation, `${relation.text}: ${reason}`);
      return;
    }
    if (!this.isReady(state, dims)) return;
    const number = this.at(state, relation.value);
    if (number === state.bound[dim]) return;
    const all = [...new Set([dim, ...dims])];
    const values = this.listed(state, all);
    this.refuse(state, all, filled(this.words.apart, { left, right, reason, values }));
  }

  limit(state, { small, large, more, reason }) {
    const dims = [small, large, ...more.dims];
    if (!this.isReady(state, dims) || this.hasBad(state, dims)) return;
    const added = this.at(state, more.value);
    if (plus(state.bound[small], added) <= state.bound[large]) return;
    this.refuse(state, dims, filled(this.words.above, {
      small: this.sizes[small].symbol,
      value: state.bound[small],
      more: added ? filled(this.words.more, { count: plain(added) }) : this.words.is,
      large: this.sizes[large].symbol,
      limit: state.bound[large],
      reason,
    }));
  }

  count(state, { value, dims, text, reason }) {
    if (!this.isReady(state, dims) || this.hasBad(state, dims)) return;
    const number = this.at(state, value);
    if (isBelow(number, 1n))
      this.refuse(state, dims, filled(this.words.none, { text, number: plain(number), reason }));
  }

  listed(state, dims) {
    const order = (place) => this.sizes[place].order;
    const sorted = [...dims].sort((a, b) => {
      const [[x, s], [y, t]] = [order(a), order(b)];
      return x - y || (s < t ? -1 : s > t ? 1 : 0);
    });
    return sorted.map((each) => `${this.sizes[each].symbol} = ${state.bound[each]}`).join(", ");
  }

  // The place of a symbol, or of one of its usual names; undefined where there is none.
  find(name) {
    const among = (test) => this.sizes.findIndex(test);
    const place = among((each) => each.symbol === name);
    const found = place >= 0 ? place : among((each) => each.names.includes(name));
    return found >= 0 ? found : undefined;
  }
}

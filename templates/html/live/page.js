// The page: fields for sizes, the link that carries them, proofs that fold, light and dark.

const data = JSON.parse(document.getElementById("data").textContent);
const sizes = new Sizes(data);
const marks = new Marks(document);
const narrow = matchMedia("screen and (max-width: 47.99rem)");
const typed = new Map();
const fields = new Map();
const status = document.getElementById("status");
let lastTyped = null;

const charts = [...document.querySelectorAll("[data-chart]")].map(
  (figure) => new Chart(figure, data.charts[figure.dataset.chart], sizes, type),
);

function readings() {
  const found = new Map();
  data.sizes.forEach(({ given }, place) => {
    if (typed.has(place)) found.set(place, sizes.read(place, typed.get(place)));
    else if (given !== null) found.set(place, { number: BigInt(given) });
  });
  return found;
}

function follow() {
  const read = readings();
  const state = sizes.bind(read);
  marks.follow(workedOut(data.formulas, state.values), state.origins);
  for (const [place, field] of fields) show(place, field, state);
  complain(state.troubles);
  requestAnimationFrame(() => charts.forEach((chart) => {
    if (!chart.figure.closest("[hidden]")) chart.follow(state, read);
  }));
  return state;
}

// What a field shows: what was typed as it was typed, else the size in force.
function show(place, { input, undo }, state) {
  const value = state.values[place];
  if (input.localName === "output") input.textContent = shownNumber(value);
  else if (typed.get(place) !== input.value) input.value = typed.get(place) ?? state.bound[place] ?? "";
  if (undo) undo.hidden = !typed.has(place);
  input.classList.toggle("gone", value === REFUSED);
}

// Each trouble is told at the field that was typed into last among those it is about.
function complain(troubles) {
  const told = new Map();
  for (const { dims, text } of troubles) {
    const inputs = dims.filter((each) => fields.get(each)?.undo);
    const first = inputs.includes(lastTyped) ? lastTyped : inputs.find((e) => typed.has(e)) ?? inputs[0];
    if (first !== undefined) told.set(first, [...(told.get(first) ?? []), text]);
  }
  for (const [place, { input, why }] of fields) {
    if (!why) continue;
    const text = (told.get(place) ?? []).join(" ");
    if (why.textContent !== text) why.textContent = text;
    why.hidden = !text;
    if (text) input.setAttribute("aria-invalid", "true");
    else input.removeAttribute("aria-invalid");
  }
  const count = document.getElementById("refused");
  count.hidden = !told.size;
}

function type(place, text) {
  typed.set(place, text);
  lastTyped = place;
  follow();
  keepLink();
}

function undo(places) {
  for (const place of places) typed.delete(place);
  follow();
  keepLink();
}

// The settings that differ from those the page came with: d=1024&s=4096.
function settings() {
  const pairs = [];
  for (const [place, text] of typed) {
    const { symbol, given } = data.sizes[place];
    const digits = readWhole(text) ?? (text.trim() ? null : "");
    if (digits !== null && digits !== (given ?? "")) pairs.push(`${encodeURIComponent(symbol)}=${digits}`);
  }
  return pairs.join("&");
}

const bare = () => location.href.split("#")[0];

function keepLink() {
  const kept = settings();
  history.replaceState(null, "", kept ? `#${kept}` : location.hash.includes("=") ? bare() : location.href);
}

// Takes the settings of the link; a link to a part of the page has none, and changes nothing.
function readLink() {
  const hash = location.hash.slice(1);
  if (!hash.includes("=")) {
    reveal(hash);
    return;
  }
  typed.clear();
  const unknown = [];
  let part = "";
  for (const [name, text] of new URLSearchParams(hash)) {
    const place = sizes.find(name);
    if (name === "at") part = text;
    else if (place !== undefined && fields.get(place)?.undo) typed.set(place, text);
    else unknown.push(filled(data.words.unknown, { name: name.slice(0, 40) }));
  }
  status.textContent = unknown.join(" ");
  follow();
  if (part) reveal(part);
}

// Opens what a part is folded into, and goes there.
function reveal(label) {
  let name = label;
  try {
    name = decodeURIComponent(label);
  } catch {
    // a broken link finds nothing
  }
  const node = name ? document.getElementById(name) : null;
  if (!node) return;
  for (let each = node.closest("details"); each; each = each.parentElement.closest("details")) each.open = true;
  node.scrollIntoView();
}

async function copyLink() {
  const kept = settings();
  const link = kept ? `${bare()}#${kept}` : bare();
  const shown = document.getElementById("link");
  try {
    await navigator.clipboard.writeText(link);
    shown.hidden = true;
    status.textContent = data.words.copied;
  } catch {
    shown.hidden = false;
    shown.value = link;
    shown.select();
    status.textContent = document.execCommand("copy") ? data.words.copied : data.words.here;
  }
}

function prepareFields() {
  for (const node of document.querySelectorAll("[data-size]")) {
    const place = Number(node.dataset.size);
    const field = {
      input: node.querySelector("input, output"),
      undo: node.querySelector(".undo"),
      why: node.querySelector(".why-not"),
    };
    fields.set(place, field);
    if (field.input.localName === "output") continue;
    field.input.addEventListener("input", () => type(place, field.input.value));
    field.undo.addEventListener("click", () => {
      undo([place]);
      field.input.focus();
    });
  }
  document.getElementById("sizes").hidden = false;
  document.getElementById("undo-all").addEventListener("click", () => undo([...typed.keys()]));
  document.getElementById("copy").addEventListener("click", copyLink);
  document.getElementById("form").addEventListener("submit", (event) => event.preventDefault());
}

function prepareProofs() {
  const proofs = [...document.querySelectorAll("details.proof")];
  const button = document.getElementById("fold");
  const isOpen = () => proofs.some((each) => each.open);
  const say = () => (button.textContent = isOpen() ? data.words.fold : data.words.unfold);
  const openAll = (open) => proofs.forEach((each) => (each.open = open));
  if (narrow.matches) openAll(false);
  button.hidden = !proofs.length;
  button.addEventListener("click", () => openAll(!isOpen()));
  proofs.forEach((each) => each.addEventListener("toggle", say));
  say();
  let kept = [];
  addEventListener("beforeprint", () => {
    kept = proofs.filter((each) => !each.open);
    openAll(true);
  });
  addEventListener("afterprint", () => kept.forEach((each) => (each.open = false)));
}

// What moves inside its box can be moved with the keyboard; what does not is no stop on the way.
function prepareScrolling() {
  for (const box of document.querySelectorAll(".scroll, .wide")) {
    if (box.scrollWidth > box.clientWidth) box.tabIndex = 0;
    else box.removeAttribute("tabindex");
  }
}

// On a narrow page a reason is shown when its line is tapped or focused.
function prepareReasons() {
  const rows = [...document.querySelectorAll(".chain tr:has(.why:not(:empty))")];
  const set = () => rows.forEach((row) => {
    if (narrow.matches) row.tabIndex = 0;
    else row.removeAttribute("tabindex");
  });
  narrow.addEventListener("change", set);
  set();
}

function prepareTheme() {
  const button = document.getElementById("theme");
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const isDark = () => (document.documentElement.dataset.theme ?? (dark.matches ? "dark" : "light")) === "dark";
  const say = () => (button.textContent = isDark() ? data.words.light : data.words.dark);
  button.hidden = false;
  button.addEventListener("click", () => {
    document.documentElement.dataset.theme = isDark() ? "light" : "dark";
    say();
  });
  dark.addEventListener("change", say);
  say();
}

// The entry of the contents that is being read.
function prepareContents() {
  const links = new Map();
  for (const link of document.querySelectorAll(".contents a")) {
    const node = document.getElementById(decodeURIComponent(link.hash.slice(1)));
    if (node) links.set(node, link);
  }
  const seen = () => {
    const above = [...links.keys()].filter((node) => node.getBoundingClientRect().top < innerHeight / 3);
    for (const link of links.values()) link.removeAttribute("aria-current");
    links.get(above.at(-1))?.setAttribute("aria-current", "true");
  };
  let isWaiting = false;
  addEventListener("scroll", () => {
    if (isWaiting) return;
    isWaiting = true;
    requestAnimationFrame(() => {
      isWaiting = false;
      seen();
    });
  }, { passive: true });
  seen();
}

document.documentElement.classList.add("live");
prepareFields();
prepareProofs();
prepareReasons();
prepareTheme();
prepareContents();
addEventListener("hashchange", readLink);
addEventListener("resize", () => {
  charts.forEach((chart) => chart.marks && chart.draw());
  prepareScrolling();
});
if (matchMedia("screen and (max-width: 63.99rem)").matches) document.getElementById("panel").open = false;
follow();
readLink();
prepareScrolling();

"""The page in a browser: it follows the sizes, and says what a page derived for them says.

The other side is always the library: pages that it derives for the changed sizes and sets without
any program, the words with which it refuses, the crossovers that it finds.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

import symcost
from symcost.graph.architecture import SizeError
from symcost.render.environment import render

playwright = pytest.importorskip("playwright.sync_api")

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.browser

CHROMIUM = "/usr/bin/chromium"
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"]
MODELS = ("lecture", "gpt2", "llama-3-8b", "mixtral-8x7b", "deepseek-v3")

# What is shown of the derivation, in order: not what is hidden, not where sizes come from, not
# charts, not the sentences that only a page has whose sizes may change.
READ = """() => {
  const main = document.querySelector("main").cloneNode(true);
  const away = "[hidden], [data-from], figure[id^='fig:'], figure[data-id^='fig:'], mn.one";
  main.querySelectorAll(away).forEach((each) => each.remove());
  main.querySelectorAll("figure[id$=':notation'] td:last-child").forEach((each) => each.remove());
  return [...main.querySelectorAll("h2, p, summary, tr, figcaption")]
    .map((each) => each.textContent.replace(/[\\s\\u2062]+/g, "")).filter(Boolean);
}"""
ONLY_LIVE = re.compile("doesnotholdatthesesizes|^Thepublishedsizeshave")


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    with playwright.sync_playwright() as found:
        browser = found.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


class Opened:
    """A page in a tab of its own, with all that it complains of and asks the network for."""

    def __init__(self, browser: Any, folder: Path, html: str, hash_: str, **options: Any) -> None:
        path = folder / "page.html"
        path.write_text(html, encoding="utf-8")
        options = {"viewport": {"width": 1280, "height": 900}, "reduced_motion": "reduce"} | options
        self.context = browser.new_context(**options)
        self.context.set_default_timeout(10_000)
        self.tab = self.context.new_page()
        self.complaints: list[str] = []
        self.requests: list[str] = []
        self.tab.on("console", lambda message: self.complaints.append(message.text))
        self.tab.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.tab.on("request", lambda request: self.requests.append(request.url))
        self.tab.goto(path.as_uri() + hash_)

    def type(self, **sizes: int | str) -> None:
        for name, value in sizes.items():
            self.tab.fill(f"#size-{name}", str(value))
        self.tab.evaluate("() => new Promise((done) => requestAnimationFrame(() => done()))")

    def read(self) -> list[str]:
        return [each for each in self.tab.evaluate(READ) if not ONLY_LIVE.search(each)]

    def said(self, name: str) -> str:
        found = self.tab.locator(f"#why-{name}")
        return found.text_content() if found.is_visible() else ""


@pytest.fixture
def opened(chromium: Any, tmp_path: Path) -> Iterator[Any]:
    tabs: list[Opened] = []

    def make(
        model: str,
        hash_: str = "",
        given: dict[str, int] | None = None,
        quantities: tuple[str, ...] = (),
        **options: Any,
    ) -> Opened:
        html = symcost.load(model).derive(*quantities, **(given or {})).to_html()
        tabs.append(Opened(chromium, tmp_path, html, hash_, **options))
        return tabs[-1]

    yield make
    for each in tabs:
        each.context.close()
        assert not each.complaints
        assert len(each.requests) == 1, "the page asks for nothing but itself"


def derived(
    chromium: Any, folder: Path, name: str, sizes: dict[str, int], *quantities: str
) -> list[str]:
    """What the library derives for these sizes, set without a program."""
    page = replace(symcost.load(name).derive(*quantities, **sizes).page, live=None)
    tab = Opened(chromium, folder, render(page, "html"), "", java_script_enabled=False)
    found = tab.read()
    tab.context.close()
    return found


@pytest.mark.parametrize("name", MODELS)
def test_it_says_what_is_derived_before_anything_is_typed(
    name: str, opened: Any, chromium: Any, tmp_path: Path
) -> None:
    assert opened(name).read() == derived(chromium, tmp_path, name, {})


@pytest.mark.parametrize(
    ("name", "given", "typed"),
    [
        ("lecture", {}, {"d": 1024, "h": 16, "L": 7, "d_ff": 3000, "s": 77, "B": 3}),
        ("lecture", {}, {"s": 2048}),
        ("gpt2", {}, {"d": 1280, "h": 20, "L": 36, "s": 900, "V": 50304, "d_ff": 5121, "B": 8}),
        ("gpt2", {}, {"B": 1}),
        ("gpt2", {"B": 1, "s": 1024}, {"B": "", "V": 99999, "d": 24}),
        ("gpt2", {"s": 512}, {"d": 10**18 + 8, "h": 4, "n_ctx": 513, "s": 513, "B": 10**12}),
        ("llama-3-8b", {}, {"d": 1536, "h": 12, "h_kv": 3, "L": 2, "V": 7, "d_ff": 11, "s": 5}),
        ("mixtral-8x7b", {"B": 1}, {"E": 16, "k": 3, "d": 64, "h": 8, "s": 9, "V": 100, "L": 3}),
        ("deepseek-v3", {}, {"E": 64, "k": 6, "d": 2048, "h": 16, "L_moe": 9, "B": 2, "s": 100}),
        ("deepseek-v3", {}, {"V": 1, "d": 1, "h": 1, "k": 1, "E": 1, "d_ff": 1, "s": 1, "B": 1}),
    ],
)
def test_after_a_change_it_says_what_is_derived_for_these_sizes(
    name: str,
    given: dict[str, int],
    typed: dict[str, Any],
    opened: Any,
    chromium: Any,
    tmp_path: Path,
) -> None:
    page = opened(name, given=given)
    before = page.read()
    page.type(**typed)
    sizes = {each: value for each, value in {**given, **typed}.items() if value != ""}
    assert page.read() == derived(chromium, tmp_path, name, sizes)
    assert page.read() != before
    page.tab.click("#undo-all")
    assert page.read() == before


@pytest.mark.parametrize(
    ("name", "quantity", "typed"),
    [
        ("mixtral-8x7b", "params_inactive", {"E": 5, "k": 5}),  # none
        ("mixtral-8x7b", "params_inactive", {"E": 2, "k": 2}),
        ("gpt2", "arithmetic_intensity", {"B": 2, "s": 33}),  # a fraction
        ("gpt2", "activation_bytes", {"B": 2, "s": 33, "h": 16}),
    ],
)
def test_signs_and_fractions_follow(
    name: str, quantity: str, typed: dict[str, int], opened: Any, chromium: Any, tmp_path: Path
) -> None:
    page = opened(name, quantities=(quantity,))
    page.type(**typed)
    assert page.read() == derived(chromium, tmp_path, name, typed, quantity)


def test_numbers_are_those_of_the_engine(opened: Any) -> None:
    page = opened("gpt2")
    page.type(B=3, s=777, d=1536)
    text = page.tab.inner_text("main").replace("\u202f", "")
    for quantity in ("params", "params_non_embedding", "flops_forward", "flops_train"):
        assert str(symcost.load("gpt2").value(quantity, B=3, s=777, d=1536)) in text


@pytest.mark.parametrize(
    ("name", "typed", "at"),
    [
        ("gpt2", {"d": 770}, "d"),
        ("gpt2", {"h": 7}, "h"),
        ("gpt2", {"s": 1025}, "s"),
        ("gpt2", {"s": 1024, "n_ctx": 100}, "n_ctx"),
        ("gpt2", {"L": 0}, "L"),
        ("gpt2", {"L": -3}, "L"),
        ("llama-3-8b", {"h": 30}, "h"),
        ("mixtral-8x7b", {"h_kv": 5}, "h_kv"),
        ("mixtral-8x7b", {"k": 9}, "k"),
    ],
)
def test_it_refuses_what_the_library_refuses_with_its_words(
    name: str, typed: dict[str, int], at: str, opened: Any
) -> None:
    page = opened(name)
    page.type(**typed)
    with pytest.raises(SizeError) as refused:
        symcost.load(name).binding(**typed)
    assert str(refused.value) in page.said(at)
    field = page.tab.locator(f"#size-{at}")
    assert field.get_attribute("aria-invalid") == "true"
    assert f"why-{at}" in field.get_attribute("aria-describedby")
    dashed = page.tab.locator("main .gone:visible")
    assert dashed.count() > 0
    assert set(dashed.all_text_contents()) == {"–"}
    page.tab.click("#undo-all")
    assert not page.said(at)
    assert page.tab.locator("main .gone:visible").count() == 0


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "d (width of the model) is empty: write a whole number, or set it back"),
        ("12.5", "d (width of the model) must be a whole number, not “12.5”"),
        ("<b>x", "d (width of the model) must be a whole number, not “<b>x”"),
        ("1" * 31, "d (width of the model) has 31 digits; at most 30 are taken"),
    ],
)
def test_what_is_no_size_is_said_at_the_field(text: str, words: str, opened: Any) -> None:
    page = opened("gpt2", given={"B": 1, "s": 8})
    page.type(d=text)
    assert page.said("d") == words
    assert page.tab.locator("#size-d_h").inner_text() == "–"
    assert page.tab.locator("#size-L").input_value() == "12"


def test_digits_may_be_grouped(opened: Any) -> None:
    page = opened("gpt2")
    page.type(V="1,000 000")
    assert not page.said("V")
    assert page.tab.url.endswith("#V=1000000")


@pytest.mark.parametrize("name", MODELS)
def test_the_chart_marks_where_the_library_finds_crossovers(name: str, opened: Any) -> None:
    page = opened(name)
    sizes = {"d": 2048, "h": 16}
    page.type(**sizes, B=1)
    page.tab.wait_for_selector(".overtakes.numbered li:visible")
    said = [
        each.replace("\u202f", "")
        for each in page.tab.locator(".overtakes li:visible").all_inner_texts()
    ]
    crossing = symcost.load(name).crossover("attention", "rest", "s", **sizes)
    (edge,) = crossing.edges()
    half = [each for each in said if "more than half is attention: scores and mix" in each]
    assert half == [f"Above s = {edge} more than half is attention: scores and mix."]
    figure = symcost.load(name).derive("flops_forward", **sizes).page
    (words,) = [block.words for block in figure.blocks if block.kind == "picture"]
    assert words.replace(",", "").endswith(" ".join(said))


def test_the_chart_follows_keys_and_the_pointer(opened: Any) -> None:
    page = opened("llama-3-8b", given={"s": 128})
    slider = page.tab.locator("figure.chart input[type=range]")
    slider.focus()
    for _ in range(5):
        page.tab.keyboard.press("ArrowRight")
    moved = int(page.tab.locator("#size-s").input_value())
    assert moved > 128
    assert slider.get_attribute("aria-valuetext") == f"s = {moved}"
    page.tab.locator(".drawing svg").click(position={"x": 300, "y": 100})
    assert int(page.tab.locator("#size-s").input_value()) > moved
    shares = page.tab.locator(".bands td:last-child").all_inner_texts()
    assert all(each.endswith("%") for each in shares)
    label = page.tab.locator(".drawing svg").get_attribute("aria-label")
    assert "attention: scores and mix" in label


def test_the_slider_stops_where_the_positions_end(opened: Any) -> None:
    page = opened("gpt2", given={"s": 128})
    page.tab.locator("figure.chart input[type=range]").focus()
    page.tab.keyboard.press("End")
    assert page.tab.locator("#size-s").input_value() == "1024"
    assert not page.said("s")


def test_the_link_carries_the_settings(opened: Any) -> None:
    page = opened("gpt2")
    page.type(d=1024, h=16, s=333)
    assert page.tab.url.endswith("#d=1024&h=16&s=333")
    again = opened("gpt2", hash_="#d=1024&n_head=16&s=333&at=gpt2%3Aflops-train")
    assert again.read() == page.read()
    top = again.tab.locator("[id='gpt2:flops-train']").bounding_box()["y"]
    assert abs(top) < 60
    assert again.tab.locator("#size-h").input_value() == "16"
    again.tab.click("#undo-all")
    assert "#" not in again.tab.url.replace("#at", "")


def test_a_link_with_what_is_unknown_or_wrong_says_so(opened: Any) -> None:
    page = opened("gpt2", hash_="#q=3&d=%3Cimg%3E")
    assert page.tab.inner_text("#status") == "The link sets q, which this page does not have."
    assert "must be a whole number, not “<img>”" in page.said("d")


def test_the_link_is_copied_or_shown(opened: Any) -> None:
    page = opened("gpt2")
    page.type(L=3)
    page.tab.evaluate("() => Object.defineProperty(navigator, 'clipboard', {value: undefined})")
    page.tab.click("#copy")
    assert page.tab.input_value("#link").endswith("page.html#L=3")
    assert page.tab.inner_text("#status")


def test_links_to_parts_open_what_is_folded(opened: Any) -> None:
    page = opened("gpt2", given={"B": 1, "s": 8})
    page.tab.click("#fold")
    assert not page.tab.locator("details.proof[open]").count()
    page.tab.evaluate("() => { location.hash = 'eq:gpt2:params:numbers' }")
    part = page.tab.locator("[id='eq:gpt2:params:numbers']")
    part.wait_for(state="visible")
    assert abs(part.bounding_box()["y"]) < 120
    assert page.tab.locator("#size-B").input_value() == "1"


def test_every_name_is_found_once(opened: Any) -> None:
    page = opened("gpt2")
    twice = "() => { const all = [...document.querySelectorAll('[id]')].map((e) => e.id);"
    twice += " return all.filter((e, at) => all.indexOf(e) !== at) }"
    assert page.tab.evaluate(twice) == []
    page.type(s=8, B=2, d_ff=99)
    assert page.tab.evaluate(twice) == []
    links = page.tab.evaluate(
        "() => [...document.querySelectorAll('.contents a')].map((e) => e.hash)"
    )
    assert len(links) > 20
    for each in links:
        assert page.tab.locator(f"[id='{each[1:]}']").count() <= 1


def test_all_can_be_done_with_the_keyboard(opened: Any) -> None:
    page = opened("gpt2")
    page.tab.keyboard.press("Tab")
    assert page.tab.evaluate("() => document.activeElement.className") == "skip"
    for _ in range(40):
        page.tab.keyboard.press("Tab")
        if page.tab.evaluate("() => document.activeElement.id") == "size-L":
            break
    page.tab.keyboard.type("5")
    assert page.tab.locator("#size-L").input_value() == "5"
    page.tab.keyboard.press("Tab")
    page.tab.keyboard.press("Enter")
    assert page.tab.locator("#size-L").input_value() == "12"
    assert page.tab.evaluate("() => document.activeElement.id") == "size-L"


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize("width", [360, 768, 1280])
def test_nothing_goes_over_the_edge(name: str, width: int, opened: Any) -> None:
    page = opened(name, viewport={"width": width, "height": 780})
    wide = "() => document.documentElement.scrollWidth"
    assert page.tab.evaluate(wide) == width
    page.tab.evaluate("() => { document.getElementById('panel').open = true }")
    page.type(s=1000, B=12345678, d=12 * 10**15)
    assert page.tab.evaluate(wide) == width
    page.tab.evaluate(
        "() => document.querySelectorAll('details').forEach((e) => { e.open = true })"
    )
    assert page.tab.evaluate(wide) == width


def test_on_a_phone_reasons_come_when_asked_for(opened: Any) -> None:
    page = opened("gpt2", viewport={"width": 360, "height": 780}, has_touch=True)
    page.tab.evaluate(
        "() => document.querySelectorAll('details').forEach((e) => { e.open = true })"
    )
    row = page.tab.locator(".chain tr[tabindex]").nth(2)
    assert not row.locator(".why").is_visible()
    row.focus()
    assert row.locator(".why").is_visible()


@pytest.mark.parametrize("name", MODELS)
def test_it_is_whole_without_a_script(
    name: str, opened: Any, chromium: Any, tmp_path: Path
) -> None:
    page = opened(name, java_script_enabled=False)
    assert page.read() == derived(chromium, tmp_path, name, {})
    assert not page.tab.locator("#sizes").is_visible()
    assert page.tab.locator("details.proof:not([open])").count() == 0
    assert page.tab.locator(".why:visible").count() > 5


def test_print_shows_every_line(opened: Any) -> None:
    page = opened("gpt2", given={"B": 1, "s": 64})
    page.tab.click("#fold")
    rows = """() => [...document.querySelectorAll(".chain tr")]
      .filter((e) => !e.closest("[hidden]") && !e.checkVisibility()).length"""
    assert page.tab.evaluate(rows) > 0
    page.tab.emulate_media(media="print")
    assert page.tab.evaluate(rows) == 0
    assert not page.tab.locator("#sizes").is_visible()


def test_it_is_read_in_the_light_and_in_the_dark(opened: Any) -> None:
    colours = (
        "() => { const s = getComputedStyle(document.body); return [s.color, s.backgroundColor] }"
    )
    light = opened("lecture", color_scheme="light")
    dark = opened("lecture", color_scheme="dark")
    assert contrast(*light.tab.evaluate(colours)) > 10
    assert contrast(*dark.tab.evaluate(colours)) > 10
    assert light.tab.evaluate(colours) != dark.tab.evaluate(colours)
    light.tab.click("#theme")
    assert light.tab.evaluate(colours) == dark.tab.evaluate(colours)


def contrast(first: str, second: str) -> float:
    def light(colour: str) -> float:
        parts = [int(each) / 255 for each in re.findall(r"\d+", colour)[:3]]
        linear = [x / 12.92 if x <= 0.04045 else ((x + 0.055) / 1.055) ** 2.4 for x in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    low, high = sorted((light(first), light(second)))
    return (high + 0.05) / (low + 0.05)

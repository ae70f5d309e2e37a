"""No name of a stranger becomes more than a name, in any format.

Each page is made twice, once with a harmless name in all places and once with a payload, and read
by a reader of its own format: what is built of the two must be the same, and the payload is words.
"""

from __future__ import annotations

import ast
import csv
import inspect
import io
import json
import re
import unicodedata
from collections import Counter
from dataclasses import replace
from fractions import Fraction
from functools import cache, wraps
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree

import pytest
import typst
from markdown_it import MarkdownIt

import symcost
from symcost.certificates import checker
from symcost.cli import parser
from symcost.commands import console
from symcost.commands.completion import candidates
from symcost.export.write import LANGUAGES, export
from symcost.plot.collect import Shares, draw, read_range
from symcost.plot.roof_svg import roof_svg
from symcost.plot.roof_tikz import roof_tikz
from symcost.plot.roofs import Point, Roof
from symcost.plot.svg import svg
from symcost.plot.tikz import tikz
from symcost.render.data import written
from symcost.render.marked import render_marked
from tests.hostile import HARMLESS, PAYLOADS, marked, page
from tests.test_latex import compiled

if TYPE_CHECKING:
    from pathlib import Path

    from symcost.plot.figure import Figure


def payloads(test: Any) -> Any:
    """The test for every payload; what fails says for which."""

    @wraps(test)
    def every(*args: Any, **named: Any) -> None:
        for about, payload in PAYLOADS.items():
            try:
                test(*args, payload=payload, **named)
            except Exception as error:
                error.add_note(f"payload {about!r}: {payload[:80]!r}")
                raise

    signature = inspect.signature(test)
    kept = [each for name, each in signature.parameters.items() if name != "payload"]
    every.__signature__ = signature.replace(parameters=kept)  # type: ignore[attr-defined]
    return every


STEERING = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]"
)
derived = cache(page)
works = cache(marked)


def page_in_latex(name: str) -> str:
    return derived(name).to_latex()


def slides(name: str) -> str:
    return derived(name).to_beamer()


def marked_in_latex(name: str) -> str:
    return render_marked(works(name), "latex")


@cache
def harmless(kind: str) -> str:
    return derived(HARMLESS).to(kind)


@cache
def harmless_work(kind: str) -> str:
    return render_marked(works(HARMLESS), kind)


def words_of(payload: str) -> list[str]:
    """The plain words of a payload: letters and digits of ASCII, which every format keeps."""
    return re.findall(r"[A-Za-z]{3,30}", payload)[:5]


# -- TeX -------------------------------------------------------------------------------------------

# One token as TeX reads it with the usual categories; ^^ changes what is read, so it may not be.
TEX = re.compile(
    r"(?P<word>\\[A-Za-z@]+)|(?P<sign>\\[^A-Za-z@])|(?P<hat>\^\^)|(?P<comment>%[^\n]*)"
    r"|(?P<open>\{)|(?P<close>\})|(?P<dollar>\$)|(?P<active>~)|(?P<parameter>#)|(?P<letter>[^{}])",
    re.DOTALL,
)
# What letters, breaks and signs become; none of them reads, writes or defines anything.
LETTERS = re.compile(
    r"\\(?:text[a-z]+|allowbreak|slash|mbox|penalty|hbox|ensuremath|glyph|symbol|char|uncovered"
    r"|-|['`^\"~=.uvHtcdbrk]|[ \-/,;:!&%$#_{}])"
)
# What long or empty words change in the layout.
LAYOUT = {
    *(r"\\", r"\allowbreak", r"\nobreak", r"\notag", r"\quad", r"\qquad", r"\ldots"),
    *(r"\vspace", r"\baselineskip", r"\ss", r"\frac", r"\(", r"\)"),
}
DANGEROUS = re.compile(
    r"\\(?:input|include|openin|openout|read|write\d*|immediate|catcode|def|edef|let|csname"
    r"|special|directlua|usepackage|RequirePackage|iffalse|end\s*\{document\}\s*\S)"
)


@cache
def tex_tokens(text: str) -> tuple[Counter[str], Counter[str]]:
    """Control sequences, and how often what else has a meaning occurs; braces must match."""
    controls: Counter[str] = Counter()
    others: Counter[str] = Counter()
    depth = 0
    for found in TEX.finditer(text):
        kind = str(found.lastgroup)
        if kind in ("word", "sign"):
            controls[found[0]] += 1
        elif kind in ("open", "close"):
            depth += 1 if kind == "open" else -1
            assert depth >= 0, "a brace is closed that nobody opened"
        elif kind != "letter":
            others[kind] += 1
    assert depth == 0, "a brace stays open"
    return controls, others


def check_tex(plain: str, hostile: str, payload: str) -> None:
    usual, usual_signs = tex_tokens(plain)
    found, signs = tex_tokens(hostile)
    more = {each for each in found if each not in usual and not LETTERS.fullmatch(each)}
    assert more <= LAYOUT
    assert signs["hat"] == usual_signs["hat"] == 0
    assert signs["comment"] <= usual_signs["comment"] + (not payload.strip())
    assert signs["parameter"] <= usual_signs["parameter"]
    assert signs["dollar"] % 2 == 0
    usual_acts, acts = (
        Counter(DANGEROUS.findall(re.sub(r"(?m)(?<!\\)%.*$", "", each)))
        for each in (plain, hostile)
    )
    assert acts == usual_acts
    assert not STEERING.search(hostile)
    assert all(word in hostile for word in words_of(payload) if len(payload) < 200)


# -- what other readers make of a text -------------------------------------------------------------


class Tags(HTMLParser):
    """Every tag with the names of its attributes, and the words between them."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: Counter[tuple[str, tuple[str, ...]]] = Counter()
        self.values: list[str] = []
        self.words = ""
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags[tag, tuple(name for name, _ in attrs)] += 1
        self.values += [value or "" for _, value in attrs]

    def handle_data(self, data: str) -> None:
        self.words += data if self.get_starttag_text() not in ("<style>", "<script>") else ""

    def handle_comment(self, _data: str) -> None:
        self.tags["comment", ()] += 1

    def handle_pi(self, _data: str) -> None:
        self.tags["instruction", ()] += 1

    def unknown_decl(self, _data: str) -> None:
        self.tags["declaration", ()] += 1


OF_TEXT = {"a", "cite", "li", "ul", "p", "div", "em", "strong", "math", "code", "tr", "td"}
# Of words alone; how many there are depends on where lines and formulas are broken.
OF_WORDS = {
    *("mi", "mo", "mn", "mtext", "mrow", "mspace", "br", "wbr", "span", "mtr", "mtd", "msub"),
}


def check_html(plain: str, hostile: str, payload: str) -> None:
    usual, found = Tags(plain), Tags(hostile)

    def built(tags: Tags) -> Counter[tuple[str, tuple[str, ...]]]:
        return Counter({each: n for each, n in tags.tags.items() if each[0] not in OF_WORDS})

    assert set(built(found)) <= set(built(usual))
    for each, count in found.tags.items():
        assert each[0] in OF_TEXT | OF_WORDS or count <= usual.tags[each]
    assert {name for _, names in found.tags for name in names} <= {
        *(name for _, names in usual.tags for name in names),
        *("mathvariant", "linebreak", "title", "form"),
    }
    assert not any(re.match(r"\s*(?:javascript|data):", value) for value in found.values)
    assert not STEERING.search(hostile)
    assert "49" not in found.words or "7*7" not in payload


# As many as there are words: explanations, sources, lines that somebody wrote.
OF_MARKDOWN = {
    *("inline", "paragraph_open", "paragraph_close", "list_item_open", "list_item_close", "fence"),
    *("bullet_list_open", "bullet_list_close"),
}


def check_markdown(plain: str, hostile: str, _payload: str) -> None:
    reader = MarkdownIt("commonmark").enable(["table", "strikethrough"])

    def built(text: str) -> tuple[Counter[str], Counter[str]]:
        tokens = reader.parse(without_formulas(text))
        inside = [each for token in tokens for each in token.children or ()]
        kinds = Counter(each.type for each in inside)
        for each in ("text", "softbreak", "hardbreak", "text_special", "code_inline"):
            del kinds[each]
        return Counter(each.type for each in tokens), kinds

    def formulas(text: str) -> int:
        return re.sub(r"(`+)(?!`).+?(?<!`)\1(?!`)|\\\$", "", text).count("$$")

    usual, usual_inside = built(plain)
    found, found_inside = built(hostile)
    for each in found:
        assert each in OF_MARKDOWN or found[each] <= usual[each], each
    for each in found_inside:  # a page has another source for each explanation of its own
        more = found["list_item_open"] if each[:3] == "em_" else 0
        assert found_inside[each] <= usual_inside[each] + more, each
    assert not STEERING.search(hostile)
    assert formulas(hostile) == formulas(plain)


def without_formulas(text: str) -> str:
    """The page with its formulas as one letter: GitHub reads them before it reads Markdown."""
    text = re.sub(r"(?ms)^```math\n.*?^```$|^\$\$\n.*?^\$\$[^\n]*$", "x", text)
    text = re.sub(r"\$`[^`\n]*`\$", "x", text)
    return re.sub(r"(?<![\\$])\$(?=\S)[^$\n]*?(?<=\S)(?<!\\)\$(?![\d$])", "x", text)


def check_text(plain: str, hostile: str, _payload: str) -> None:
    assert not STEERING.search(hostile)
    assert len(hostile.splitlines()) >= len(plain.splitlines()) / 2
    assert "\x1b" not in hostile


def check_json(plain: str, hostile: str, payload: str) -> None:
    def built(data: Any) -> Any:
        if isinstance(data, dict):
            return {"keys": sorted(map(str, data))} if not data else sorted(map(str, data))
        return type(data).__name__

    usual, found = json.loads(plain), json.loads(hostile)
    assert built(usual) == built(found)
    # Halves of characters are no text; all else comes back as it was.
    raw = re.sub("[\ud800-\udfff]", "", hostile)
    assert not STEERING.search(raw)
    assert hostile.isprintable() or hostile.replace("\n", "").isprintable() or payload


def check_csv(plain: str, hostile: str, _payload: str) -> None:
    usual = list(csv.reader(io.StringIO(plain), strict=True))
    found = list(csv.reader(io.StringIO(hostile), strict=True))
    assert [len(row) for row in found] == [len(row) for row in usual]
    for row in found:
        for cell in row:
            first = unicodedata.normalize("NFKC", cell).lstrip()[:1]
            assert first not in ("=", "+", "@", "\t", "\r")
            assert first != "-" or cell == "-"
            assert cell.isprintable()


def check_coq(plain: str, hostile: str, _payload: str) -> None:
    assert without_coq_comments(hostile) == without_coq_comments(plain)


def without_coq_comments(text: str) -> str:
    """What Coq reads beside comments, which nest, and in which strings are read as such."""
    kept, depth, at = "", 0, 0
    while at < len(text):
        two = text[at : at + 2]
        if two == "(*":
            depth, at = depth + 1, at + 2
        elif two == "*)" and depth:
            depth, at = depth - 1, at + 2
        elif text[at] == '"':
            end = text.index('"', at + 1)
            kept += text[at : end + 1] if not depth else ""
            at = end + 1
        else:
            kept += text[at] if not depth else ""
            at += 1
    assert depth == 0
    return kept


def check_certificate(plain: str, hostile: str, _payload: str) -> None:
    assert checker.check(json.loads(plain)) == checker.check(json.loads(hostile))


BIBTEX = re.compile(r"@misc\{([^,\s]*),\n((?:  [a-z]+ = \{.*\},\n)*)\}\n")


def check_bibtex(plain: str, hostile: str, _payload: str) -> None:
    assert len(BIBTEX.findall(plain)) == plain.count("\n@")
    assert len(BIBTEX.findall(hostile)) == hostile.count("\n@")
    check_tex(plain, hostile, "")


def check_macros(plain: str, hostile: str, _payload: str) -> None:
    names = re.findall(r"\\newcommand\{\\([^}]*)\}", hostile)
    assert names
    assert all(each.isascii() and each.isalpha() for each in names)
    alike = [re.sub(r"(?<!\\)\\[A-Z][A-Za-z]*", r"\\X", each) for each in (plain, hostile)]
    check_tex(*alike, payload="")


FORMATS: dict[str, Any] = {
    "latex": check_tex,
    "beamer": check_tex,
    "macros": check_macros,
    "bibtex": check_bibtex,
    "markdown": check_markdown,
    "myst": check_markdown,
    "quarto": check_markdown,
    "pandoc": check_markdown,
    "html": check_html,
    "text": check_text,
    "json": check_json,
    "certificate": check_certificate,
    "coq": check_coq,
}
OF_MARKED: dict[str, Any] = {
    "latex": check_tex,
    "markdown": check_markdown,
    "html": check_html,
    "text": check_text,
}


@pytest.mark.parametrize("kind", FORMATS)
@payloads
def test_a_page(kind: str, payload: str) -> None:
    FORMATS[kind](harmless(kind), derived(payload).to(kind), payload)


@pytest.mark.parametrize("kind", OF_MARKED)
@payloads
def test_a_marked_work(kind: str, payload: str) -> None:
    OF_MARKED[kind](harmless_work(kind), render_marked(works(payload), kind), payload)


@payloads
def test_a_marked_work_as_data(payload: str) -> None:
    check_json(written(works(HARMLESS).as_data()), written(works(payload).as_data()), payload)
    assert json.loads(written(works(payload).as_data()))["title"] == payload


@payloads
def test_tables(payload: str) -> None:
    plain, hostile = derived(HARMLESS), derived(payload)
    assert hostile.tables() == plain.tables()
    for name in hostile.tables():
        check_csv(plain.to_csv(name), hostile.to_csv(name), payload)


@payloads
def test_fragments_and_their_files(payload: str) -> None:
    plain, hostile = derived(HARMLESS).to_fragments(), derived(payload).to_fragments()
    assert len(plain) - 1 <= len(hostile) <= len(plain)  # what is called nothing is no claim
    for name in hostile:
        assert re.fullmatch(r"(?:[a-z0-9_-]+/)?[a-z0-9_-]+(?:\.[a-z]+)", name)
        assert len(name) < 120
    check_markdown(plain.pop("fragments.md"), hostile.pop("fragments.md"), payload)
    check_tex("".join(plain.values()), "".join(hostile.values()), payload)


# -- exports ---------------------------------------------------------------------------------------

# How a comment looks in each language; none of them may end before its line does.
COMMENTS = {
    "python": r"(?m)^# .*$",
    "numpy": r"(?m)^# .*$",
    "c": r"(?m)^/\* (?:(?!\*/).)* \*/$",
    "javascript": r"(?m)^// .*$",
    "sql": r"(?m)^-- .*$",
    "spark": r"(?m)^-- .*$",
}


@pytest.mark.parametrize("language", LANGUAGES)
@payloads
def test_an_exported_function(language: str, payload: str) -> None:
    form = symcost.load("lecture").form("params")
    plain, hostile = (export(form, language, each, each) for each in (HARMLESS, payload))
    name = re.escape(HARMLESS)
    assert len(hostile.splitlines()) == len(plain.splitlines())
    assert len(hostile.split("\n")) == len(plain.split("\n"))
    assert not STEERING.search(hostile)
    if language == "spreadsheet":
        check_csv_of_sheet(plain, hostile)
        return
    usual, found = (re.sub(COMMENTS[language], "", each) for each in (plain, hostile))
    built = re.fullmatch(re.escape(usual).replace(name, "[A-Za-z_][A-Za-z0-9_]*"), found)
    assert built is not None
    if language in ("python", "numpy"):
        (function,) = [
            each for each in ast.parse(hostile).body if isinstance(each, ast.FunctionDef)
        ]
        assert function.name.isidentifier()


def check_csv_of_sheet(plain: str, hostile: str) -> None:
    usual = list(csv.reader(io.StringIO(plain), strict=True))
    found = list(csv.reader(io.StringIO(hostile), strict=True))
    assert [len(row) for row in found] == [len(row) for row in usual]
    formulas = [
        [cell for row in each for cell in row if cell[:1] == "="] for each in (usual, found)
    ]
    assert formulas[0] == formulas[1]


# -- figures ---------------------------------------------------------------------------------------


@cache
def drawn() -> Figure:
    model = symcost.load("gpt2")
    chosen = read_range("s=512:2048:512")
    ledger = model.ledger("flops_forward", scope="sequence")
    return draw(
        Shares(ledger, model.architecture, model.root, {}, chosen.dim), chosen, "x", stacked=True
    )


@cache
def figure(name: str) -> Figure:
    """A figure in which everything is called so."""
    made = drawn()
    return replace(
        made,
        title=name,
        below=name,
        beside=name,
        notes=(name,),
        series=tuple(replace(each, label=name) for each in made.series),
        marks=tuple(replace(each, text=name) for each in made.marks),
    )


@cache
def roof(name: str) -> Roof:
    """A roofline in which everything is called so."""
    points = tuple(
        Point(name, "#123456", Fraction(each), Fraction(each * 10**12), Fraction(1, each))
        for each in (2, 7)
    )
    return Roof(name, 312 * 10**12, 2 * 10**12, points, points[0], (name,), name, name)


@pytest.mark.parametrize(("made", "write"), [(figure, svg), (roof, roof_svg)], ids=["svg", "roof"])
@payloads
def test_a_figure_in_svg(made: Any, write: Any, payload: str) -> None:
    plain, hostile = (write(made(each)) for each in (HARMLESS, payload))
    usual, found = (
        Counter((each.tag, tuple(each.attrib)) for each in ElementTree.fromstring(text).iter())
        for text in (plain, hostile)
    )
    assert found == usual
    assert not STEERING.search(hostile)


@pytest.mark.parametrize(
    ("made", "write"), [(figure, tikz), (roof, roof_tikz)], ids=["tex", "roof"]
)
@payloads
def test_a_figure_in_latex(made: Any, write: Any, payload: str) -> None:
    check_tex(write(made(HARMLESS)), write(made(payload)), payload)


def test_a_figure_in_png() -> None:
    """Dollars are no formulas: what is none would stop the figure, what is one would show else."""
    from symcost.plot.png import png

    odd, even = (png(figure(each)) for each in ("a $x^{ b", r"a $\frac{1}{2}$ b"))
    assert odd[:4] == even[:4] == b"\x89PNG"


@pytest.mark.tex
@pytest.mark.parametrize("make", [page_in_latex, slides, marked_in_latex])
def test_latex_sets_all_of_it(make: Any, tmp_path: Path) -> None:
    """One document with every payload in it; nothing was read, written or run."""
    together = " ".join(each for about, each in PAYLOADS.items() if "long" not in about)
    words = compiled(tmp_path, make(together), ("^! ",))
    assert "root:" not in words
    assert "Axiom bad" in words
    assert not (tmp_path / "hit").exists()


# -- typst -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "make",
    [lambda each: derived(each).to("typst"), lambda each: render_marked(works(each), "typst")],
    ids=["page", "marked"],
)
def test_typst(make: Any, tmp_path: Path) -> None:
    """Typst reads every page, and finds no link, no picture and no file in it."""
    for name in (
        "typst",
        "latex: signs",
        "markdown: blocks",
        "html: ends",
        "controls",
        "long words",
    ):
        path = tmp_path / "page.typ"
        text = make(PAYLOADS[name])
        path.write_text(text, encoding="utf-8")
        for kind in ("link", "image", "metadata"):
            found = json.loads(typst.query(str(path), kind, ignore_system_fonts=True))
            assert len(found) == 0 or kind == "metadata"
        assert not STEERING.search(text)


# -- what a terminal and a shell see ---------------------------------------------------------------


@payloads
def test_a_complaint(payload: str, capsys: pytest.CaptureFixture[str]) -> None:
    console.complain(payload)
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert said[:-1].isprintable()


whole_line = cache(parser)


@payloads
def test_completion_offers_nothing_of_it(payload: str) -> None:
    for words in (
        [payload],
        ["eval", payload],
        ["eval", "--set", payload],
        ["derive", payload, ""],
    ):
        for offered in candidates(whole_line(), words):
            assert re.fullmatch(r"[A-Za-z0-9_.:,=+-]+", offered)


@payloads
def test_data_on_a_terminal(payload: str, capsys: pytest.CaptureFixture[str]) -> None:
    console.put_json({"words": payload})
    said = capsys.readouterr().out
    assert json.loads(said) == {"words": payload}
    assert not STEERING.search(said)

"""Pages inside other people's documents, read by the programs that will read them.

GitHub's Markdown is parsed by markdown-it (CommonMark with tables), MyST by Sphinx and by Jupyter
Book, Quarto's and Pandoc's by pandoc, which is what Quarto runs. What is compared are the formulas
and tables of the page itself.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import symcost

if TYPE_CHECKING:
    from collections.abc import Iterator

    from symcost.derived import Derived

pytestmark = pytest.mark.site

ROOT = Path(__file__).parent.parent
MODELS = ("lecture", "gpt2", "mixtral-8x7b", "deepseek-v3")
INLINE = re.compile(r"(?<![\\$])\$(?!\$)([^$\n]+)\$")
BOOK = os.environ.get("JUPYTER_BOOK") or shutil.which("jupyter-book")
needs_pandoc = pytest.mark.skipif(not shutil.which("pandoc"), reason="pandoc is not installed")
needs_book = pytest.mark.skipif(not BOOK, reason="jupyter-book is not installed (make test-docs)")


@pytest.fixture(scope="module", params=MODELS)
def derived(request: pytest.FixtureRequest) -> Derived:
    return symcost.load(request.param).derive(B=1, s=1024)


def of_kind(derived: Derived, kind: str) -> list[Any]:
    return [block for block in derived.page.blocks if block.kind == kind]


def inline_formulas(text: str) -> list[str]:
    """The formulas in lines of text: what stands between two dollars outside of fences."""
    outside = re.sub(r"^(```|\$\$).*?^\1", "", text, flags=re.DOTALL | re.MULTILINE)
    return INLINE.findall(re.sub(r"`[^`\n]*`", "", outside))


# -- GitHub ----------------------------------------------------------------------------------------


def tokens(text: str) -> list[Any]:
    from markdown_it import MarkdownIt

    found: list[Any] = MarkdownIt("commonmark").enable("table").parse(text)
    return found


def plain(children: list[Any]) -> Iterator[str]:
    """The words of a line as a parser that knows no formulas leaves them."""
    for child in children:
        yield child.content if child.type in ("text", "code_inline") else "\0"


def test_github_finds_every_block_of_formulas(derived: Derived) -> None:
    fences = [each for each in tokens(derived.to_markdown()) if each.type == "fence"]
    assert [each.info for each in fences] == ["math"] * len(of_kind(derived, "chain"))
    for each in fences:
        assert each.content.startswith("\\begin{aligned}\n")
        assert each.content.endswith("\\end{aligned}\n")
        assert "\n\n" not in each.content


def test_github_leaves_formulas_in_lines_alone(derived: Derived) -> None:
    text = derived.to_markdown()
    left = "\n".join(
        "".join(plain(each.children)) for each in tokens(text) if each.type == "inline"
    )
    formulas = inline_formulas(text)
    assert len(formulas) > 10
    # No sign of a formula was taken for an escape, for emphasis or for the end of a cell.
    assert [each for each in formulas if f"${each}$" not in left] == []


def test_github_finds_every_table(derived: Derived) -> None:
    found = tokens(derived.to_markdown())
    heads = [each for each in found if each.type == "thead_open"]
    cells = [each for each in found if each.type in ("th_open", "td_open")]
    tables = of_kind(derived, "table")
    assert len(heads) == len(tables)
    assert len(cells) == sum(len(each.heads) * (len(each.rows) + 1) for each in tables)


@pytest.mark.parametrize("file", ["lecture", "gpt2", "vorlesung"])
def test_github_finds_every_place_that_is_linked(file: str) -> None:
    text = (ROOT / "reports" / file / "derivation.md").read_text(encoding="utf-8")
    heads = re.findall(r"^#+ (.*)$", text, re.MULTILINE)
    slugs = {re.sub(r"[^\w -]", "", head.lower()).replace(" ", "-") for head in heads}
    places = slugs | set(re.findall(r'<a id="([\w-]+)">', text))
    linked = set(re.findall(r"\]\(#([^)]+)\)", text))
    assert linked
    assert linked <= places


# -- MyST ------------------------------------------------------------------------------------------


def built_by_sphinx(folder: Path, settings: str) -> str:
    """index.html of a project whose warnings are errors."""
    (folder / "conf.py").write_text(
        f'extensions = ["myst_parser"]\nexclude_patterns = ["derivation*"]\n{settings}\n',
        encoding="utf-8",
    )
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "sphinx",
            "-W",
            "-q",
            "-b",
            "html",
            str(folder),
            str(folder / "out"),
        ],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return (folder / "out" / "index.html").read_text(encoding="utf-8")


def formulas_of_sphinx(html: str) -> tuple[int, int]:
    """(in blocks, in lines)."""
    blocks = len(re.findall(r'<div class="math notranslate', html))
    return blocks, len(re.findall(r'<span class="math notranslate', html))


@pytest.mark.parametrize(
    ("kind", "settings"),
    [
        ("myst", 'myst_enable_extensions = ["dollarmath"]'),
        (
            "markdown",
            'myst_enable_extensions = ["dollarmath"]\nmyst_fence_as_directive = ["math"]\n'
            "myst_heading_anchors = 2",
        ),
    ],
)
def test_myst(kind: str, settings: str, derived: Derived, tmp_path: Path) -> None:
    page = derived.to(kind)
    (tmp_path / "derivation.md").write_text(page, encoding="utf-8")
    index = "```{include} derivation.md\n```\n"
    total = f"{derived.page.name}-params-total"
    if kind == "myst":
        index += f"\nAs {{eq}}`{total}` says.\n"
    (tmp_path / "index.md").write_text(index, encoding="utf-8")
    html = built_by_sphinx(tmp_path, settings)
    chains = len(of_kind(derived, "chain"))
    assert formulas_of_sphinx(html) == (chains, len(inline_formulas(page)))
    assert html.count("<table") >= len(of_kind(derived, "table"))
    if kind == "myst":
        assert f'href="#equation-{total}"' in html


@needs_book
def test_jupyter_book(derived: Derived, tmp_path: Path) -> None:
    page = derived.to("myst")
    (tmp_path / "derivation.myst.md").write_text(page, encoding="utf-8")
    (tmp_path / "_toc.yml").write_text("format: jb-book\nroot: intro\n", encoding="utf-8")
    (tmp_path / "_config.yml").write_text(
        "title: notes\nonly_build_toc_files: true\nexecute:\n  execute_notebooks: 'off'\n"
        "sphinx:\n  config:\n    myst_enable_extensions: [dollarmath]\n",
        encoding="utf-8",
    )
    (tmp_path / "intro.md").write_text("```{include} derivation.myst.md\n```\n", encoding="utf-8")
    done = subprocess.run(
        [str(BOOK), "build", "-W", "--keep-going", str(tmp_path)],
        capture_output=True,
        text=True,
        env={key: value for key, value in os.environ.items() if key != "PYTHONPATH"},
    )
    assert done.returncode == 0, done.stderr[-2000:]
    html = (tmp_path / "_build" / "html" / "intro.html").read_text(encoding="utf-8")
    assert formulas_of_sphinx(html) == (
        len(of_kind(derived, "chain")),
        len(inline_formulas(page)),
    )


# -- Pandoc and Quarto -----------------------------------------------------------------------------


def pandoc(text: str, *arguments: str) -> str:
    done = subprocess.run(
        ["pandoc", *arguments], input=text, capture_output=True, text=True, check=True
    )
    assert done.stderr == ""
    return done.stdout


def nodes(tree: Any) -> Iterator[dict[str, Any]]:
    """Every element of pandoc's tree."""
    if isinstance(tree, dict):
        if "t" in tree:
            yield tree
        tree = list(tree.values())
    if isinstance(tree, list):
        for each in tree:
            yield from nodes(each)


@needs_pandoc
@pytest.mark.parametrize("kind", ["pandoc", "quarto"])
def test_pandoc_reads_every_formula_and_table(kind: str, derived: Derived) -> None:
    page = derived.to(kind)
    found = list(nodes(json.loads(pandoc(page, "--from", "markdown", "--to", "json"))))
    formulas = [each["c"] for each in found if each["t"] == "Math"]
    shown = [text for kind_of, text in formulas if kind_of["t"] == "DisplayMath"]
    lines = [text for kind_of, text in formulas if kind_of["t"] == "InlineMath"]
    assert len(shown) == len(of_kind(derived, "chain"))
    assert all(text.strip().startswith("\\begin{aligned}") for text in shown)
    assert lines == inline_formulas(page)
    assert sum(each["t"] == "Table" for each in found) == len(of_kind(derived, "table"))
    assert not [each for each in found if each["t"] == "Cite"]


@needs_pandoc
def test_quarto_can_refer_to_every_formula(derived: Derived) -> None:
    labels = re.findall(r"^\$\$ \{#(eq-[a-z0-9-]+)\}$", derived.to("quarto"), re.MULTILINE)
    assert len(set(labels)) == len(of_kind(derived, "chain"))


@needs_pandoc
def test_pandoc_sets_it_in_html_and_latex(derived: Derived) -> None:
    page = derived.to("pandoc")
    html = pandoc(page, "--from", "markdown", "--to", "html", "--mathml")
    assert html.count('<math display="block"') == len(of_kind(derived, "chain"))
    latex = pandoc(page, "--from", "markdown", "--to", "latex")
    assert latex.count(r"\begin{aligned}") == len(of_kind(derived, "chain"))
    assert latex.count(r"\begin{longtable}") == len(of_kind(derived, "table"))


@needs_pandoc
def test_a_name_of_a_stranger_is_a_name_there_too() -> None:
    from symcost.render.environment import writer

    name = "@cite ^up^ % note ~sub~ {role}`x` $1$ [^1] <b> *x* | {{< meta x >}}"
    for kind in ("pandoc", "quarto"):
        text = writer(kind).escape(name)
        read = json.loads(pandoc(text, "--from", "markdown-smart", "--to", "json"))
        assert {each["t"] for each in nodes(read)} <= {"Para", "Str", "Space"}
        assert (
            pandoc(text, "--from", "markdown-smart", "--to", "plain", "--wrap=none").strip() == name
        )

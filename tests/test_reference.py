"""The pages that are made from the code say what the code has."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from symcost.catalog import find
from symcost.cli import COMMANDS, parser
from tests.test_layers import LAYERS

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT / "docs" / "_ext"))

from site_of_symcost import catalog, commands, gallery, links  # noqa: E402


def test_every_command_has_a_page_with_every_option() -> None:
    pages = commands.pages()
    found = dict(commands.subcommands())
    assert len(found) == sum(map(len, COMMANDS.values()))
    for name, each in found.items():
        page = pages[f"commands/{name}.md"]
        for action in each._actions:
            if action.dest != "help":
                assert all(option in page for option in action.option_strings)
        assert f"usage: symcost {name}" in page


def test_what_is_shown_of_an_option_is_its_help() -> None:
    page = commands.pages()["commands/eval.md"]
    assert "| `--convention NAME` | how to count (symcost list conventions; default: torch) |" in (
        page.replace("\\", "")
    )
    assert "usage: symcost" in parser().format_usage()


@pytest.mark.parametrize(
    ("page", "names"),
    [
        ("models.md", [*find.architectures(), *find.presets()]),
        ("quantities.md", [*find.quantities(), *find.quotients()]),
        ("conventions.md", [*find.conventions()]),
        ("components.md", [*find.components()]),
    ],
)
def test_every_name_of_the_catalog_is_listed(page: str, names: list[str]) -> None:
    text = catalog.pages()[page]
    assert [name for name in names if f"| `{name}` |" not in text] == []
    assert len(names) >= 5


def test_the_layers_of_the_document_are_those_that_are_enforced() -> None:
    """Read from the top row to the bottom one; of single modules of a package it says nothing."""
    text = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (\d) \| ([^|]*) \|", text, re.MULTILINE)
    assert [int(number) for number, _ in rows] == list(range(len(rows)))[::-1]
    shown = [name for _, names in rows for name in re.findall(r"`([\w.]+)`", names)]
    listed = [each for each in LAYERS if each.count(".") == 1 and each != "symcost.__main__"]
    assert shown[::-1] == listed


@pytest.mark.parametrize(
    ("name", "made"),
    [("conventions", catalog.convention_table), ("gpt2", catalog.counted_table)],
)
def test_the_tables_of_conventions_are_made_from_the_data(
    name: str, made: Callable[[], str]
) -> None:
    text = (ROOT / "docs" / "conventions.md").read_text(encoding="utf-8")
    shown = text.split(f"<!-- table: {name} -->\n", 1)[1].split("<!-- end -->", 1)[0]
    assert shown.strip() == made().strip()


@pytest.mark.parametrize(
    ("docname", "link", "there"),
    [
        ("checking", "../reports/homework/script.md", "generated/reports/homework/script.md"),
        ("index", "../reports/gpt2/derivation.html", "site:reports/gpt2/derivation.html"),
        ("a/b", "../../reports/x.html", "site:../reports/x.html"),
        ("a/b", "../../reports/x.md#y", "../generated/reports/x.md#y"),
        ("checking", "which.md#sizes", "which.md#sizes"),
        ("checking", "homework/homework.py", "homework/homework.py"),
    ],
)
def test_links_into_the_reports(docname: str, link: str, there: str) -> None:
    assert links.rewritten(f"see [it]({link}).", docname) == f"see [it]({there})."


def test_a_name_in_the_gallery_cannot_be_markup(tmp_path: Path) -> None:
    (tmp_path / "derivation.html").write_text("<h1>x</h1>", encoding="utf-8")
    (tmp_path / "derivation.md").write_text('# a <b> & "c"\n\nwords\n', encoding="utf-8")
    text = gallery.pages(tmp_path)["gallery.md"]
    assert "<strong>a &lt;b&gt; &amp; &quot;c&quot;</strong>" in text
    assert "<b>" not in text.replace("\\<b\\>", "")

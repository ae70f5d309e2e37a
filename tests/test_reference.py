"""The pages that are made from the code say what the code has."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from symcost.catalog import find
from symcost.cli import COMMANDS, parser

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

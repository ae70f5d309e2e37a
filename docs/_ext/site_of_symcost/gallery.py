"""The gallery: what stands in reports/, shown as it is."""

from __future__ import annotations

import re
from html import escape
from typing import TYPE_CHECKING

from site_of_symcost.catalog import plain

if TYPE_CHECKING:
    from pathlib import Path

PLACE = re.compile(r'^<a id="([\w.-]+)"></a>$', re.MULTILINE)
OTHERS = {".tex": "LaTeX", ".pdf": "PDF", ".html": "HTML", ".ipynb": "notebook", ".typ": "Typst"}


def pages(reports: Path) -> dict[str, str]:
    """Every Markdown file of reports/ as a page, and the page that shows them all."""
    found = {
        f"reports/{path.relative_to(reports).as_posix()}": _page(path.read_text(encoding="utf-8"))
        for path in sorted(reports.rglob("*.md"))
    }
    return {"gallery.md": _gallery(reports, found), **found}


def _page(text: str) -> str:
    """A report as a source of the site: a place that is linked to is marked as MyST wants it."""
    return PLACE.sub(r"(\1)=", text)


def whole_files(reports: Path) -> list[Path]:
    """The files that no page of the site replaces."""
    return [path for path in sorted(reports.rglob("*.*")) if path.suffix in OTHERS]


def _gallery(reports: Path, found: dict[str, str]) -> str:
    cards = "\n".join(_card(reports, path) for path in whole_files(reports) if _is_page(path))
    listed = "\n".join(name.removesuffix(".md") for name in found)
    return (
        "# Gallery\n\n"
        "What the commands of the `Makefile` write (`make report`), byte for byte: each page as "
        "HTML, which opens from a disk without a network, as Markdown and as LaTeX.\n\n"
        f'```{{raw}} html\n<div class="gallery">\n{cards}\n</div>\n```\n\n'
        "## All of them\n\n"
        + "".join(f"- [{plain(title(text))}]({name})\n" for name, text in found.items())
        + f"\n```{{toctree}}\n:hidden:\n\n{listed}\n```\n"
    )


def title(text: str) -> str:
    """The first heading of a page, without its backslashes."""
    return text.split("\n", 1)[0].removeprefix("# ").replace("\\", "")


def _is_page(path: Path) -> bool:
    return path.suffix == ".html"


def _card(reports: Path, path: Path) -> str:
    """A page, small, as the browser itself draws it; and the same page in other formats."""
    place = path.relative_to(reports).as_posix()
    beside = path.with_suffix(".md")
    name = title(beside.read_text(encoding="utf-8")) if beside.exists() else place
    links = [f'<a href="../reports/{place}">HTML</a>']
    if beside.exists():
        page = beside.relative_to(reports).with_suffix(".html").as_posix()
        links.append(f'<a href="reports/{page}">Markdown</a>')
    links += [
        f'<a href="../reports/{each.relative_to(reports).as_posix()}">{OTHERS[each.suffix]}</a>'
        for each in whole_files(reports)
        if each.stem == path.stem and each.parent == path.parent and each != path
    ]
    return (
        '<figure class="card">'
        f'<a class="thumb" href="../reports/{place}" aria-label="{escape(name)}">'
        f'<iframe src="../reports/{place}" loading="lazy" tabindex="-1" aria-hidden="true" '
        f'title="{escape(name)}" scrolling="no"></iframe></a>'
        f"<figcaption><strong>{escape(name)}</strong><br>{' · '.join(links)}</figcaption></figure>"
    )

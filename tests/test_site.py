"""The documentation site, built as `make docs` builds it: links, formulas, nothing from outside."""

from __future__ import annotations

import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

import pytest

if TYPE_CHECKING:
    from collections.abc import Mapping

pytestmark = pytest.mark.site

ROOT = Path(__file__).parent.parent
# What a browser fetches by itself; a link is only followed when somebody clicks it.
FETCHED = {"script": "src", "img": "src", "iframe": "src", "link": "href", "source": "src"}


class Page(HTMLParser):
    """Anchors, links and fetched files of a page of HTML, and how many formulas it has."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.anchors: set[str] = set()
        self.links: list[str] = []
        self.fetched: list[str] = []
        self.formulas = 0
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        if found.get("id"):
            self.anchors.add(str(found["id"]))
        if tag == "a" and found.get("href"):
            self.links.append(str(found["href"]))
        if found.get(FETCHED.get(tag, "")):
            self.fetched.append(str(found[FETCHED[tag]]))
        self.formulas += tag == "math"


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The built site. A warning is an error, and so is a name that nothing has."""
    out = tmp_path_factory.mktemp("site")
    strictly = ("-W", "--keep-going", "-n", "-q", "-E", "-b", "html")
    folders = (out / "trees", ROOT / "docs", out / "html")
    done = subprocess.run(
        [sys.executable, "-m", "sphinx", *strictly, "-d", *map(str, folders)],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return out / "html"


@pytest.fixture(scope="session")
def pages(site: Path) -> Mapping[Path, Page]:
    """Every page of the site, read."""
    return {path: Page(path.read_text(encoding="utf-8")) for path in sorted(site.rglob("*.html"))}


def test_every_link_leads_somewhere(site: Path, pages: Mapping[Path, Page]) -> None:
    broken = []
    seen = 0
    for path, page in pages.items():
        for link in (*page.links, *page.fetched):
            parts = urlsplit(link)
            if parts.scheme:
                continue
            seen += 1
            target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
            whole = pages.get(target)
            anchor = unquote(parts.fragment)
            if not target.is_file() or (anchor and whole and anchor not in whole.anchors):
                broken.append(f"{path.relative_to(site)}: {link}")
    assert broken == []
    assert seen > 1000


def test_nothing_is_fetched_from_the_network(pages: Mapping[Path, Page]) -> None:
    assert not [link for page in pages.values() for link in page.fetched if urlsplit(link).netloc]


def test_every_document_is_a_page(site: Path) -> None:
    names = {path.with_suffix(".html").name for path in (ROOT / "docs").glob("*.md")}
    assert names <= {path.name for path in site.glob("*.html")}
    assert len(names) > 15


@pytest.mark.parametrize("name", ["lecture/derivation", "gpt2/derivation", "homework/script"])
def test_every_formula_of_a_report_is_mathml(
    name: str, site: Path, pages: Mapping[Path, Page]
) -> None:
    text = (ROOT / "reports" / f"{name}.md").read_text(encoding="utf-8")
    blocks = len(re.findall(r"^```math$", text, re.MULTILINE))
    rest = re.sub(r"^```.*?^```$|`[^`\n]*`", "", text, flags=re.DOTALL | re.MULTILINE)
    inline = len(re.findall(r"(?<!\\)\$[^$\n]+\$", rest))
    shown = pages[site / "generated" / "reports" / f"{name}.html"].formulas
    assert shown == blocks + inline
    assert shown > 5


def test_the_gallery_shows_every_report(site: Path, pages: Mapping[Path, Page]) -> None:
    gallery = site / "generated" / "gallery.html"
    linked = {
        (gallery.parent / link).resolve()
        for link in (*pages[gallery].links, *pages[gallery].fetched)
    }
    for path in (ROOT / "reports").rglob("*.html"):
        assert site / "reports" / path.relative_to(ROOT / "reports") in linked
    for path in (ROOT / "reports").rglob("*.md"):
        place = path.relative_to(ROOT / "reports").with_suffix(".html")
        assert site / "generated" / "reports" / place in linked


@pytest.mark.parametrize(
    ("page", "names"),
    [
        ("python.html", ["symcost.load", "symcost.Model.derive", "symcost.check"]),
        ("generated/commands/check.html", ["formula", "comments"]),
    ],
)
def test_the_reference_describes(page: str, names: list[str], site: Path) -> None:
    text = (site / page).read_text(encoding="utf-8")
    assert all(name in text for name in names)

"""Links that are right on GitHub, made right for the site, whose reports stand elsewhere."""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sphinx.application import Sphinx

LINK = re.compile(r"(?<=\]\()(?P<path>[\w./-]+)(?P<rest>#[\w-]+)?(?=\))")
DOCUMENT = re.compile(r"\bdocs/([\w-]+)\.md\b")
REPORTS = "../reports"
SECURITY = "../SECURITY.md"


def in_docstring(
    app: Sphinx, what: str, name: str, found: object, options: object, lines: list[str]
) -> None:
    """A document that a docstring names becomes a link, if there is one of that name."""
    del what, name, found, options

    def there(document: re.Match[str]) -> str:
        known = document[1] in app.env.found_docs
        return f":doc:`/{document[1]}`" if known else document[0]

    lines[:] = [DOCUMENT.sub(there, line) for line in lines]


def rewrite(app: Sphinx, docname: str, source: list[str]) -> None:
    """Of a source as it is read."""
    del app
    source[0] = rewritten(source[0], docname)


def rewritten(text: str, docname: str) -> str:
    """A text with each link into reports/ led to where the site has it.

    Markdown became a page under generated/; anything else is a file beside the pages, named by the
    scheme `site:`, which conf.py turns into a plain relative address.
    """
    folder = posixpath.dirname(docname)

    def there(link: re.Match[str]) -> str:
        path = posixpath.normpath(posixpath.join(folder, link["path"]))
        if path == SECURITY:
            return posixpath.relpath("generated/security.md", folder or ".") + (link["rest"] or "")
        inside = path.removeprefix(f"{REPORTS}/")
        if inside == path:
            return link[0]
        place, scheme = f"reports/{inside}", "site:"
        if inside.endswith(".md"):
            place, scheme = f"generated/reports/{inside}", ""
        return scheme + posixpath.relpath(place, folder or ".") + (link["rest"] or "")

    return LINK.sub(there, text)


def from_top(text: str) -> str:
    """A document that stands beside docs/, for a page below generated/."""
    return re.sub(r"(?<=\]\()docs/", "../", text)

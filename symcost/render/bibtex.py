"""The sources of a page for BibTeX: one entry for each, under a key that never changes."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from symcost.render.latex import escape

if TYPE_CHECKING:
    from symcost.catalog.sources import Cited, Source
    from symcost.render.page import Page

HEAD = "% Written by symcost: the sources that the page cites.\n"


def bibtex(page: Page) -> str:
    """The whole file."""
    return HEAD + "".join(f"\n{_entry(each)}" for each in page.sources)


def _entry(cited: Cited) -> str:
    source = cited.source
    fields = {
        "author": " and ".join(_person(source, each) for each in source.people)
        + (" and others" if source.others else ""),
        "title": f"{{{_balanced(source.title)}}}",
        "howpublished": _balanced(_published(source)),
        "year": str(source.year) if source.year else "",
        "eprint": source.arxiv,
        "archiveprefix": "arXiv" if source.arxiv else "",
        "doi": source.doi,
        "url": source.address,
        "note": _balanced(f"Here: {', '.join(cited.places)}") if cited.places else "",
    }
    if not fields["author"]:
        # BibTeX sorts by author or key; styles warn where neither is there.
        fields["key"] = _balanced(source.title)
    lines = [f"  {name} = {{{value}}},\n" for name, value in fields.items() if value]
    return f"@misc{{{source.key},\n{''.join(lines)}}}\n"


def _published(source: Source) -> str:
    """Where, without the year, which has a field of its own; old styles know no other field."""
    venue = source.venue.removesuffix(str(source.year)).strip()
    return ", ".join(each for each in (venue, source.locator) if each)


def _person(source: Source, name: str) -> str:
    if source.team or " " not in name:
        return f"{{{_balanced(name)}}}"
    *first, last = name.split()
    return f"{_balanced(last)}, {_balanced(' '.join(first))}"


def _balanced(text: str) -> str:
    """Words for LaTeX inside braces; BibTeX counts braces, escaped or not."""
    return escape(re.sub(r"[{}]", "", text))

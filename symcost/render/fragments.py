r"""A page in pieces for `\input`: a file for each claim, each table and the figure.

A file is named by the label of what it holds, so it stays the same file whatever else is on the
page. It refers to nothing outside itself.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, final

from symcost.algebra.plain import PEOPLE
from symcost.render.environment import fill, said
from symcost.render.language import ENGLISH
from symcost.render.measure import LINE, PAGE
from symcost.render.page import Chain, Picture, Table
from symcost.render.writer import DIGITS

if TYPE_CHECKING:
    from pathlib import Path

    from symcost.algebra.plain import Plain
    from symcost.render.language import Language
    from symcost.render.page import Block, Page
    from symcost.render.writer import Digits

# What a block needs beside the plain classes of LaTeX, and the folder of its file.
PACKAGES = {
    "chain": ("amsmath", "xcolor"),
    "table": ("array", "booktabs", "longtable"),
    "picture": ("pgfplots",),
}
FOLDERS = {"chain": "claims", "table": "tables", "picture": "figures"}
KINDS_OF_LABEL = {"chain": "eq", "table": "tab", "picture": "fig"}


@final
@dataclass(frozen=True)
class Fragment:
    """One piece: where it is written, the label it defines, what it shows and needs."""

    block: Block
    path: str
    label: str
    shows: str
    packages: tuple[str, ...]


def fragments(page: Page, digits: Digits = DIGITS) -> list[Fragment]:
    """The pieces of a page, in its order; `digits` is how its numbers look."""
    formulas = replace(PEOPLE, separator=digits.thousands)
    found = []
    for block in page.blocks:
        if not isinstance(block, Chain | Table | Picture):
            continue
        name = "-".join(block.label.split(":")[1:]) or "page"
        # A folder holds what one label names; a claim and a table may share the label.
        found.append(
            Fragment(
                block,
                f"{FOLDERS[block.kind]}/{name}.tex",
                f"{KINDS_OF_LABEL[block.kind]}:{block.label}",
                _shows(block, formulas),
                PACKAGES[block.kind],
            )
        )
    return found


def fragment_files(
    page: Page, own: Path | None = None, line: float = PAGE, language: Language = ENGLISH
) -> dict[str, str]:
    """The files of all pieces, and the list of them in fragments.md; `line` is in millimetres."""
    sizes = {"line": LINE * line / PAGE, "room": line}
    with said(page, "latex", language) as given:
        pieces = fragments(given["page"], language.digits)
        files = {
            each.path: fill(
                "piece.tex", "latex", own, piece=each, block=each.block, **sizes, **given
            )
            for each in pieces
        }
        words = {"page": given["page"], "pieces": pieces, "t": given["t"]}
        return files | {"fragments.md": fill("fragments.md", "markdown", own, **words)}


def _shows(block: Chain | Table | Picture, formulas: Plain) -> str:
    if isinstance(block, Chain):
        last = formulas.write(block.lines[-1].form)
        return f"{formulas.write(block.left)} = {last}" if block.left is not None else last
    return block.caption

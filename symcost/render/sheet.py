"""What the HTML page needs beyond the page itself: its writer, its contents, its program."""

from __future__ import annotations

import hashlib
from base64 import b64encode
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, final

from symcost.algebra.form import Named
from symcost.render.html import HtmlWriter
from symcost.render.live import LiveWriter
from symcost.render.page import Chain, Heading, Picture, Table
from symcost.render.writer import Raw

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from symcost.render.language import Language
    from symcost.render.page import Block, Page

SCRIPTS = ("exact.js", "sizes.js", "marks.js", "chart.js", "page.js")
ENDS = {"proportions": "with the proportions of this model", "numbers": "in numbers"}


@final
@dataclass(frozen=True)
class Program:
    """The script of a page, and the hash by which the page allows it and nothing else."""

    text: Raw

    @property
    def allowed(self) -> Raw:
        """The source expression of a content security policy."""
        digest = hashlib.sha256(self.text.encode()).digest()
        return Raw(f"'sha256-{b64encode(digest).decode()}'")


def sheet(
    page: Page, folder: Path, say: Callable[[str], str], language: Language
) -> dict[str, Any]:
    """The values that the template takes beside the page."""
    live = page.live
    return {
        "w": HtmlWriter(language.digits)
        if live is None
        else LiveWriter(live, say, language.digits),
        "live": live,
        "blocks": page.blocks if live is None else page.content,
        "places": contents(page.blocks, say),
        "program": None if live is None else program(folder),
    }


def program(folder: Path) -> Program:
    """The scripts in one, closed in on itself."""
    files = "\n".join((folder / name).read_text(encoding="utf-8") for name in SCRIPTS)
    return Program(Raw(f'(() => {{\n"use strict";\n{files}}})();\n'))


def contents(
    blocks: Sequence[Block], say: Callable[[str], str]
) -> list[tuple[Heading, list[tuple[str, str]]]]:
    """The sections with what is in each: a label and a few words."""
    found: list[tuple[Heading, list[tuple[str, str]]]] = []
    for block in blocks:
        if isinstance(block, Heading):
            found.append((block, []))
        elif found:
            found[-1][1].extend((label, say(text)) for label, text in _entry(block))
    return found


def _entry(block: Block) -> list[tuple[str, str]]:
    match block:
        case Chain(label, left, _):
            end = label.rsplit(":", 1)[-1]
            name = left.label if isinstance(left, Named) else ""
            text = ENDS.get(end) or name or ("the whole" if end == "total" else "")
            return [(f"eq:{label}", text)] if text else []
        case Table(label, caption):
            return [(f"tab:{label}", caption)] if len(caption) < 40 else []
        case Picture(label):
            return [(f"fig:{label}", "chart of shares")]
    return []

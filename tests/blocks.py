"""Texts that are kept in one file, each below a line with its name: == name."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


@cache
def kept(path: Path) -> dict[str, str]:
    """The texts by their names."""
    text = path.read_text(encoding="utf-8").removeprefix("== ")
    blocks = (each.partition("\n") for each in text.split("\n== "))
    return {name: f"{told.rstrip()}\n" for name, _, told in blocks}


def keep(path: Path, texts: dict[str, str]) -> None:
    """Writes them."""
    blocks = (f"== {name}\n{text}\n" for name, text in texts.items())
    path.parent.mkdir(exist_ok=True)
    path.write_text("".join(blocks), encoding="utf-8")

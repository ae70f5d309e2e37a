"""A formula in whatever notation it comes: LaTeX where it looks like LaTeX, else as people type."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from symcost.checking.formula import read_formula
from symcost.checking.grammar import LONGEST, ReadError, Reading
from symcost.checking.latex import read_latex

if TYPE_CHECKING:
    from collections.abc import Collection

LATEX, TYPED = "latex", "typed"
LOOKS_LIKE_LATEX = re.compile(r"\\[^\s]|[_^]\{|\$")
BRACES = re.compile(r"[{}]")
COMMENT = re.compile(r"(?<!\\)#[^\n]*")


def read_any(text: str, known: Collection[str] = ()) -> tuple[Reading, str]:
    """The chains of a formula, and "latex" or "typed"; `known` are names not taken apart.

    A text that only the other notation can hold (curly brackets) is read as that, with a note. A
    text that was refused because it is ambiguous is not tried again. Raises `ReadError`.
    """
    if len(text) > LONGEST:
        raise ReadError(LONGEST, f"more than {LONGEST} characters")
    if LOOKS_LIKE_LATEX.search(COMMENT.sub("", text)):
        return read_latex(text, known), LATEX
    try:
        return read_formula(text, known), TYPED
    except ReadError:
        if not BRACES.search(text):
            raise
    reading = read_latex(text, known)
    note = "the curly brackets are read as LaTeX has them"
    return replace(reading, notes=(*reading.notes, note)), LATEX

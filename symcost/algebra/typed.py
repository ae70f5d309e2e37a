"""Whole numbers as people type them: 4096, 4_096 or 4,096, and nothing that could mean another.

A comma before any other than three digits may be a decimal mark: 1,5 is no number here.
"""

from __future__ import annotations

import re

WHOLE = re.compile(r"[0-9]+(?:_[0-9]+)*|[0-9]{1,3}(?:,[0-9]{3})+")
LONGEST = 4_000  # characters; longer texts are no number that anybody types
GROUPS = "thousands are groups of three; a decimal point is a dot"


def whole(text: str) -> int | None:
    """The number that a text is; None where it is none."""
    if len(text) > LONGEST or not WHOLE.fullmatch(text):
        return None
    return int(text.replace("_", "").replace(",", ""))

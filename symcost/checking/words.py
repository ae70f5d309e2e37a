"""What a letter is about, read from the words that somebody uses for it.

`tag_of("kv heads")` is "groups": the word of a dimension of the registry, or of a size that no
declaration has, such as a parallel degree. The phrases are data, in `words.toml`.
"""

from __future__ import annotations

import re
import tomllib
from functools import cache

from symcost.files import packaged

LONGEST = 200


@cache
def _phrases() -> tuple[tuple[str, re.Pattern[str]], ...]:
    text = packaged("checking", "words.toml").read_text(encoding="utf-8")
    return tuple(
        (entry["tag"], re.compile("|".join(entry["phrases"]), re.IGNORECASE))
        for entry in tomllib.loads(text)["word"]
    )


def tag_of(words: str) -> str:
    """The tag of a description, "" where no phrase fits."""
    shown = words.strip()[:LONGEST]
    if not shown:
        return ""
    return next((tag for tag, pattern in _phrases() if pattern.search(shown)), "")

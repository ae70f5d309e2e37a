"""Signs that nobody sees: they steer a terminal, turn the direction of reading, end lines.

Halves of a pair of UTF-16 are among them: they are no characters, and no file can hold them.
"""

from __future__ import annotations

import json
import re
from typing import Any

STEERING = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]"
)


def json_text(data: Any) -> str:
    """Data as JSON for people and programs; what steers stands in it as an escape."""
    text = json.dumps(data, indent=2, ensure_ascii=False)
    return steadied(text) + "\n"


def steadied(text: str) -> str:
    """JSON whose strings hold such signs as escapes; they stand nowhere else in it."""
    return STEERING.sub(lambda found: f"\\u{ord(found[0]):04x}", text)

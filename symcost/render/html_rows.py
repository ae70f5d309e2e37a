"""How HTML sets what only a marked report has."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, final

from symcost.algebra.form import Form, Sum, split_sign
from symcost.render.environment import writer
from symcost.render.mathml import write as mathml
from symcost.render.measure import width
from symcost.render.writer import Digits, Raw

if TYPE_CHECKING:
    from collections.abc import Sequence

    from symcost.render.marked import Entry, Row
    from symcost.render.page import Run


WIDE = 70  # characters of a formula on a line


@final
class HtmlRows:
    """A report for a browser."""

    def __init__(self, digits: Digits) -> None:
        self._words = writer("html", digits)

    def runs(self, runs: Sequence[Run]) -> Raw:
        """A sentence."""
        return Raw("".join(self._words.show(run) for run in runs))

    def code(self, text: str) -> Raw:
        """A code element."""
        return Raw(self._words.code(text))

    def anchor(self, entry: Entry) -> str:
        """What a link to a line names."""
        return "line-" + "-".join(re.findall(r"[0-9]+", entry.place))

    def lines(self, row: Row) -> list[Raw]:
        """A formula, long sums in several lines."""
        form, equals = row.form, "<mo>=</mo>" if row.label == "=" else ""
        parts: list[list[Form]] = [[]]
        used = 0.0
        for term in form.terms if isinstance(form, Sum) else (form,):
            size = width(term) + 3
            if parts[-1] and used + size > WIDE:
                parts.append([])
                used = 0.0
            parts[-1].append(term)
            used += size
        return [
            Raw(
                f'<math displaystyle="true">{"" if at else equals}'
                f"{_signed(each, first=not at)}</math>"
            )
            for at, each in enumerate(parts)
        ]


def _signed(terms: list[Form], *, first: bool) -> str:
    """Terms of a sum, with the sign of the first unless it begins the sum."""
    written = mathml(terms[0] if len(terms) == 1 else Sum(tuple(terms)))
    return written if first or split_sign(terms[0])[0] else f"<mo>+</mo>{written}"

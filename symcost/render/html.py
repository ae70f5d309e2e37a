"""Pages in HTML: words, numbers and MathML."""

from __future__ import annotations

from fractions import Fraction
from html import escape
from typing import TYPE_CHECKING
from urllib.parse import quote

from symcost.algebra.form import Form, Sum
from symcost.plot.svg import svg
from symcost.render.mathml import PLAIN, PRODUCT, THIN, bracketed, name, words_of
from symcost.render.measure import width
from symcost.render.writer import ADDRESS, GREEK, LETTER_NAME, Raw, Writer, grouped, percent, words

if TYPE_CHECKING:
    from symcost.algebra.poly import Number
    from symcost.render.page import Chain, Picture

BREAKS = 44  # a sum wider than this may go over several lines
MARK = " data-v="  # a number that follows the sizes may become wider
NARROW = 26  # what fits on a small screen in any case
INFIX = '<mo form="infix">'


class HtmlWriter(Writer):
    """Sets a page in HTML with MathML."""

    folder = "html"
    extension = "html"
    formula = PLAIN

    def anchor(self, label: str) -> Raw:
        """The attribute by which links find a part of the page."""
        return Raw(f'id="{escape(label)}"')

    def escape(self, text: str) -> str:
        """Words for HTML."""
        return words_of(text)

    def number(self, value: Number) -> str:
        """A number in groups of three that stays on its line."""
        return f'<span class="n">{self.figures(value)}</span>'

    def figures(self, value: Number) -> str:
        """A number in groups of three."""
        exact = Fraction(value)
        below = "" if exact.denominator == 1 else f"/{grouped(exact.denominator, THIN)}"
        return f"{grouped(exact.numerator, THIN)}{below}"

    def percent(self, part: Number) -> str:
        """A share in per cent."""
        return self.escape(percent(Fraction(part), self.digits))

    def code(self, text: str) -> str:
        """A code element."""
        return f"<code>{words_of(text)}</code>"

    def name(self, text: str) -> str:
        """A weight as a formula, an operation as a word."""
        if LETTER_NAME.fullmatch(text) or text in GREEK:
            return f"<math>{name(text)}</math>"
        return words_of(words(text))

    def math(self, form: Form) -> str:
        """A formula in the line; the terms of a long sum are formulas of their own."""
        return self._inline(form, "")

    def equation(self, left: Form, right: Form) -> str:
        """An equation in the line."""
        return self._inline(right, f"{self.formula.write(left)}<mo>=</mo>", width(left) + 2)

    def strong(self, text: str) -> str:
        """Bold."""
        return f"<strong>{words_of(text)}</strong>"

    def cite(self, key: str, short: str) -> str:
        """A link to the source in the list."""
        return f'<a href="#source-{escape(key)}">{words_of(short)}</a>'

    def link(self, text: str, url: str) -> str:
        """A link."""
        return f'<a href="{escape(quote(url, safe=ADDRESS))}">{words_of(text)}</a>'

    def emphasis(self, text: str) -> str:
        """The title of a work."""
        return f"<cite>{words_of(text)}</cite>"

    def matrices(self, shapes: tuple[tuple[Form, Form], ...]) -> str:
        """Shapes of factors."""
        pairs = (
            "<mo>&#xD7;</mo>".join(self.formula.inside(form, PRODUCT) for form in pair)
            for pair in shapes
        )
        inside = "".join(f"<mrow>{bracketed(pair)}</mrow>" for pair in pairs)
        return f"<math>{inside}</math>"

    def rows(self, chain: Chain) -> list[tuple[Raw, Raw, Raw, bool]]:
        """(left side, `= form`, reason, boxed) for each line of a chain."""
        rows = []
        for index, line in enumerate(chain.lines):
            first = index == 0 and chain.left is not None
            left = f"<math>{self.formula.write(chain.left)}</math>" if first and chain.left else ""
            boxed = chain.boxed and index == len(chain.lines) - 1
            rows.append((Raw(left), self.right(line.form), self.show(line.reason), boxed))
        return rows

    def summary(self, chain: Chain) -> Raw:
        """What a chain comes to, for where it is folded."""
        left = "" if chain.left is None else self.formula.write(chain.left)
        last = self.formula.write(chain.lines[-1].form)
        return Raw(f"<math>{left}<mo>=</mo>{last}</math>")

    def drawing(self, picture: Picture) -> Raw:
        """A figure that does not move."""
        text = svg(picture.figure)
        return Raw(
            text.replace("<svg ", f'<svg role="img" aria-label="{escape(picture.words)}" ', 1)
        )

    def right(self, form: Form) -> Raw:
        """= form, in lines where it is long."""
        (first, _), *rest = self._pieces(form)
        rows = [f"<mo>=</mo>{first}", *(text for text, _ in rest)]
        return Raw(" ".join(f'<math displaystyle="true">{each}</math>' for each in rows))

    def _inline(self, form: Form, before: str, already: float = 0) -> str:
        """A formula in running text; what a small screen cannot hold moves in a box of its own."""
        written = []
        for text, size in self._pieces(form):
            math = f"<math>{before}{text}</math>"
            is_wide = size + already > NARROW or MARK in text
            written.append(f'<span class="wide">{math}</span>' if is_wide else math)
            before, already = "", 0
        return " ".join(written)

    def _pieces(self, form: Form) -> list[tuple[str, float]]:
        """The formula, or the terms of a long sum one by one, each with its width."""
        if not isinstance(form, Sum) or width(form) <= BREAKS:
            return [(self.formula.write(form), width(form))]
        first, *rest = self.formula.terms(form.terms)
        texts = [first, *(each.replace("<mo>", INFIX, 1) for each in rest)]
        return [(text, width(term)) for text, term in zip(texts, form.terms, strict=True)]

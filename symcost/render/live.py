"""The page as a program: numbers that know their formulas, cases that know when they hold.

What a browser needs to follow the sizes is written into the page as data: the closed forms as a
table of instructions, the sizes with the checks they must pass, the words it says. The script
beside it (templates/html/live) knows nothing of any model.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from fractions import Fraction
from html import escape
from typing import TYPE_CHECKING, Any, final

from symcost.algebra.dim import Dim, dim
from symcost.algebra.form import (
    Form,
    Function,
    Num,
    Product,
    Quotient,
    Sym,
    Under,
    dims_of,
    negate,
    total,
)
from symcost.plot.figure import COLOURS, MOST
from symcost.plot.figure import REST as GREY
from symcost.render.formulas import Formulas, never_negative, positive, value
from symcost.render.html import HtmlWriter
from symcost.render.live_sizes import Field, checks, fields
from symcost.render.mathml import ATOM, MINUS, PLUS, SUM, Formula, bracketed, number
from symcost.render.page import Equal, Share, Value
from symcost.render.steering import steadied
from symcost.render.writer import Raw

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from symcost.render.page import Block, Cases, Live, Origin, Picture, Test
    from symcost.render.writer import Digits

DASH = "–"
SAYS = {
    "known": "known",
    "unknown": "unknown",
    "zero": "zero",
    "not zero": "other",
    "positive": "above",
    "negative": "below",
}


@final
class LiveFormula(Formula):
    """Marks each number that is the value of a formula with the place of that formula."""

    def __init__(self, formulas: Formulas, sizes: Mapping[Dim, int]) -> None:
        """`sizes` are those in force."""
        self.formulas, self.sizes = formulas, sizes

    def is_live(self, form: Form) -> bool:
        """Whether it is a number that changes with the sizes."""
        return (
            isinstance(form, Num)
            and form.of is not None
            and bool(dims_of(form.of))
            and self.formulas.knows(form.of)
        )

    def number(self, form: Num) -> tuple[str, int]:
        """The number as it is at the sizes in force, marked."""
        if form.of is None or not self.is_live(form):
            return super().number(form)
        found, place = value(form.of, self.sizes), self.formulas.place(form.of)
        if positive(form.of):
            text = f"<mn>{DASH}</mn>" if found is None else number(found)
            return text.replace("<mn>", f'<mn data-v="{place}">', 1), ATOM
        inner, level = (f"<mn>{DASH}</mn>", ATOM) if found is None else super().number(Num(found))
        return f'<mrow data-v="{place}">{inner}</mrow>', level

    def inside(self, form: Form, least: int) -> str:
        """A number that may turn negative takes its brackets along."""
        text = super().inside(form, least)
        if least <= SUM or not isinstance(form, Num) or form.of is None:
            return text
        if positive(form.of) or not self.is_live(form):
            return text
        inner, level = self.number(form)
        if level < least:
            at = inner.index(">") + 1
            inner = f"{inner[:at]}{bracketed(inner[at : -len('</mrow>')])}</mrow>"
        return inner.replace("<mrow data-v", '<mrow data-b="" data-v', 1)

    def signed(self, term: Form, *, first: bool) -> tuple[str, Form]:
        """A term whose sign hangs on the sizes has its sign marked, and its size behind it."""
        lead = leading(term)
        if not isinstance(lead, Num) or lead.of is None or not self.is_live(lead):
            return super().signed(term, first=first)
        if never_negative(lead.of) or never_negative(negate(lead.of)):
            return super().signed(term, first=first)
        found, place = value(lead.of, self.sizes), self.formulas.place(lead.of)
        sign = MINUS if found is not None and found < 0 else "" if first else PLUS
        distance = abs(Fraction(found or 0))
        size = Num(distance, Function("abs", (lead.of,)))
        edge = ' data-first=""' if first else ""
        return f'<mrow data-s="{place}"{edge}>{sign}</mrow>', led_by(term, size)

    def product(self, factors: tuple[Form, ...]) -> str:
        """1 before a letter is not written."""
        text = super().product(factors)
        first, *rest = factors
        if not self.is_live(first) or not any(dims_of(each) for each in rest):
            return text
        is_one = isinstance(first, Num) and first.of and value(first.of, self.sizes) == 1
        shown = ' class="one"' if is_one else ""
        return text.replace(" data-", f' data-one=""{shown} data-', 1)


def leading(form: Form) -> Form:
    """What decides the sign of a term: its first number."""
    match form:
        case Product((first, *_)) | Quotient(first, _) | Under(first, _):
            return leading(first)
    return form


def led_by(form: Form, number: Num) -> Form:
    """The term with another first number."""
    match form:
        case Product((first, *rest)):
            return Product((led_by(first, number), *rest))
        case Quotient(top, bottom):
            return Quotient(led_by(top, number), bottom)
        case Under(body, label, tone):
            return Under(led_by(body, number), label, tone)
    return number


@final
@dataclass(frozen=True)
class Shown:
    """One case as the page holds it: when it holds, whether it does now, what it says."""

    when: str
    holds: bool
    blocks: tuple[Block | Cases, ...]


@final
@dataclass(frozen=True)
class Band:
    """A part in the table beside a chart: the colours of its series, its name, work and share."""

    series: int
    colour: str
    label: str
    work: Raw
    share: Raw


@final
class LiveWriter(HtmlWriter):
    """Sets one page that follows its sizes. It gathers the formulas while it writes."""

    def __init__(self, live: Live, say: Callable[[str], str], digits: Digits) -> None:
        """A writer for this page alone; `say` has the words of its language."""
        super().__init__(digits)
        self.live, self.say = live, say
        self.order = {each: at for at, each in enumerate(every_dim(live))}
        self.formulas = Formulas(self.order)
        self.formula = LiveFormula(self.formulas, live.values)
        self.hidden = False
        self.charts: list[dict[str, Any]] = []

    @property
    def fields(self) -> list[Field]:
        """The inputs, one for each size of the page."""
        return fields(self.live, self, self.say)

    def anchor(self, label: str) -> Raw:
        """What does not hold now must not be found by links."""
        return Raw(f'{"data-id" if self.hidden else "id"}="{escape(label)}"')

    def share(self, share: Share) -> str:
        """A share, marked with the quotient that it is."""
        if share.of is None or not self.formulas.knows(share.of):
            return super().share(share)
        found = value(share.of, self.live.values)
        text = DASH if found is None else self.percent(found)
        return f'<span class="n" data-p="{self.formulas.place(share.of)}">{text}</span>'

    def worth(self, value_: Value) -> str:
        """A number in a table, marked."""
        if not self.formulas.knows(value_.of):
            return super().worth(value_)
        place, found = self.formulas.place(value_.of), value(value_.of, self.live.values)
        words = f' data-or="{escape(value_.otherwise)}"' if value_.otherwise else ""
        shown = (value_.otherwise or DASH) if found is None else self.figures(found)
        return f'<span class="n" data-v="{place}"{words}>{self.escape(shown)}</span>'

    def origin(self, origin: Origin) -> str:
        """Where a size comes from, marked with the size."""
        if origin.dim not in self.order:
            return super().origin(origin)
        return f'<span data-from="{self.order[origin.dim]}">{self.escape(origin.text)}</span>'

    def cases(self, block: Cases) -> Iterator[Shown]:
        """The cases one by one; what is written meanwhile knows whether it is hidden."""
        before = self.hidden
        for case in block.cases:
            holds = all(test.holds(self.live.values) for test in case.tests)
            self.hidden = before or not holds
            blocks = tuple(case.make())
            if blocks:
                yield Shown(" ".join(map(self._when, case.tests)), holds, blocks)
        self.hidden = before

    def _when(self, test: Test) -> str:
        return f"{SAYS[test.says]}:{self.formulas.place(test.form)}"

    def now(self, axis: Sym) -> Raw:
        """A symbol with its size."""
        number_ = Num(self.live.values.get(axis.dim, 0), axis)
        return self.show(Equal(axis, number_))

    def bands(self, picture: Picture) -> list[Band]:
        """The parts of a chart with their numbers; the script finds the chart by its place."""
        names = list(dict.fromkeys(each.series for each in picture.stakes))
        whole = [self.formulas.place(each.form) for each in picture.stakes]
        self.charts.append(
            {
                "by": self.order[picture.by] if picture.by else None,
                "places": list(picture.figure.places),
                "parts": [
                    {
                        "label": self.say(each.label),
                        "series": names.index(each.series),
                        "value": place,
                    }
                    for each, place in zip(picture.stakes, whole, strict=True)
                ],
                "series": [
                    {"label": self.say(name), "colour": COLOURS[at] if at < MOST else GREY}
                    for at, name in enumerate(names)
                ],
            }
        )
        return [self._band(picture, at, name) for at, name in enumerate(names)]

    def _band(self, picture: Picture, at: int, name: str) -> Band:
        own = total(each.form for each in picture.stakes if each.series == name)
        part = Quotient(own, total(each.form for each in picture.stakes))
        work, share = Value(None, own), Share(Fraction(0), part)
        colour = COLOURS[at] if at < MOST else GREY
        return Band(at, colour, self.say(name), self.show(work), self.show(share))

    def data(self) -> Raw:
        """All that the script needs, safe inside a script element; called when all is written."""
        found = {
            **checks(self.live, self.order, self.formulas, self.say),
            "decimal": self.digits.decimal,
            "charts": self.charts,
            "formulas": self.formulas.table,
        }
        text = json.dumps(found, ensure_ascii=False, separators=(",", ":"))
        for sign in "<>&":
            text = text.replace(sign, f"\\u{ord(sign):04x}")
        return Raw(steadied(text))


def every_dim(live: Live) -> tuple[Dim, ...]:
    """The sizes of the page, then those that only its checks know."""
    architecture = live.architecture
    more: list[Dim] = []
    for word, (size, _) in architecture.sizes.items():
        more += [dim(word), *(() if isinstance(size, int) else size.dims())]
    for relation in (*architecture.relations, *architecture.cited):
        more += [relation.dim, *relation.value.dims()]
    for limit in architecture.limits:
        more += [dim(limit.small), dim(limit.large), *limit.more.dims()]
    for count, _ in architecture.counts:
        more += count.dims()
    return tuple(dict.fromkeys([*live.dims, *more]))

"""What the checker says: a status, the conditions or the errors, and the difference in closed form.

A `Verdict` judges one formula against one truth; a `Marked` work holds one for each of its lines.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, Any, final

from symcost.algebra.plain import python
from symcost.algebra.shown import Shown

if TYPE_CHECKING:
    from fractions import Fraction

    from symcost.algebra.form import Form
    from symcost.algebra.poly import Number

SHORT = 60  # characters of a formula in a `repr`


class Status(Enum):
    """right; right under named conditions; leading order only; wrong with the errors named; not
    equal and not explained; not readable.
    """

    RIGHT = "right"
    RIGHT_UNDER = "right_under"
    APPROXIMATION = "approximation"
    WRONG = "wrong"
    UNKNOWN = "unknown"
    UNUSABLE = "unusable"


@final
@dataclass(frozen=True)
class Edit:
    """One thing that was done to the truth, and turns it into what the writer has.

    `kind` is a key of `errors/`, `term` what it was done to (`layer.attention.W_O`, words),
    `factor` what the writer's term is of the true one ("h", "1/2"), empty where it is no multiple.
    `given` and `true` are that term as the writer has it and as it should be, None where there is
    none. `ratio` is the writer's total over the truth if nothing else were wrong, at the numbers.
    """

    kind: str
    term: str
    explanation: str
    factor: str = ""
    given: Form | None = None
    true: Form | None = None
    ratio: Fraction | None = None


@final
@dataclass(frozen=True)
class Meaning:
    """What a letter was taken for, and why: an alias, a value, a word, the user's own `--let`."""

    letter: str
    stands_for: str
    why: str


@final
@dataclass(frozen=True)
class Numbers:
    """The formula, the truth and the printed number, at the same sizes; None where one is open."""

    given: Number | None = None
    true: Number | None = None
    claimed: Number | None = None
    sizes: tuple[tuple[str, int], ...] = ()


@final
@dataclass(frozen=True)
class Lint:
    """What is wrong with a formula by itself: degree, sign, homogeneity, units, and the term."""

    rule: str
    term: str
    explanation: str


@final
@dataclass(frozen=True)
class Verdict(Shown):
    """A formula, judged.

    `read` echoes how it was read; `quantity`, `model` and `convention` say against what it was held
    (empty where nothing was asked). `conditions` are the conventions and relations under which it
    is right. `edits` is the smallest set of errors that explains it exactly, `alternatives` others
    that do. `dropped` is what an approximation leaves out: truth minus formula. `difference` is
    formula minus truth. `remark` is one more sentence, such as a right formula with a wrong number.

    >>> found = symcost.check("4*L*d**2 + L*d*d_ff", model="lecture", quantity="params")
    >>> found.status
    <Status.WRONG: 'wrong'>
    >>> found.numbers.given, found.numbers.true
    (56623104, 84934656)
    >>> [(each.kind, each.term, each.factor) for each in found.edits]
    [('feed_product_missing', 'layer.feed_forward.W_1', '0')]
    """

    status: Status
    source: str
    read: str = ""
    quantity: str = ""
    model: str = ""
    convention: str = ""
    scope: str = ""
    conditions: tuple[str, ...] = ()
    edits: tuple[Edit, ...] = ()
    alternatives: tuple[tuple[Edit, ...], ...] = ()
    given: Form | None = None
    true: Form | None = None
    difference: Form | None = None
    dropped: Form | None = None
    numbers: Numbers = field(default_factory=Numbers)
    meanings: tuple[Meaning, ...] = ()
    notes: tuple[str, ...] = ()
    lint: tuple[Lint, ...] = ()
    remark: str = ""

    def __repr__(self) -> str:
        what = " of ".join(each for each in (self.quantity, self.model) if each)
        said = self.source if len(self.source) <= SHORT else f"{self.source[:SHORT]}..."
        return f"<symcost verdict {self.status.value}: {said!r}{f' for {what}' if what else ''}>"

    def as_data(self) -> dict[str, Any]:
        """Plain data with stable names, for JSON."""
        return {
            "status": self.status.value,
            "source": self.source,
            "read": self.read,
            "quantity": self.quantity,
            "model": self.model,
            "convention": self.convention,
            "scope": self.scope,
            "conditions": list(self.conditions),
            "edits": [_edit(each) for each in self.edits],
            "alternatives": [[_edit(each) for each in some] for some in self.alternatives],
            "given": _shown(self.given),
            "true": _shown(self.true),
            "difference": _shown(self.difference),
            "dropped": _shown(self.dropped),
            "numbers": {
                "given": _number(self.numbers.given),
                "true": _number(self.numbers.true),
                "claimed": _number(self.numbers.claimed),
                "sizes": dict(self.numbers.sizes),
            },
            "meanings": [
                {"letter": each.letter, "stands_for": each.stands_for, "why": each.why}
                for each in self.meanings
            ],
            "notes": list(self.notes),
            "lint": [
                {"rule": each.rule, "term": each.term, "explanation": each.explanation}
                for each in self.lint
            ],
            "remark": self.remark,
        }


@final
@dataclass(frozen=True)
class MarkedLine:
    """A line of somebody's work.

    `name` is what it assigns, empty for a bare formula. `carried` says that it is right only given
    the writer's own earlier lines, of which `because` names the wrong ones. `verdict` is None for a
    line that claims nothing that can be judged; `why` then says so.
    """

    number: int
    source: str
    name: str = ""
    verdict: Verdict | None = None
    carried: bool = False
    because: tuple[str, ...] = ()
    why: str = ""
    cell: int | None = None


@final
@dataclass(frozen=True)
class Marked(Shown):
    """A whole work: a script, a notebook, a page, or a chain. `first_wrong` is a line's number.

    >>> chain = symcost.check("N = 12*L*d**2 = 12*12*768**2", model="lecture")
    >>> [(each.source, each.verdict.status.value) for each in chain.lines]
    [('12*L*d**2', 'right_under'), ('12*12*768**2', 'right')]
    """

    title: str
    lines: tuple[MarkedLine, ...]
    notes: tuple[str, ...] = ()

    def __repr__(self) -> str:
        return f"<symcost marked {self.status.value}: {self.title!r}, {len(self.lines)} lines>"

    @property
    def status(self) -> Status:
        """The worst of the lines: one wrong line makes the work wrong."""
        found = {each.verdict.status for each in self.lines if each.verdict is not None}
        for status in (
            Status.WRONG,
            Status.UNKNOWN,
            Status.APPROXIMATION,
            Status.RIGHT_UNDER,
            Status.RIGHT,
        ):
            if status in found:
                return status
        return Status.UNUSABLE

    @property
    def first_wrong(self) -> int | None:
        """The number of the first line that is wrong by itself."""
        for each in self.lines:
            if each.verdict is not None and each.verdict.status is Status.WRONG:
                return each.number
        return None

    def as_data(self) -> dict[str, Any]:
        """Plain data with stable names, for JSON."""
        return {
            "status": self.status.value,
            "title": self.title,
            "first_wrong": self.first_wrong,
            "notes": list(self.notes),
            "lines": [
                {
                    "line": each.number,
                    "cell": each.cell,
                    "source": each.source,
                    "name": each.name,
                    "carried": each.carried,
                    "because": list(each.because),
                    "why": each.why,
                    "verdict": None if each.verdict is None else each.verdict.as_data(),
                }
                for each in self.lines
            ],
        }


def _edit(edit: Edit) -> dict[str, Any]:
    return {
        "term": edit.term,
        "kind": edit.kind,
        "factor": edit.factor,
        "explanation": edit.explanation,
        "given": _shown(edit.given),
        "true": _shown(edit.true),
        "ratio": _number(edit.ratio),
    }


def _shown(form: Form | None) -> str | None:
    return None if form is None else python(form)


def _number(value: Number | None) -> int | str | None:
    if value is None or isinstance(value, int):
        return value
    return value.numerator if value.denominator == 1 else f"{value.numerator}/{value.denominator}"

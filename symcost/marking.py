"""`symcost.check`: somebody's formula, or a whole work, held against a model.

symcost.check("12*L*d**2", model="gpt2", quantity="params_non_embedding")   # a Verdict
symcost.check_file("homework.py", model="lecture")                          # a Marked
"""

from __future__ import annotations

import re
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

from symcost.catalog import find as catalog
from symcost.catalog.sizes import named_sizes
from symcost.checking.freely import Asked, check_freely
from symcost.checking.grammar import ReadError
from symcost.checking.lint import lint
from symcost.checking.reading import read_any
from symcost.checking.shown_numbers import number_at
from symcost.checking.subject import Subject
from symcost.checking.tree import Name, python
from symcost.checking.verdict import Marked, MarkedLine, Status, Verdict
from symcost.model import Model, load

if TYPE_CHECKING:
    from collections.abc import Mapping

    from symcost.checking.grammar import Chain, Reading
    from symcost.checking.tree import Node
    from symcost.checking.work import Work
    from symcost.quantities.convention import Convention

DEFAULT_QUANTITY = "params"
LONGEST_ECHO = 400
NUMBER_ALONE = re.compile(r"[0-9][0-9.,_]*\s*([KMBGT]|thousand|million|billion|trillion)")


class CheckError(ValueError):
    """A question that cannot be asked: the message says what is missing or unknown."""


def check(
    formula: str,
    *,
    model: str | Path | Mapping[str, Any] | Model | None = None,
    quantity: str | None = None,
    let: Mapping[str, str] | None = None,
    sizes: Mapping[str, int] | None = None,
    convention: str | Convention | None = None,
    scope: str | None = None,
    claimed: str | int | None = None,
    strict: bool = False,
) -> Verdict | Marked:
    """The verdict on a formula, LaTeX or typed: right, right under, approximation, wrong, unknown.

    `model` is what `symcost.load` takes; without one the formula is only linted. `let` says what
    names stand for (`H="heads"`), `claimed` the number that was printed. With `strict` only the
    convention given (the default one) counts as right. A chain a = b = c gives a `Marked` with a
    verdict on each side. A formula that cannot be read is `UNUSABLE`, the column in `remark`.

    >>> verdict = symcost.check("12*L*d**2", model="gpt2", quantity="params_non_embedding")
    >>> verdict.status.value, verdict.conditions
    ('right_under', ('d_ff = 4 d', 'without norms', 'without biases'))
    >>> symcost.check("8*L*d**2 + 4*L*d*d_ff", model="lecture").edits[0].explanation
    'everything counted twice'
    """
    try:
        reading, _ = read_any(_number_alone(formula), _names(let))
    except ReadError as error:
        return Verdict(Status.UNUSABLE, formula[:LONGEST_ECHO], remark=str(error))
    nodes = [_sides(chain) for chain in reading.chains]
    if model is None:
        return _linted(formula, nodes, reading, quantity or "")
    loaded = model if isinstance(model, Model) else load(model)
    wanted = quantity or DEFAULT_QUANTITY
    subject = subject_of(loaded, sizes, convention)
    asked = Asked(
        nodes[0][0],
        wanted,
        formula[:LONGEST_ECHO],
        scope,
        let=let,
        claimed=_claimed(claimed),
        strict=strict,
        notes=reading.notes,
    )
    catalog.quantity(wanted)  # names the nearest one where there is none of this name
    sides = [side for each in nodes for side in each]
    if len(sides) == 1:
        return _one(subject, replace(asked, node=sides[0]))
    return _chain(subject, asked, nodes, formula)


def check_file(
    path: Path,
    *,
    model: str | Path | Mapping[str, Any] | Model | None = None,
    quantity: str | None = None,
    let: Mapping[str, str] | None = None,
    sizes: Mapping[str, int] | None = None,
    convention: str | Convention | None = None,
    scope: str | None = None,
    strict: bool = False,
) -> Marked:
    """A script, a notebook or a page with mathematics, marked line by line.

    What is not understood is named with its line, and the rest is checked. Raises `WorkError` for a
    file that cannot be read at all.

    >>> marked = symcost.check_file("docs/homework/homework.py", model="lecture")
    >>> marked.status.value, marked.first_wrong
    ('wrong', 21)
    """
    from symcost.checking.files import read_file

    return mark_work(
        read_file(Path(path)),
        model=model,
        quantity=quantity,
        let=let,
        sizes=sizes,
        convention=convention,
        scope=scope,
        strict=strict,
    )


def mark_work(
    work: Work,
    *,
    model: str | Path | Mapping[str, Any] | Model | None = None,
    quantity: str | None = None,
    let: Mapping[str, str] | None = None,
    sizes: Mapping[str, int] | None = None,
    convention: str | Convention | None = None,
    scope: str | None = None,
    strict: bool = False,
) -> Marked:
    """A work that is read already, marked line by line."""
    from symcost.checking.marks import mark

    if model is None:
        raise CheckError("a work is held against a model: add --model, such as --model gpt2")
    loaded = model if isinstance(model, Model) else load(model)
    subject = subject_of(loaded, sizes, convention)
    return mark(subject, work, quantity, let or {}, scope=scope, strict=strict)


def _number_alone(formula: str) -> str:
    """A text that is one number with a suffix, as 175B or 124M, as its digits."""
    text = formula.strip()[:80]
    if not NUMBER_ALONE.fullmatch(text):
        return formula
    found = number_at(text)
    if found is None:
        return formula
    value = found[0].bare * found[0].scale
    return str(value.numerator) if value.denominator == 1 else formula


def subject_of(
    model: Model, sizes: Mapping[str, int] | None, convention: str | Convention | None
) -> Subject:
    """A model at some sizes, and a way to count."""
    named = named_sizes(sizes or {})
    binding = model.binding(**{each.symbol: value for each, value in named.items()})
    chosen = catalog.convention(convention) if isinstance(convention, str) else convention
    values = {each: bound.value for each, bound in binding.items()}
    return Subject(model.architecture, model.root, values, chosen or catalog.convention("torch"))


def _one(subject: Subject, asked: Asked) -> Verdict:
    try:
        verdict = check_freely(subject, asked)
    except (ValueError, ZeroDivisionError) as error:
        return Verdict(Status.UNUSABLE, asked.source, read=python(asked.node), remark=str(error))
    return replace(verdict, lint=tuple(lint(asked.node, asked.quantity, asked.let or {})))


def _chain(subject: Subject, asked: Asked, nodes: list[list[Node]], text: str) -> Marked:
    """Every side of every chain, each held against the truth."""
    lines = []
    for number, sides in enumerate(nodes, 1):
        for side in sides:
            source = python(side)
            verdict = _one(subject, replace(asked, node=side, source=source))
            lines.append(MarkedLine(number, source, verdict=verdict))
    return Marked(text[:80], tuple(lines), asked.notes)


def _sides(chain: Chain) -> list[Node]:
    """The sides that claim something: a bare name in front, as in N = ..., is only a label."""
    sides = list(chain.sides)
    if len(sides) > 1 and isinstance(sides[0], Name):
        sides = sides[1:]
    return sides


def _linted(formula: str, nodes: list[list[Node]], reading: Reading, quantity: str) -> Verdict:
    """Without a model: how it was read, and what is wrong with it by itself."""
    node = nodes[0][0]
    found = tuple(lint(node, quantity, {}))
    return Verdict(
        Status.UNKNOWN,
        formula[:LONGEST_ECHO],
        read=python(node),
        notes=reading.notes,
        lint=found,
        remark="no model is given, so there is nothing to hold it against: add --model",
    )


def _names(let: Mapping[str, str] | None) -> tuple[str, ...]:
    from symcost.algebra.dim import all_dims

    known = [name for each in all_dims() for name in (each.symbol, each.word, *each.aliases)]
    return (*known, *(let or {}))


def _claimed(value: str | int | None) -> Fraction | None:
    if value is None:
        return None
    if isinstance(value, str):
        found = number_at(value[:80])
        if found is None or found[2] < len(value.rstrip()):
            raise CheckError(f"{value[:40]!r} is not a number: write 124439808 or 124M")
        return found[0].bare * found[0].scale
    from symcost.checking.claims import exact_number

    exact = exact_number(value)
    return None if exact is None else Fraction(exact)

"""What a page says for other sizes than those in force: one case for each answer there is.

A section is written once, as a function of its subject. Here it is asked again for subjects with
fewer or more sizes, or with other proportions; nothing is made before somebody wants it.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from itertools import combinations
from typing import TYPE_CHECKING, TypeAlias, TypeVar

from symcost.algebra.form import Sym, expanded, product
from symcost.algebra.poly import Poly
from symcost.graph.architecture import Bound
from symcost.render.page import Block, Case, Cases, Equal, Run, Sentence, Test, flat, prose

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from symcost.algebra.dim import Dim
    from symcost.algebra.form import Form
    from symcost.algebra.identity import Relation
    from symcost.render.parts import Subject

Content: TypeAlias = "Sequence[Block | Cases]"
T = TypeVar("T")
MOST = 3  # symbols without a size that are told apart; of more, only none and all


def by_known(
    subject: Subject, dims: Iterable[Dim], make: Callable[[Subject], Content]
) -> list[Block | Cases]:
    """What `make` says, for all ways in which some of these symbols may have no size."""
    open_ = sorted(subject.optional.intersection(dims), key=lambda each: each.key)
    if not open_:
        return [*make(subject)]
    cases = []
    for free in _subsets(open_):
        known = [each for each in open_ if each not in free]
        tests = [Test(Sym(each), "known") for each in known]
        tests += [Test(Sym(each), "unknown") for each in free]
        if len(open_) > MOST and not known:
            tests = [Test(product(map(Sym, open_)), "unknown")]
        cases.append(Case(tuple(tests), partial(make, _with_sizes(subject, known, free))))
    return [Cases(tuple(flat(make(subject))), tuple(cases))]


def by_proportions(
    subject: Subject, dims: Iterable[Dim], make: Callable[[Subject], Content]
) -> list[Block | Cases]:
    """What `make` says, for all ways in which some of the published proportions may hold."""
    seen = set(dims)
    cited = [each for each in subject.architecture.cited if each.dim in seen]
    if not cited:
        return [*make(subject)]
    whole = replace(subject, obeyed=tuple(cited))
    cases = []
    for broken in _subsets(cited):
        kept = tuple(each for each in cited if each not in broken)
        tests = [Test(gap(each), "not zero" if each in broken else "zero") for each in cited]
        said = partial(make, replace(subject, obeyed=kept)) if kept else _lapsed(make, whole, cited)
        cases.append(Case(tuple(tests), said))
    return [Cases(tuple(flat(make(subject))), tuple(cases))]


def by_sign(subject: Subject, form: Form, make: Callable[[str], Content]) -> list[Block | Cases]:
    """What `make` says of "positive", "negative" and "zero"; every size of the form is known."""
    ways = ("positive", "negative", "zero")
    cases = tuple(Case((Test(form, way),), partial(make, way)) for way in ways)
    now = next(way for way in ways if Test(form, way).holds(subject.values))
    return [Cases(tuple(flat(make(now))), cases)]


def gap(relation: Relation) -> Form:
    """What is zero exactly where the relation holds."""
    return expanded(Poly.of(relation.dim) - relation.value)


def _subsets(things: Sequence[T]) -> Iterator[tuple[T, ...]]:
    sizes = range(len(things) + 1) if len(things) <= MOST else (0, len(things))
    for size in sizes:
        yield from combinations(things, size)


def _lapsed(
    make: Callable[[Subject], Content], whole: Subject, cited: Sequence[Relation]
) -> Callable[[], Content]:
    """Where no proportion holds: that it is so, if there would be anything to say otherwise."""

    def say() -> Content:
        bare = make(replace(whole, obeyed=()))
        if list(flat(bare)) == list(flat(make(whole))):
            return bare
        runs: list[Run] = []
        for each in cited:
            runs += [", " if runs else "", Equal(*each.sides())]
        return [prose("The published sizes have ", Sentence(tuple(runs)), "; these do not."), *bare]

    return say


def _with_sizes(subject: Subject, known: Iterable[Dim], free: Iterable[Dim]) -> Subject:
    """The subject with sizes for the known symbols, any where it has none, and without the free."""
    binding = {each: held for each, held in subject.binding.items() if each not in set(free)}
    for at, each in enumerate(known):
        binding.setdefault(each, Bound(101 + at, "any"))
    return replace(subject, binding=binding, live=True)

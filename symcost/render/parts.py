"""The parts of a page about one model: notation, declaration, claims, numbers, breakdown."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import cached_property
from typing import TYPE_CHECKING, final
from zlib import crc32

from symcost.algebra.dim import dim
from symcost.algebra.form import (
    Form,
    Named,
    Num,
    Quotient,
    Sym,
    dims_of,
    evaluate,
    expanded,
    names_in,
    polynomial,
    product,
)
from symcost.algebra.identity import put_in, solve
from symcost.algebra.numbers import with_numbers
from symcost.algebra.phrase import Phrase, capital, joined, say, verbatim
from symcost.algebra.plain import people
from symcost.algebra.poly import Poly
from symcost.algebra.proof import Derivation, Rule, Step, rewritten
from symcost.algebra.simplify import content, simplest, written
from symcost.catalog.sources import cited, said_place, told_apart
from symcost.graph.architecture import dims_of_model
from symcost.graph.component import Part
from symcost.graph.tensor import Kind, Op
from symcost.plot.collect import REST, Range, Shares, draw, geometric
from symcost.plot.figure import MOST, Figure
from symcost.quantities.interpret import matrix_axes
from symcost.quantities.prove import Wish, derive
from symcost.render.cases import by_known, by_proportions, gap
from symcost.render.measure import width
from symcost.render.page import (
    Block,
    Case,
    Cases,
    Cell,
    Chain,
    Cite,
    Code,
    Equal,
    Heading,
    Line,
    Live,
    Matrices,
    Name,
    Origin,
    Picture,
    Run,
    Share,
    Stake,
    Strong,
    Table,
    Test,
    Value,
    prose,
    with_and,
)
from symcost.render.writer import words

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from symcost.algebra.dim import Dim
    from symcost.algebra.identity import Relation
    from symcost.catalog.sources import Cited
    from symcost.graph.architecture import Architecture, Bound
    from symcost.graph.component import Component
    from symcost.quantities.convention import Convention
    from symcost.quantities.interpret import Measured
    from symcost.quantities.ledger import Ledger

LONGEST_SLUG = 60
REACH = (128, 131_072)  # tokens of the figure, from a short sequence to a long one
WIDEST = 40  # characters of a closed form in a table

SCOPE_WORDS = {
    "model": "of the whole model",
    "batch": "of B sequences of s tokens",
    "sequence": "of one sequence of s tokens",
    "token": "for each token, at context s",
}

AFTER_CACHE = {
    "model": "of the whole model",
    "batch": "of B sequences",
    "sequence": "of one sequence",
    "token": "for each new token",
}
CACHED = dim("cached")


@final
@dataclass(frozen=True)
class Subject:
    """What a page is about: a declared model, its sizes, the convention in force."""

    architecture: Architecture
    root: Component
    convention: Convention
    binding: Mapping[Dim, Bound] = field(default_factory=dict)
    style: str | None = None
    live: bool = False
    obeyed: tuple[Relation, ...] | None = None

    @property
    def label(self) -> str:
        """The model's name as labels and anchors take it: letters, digits and hyphens."""
        return slug(self.architecture.name)

    @property
    def relations(self) -> tuple[Relation, ...]:
        """Relations that hold for every size of this architecture."""
        return self.architecture.relations

    @property
    def cited(self) -> tuple[Relation, ...]:
        """Relations that hold for the sizes in force."""
        if self.obeyed is not None:
            return self.obeyed
        return self.architecture.proportions(self.values)

    @cached_property
    def optional(self) -> frozenset[Dim]:
        """Symbols that have a size only where somebody gives one."""
        sure = self.architecture.bind({}, self.root)
        return frozenset(self.architecture.dims(self.root)) - frozenset(sure)

    @property
    def sizes(self) -> Live | None:
        """What a reader may change; nothing where a plan ties the sizes to numbers of devices."""
        if self.convention.plan is not None:
            return None
        dims = self.architecture.dims(self.root)
        return Live(self.architecture, dims, self.binding)

    @property
    def values(self) -> dict[Dim, int]:
        """Sizes without their origins."""
        return {each: bound.value for each, bound in self.binding.items()}

    def scope_words(self, scope: str) -> Phrase:
        """What a number is of, in words; after a cache other words hold."""
        if CACHED not in dims_of_model(self.root):
            return say(SCOPE_WORDS[scope])
        new = people(expanded(self.root.size("time")))
        return say("{0}, {1} new after t cached", say(AFTER_CACHE[scope]), new)

    def derivation(self, quantity: Measured, scope: str | None = None) -> Derivation:
        """The derivation of a quantity, in the style asked for."""
        ledger = quantity.ledger(self.root, self.convention, scope)
        return derive(ledger, self.root, quantity.letter, self.relations, Wish(self.style))

    def total(self, quantity: Measured, scope: str | None = None) -> Named:
        """The letter of a quantity, standing for the closed form that its derivation ends with."""
        return self.derivation(quantity, scope).name

    def closed(self, ledger: Ledger) -> Form:
        """The simplest closed form of a ledger's total."""
        return simplest(put_in(ledger.total, self.relations)).form


def notation(subject: Subject, dims: Iterable[Dim]) -> list[Block | Cases]:
    """The table of symbols, with the sizes of the model and where they come from."""
    rows: list[tuple[Cell, ...]] = []
    shown = set(dims_of_model(subject.root))
    shown |= {one for each in subject.relations for one in each.value.dims() if each.dim in shown}
    plan = subject.convention.plan
    shown |= set(plan.dims() if plan is not None else ())
    for each in sorted(shown & set(dims), key=lambda one: one.key):
        bound = subject.binding.get(each)
        value = Value(bound.value if bound else None, Sym(each), "free")
        origin = Origin(_origin(bound.origin if bound else ""), each)
        rows.append((Sym(each), each.meaning, value, origin))
    label = f"{subject.label}:notation"
    blocks: list[Block | Cases] = [Heading(1, "Notation", label)]
    blocks.append(
        Table(label, "Symbols", ("Symbol", "Meaning", "Value", "From"), "lprp", tuple(rows))
    )
    for relation in (*subject.relations, *subject.architecture.cited):
        if relation.dim in shown:
            said = prose(Equal(*relation.sides()), ": ", say(relation.reason), ".")
            blocks.append(said if relation in subject.relations else _held(subject, relation, said))
    return blocks


def _origin(text: str) -> Phrase:
    """Where a size comes from; of a table of a work, the place is said in other languages too."""
    work, comma, place = text.rpartition(", ")
    if isinstance(text, Phrase) or not comma:
        return verbatim(text)
    return joined(", ", (work, said_place(place)))


def _held(subject: Subject, relation: Relation, said: Block) -> Cases:
    """What is said only of sizes that have the published proportion."""
    away = prose(Equal(*relation.sides()), " does not hold at these sizes.")
    cases = (
        Case((Test(gap(relation), "zero"),), lambda: [said]),
        Case((Test(gap(relation), "not zero"),), lambda: [away]),
    )
    return Cases((said,) if relation in subject.cited else (), cases)


def declaration(subject: Subject) -> list[Block]:
    """The declaration as a table of shapes: everything below is read off it."""
    rows = tuple(_rows(subject.root, Name("model")))
    name = subject.label
    return [
        Heading(1, "Declaration", f"{name}:declaration"),
        prose(
            "A product of matrices is shown as (rows × inner)(inner × columns), done for every "
            "combination of the axes in the last column. Everything below is read off this table."
        ),
        Table(
            f"{name}:declaration",
            say(subject.root.law or "The declaration"),
            ("Part", "Operation", "Shapes", "For every"),
            "llll",
            rows,
        ),
    ]


def sources(subject: Subject) -> tuple[list[Block], tuple[Cited, ...]]:
    """Which component follows which source, and everything that the page cites."""
    own = [each for each in subject.root.walk() if each.source]
    names: dict[str, list[Run]] = {}
    for each in own:
        root = each is subject.root
        follower = verbatim(words(each.name)) if root else Name(each.name)
        names.setdefault(each.source, []).append(follower)
    architecture, counted = subject.architecture.source, subject.convention.source.split(":")[0]
    every = told_apart(cited([architecture, *(each.source for each in own), counted]))
    shorts = {each.source.key: each.short for each in every}
    runs: list[Run] = []
    for source, followers in names.items():
        runs.append("; " if runs else " ")
        for at, name in enumerate(dict.fromkeys(followers)):
            runs += [", " if at else "", name]
        runs.append(": ")
        for at, one in enumerate(cited([source])):
            where = joined(", ", ("", *one.places))
            runs += [
                ", " if at else "",
                Cite(one.source.key, shorts.get(one.source.key, one.short)),
                where,
            ]
    said: list[Block] = [prose(Strong("Sources."), *runs, ".")] if runs else []
    return said, every


def picture(subject: Subject, ledger: Ledger, prefix: str) -> list[Block | Cases]:
    """Where the work of one sequence goes as it grows, where every other size is known."""
    time = dim("time")
    used = put_in(ledger.total, subject.relations).dims()
    if time not in used:
        return []
    others = [each for each in used if each is not time]
    return by_known(subject, others, lambda subject: _picture(subject, ledger, prefix, time))


def _picture(subject: Subject, ledger: Ledger, prefix: str, time: Dim) -> list[Block]:
    given = {each: value for each, value in subject.values.items() if each is not time}
    used = put_in(ledger.total, subject.relations).dims()
    if any(each not in given for each in used if each is not time):
        return []
    shares = Shares(ledger, subject.architecture, subject.root, given, time)
    places = geometric(*REACH)
    if subject.live:  # the sizes may be any: a page that asks for this draws by itself
        figure, drawn = Figure("", "", "", places, (), (), ()), set([*shares.groups][:MOST])
    else:
        figure = draw(shares, Range(time, places, even=False), "", stacked=True)
        drawn = {each.label for each in figure.series}
    stakes, solved = [], solve(subject.relations)
    for label, terms in shares.groups.items():
        amount = Poly.sum(term.amount for term in terms).substitute(solved)
        form = written(amount, "factored").form
        stakes.append(Stake(label, label if label in drawn else REST, form))
    caption = say(
        "Where the work goes as {0} grows: {1}, shares of one sequence",
        time.symbol,
        say(ledger.quantity.replace("_", " ")),
    )
    return [Picture(f"{prefix}:shares", caption, figure, tuple(stakes), time)]


def _rows(component: Component, place: Name) -> Iterator[tuple[Cell, ...]]:
    biases = {
        item.reads[0].name: weight.name
        for item in component.body
        if isinstance(item, Op) and item.function == "add"
        for weight in item.weights
    }
    for item in component.body:
        if isinstance(item, Part):
            times = expanded(item.times)
            inside = Name(item.name)
            if item.times != 1:
                how = "side by side" if item.stack else "one after the other"
                yield inside, (times, " times, ", say(how)), "", ""
            yield from _rows(item.component, inside)
            continue
        row = _row(component, item, biases.get(item.writes.name, ""))
        if row is not None:
            yield place, *row


def _row(component: Component, op: Op, bias: str) -> tuple[Cell, ...] | None:
    if op.kind is Kind.REMEMBER or (op.function == "add" and op.weights):
        return None
    size = [expanded(component.size(axis)) for axis in op.writes.axes]
    if op.kind is Kind.ROUTE:
        if op.weights:
            return None  # the products with the chosen slices say it
        every, few = (
            product(expanded(component.size(axis)) for axis in axes)
            for axes in (
                [a for a in op.reads[0].axes if a not in op.writes.axes],
                [a for a in op.writes.axes if a not in op.reads[0].axes],
            )
        )
        return (Name(op.name),), (few, " of ", every), ""
    if op.kind in (Kind.WINDOW, Kind.CARRY):
        kept = "slices side by side" if op.kind is Kind.WINDOW else "handed on"
        return (Name(op.name),), (kept,), (product(size),)
    if op.kind is Kind.GATHER:
        table = op.weights[0]
        eaten = [axis for axis in table.axes if axis not in op.writes.axes]
        rows = product(expanded(component.size(axis)) for axis in eaten)
        made = [axis for axis in table.axes if axis in op.writes.axes]
        width = product(expanded(component.size(axis)) for axis in made)
        ids = [expanded(component.size(axis)) for axis in op.reads[0].axes]
        return (
            ("look up ", Name(table.name)),
            ("a row of ", Matrices(((rows, width),))),
            (product(ids),),
        )
    if op.kind is Kind.MAP:
        own = tuple(run for weight in op.weights for run in (", ", Name(weight.name)))
        own += (", ", Name(bias)) if bias else ()
        return ((Name(op.name), *own), ("elementwise",), (product(size),))
    shared, lines, inner, columns = (
        product(expanded(component.size(axis)) for axis in axes) for axes in matrix_axes(op)
    )
    what: tuple[Run, ...] = (Name(op.name),) if not bias else (Name(op.name), ", ", Name(bias))
    pairs: tuple[Run, ...] = (", causal",) if op.mask else ()
    shapes = Matrices(((lines, inner), (inner, columns)))
    each = product([]) == shared
    return what, (shapes, *pairs), "" if each else (shared,)


def claims(derivation: Derivation, prefix: str) -> list[Block]:
    """One chain for each claim, the parts first; equal claims are said once."""
    return list(_claims(derivation, prefix, {}, outermost=True))


def _claims(
    claim: Derivation, prefix: str, said: dict[Form, set[Named]], outermost: bool
) -> Iterator[Block]:
    for child in claim.children:
        yield from _claims(child, prefix, said, outermost=False)
    names = said.setdefault(claim.start, set())
    if claim.name in names:
        return
    names.add(claim.name)
    if len(names) > 1:
        yield prose("Likewise ", Equal(claim.name, claim.result), ": ", say(claim.name.label), ".")
        return
    if claim.name.label:
        yield prose(Strong(say("{0}.", capital(claim.name.label))), " ", say(claim.why))
    elif claim.children:
        yield prose("All together:")
    label = f"{prefix}:{slug(claim.name.label) if claim.name.label else 'total'}"
    yield Chain(label, claim.name, chain_lines(claim.start, claim.steps), boxed=outermost)


def chain_lines(start: Form, steps: Iterable[Step]) -> tuple[Line, ...]:
    """The lines of a chain: the start, then what each step arrives at and why."""
    return (Line(start), *(Line(step.after, reason(step), step.given) for step in steps))


def reason(step: Step) -> tuple[Run, ...]:
    """Why a step holds, in words and with the relations it cites."""
    if step.rule is Rule.SUBSTITUTE:
        cited: list[Run] = []
        for relation in step.given:
            cited += [", " if cited else "with ", Equal(*relation.sides())]
        return tuple(cited)
    if step.by is not None:
        return (f"{step.reason} ", Sym(step.by))
    if step.rule is Rule.NUMBERS:
        return ("put in the numbers",) if step.given else ()
    return (step.reason or step.rule.value,)


def special_case(subject: Subject, claim: Derivation, prefix: str) -> list[Block | Cases]:
    """The closed form once the published proportions are put in: 12 L d^2."""

    def make(subject: Subject) -> list[Block]:
        acting = [each for each in subject.cited if each.dim in used]
        steps = rewritten(claim.result, subject.cited) if acting else ()
        if not any(step.rule is Rule.SUBSTITUTE for step in steps):
            return []
        lines = chain_lines(claim.result, steps)
        return [
            prose("With the proportions of this model:"),
            Chain(f"{prefix}:proportions", claim.name, lines, boxed=True),
        ]

    used = dims_of(claim.result)
    return by_proportions(subject, used, make)


def numbers(subject: Subject, claim: Derivation, prefix: str) -> list[Block | Cases]:
    """The closed form with the sizes put in, line by line."""
    return by_known(
        subject, dims_of(claim.result), lambda subject: numbers_at(subject, claim, prefix)
    )


def numbers_at(subject: Subject, claim: Derivation, prefix: str) -> list[Block]:
    """The same for the sizes in force alone."""
    steps = with_numbers(claim.result, subject.values, live=subject.live)
    if not steps:
        return []
    free = [each.symbol for each in dims_of(claim.result) if each not in subject.values]
    names = () if free else names_in(claim.result)
    if free:
        told = prose("Only now the numbers (", verbatim(", ".join(free)), " left free):")
    elif names:
        parts = [
            Equal(name, Num(evaluate(name.value, subject.values), name.value)) for name in names
        ]
        told = prose("Only now the numbers. With ", with_and(parts), ":")
    else:
        told = prose("Only now the numbers:")
    # That numbers are put in is what the sentence says; the line need not say it once more.
    first, *rest = chain_lines(claim.result, steps)
    lines = (
        replace(line, reason=()) if step.rule is Rule.NUMBERS else line
        for step, line in zip(steps, rest, strict=True)
    )
    return [
        told,
        Chain(f"{prefix}:numbers", claim.name, (first, *lines)),
    ]


def breakdown(
    subject: Subject, ledger: Ledger, derivation: Derivation, prefix: str, caption: str
) -> list[Block | Cases]:
    """Each part with its closed form, its value and its share."""
    whole = put_in(ledger.total, subject.relations)
    rows = _parts(subject, ledger, derivation)
    return by_known(
        subject, whole.dims(), lambda subject: [_breakdown(subject, rows, prefix, caption)]
    )


def _breakdown(
    subject: Subject,
    parts: Sequence[tuple[Cell, Form, Poly]],
    prefix: str,
    caption: str,
) -> Table:
    """The table; the last part is the whole."""
    values = subject.values
    _, whole, amount = parts[-1]
    bound = all(each in values for each in amount.dims())
    all_of_it = amount.at(values) if bound else 0
    rows: list[tuple[Cell, ...]] = []
    for place, form, closed in parts:
        row: tuple[Cell, ...] = (place, form)
        if bound:
            value = closed.at(values)
            part = Share(Fraction(value) / all_of_it, Quotient(form, whole)) if all_of_it else ""
            row = (*row, Value(value, form), part)
        rows.append(row)
    heads = ("Part", "Closed form", "Value", "Share") if bound else ("Part", "Closed form")
    # A column of words breaks long sums; forms that fit stay on their line.
    column = "p" if any(width(form) > WIDEST for _, form, _ in parts) else "l"
    align = f"l{column}rr" if bound else f"l{column}"
    return Table(f"{prefix}:parts", caption, heads, align, tuple(rows), total=True)


def _parts(
    subject: Subject, ledger: Ledger, derivation: Derivation
) -> list[tuple[Cell, Form, Poly]]:
    """Name, form and amount of each part, and of the whole."""
    found: list[tuple[Cell, Form, Poly]] = []
    solved = solve(subject.relations)
    names: dict[Poly, tuple[Named, Poly]] = {}
    for name in names_in(derivation.result):
        value = polynomial(name.value).substitute(solved)
        names.setdefault(_bare(value), (name, content(value)))
    for place, amount in [*_by_place(ledger).items(), (("total",), ledger.total)]:
        closed = amount.substitute(solved)
        whole = amount is ledger.total
        if names and whole:
            form = derivation.result
        else:
            form = _named(closed, names) or _fitting(closed, whole)
        found.append((place, form, closed))
    return found


def _named(amount: Poly, names: Mapping[Poly, tuple[Named, Poly]]) -> Form | None:
    """The amount as a name times a single term: L_moe P_attention.

    The names stand under what they hold bare, with what was pulled out of it.
    """
    found = names.get(_bare(amount))
    if found is None:
        return None
    name, outside = found
    return product([expanded(content(amount) / outside), name])


def _bare(amount: Poly) -> Poly:
    """The amount without what all its terms share: the same for all its single multiples."""
    return amount / content(amount)


def _fitting(amount: Poly, shortest: bool) -> Form:
    """A closed form for a table: the shortest, or factored; a sum, which can break, if too wide."""
    form = written(amount, None if shortest else "factored").form
    return form if width(form) <= WIDEST else expanded(amount)


def _by_place(ledger: Ledger) -> dict[tuple[Run, ...], Poly]:
    places: dict[tuple[Run, ...], list[Poly]] = {}
    for term in ledger.terms:
        deep = term.path[:-1][:2] or term.path[:1]
        place: list[Run] = []
        for part in deep:
            place += [", " if place else "", Name(part)]
        places.setdefault(tuple(place[1:]), []).append(term.amount)
    return {place: Poly.sum(amounts) for place, amounts in places.items()}


def convention_line(convention: Convention) -> tuple[Run, ...]:
    """The convention in words: it stands on every output."""
    return ("Convention ", Code(convention.name), ": ", convention.sentence(), ".")


def slug(text: str) -> str:
    """Words for a label and the name of a file: letters, digits and hyphens only, and not many."""
    found = re.sub(r"[^A-Za-z0-9]+", "-", text).strip("-").lower() or "x"
    if len(found) <= LONGEST_SLUG:
        return found
    return f"{found[:LONGEST_SLUG]}-{crc32(found.encode()):08x}"

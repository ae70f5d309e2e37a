"""Answers as small pages: what a notebook shows of a model, a ledger, a claim, a named number.

A card is a `Page`, so every format sets it. Solved equations and comparisons have pages of their
own (`solve_page`, `crossover_page`, `comparison`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from symcost.algebra.form import Form, Named, dims_of, evaluate, expanded, product
from symcost.algebra.simplify import simplest
from symcost.catalog import find as catalog
from symcost.graph.architecture import dims_of_model
from symcost.render.page import Block, Cell, Chain, Code, Line, Name, Page, Run, Table, prose
from symcost.render.parts import claims, convention_line, notation

if TYPE_CHECKING:
    from collections.abc import Iterable

    from symcost.algebra.proof import Derivation
    from symcost.quantities.ledger import Ledger, Term
    from symcost.questions.which.answers import Answer
    from symcost.questions.which.ask import Naming
    from symcost.render.parts import Subject

HEADLINES = ("params", "params_active", "flops_forward", "flops_train", "kv_cache_bytes")
MOST_TERMS = 60
MOST_MODELS = 8


def model_card(subject: Subject) -> Page:
    """What the model is, its sizes with their origins, and the closed forms asked for most."""
    architecture = subject.architecture
    about: list[Run] = [Code(architecture.name)]
    about += [": ", architecture.source, "."] if architecture.source else []
    symbols = notation(subject, {*dims_of_model(subject.root), *subject.binding})
    blocks: list[Block] = [prose(*about), *(prose(note) for note in architecture.notes)]
    blocks += [each for each in symbols if isinstance(each, Table)]
    return Page(
        architecture.name,
        architecture.title,
        convention_line(subject.convention),
        (*blocks, _costs(subject)),
    )


def _costs(subject: Subject) -> Table:
    rows: list[tuple[Cell, ...]] = []
    met: set[Form] = set()
    for name in HEADLINES:
        quantity = catalog.quantity(name)
        ledger = quantity.ledger(subject.root, subject.convention)
        form = subject.closed(ledger)
        if name == "params_active" and form in met:
            continue  # of a dense model a token meets all parameters
        met.add(form)
        free = [each.symbol for each in dims_of(form) if each not in subject.values]
        worth: Cell = f"needs {', '.join(free)}" if free else evaluate(form, subject.values)
        per = "" if ledger.scope == "model" else f" per {ledger.scope}"
        rows.append((Code(name), form, worth, f"{ledger.unit}{per}"))
    heads = ("Quantity", "Closed form", "Value", "Unit")
    return Table(f"{subject.label}:costs", "What it costs", heads, "llrl", tuple(rows))


def ledger_card(ledger: Ledger) -> Page:
    """The closed form of a ledger, and its terms: where, what, how often, how much."""
    scope = "" if ledger.scope == "model" else f", per {ledger.scope}"
    known = catalog.quantities().get(ledger.quantity)
    title = known.meaning if known else ledger.quantity
    form = simplest(ledger.total).form
    name = Named(known.letter if known else "C", "", form)
    rows = [_term_row(each) for each in ledger.terms[:MOST_TERMS]]
    left = ledger.terms[MOST_TERMS:]
    if left:
        amount = sum((each.amount for each in left[1:]), left[0].amount)
        more = simplest(amount).form
        rows.append((f"{len(left)} more terms", "", "", "", "", more))
    rows.append(("all", "", "", "", "", form))
    heads = ("Part", "Term", "Role", "One copy", "Copies", "All copies")
    label = f"ledger:{ledger.quantity.replace('_', '-')}"
    caption = f"{len(ledger.terms)} terms, in {ledger.unit}{scope}"
    return Page(
        ledger.quantity,
        f"{title[:1].upper()}{title[1:]}{scope}",
        convention_line(ledger.convention),
        (
            Chain(f"{label}:total", name, (Line(form),), boxed=True),
            Table(f"{label}:terms", caption, heads, "llllll", tuple(rows), total=True),
        ),
    )


def _term_row(term: Term) -> tuple[Cell, ...]:
    place: list[Run] = []
    for part in term.path[:-1]:
        place += [", " if place else "", Name(part)]
    what: tuple[Run, ...] = (Name(term.path[-1]),)
    if term.label != term.path[-1]:
        what = (*what, f" ({term.label.replace('_', ' ')})")
    copies: Cell = product(expanded(times) for _, times in term.repeats) if term.repeats else 1
    return tuple(place), what, term.role.value, term.form(), copies, expanded(term.amount)


def claim_card(claim: Derivation, title: str = "A claim, proved") -> Page:
    """A derivation by itself: the claims that it builds on, then its own chain."""
    return Page("claim", title, (), tuple(claims(claim, "claim")))


def naming_card(naming: Naming) -> Page:
    """What a number may be: every set of conventions that makes it."""
    claim = naming.claim
    how = "exactly" if claim.exact else "to the digits written"
    rows = tuple(_answer_row(at, each) for at, each in enumerate(naming.answers, 1))
    heads = ("", "Quantity", "Choices", "Closed form", "Value", "Unit", "Of")
    blocks: list[Block] = []
    if rows:
        blocks.append(Table("which:answers", f"What makes it {how}", heads, "rlpprlp", rows))
    else:
        blocks.append(prose("Nothing that is counted makes it."))
    blocks += [prose(f"Near: {each.sentence}.") for each in naming.near]
    if naming.more:
        blocks.append(prose(f"{naming.more:,} more counts meet it."))
    blocks += [prose(f"Note: {each}.") for each in naming.notes]
    return Page("which", f"What {claim.shown} is", (), tuple(blocks))


def _answer_row(at: int, answer: Answer) -> tuple[Cell, ...]:
    choices = "; ".join(answer.conventions) or answer.default
    assumed = ", ".join(f"{symbol} = {value:,}" for symbol, value in answer.assumed)
    unit = f"{answer.unit}, {assumed} assumed" if assumed else answer.unit
    return (
        at,
        Code(answer.quantity),
        choices,
        Code(answer.formula),
        answer.number,
        unit,
        _first(answer.models),
    )


def _first(names: Iterable[str]) -> str:
    every = list(names)
    rest = len(every) - MOST_MODELS
    return ", ".join(every[:MOST_MODELS]) + (f" and {rest} more" if rest > 0 else "")

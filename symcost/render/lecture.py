"""The lecture, whole: parameters, three ways of counting the forward work, training."""

from __future__ import annotations

from typing import TYPE_CHECKING

from symcost.algebra.dim import dim
from symcost.algebra.form import Named, Num, Sym, expanded, polynomial, product, total
from symcost.algebra.identity import Relation, put_in
from symcost.algebra.phrase import say
from symcost.algebra.poly import Poly
from symcost.algebra.proof import Rule, Step
from symcost.algebra.simplify import simplest
from symcost.graph.architecture import dims_of_model
from symcost.graph.author import build
from symcost.papers.lecture_counts import count_a, count_b
from symcost.quantities.flops_forward import FLOPS_FORWARD
from symcost.quantities.params_parts import PARAMS_NON_EMBEDDING
from symcost.quantities.prove import Wish, derive
from symcost.quantities.six_n import explain_six_n
from symcost.render.document import six_n_section
from symcost.render.page import (
    Block,
    Case,
    Cases,
    Cell,
    Chain,
    Equal,
    Heading,
    Line,
    Name,
    Page,
    Table,
    Test,
    prose,
)
from symcost.render.parts import (
    Subject,
    breakdown,
    chain_lines,
    claims,
    convention_line,
    declaration,
    notation,
    numbers,
    picture,
    sources,
    special_case,
)

if TYPE_CHECKING:
    from symcost.graph.component import Declaration
    from symcost.quantities.ledger import Ledger


def lecture_page(subject: Subject) -> Page:
    """Three parts, all symbolic first; numbers only at the end of each."""
    blocks: list[Block | Cases] = [prose(note) for note in subject.architecture.notes]
    blocks += notation(subject, {*dims_of_model(subject.root), *subject.binding})
    blocks += declaration(subject)
    followed, cited = sources(subject)
    blocks += followed
    blocks += _parameters(subject)
    blocks += _standard_count(subject)
    blocks += _handed_in(subject, "A", count_a, "b")
    blocks += _handed_in(subject, "B", count_b, "c")
    blocks += _side_by_side(subject)
    blocks += _training(subject)
    return Page(
        subject.architecture.name,
        "What a transformer costs, in three parts",
        convention_line(subject.convention),
        tuple(blocks),
        cited,
        subject.sizes,
    )


def _parameters(subject: Subject) -> list[Block | Cases]:
    prefix = "lecture:params"
    ledger = PARAMS_NON_EMBEDDING.ledger(subject.root, subject.convention)
    derivation = derive(ledger, subject.root, "N", subject.relations)
    return [
        Heading(1, "Part 1: parameters", prefix),
        prose("A matrix has the product of its axes. One head, all heads, a layer, the model:"),
        *claims(derivation, prefix),
        *special_case(subject, derivation, prefix),
        *numbers(subject, derivation, prefix),
        *breakdown(subject, ledger, derivation, prefix, "Where the parameters are"),
    ]


def _standard_count(subject: Subject) -> list[Block | Cases]:
    prefix = "lecture:forward"
    ledger = FLOPS_FORWARD.ledger(subject.root, subject.convention, "token")
    derivation = derive(ledger, subject.root, "F", subject.relations)
    six = explain_six_n(subject.root, subject.convention, subject.relations)
    attention = put_in(ledger.total, subject.relations) - 2 * polynomial(six.n)
    split = total([product([Num(2), six.n]), simplest(attention).form])
    step = Step(
        derivation.result,
        split,
        Rule.PARTS,
        "2 N for the matrices, the rest attention",
        subject.relations,
    )
    return [
        Heading(1, "Part 2a: forward work, the standard count", prefix),
        prose(
            "A product (i × j)(j × k) makes i k sums of j products: 2 i j k operations. "
            "Counted for one token that attends to ",
            Sym(dim("time")),
            " tokens:",
        ),
        *claims(derivation, prefix),
        Chain(f"{prefix}:split", derivation.name, chain_lines(derivation.result, [step])),
        *numbers(subject, derivation, prefix),
        *_drawn(subject, prefix),
    ]


def _drawn(subject: Subject, prefix: str) -> list[Block | Cases]:
    """The chart of a page that its reader can change; on paper the lecture goes without."""
    sequence = FLOPS_FORWARD.ledger(subject.root, subject.convention, "sequence")
    here = Test(Num(1), "known")
    return [Cases((), (Case((here,), lambda: picture(subject, sequence, prefix)),))]


def _handed_in(
    subject: Subject, letter: str, declared: Declaration, place: str
) -> list[Block | Cases]:
    prefix = f"lecture:count-{letter.lower()}"
    root = build(declared, f"count {letter}")
    ledger = FLOPS_FORWARD.ledger(root, subject.convention)
    derivation = derive(ledger, root, f"F_{letter}", subject.relations, Wish("parts"))
    return [
        Heading(1, say("Part 2{0}: forward work, count {1}", place, letter), prefix),
        prose(
            say(root.law),
            " The token axis is taken as d long, the score product on d/h tokens, and "
            "no product with V is made.",
        ),
        *claims(derivation, prefix),
        *numbers(subject, derivation, prefix),
    ]


def _side_by_side(subject: Subject) -> list[Block | Cases]:
    """The three counts product by product, the standard one at s = d to be comparable."""
    width = Poly.of(dim("model"))
    at_width = Relation(dim("time"), width, "the token axis is d long in counts A and B")
    standard = FLOPS_FORWARD.ledger(subject.root, subject.convention, "sequence")
    ledgers = [standard, *(_ledger(subject, count) for count in (count_a, count_b))]
    relations = (*subject.relations, at_width)
    sums = [_by_product(ledger, relations) for ledger in ledgers]
    names = list(dict.fromkeys(name for each in sums for name in each))
    rows: list[tuple[Cell, ...]] = [
        (Name(name), *(_cell(each.get(name)) for each in sums)) for name in names
    ]
    whole = [put_in(ledger.total, relations) for ledger in ledgers]
    rows.append(("all", *(expanded(each) for each in whole)))
    blocks: list[Block | Cases] = [
        Heading(1, "Part 2d: what differs", "lecture:differences"),
        prose(
            "For one sequence, with the token axis d long in the standard count too (",
            Equal(*at_width.sides()),
            "):",
        ),
        Table(
            "lecture:differences",
            "The work of all layers, product by product",
            ("Product", "Standard", "Count A", "Count B"),
            "llll",
            tuple(rows),
            total=True,
        ),
    ]
    for letter, ledger, amount in zip("AB", ledgers[1:], whole[1:], strict=True):
        missing = simplest(whole[0] - amount).form
        left = Named("F", "standard", expanded(whole[0]))
        count = Named(f"F_{letter}", "", simplest(put_in(ledger.total, relations)).form)
        right = total([count, missing])
        Step(left, right, Rule.PARTS, "", relations)
        blocks.append(
            Chain(
                f"lecture:difference-{letter.lower()}",
                left,
                (Line(right, ("the difference, by the table",), relations),),
            )
        )
    return blocks


def _ledger(subject: Subject, declared: Declaration) -> Ledger:
    return FLOPS_FORWARD.ledger(build(declared), subject.convention)


def _by_product(ledger: Ledger, relations: tuple[Relation, ...]) -> dict[str, Poly]:
    sums: dict[str, Poly] = {}
    for term in ledger.terms:
        name = term.path[-1]
        sums[name] = sums.get(name, Poly()) + put_in(term.amount, relations)
    return sums


def _cell(amount: Poly | None) -> Cell:
    return "not counted" if amount is None else expanded(amount)


def _training(subject: Subject) -> list[Block | Cases]:
    prefix = "lecture:training"
    section = six_n_section(subject)
    return [Heading(1, "Part 3: training", prefix), *section[1:]]

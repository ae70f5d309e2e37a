"""The page of a model: what it is, what it costs, why, and in numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from symcost.algebra.dim import dim
from symcost.algebra.form import (
    Form,
    Named,
    Quotient,
    Sym,
    dims_of,
    expanded,
    negate,
    polynomial,
    total,
)
from symcost.algebra.identity import put_in, solve
from symcost.algebra.phrase import Phrase, capital, joined, say, verbatim
from symcost.algebra.proof import Derivation, FalseStepError, Rule, Step, limit, rewritten
from symcost.algebra.simplify import ratio_form, simplest
from symcost.graph.architecture import dims_of_model
from symcost.quantities.flops_backward import FLOPS_BACKWARD
from symcost.quantities.flops_forward import FLOPS_FORWARD
from symcost.quantities.flops_train import FLOPS_TRAIN
from symcost.quantities.intensity import Divided
from symcost.quantities.params import PARAMS
from symcost.quantities.params_parts import PARAMS_EMBEDDING, PARAMS_NON_EMBEDDING
from symcost.quantities.six_n import FLOPS_TRAIN_6N, SixN, explain_six_n
from symcost.render.cases import by_known, by_proportions, by_sign
from symcost.render.measure import LINE, width
from symcost.render.page import (
    Block,
    Cases,
    Chain,
    Equal,
    Heading,
    Line,
    Page,
    Run,
    Sentence,
    Table,
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
    numbers_at,
    picture,
    sources,
    special_case,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from symcost.algebra.dim import Dim
    from symcost.algebra.poly import Poly
    from symcost.algebra.ratio import Ratio
    from symcost.quantities.interpret import Measured

BACKWARD_INTRO = (
    "Each product is followed by one product of the same size for every operand that needs a "
    "gradient: the weight, and what came in. The factor 2 below is counted, operation by operation."
)
DEFAULT = ("params", "params_non_embedding", "flops_forward", "flops_train", "flops_train_6n")


def model_page(
    subject: Subject, wanted: Sequence[Measured | Divided], scope: str | None = None
) -> Page:
    """Notation, declaration, then a section for each quantity."""
    architecture = subject.architecture
    blocks: list[Block | Cases] = [prose(note) for note in architecture.notes]
    spread = subject.convention.plan.dims() if subject.convention.plan else ()
    blocks += notation(subject, {*dims_of_model(subject.root), *subject.binding, *spread})
    blocks += declaration(subject)
    followed, cited = sources(subject)
    blocks += followed
    for quantity in wanted:
        if isinstance(quantity, Divided):
            blocks += quotient_section(subject, quantity)
        elif quantity is PARAMS_NON_EMBEDDING and PARAMS in wanted:
            blocks += _without_tables(subject)
        elif quantity is FLOPS_TRAIN:
            blocks += training_section(subject, scope, backward=FLOPS_BACKWARD not in wanted)
        else:
            blocks += quantity_section(subject, quantity, scope)
    title = say("What {0} costs", architecture.title)
    line = convention_line(subject.convention)
    return Page(architecture.name, title, line, tuple(blocks), cited, subject.sizes)


def quantity_section(
    subject: Subject, quantity: Measured, scope: str | None
) -> list[Block | Cases]:
    """The derivation of one quantity, its closed form, its numbers, its breakdown."""
    if quantity is FLOPS_TRAIN_6N:
        return six_n_section(subject)
    intro = BACKWARD_INTRO if quantity is FLOPS_BACKWARD else ""
    return plain_section(subject, quantity, scope, intro)


def plain_section(
    subject: Subject, quantity: Measured, scope: str | None, intro: str = ""
) -> list[Block | Cases]:
    """Claims, special case, numbers and breakdown of a quantity, straight from its ledger."""
    prefix = f"{subject.label}:{quantity.name.replace('_', '-')}"
    ledger = quantity.ledger(subject.root, subject.convention, scope)
    derivation = subject.derivation(quantity, scope)
    blocks: list[Block | Cases] = [Heading(1, _title(subject, quantity, ledger.scope), prefix)]
    if not ledger.terms:
        return [*blocks, prose("Nothing is counted under this convention.")]
    if intro:
        blocks.append(prose(intro))
    blocks += claims(derivation, prefix)
    blocks += special_case(subject, derivation, prefix)
    blocks += numbers(subject, derivation, prefix)
    caption = say("Where it goes: {0}", say(quantity.meaning))
    blocks += breakdown(subject, ledger, derivation, prefix, caption)
    if quantity is not FLOPS_FORWARD:
        return blocks
    return blocks + picture(
        subject, quantity.ledger(subject.root, subject.convention, "sequence"), prefix
    )


def quotient_section(subject: Subject, quotient: Divided) -> list[Block | Cases]:
    """One closed form for each unit of another, and what cancels."""
    prefix = f"{subject.label}:{quotient.name.replace('_', '-')}"
    claim = quotient.derive(subject.root, subject.convention, subject.relations)
    blocks: list[Block | Cases] = [
        Heading(1, capital(quotient.meaning), prefix),
        *claims(claim, prefix),
    ]
    used = dims_of(claim.result)

    def make(subject: Subject) -> list[Block]:
        # With a symbol left free, numbers in a quotient of two sums do not gather to anything
        # shorter.
        bound = all(each in subject.values for each in used)
        return numbers_at(subject, claim, prefix) if bound else []

    return blocks + by_known(subject, used, make)


def _without_tables(subject: Subject) -> list[Block | Cases]:
    """N as what is left of P, where P stands on the page already."""
    prefix = f"{subject.label}:params-non-embedding"
    everything, tables = (subject.total(each) for each in (PARAMS, PARAMS_EMBEDDING))
    start = total([everything, negate(tables)])
    opened = total([everything.value, negate(tables.value)])
    steps = (Step(start, opened, Rule.OPEN), *rewritten(opened))
    claim = Derivation(
        Named(PARAMS_NON_EMBEDDING.letter, "", steps[-1].after), steps, "", (), start
    )
    return [
        Heading(1, _title(subject, PARAMS_NON_EMBEDDING, "model"), prefix),
        prose("Look-up tables hold ", Equal(tables, tables.value), " parameters. What is left:"),
        *claims(claim, prefix),
        *special_case(subject, claim, prefix),
        *numbers(subject, claim, prefix),
    ]


def _title(subject: Subject, quantity: Measured, scope: str) -> Phrase:
    meaning = capital(quantity.meaning)
    return meaning if scope == "model" else joined(", ", (meaning, subject.scope_words(scope)))


def training_section(
    subject: Subject, scope: str | None, *, backward: bool = True
) -> list[Block | Cases]:
    """Backward work by its own rules, unless it stands above already, and the sum with forward."""
    blocks = plain_section(subject, FLOPS_BACKWARD, scope, BACKWARD_INTRO) if backward else []
    ledger = FLOPS_TRAIN.ledger(subject.root, subject.convention, scope)
    prefix = f"{subject.label}:flops-train"
    blocks.append(Heading(1, _title(subject, FLOPS_TRAIN, ledger.scope), prefix))
    parts = [subject.total(each, scope) for each in (FLOPS_FORWARD, FLOPS_BACKWARD)]
    again = ledger.only(lambda term: term.label.endswith(" again"))
    if again.terms:
        parts.append(Named("F_r", "", subject.closed(again)))
        blocks.append(
            prose(parts[-1], " is the forward work of the layers, done again in the backward pass.")
        )
    opened = total(part.value for part in parts)
    steps = (
        Step(total(parts), opened, Rule.OPEN, "", subject.relations),
        *rewritten(opened, subject.relations),
    )
    claim = Derivation(Named(FLOPS_TRAIN.letter, "", steps[-1].after), steps, "", (), total(parts))
    blocks.append(prose("Forward and backward together:"))
    blocks += claims(claim, prefix)
    blocks += special_case(subject, claim, prefix)
    return blocks + numbers(subject, claim, prefix)


def six_n_section(subject: Subject) -> list[Block | Cases]:
    """Where the 2 and the 3 of 6 N come from, and what it leaves out."""
    prefix = f"{subject.label}:six-n"
    blocks: list[Block | Cases] = [Heading(1, "The estimate 6 N, and what it leaves out", prefix)]
    try:
        six = explain_six_n(subject.root, subject.convention, subject.relations)
    except FalseStepError as error:
        why = "not every token passes every matrix once"
        told = say("The rule is not true of this model: {0} ({1}).", say(why), str(error))
        return [*blocks, prose(told)]
    except ValueError as error:
        told = say("The rule is not worked out for this model: {0}.", str(error))
        return [*blocks, prose(told)]
    if not polynomial(six.n):
        return [*blocks, prose("Outside look-up tables there are no parameters: N is 0.")]
    return [*blocks, *where_it_comes_from(six, prefix), *_remainder(subject, six, prefix)]


def where_it_comes_from(six: SixN, prefix: str) -> list[Block]:
    """The 2, the 3, and their product, each as a proved step."""
    return [
        prose(
            "The matrices that a token is multiplied with have ",
            Equal(six.matrices, six.matrices.value),
            " elements in all. Where the 2 comes from: forward, every element takes part in one "
            "multiplication and one addition for each token.",
        ),
        _one_step(Named("F", "matrices", six.forward.before), six.forward, f"{prefix}:forward"),
        prose(
            "Where the 3 comes from: backward, every product is done twice over, once for the "
            "gradient of the matrix and once for the gradient of what came in. With the forward "
            "one that makes three."
        ),
        _one_step(
            Named("F_b", "matrices", six.backward.before), six.backward, f"{prefix}:backward"
        ),
        _one_step(
            Named("C", "matrices", six.train.before), six.train, f"{prefix}:train", boxed=True
        ),
    ]


def _one_step(name: Named, step: Step, label: str, *, boxed: bool = False) -> Chain:
    return Chain(label, name, chain_lines(step.before, [step]), boxed)


def _remainder(subject: Subject, six: SixN, prefix: str) -> list[Block | Cases]:
    estimate = six.estimate
    exact = Named("C", "token", estimate.exact)
    lines = (
        Line(estimate.exact, ("exact, for each token at context s",)),
        Line(
            total([estimate.kept, estimate.dropped]),
            ("the rule, and what it leaves out",),
            estimate.given,
        ),
    )
    which = (
        "the parameters outside look-up tables that a token meets"
        if six.unused
        else ("all parameters outside look-up tables")
    )
    blocks: list[Block | Cases] = [
        prose(
            "The rule takes for ",
            six.n,
            f" {which}, here ",
            Equal(six.n, six.n.value),
            *_unused(six),
            ". Set beside the exact work of training:",
        ),
        Chain(f"{prefix}:remainder", exact, lines, boxed=True),
    ]
    if len(six.dropped) > 1:
        rows = tuple(
            (role, simplest(put_in(amount, subject.relations)).form) for role, amount in six.dropped
        )
        caption = "What the rule leaves out; negative is what it counts without any work"
        blocks.append(Table(f"{prefix}:dropped", caption, ("Role", "Remainder"), "ll", rows))
    if estimate.sign != "0":
        blocks += [*_sign(subject, six), *_limits(subject, six, prefix)]
    value = Named("C_6N", "", estimate.kept)
    kept = Derivation(value, (), "", (), estimate.kept)
    return blocks + numbers(subject, kept, prefix)


def _unused(six: SixN) -> tuple[Run, ...]:
    """What must not be counted: experts that are not chosen do no work."""
    if six.unused is None:
        return ()
    return (", without the ", Equal(six.unused, six.unused.value), " that it does not meet")


def _sign(subject: Subject, six: SixN) -> list[Block | Cases]:
    dropped = six.estimate.dropped
    if six.estimate.sign in "+-":
        high = six.estimate.sign == "-"
        way = (
            "negative for all sizes: the rule is too high"
            if high
            else ("positive for all sizes: the rule is too low")
        )
        return [prose("The remainder ", dropped, f" is {way}.")]
    amount = put_in(polynomial(dropped), subject.relations)
    return by_known(subject, amount.dims(), lambda subject: _sign_here(subject, amount))


SIGNS = {
    "positive": "positive: the rule is too low",
    "negative": "negative: the rule is too high",
    "zero": "zero: the rule is exact",
}


def _sign_here(subject: Subject, amount: Poly) -> list[Block | Cases]:
    if any(each not in subject.values for each in amount.dims()):
        missing = ", ".join(d.symbol for d in amount.dims() if d not in subject.values)
        left = verbatim(missing)
        return [prose("The sign of the remainder depends on the sizes; ", left, " is left free.")]
    words = "The sign of the remainder depends on the sizes; here it is "
    return by_sign(subject, expanded(amount), lambda way: [prose(words, SIGNS[way], ".")])


def _limits(subject: Subject, six: SixN, prefix: str) -> list[Block | Cases]:
    relative = six.estimate.relative
    shown = ratio_form(relative)
    if width(shown) > LINE:  # too long to open the name below the bar
        share = polynomial(six.estimate.dropped) / (3 if subject.convention.mac else 6)
        shown = Quotient(simplest(share).form, six.n)
    chain = Chain(
        f"{prefix}:relative",
        Named("R", "", shown),
        (Line(shown, ("the remainder over 6 N",)),),
    )
    used = {*relative.top.dims(), *relative.bottom.dims()}
    return [chain, *by_proportions(subject, used, lambda each: _growth(each, six, prefix))]


def _growth(subject: Subject, six: SixN, prefix: str) -> list[Block]:
    """The ratio in the proportions that hold, and what it tends to."""
    relative = six.estimate.relative
    blocks: list[Block] = []
    special = _with_proportions(relative, subject)
    if special is not None:
        blocks.append(
            Chain(
                f"{prefix}:relative-proportions",
                Named("R", "", special),
                (Line(special, ("with the proportions of this model",)),),
            )
        )
    runs: list[Run] = []
    for each in (dim("model"), dim("time")):
        if each in relative.top.dims() or each in relative.bottom.dims():
            tends = say(_tends(subject, six, each))
            runs += [Sentence(("As ", Sym(each), " grows, ", tends, ".")), " "]
    return [*blocks, prose(*runs)]


def _with_proportions(relative: Ratio, subject: Subject) -> Form | None:
    """The ratio with the published proportions put in, where they change it."""
    special = relative.substitute(solve(subject.cited))
    return None if special == relative else ratio_form(special)


def _tends(subject: Subject, six: SixN, each: Dim) -> str:
    try:
        found = limit(six.estimate.relative.substitute(solve(subject.cited)), each)
    except ValueError:
        return "it tends to a quotient of the other sizes"
    if found is None:
        return "it grows without bound"
    return "it vanishes" if not found else "it tends to a constant"

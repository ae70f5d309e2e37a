"""How wrong a rule of thumb is: its exact error in closed form, and where that stays small.

exact = rule + remainder; the error is the remainder over the rule.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TYPE_CHECKING, final

from symcost.algebra.dim import dim
from symcost.algebra.form import Form, Named, Num, product
from symcost.algebra.identity import Relation, put_in, solve
from symcost.algebra.poly import Number, Poly
from symcost.algebra.proof import Estimate
from symcost.algebra.ratio import Ratio
from symcost.algebra.simplify import simplest
from symcost.graph.architecture import dims_of_model
from symcost.graph.component import Part
from symcost.quantities.convention import DEFAULT
from symcost.quantities.interpret import FLOP
from symcost.quantities.params_active import PARAMS_ACTIVE
from symcost.quantities.params_parts import TABLES
from symcost.questions.cost import Cost, QuestionError, cost
from symcost.questions.region import Region, region
from symcost.questions.thumb_rules import RULES, RuleOfThumb

if TYPE_CHECKING:
    from collections.abc import Mapping

    from symcost.algebra.dim import Dim
    from symcost.quantities.convention import Convention
    from symcost.quantities.ledger import Ledger
    from symcost.questions.cost import Declared


@final
@dataclass(frozen=True)
class ThumbError:
    """A rule held against the closed form of one model.

    `kept` is the rule, `dropped` the remainder, the model's relations put in; `cited` are the
    proportions of the model (d_ff = 4 d), which `region` puts in as well. `n` is N where the rule
    is about it. `value` is the error at the sizes in force, None while symbols are free.
    """

    rule: RuleOfThumb
    cost: Cost
    kept: Poly
    dropped: Poly
    estimate: Estimate
    n: Named | None
    value: Number | None

    @property
    def error(self) -> Ratio:
        """dropped / kept."""
        return Ratio(self.dropped, self.kept)

    @property
    def proportioned(self) -> Ratio | None:
        """The error with the model's proportions put in; None where they change nothing."""
        found = self.error.substitute(solve(self.cost.cited))
        return None if found == self.error else found

    @property
    def following(self) -> tuple[Relation, ...]:
        """The relations that move other sizes along."""
        return (*self.cost.relations, *self.cost.cited)

    def within(self, by: Dim, share: Fraction) -> Region:
        """Where the error stays within a share, in one symbol; the others at the sizes in force.

        Raises what `region` raises.
        """
        kept, dropped = (put_in(each, self.cost.cited) for each in (self.kept, self.dropped))
        if by not in (kept.dims() + dropped.dims()):
            raise QuestionError(f"the error of {self.rule.name} does not depend on {by.symbol}")
        values = self.cost.values
        return region(kept, dropped, by, share, values, self.following)


def rule_named(name: str) -> RuleOfThumb:
    """The rule of this name, blanks and `*` aside; `QuestionError` lists the known ones."""
    wanted = name.replace(" ", "").replace("*", "")
    for rule in RULES:
        if rule.name == wanted:
            return rule
    known = ", ".join(rule.name for rule in RULES)
    raise QuestionError(f"'{name[:40]}' is not a known rule of thumb; known are {known}")


def thumb(
    model: Declared,
    name: str,
    convention: Convention = DEFAULT,
    sizes: Mapping[str, int] | None = None,
) -> ThumbError:
    """Holds a rule of thumb against a model.

    Raises `QuestionError` for a model that the rule says nothing about: one without tokens, or
    without a symbol that the rule names.
    """
    rule = rule_named(name)
    known = {*dims_of_model(model.root), *(dim(word) for word in model.architecture.sizes)}
    if rule.scope is not None and dim("time") not in known:
        raise QuestionError(f"{rule.name} is about tokens, and {model.architecture.name} has none")
    whole = cost(model, rule.quantity, convention, rule.scope, sizes)
    halved = 2 if convention.mac and whole.quantity.unit == FLOP else 1
    n = None
    if rule.formula is None:
        params = PARAMS_ACTIVE.ledger(model.root, convention)
        met = params.only(lambda term: term.role not in TABLES).total
        closed = put_in(met, whole.relations)
        n = Named("N", "", simplest(closed).form)
        kept = closed * Fraction(rule.times, halved)
    else:
        missing = [each.symbol for each in rule.formula.dims() if each not in known]
        if missing:
            raise QuestionError(
                f"{rule.name} speaks of {', '.join(missing)}, which {whole.name} does not have"
            )
        kept = put_in(rule.formula, whole.relations) * Fraction(1, halved)
    if not kept:
        raise QuestionError(f"{rule.name} is 0 for {whole.name} under {convention.name}")
    if rule.layer:
        whole = replace(whole, ledger=_one_layer(model, whole))
    return _held(rule, whole, kept, n, Fraction(rule.times, halved))


def _held(
    rule: RuleOfThumb, whole: Cost, kept: Poly, n: Named | None, times: Fraction
) -> ThumbError:
    exact = whole.total
    dropped = exact - kept
    shown: Form = simplest(kept).form if n is None else product([Num(times), n])
    estimate = Estimate(simplest(exact).form, shown, simplest(dropped).form, whole.relations)
    bound = all(each in whole.values for each in (*kept.dims(), *dropped.dims()))
    value = Fraction(dropped.at(whole.values)) / kept.at(whole.values) if bound else None
    return ThumbError(rule, whole, kept, dropped, estimate, n, value)


def _one_layer(model: Declared, whole: Cost) -> Ledger:
    """The terms of one layer, where all layers of the model are alike."""
    parts = [each for each in model.root.body if isinstance(each, Part) and each.times != 1]
    if len(parts) != 1 or parts[0].times != Poly.of(dim("layers")):
        raise QuestionError(f"the layers of {whole.name} are not all alike: no rule for one layer")
    name = parts[0].name
    terms = tuple(
        replace(term, repeats=tuple(each for each in term.repeats if each[0] != name))
        for term in whole.ledger.terms
        if term.path[0] == name
    )
    return replace(whole.ledger, terms=terms)

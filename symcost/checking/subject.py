"""What a formula is held against: a model's truth in pieces, its sizes, and closed forms."""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property
from typing import TYPE_CHECKING, final

from symcost.algebra.dim import Dim, dim
from symcost.algebra.identity import put_in, solve
from symcost.algebra.phrase import joined
from symcost.algebra.plain import show
from symcost.algebra.poly import Poly
from symcost.catalog import find as catalog
from symcost.checking.pieces import Piece, ledger_pieces
from symcost.graph.tensor import Role
from symcost.quantities.plan import Plan
from symcost.quantities.spread import PLANNED

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from symcost.graph.architecture import Architecture
    from symcost.graph.component import Component
    from symcost.quantities.convention import Convention
    from symcost.quantities.ledger import Ledger

# Ratios between widths that are worth a condition: d_ff = 4 d, d_ff = 8 d / 3.
SHARES = tuple(
    Fraction(text)
    for text in ["1", "4", "2", "3", "8/3", "7/2", "1/2", "1/4", "8", "6", "16", "5/2", "1/8"]
)
WIDTHS = ("feed", "head", "value_head", "expert_feed", "shared_feed", "inner", "model", "groups")


@final
@dataclass(frozen=True)
class Subject:
    """A model, the sizes it is asked at, and the way to count."""

    architecture: Architecture
    root: Component
    sizes: Mapping[Dim, int]
    convention: Convention

    @cached_property
    def solved(self) -> dict[Dim, Poly]:
        """The relations of the model, which hold for all sizes."""
        return solve(self.architecture.relations)

    def ledger(self, quantity: str, scope: str | None = None) -> Ledger:
        """The terms of a quantity."""
        counted = self.convention
        if quantity in PLANNED and counted.plan is None:
            counted = replace(counted, plan=Plan())
        return catalog.quantity(quantity).ledger(self.root, counted, scope)

    def pieces(self, quantity: str, scope: str | None = None) -> tuple[Piece, ...]:
        """The same in pieces, the model's relations put in."""
        return ledger_pieces(self.ledger(quantity, scope), self.solved)

    @cached_property
    def dims(self) -> tuple[Dim, ...]:
        """Every dimension of the model: those with a size, those of its work."""
        found = dict.fromkeys(self.sizes)
        for name in ("params", "flops_forward", "kv_cache_bytes"):
            found.update(dict.fromkeys(self.ledger(name).total.dims()))
        if self.kinds_of_layers:  # L is what people call all of them together
            found[dim("layers")] = None
        return tuple(found)

    @cached_property
    def standing(self) -> dict[str, tuple[Poly, ...]]:
        """Closed forms that a letter may stand for: N, the tokens D."""
        params = self.ledger("params")
        tables = {Role.EMBEDDING, Role.POSITION}
        matrices = params.of_roles(Role.MATRIX, Role.ROUTER, Role.CONVOLUTION, Role.STATE)
        beside = params.only(lambda term: term.role not in tables)
        whole = [
            put_in(each.total, self.architecture.relations) for each in (matrices, beside, params)
        ]
        batch, time = Poly.of(dim("batch")), Poly.of(dim("time"))
        forward = put_in(self.ledger("flops_forward").total, self.architecture.relations)
        return {
            "params": tuple(dict.fromkeys(whole)),
            "tokens": (batch * time, time),
            "work": (forward,),
            "attention_width": (Poly.of(dim("heads")) * Poly.of(dim("head")),),
        }

    def missing(self, have: set[Dim], need: set[Dim]) -> Iterator[tuple[Dim, Poly, str]]:
        """Relations true of these sizes that do without a dimension which a formula lacks."""
        for each in sorted(need - have, key=lambda one: one.key):
            found = self._relation(each, have)
            if found is not None:
                yield each, found, joined(" = ", (each.symbol, show(found)))

    def _relation(self, lacking: Dim, have: set[Dim]) -> Poly | None:
        if lacking.word == "batch":
            return Poly.of(1)
        for one, other in (("time", "positions"), ("positions", "time")):
            if lacking.word == one and dim(other) in have:
                return Poly.of(dim(other))
        if "layers" in lacking.word and dim("layers") in have:
            return self._of_layers(lacking)
        if lacking.word not in WIDTHS and lacking.word != "heads":
            return None
        splits = ("model", "head", "heads")
        if lacking.word == "heads" and all(dim(each) in self.sizes for each in splits):
            model, head, heads = (dim(each) for each in splits)
            if head in have and self.sizes[head] * self.sizes[heads] == self.sizes[model]:
                return Poly.of(model) / Poly.of(head)
        for relation in self.architecture.cited:
            names = {lacking, *relation.value.dims()}
            fits = relation.dim is lacking and names <= {*have, lacking, dim("model")}
            if fits and names <= set(self.sizes) and relation.holds(self.sizes):
                return relation.value
        return self._by_value(lacking, have)

    def _of_layers(self, lacking: Dim) -> Poly | None:
        """L for a count of layers: where they are as many, or all kinds together are L."""
        layers = dim("layers")
        if self.sizes.get(layers) == self.sizes.get(lacking):
            return Poly.of(layers)
        kinds = self.kinds_of_layers
        if lacking not in kinds or lacking is not kinds[0]:
            return None
        return Poly.of(layers) - sum((Poly.of(each) for each in kinds[1:]), Poly())

    @cached_property
    def kinds_of_layers(self) -> tuple[Dim, ...]:
        """The counts of layers of a stack of several kinds, the largest first."""
        found = {
            each
            for term in self.ledger("params").terms
            for _, times in term.repeats
            for each in times.dims()
            if "layers" in each.word
        }
        if len(found) < 2 or dim("layers") in found:
            return ()
        return tuple(sorted(found, key=lambda each: (-self.sizes.get(each, 0), each.key)))

    def _by_value(self, lacking: Dim, have: set[Dim]) -> Poly | None:
        value = self.sizes.get(lacking)
        if value is None:
            return None
        model, heads = dim("model"), dim("heads")
        both = model in self.sizes and heads in self.sizes
        splits = both and value * self.sizes[heads] == self.sizes[model]
        if lacking.word in ("head", "value_head") and splits:
            return Poly.of(model) / Poly.of(heads)
        for other in sorted(have, key=lambda one: (one is not model, one.key)):
            if other not in self.sizes or other.word not in (*WIDTHS, "heads"):
                continue
            share = Fraction(value, self.sizes[other])
            alike = (lacking.word in ("groups", "heads")) == (other.word in ("groups", "heads"))
            if alike and share in SHARES:
                return Poly.of(other) * share
        return None

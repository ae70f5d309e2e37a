"""What of a weight lies on one device: read off its axes.

Tensor parallelism splits the first axis of a weight that counts heads, inner widths, channels of a
state or entries of the vocabulary (Shoeybi et al. 2019, Megatron-LM, arXiv 1909.08053, section 3);
norms, biases of the model's width and position tables are on every rank. Expert parallelism splits
the axis from which slices are chosen. A pipeline splits layers.
"""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING, final

from symcost.algebra.plain import show
from symcost.algebra.poly import Poly, called
from symcost.graph.tensor import Role
from symcost.quantities.convention import ALL, DEFAULT
from symcost.quantities.params import PARAMS
from symcost.quantities.places import AFTER, BEFORE, LAYERS, layers_of, places
from symcost.quantities.plan import Plan, PlanError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from symcost.algebra.dim import Dim
    from symcost.graph.component import Component
    from symcost.graph.tensor import Tensor
    from symcost.quantities.convention import Convention
    from symcost.quantities.ledger import Term

VOCABULARY = ("vocab", "rows")
TENSOR_AXES = frozenset(
    {
        *VOCABULARY,
        *("heads", "groups", "feed", "expert_feed", "shared_feed"),
        *("inner", "state_heads", "index_heads", "window_heads", "window_groups"),
    }
)
STAGE_OF = {BEFORE: "first", AFTER: "last"}


@final
class Device:
    """One device of a plan: what of a declaration lies on it.

    Raises `PlanError` where a pipeline is asked of something that is no chain of layers, and where
    there is nothing for the expert or the tensor ranks to split.
    """

    def __init__(self, root: Component, plan: Plan) -> None:
        """`root` is the frozen declaration."""
        self.root, self.plan = root, plan
        self.places = places(root)
        self._chains = {part.name: part for part in layers_of(root)} if plan.on("pp") else {}
        if plan.on("ep") and not self.places.experts:
            raise PlanError(f"{root.name} has no experts that a token is sent to: leave ep out")
        used = (weight for spot in self.places.spots for weight in spot.op.weights)
        if plan.on("tp") and not any(map(self.split_axis, used)):
            raise PlanError(
                f"no weight of {root.name} has an axis that tensor ranks split: "
                f"{', '.join(sorted(TENSOR_AXES))}; leave tp out"
            )

    def weights(self, convention: Convention) -> Iterator[tuple[Tensor, Term]]:
        """Every weight that lies here, with its share: the number of elements as a term."""
        everything = PARAMS.ledger(self.root, replace(convention, params=ALL))
        for term in everything.terms:
            weight = weight_of(term)
            if self.is_here(self.places.used[id(weight)]):
                yield weight, self._share(weight, term)

    def is_here(self, used: set[str]) -> bool:
        """Whether something used at these places of the network is on our stage."""
        if not self.plan.on("pp"):
            return True
        return LAYERS in used or any(STAGE_OF.get(each) == self.plan.stage for each in used)

    def split_axis(self, weight: Tensor) -> str | None:
        """The axis that tensor parallelism splits, or None for a weight on every rank."""
        if not self.plan.on("tp") or weight.role is Role.NORM:
            return None
        return next((axis for axis in weight.axes if axis in TENSOR_AXES), None)

    def data_ranks(self, weight: Tensor) -> Poly:
        """How many devices hold the same part of a weight: fewer where the experts are spread."""
        ranks = self.plan.degree("dp")
        return ranks / self.plan.degree("ep") if id(weight) in self.places.experts else ranks

    def in_stage(self, name: str) -> Poly:
        """The share of a chain of layers that is on one stage."""
        stages, times = self.plan.degree("pp"), self._chains[name].times
        if not self.plan.uneven:
            return 1 / stages
        if len(times.terms) != 1:
            raise PlanError(
                f"'{name}' stands {show(times)} times; the longest of uneven stages is worked out "
                "for a single symbol: choose a degree that divides it"
            )
        return called("ceil", [times / stages]) / times

    def _share(self, weight: Tensor, term: Term) -> Term:
        split = self.split_axis(weight)
        experts = self.places.experts.get(id(weight))
        sizes = []
        for axis, size in zip(term.axes, term.sizes, strict=True):
            local = self._padded(size) if axis in VOCABULARY else size
            if axis == split:
                local = local / self.plan.degree("tp")
            if axis == experts:
                local = local / self.plan.degree("ep")
            sizes.append(local)
        made = replace(term, sizes=tuple(sizes))
        return self.staged(made) if term.chained else made

    def staged(self, term: Term) -> Term:
        """A term of a layer, for the layers of one stage only."""
        if not self.plan.on("pp"):
            return term
        if not self.plan.uneven:
            return replace(term, over=term.over * self.plan.degree("pp"))
        return replace(term, scale=term.scale * self.in_stage(term.path[0]))

    def _padded(self, entries: Poly) -> Poly:
        if not self.plan.pad:
            return entries
        step = self.plan.pad * self.plan.degree("tp")
        return called("ceil", [entries / step]) * step

    def check(self, values: Mapping[Dim, int]) -> None:
        """Raises `PlanError` for a degree that does not divide what it splits, at these sizes."""
        known = {**values, **self.plan.values()}
        for weight, term in self.weights(DEFAULT):
            self._check_weight(weight, term, known)
        for name, part in self._chains.items():
            times, stages = part.times, self.plan.degree("pp")
            if not self.plan.uneven and not _is_whole(times / stages, known):
                raise PlanError(
                    f"pp = {stages.at(known)} does not divide the {times.at(known)} parts "
                    f"'{name}'; choose a degree that does, or --uneven-stages for the longest stage"
                )
        ranks = self.plan.degree("dp") / self.plan.degree("ep")
        if not _is_whole(ranks, known):
            raise PlanError("ep does not divide dp")

    def quotients(self) -> dict[Poly, str]:
        """What must be a whole number at every size, with the words for it; see `check`."""
        found: dict[Poly, str] = {}
        for weight, term in self.weights(DEFAULT):
            for axis, size in zip(term.axes, term.sizes, strict=True):
                degree = "ep" if axis == self.places.experts.get(id(weight)) else "tp"
                found.setdefault(size, f"{degree} divides the axis '{axis}' of {weight.name}")
        if not self.plan.uneven:
            for name, part in self._chains.items():
                found[part.times / self.plan.degree("pp")] = f"pp divides the parts '{name}'"
        found[self.plan.degree("dp") / self.plan.degree("ep")] = "ep divides dp"
        return found

    def _check_weight(self, weight: Tensor, term: Term, known: Mapping[Dim, int]) -> None:
        for axis, size in zip(term.axes, term.sizes, strict=True):
            if _is_whole(size, known):
                continue
            degree = "ep" if axis == self.places.experts.get(id(weight)) else "tp"
            hint = ", or --pad-vocab 128 pads it" if axis in VOCABULARY else ""
            whole = Fraction(size.at(known)) * self.plan.degree(degree).at(known)
            raise PlanError(
                f"{degree} = {self.plan.degree(degree).at(known)} does not divide the axis "
                f"'{axis}' of {' '.join(term.path)}, which has the size {whole}; choose a degree "
                f"that does{hint}"
            )


def weight_of(term: Term) -> Tensor:
    """The weight that a term of the parameters counts."""
    assert term.op is not None, "parameters are counted where an operation reads them"
    return next(each for each in term.op.weights if each.name == term.label)


def _is_whole(size: Poly, values: Mapping[Dim, int]) -> bool:
    """Whether it is a whole number; yes where a symbol is left open."""
    if any(each not in values for each in size.dims()):
        return True
    return Fraction(size.at(values)).denominator == 1

"""The core of attention: what lies between two products of activations, scores and their mix.

Korthikanti et al. 2022, Reducing Activation Recomputation in Large Transformer Models, arXiv
2205.05198, section 5: the scores, their softmax, its dropout and the mix take much memory and
little work, so selective recomputation runs them again. Found by how they are wired, so it holds
for every attention whose products are declared as attention.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, final

from symcost.graph.tensor import Kind, Op, Role

if TYPE_CHECKING:
    from symcost.graph.component import Component


@final
class AttentionCores:
    """The tensors and operations of every attention core in a declaration, by identity."""

    def __init__(self, root: Component) -> None:
        """`root` is the frozen declaration."""
        self.tensors: set[int] = set()
        self.operations: set[int] = set()
        for component in root.walk():
            self._look_through(tuple(item for item in component.body if isinstance(item, Op)))

    def _look_through(self, body: tuple[Op, ...]) -> None:
        after: set[int] = set()
        for op in body:
            if _is_product(op) or (_leads_on(op) and any(id(each) in after for each in op.reads)):
                after.add(id(op.writes))
        before: set[int] = set()
        for op in reversed(body):
            if _is_product(op) or (_leads_on(op) and id(op.writes) in before):
                before.update(id(each) for each in op.reads)
        inside = after & before
        self.tensors |= inside
        for op in body:
            mixes = _is_product(op) and any(id(each) in inside for each in op.reads)
            if id(op.writes) in inside or mixes:
                self.operations.add(id(op))


def _is_product(op: Op) -> bool:
    """A product of activations in an attention."""
    return op.kind is Kind.CONTRACT and op.role is Role.ATTENTION and not op.weights


def _leads_on(op: Op) -> bool:
    """Whether what is made still belongs to the core: scores mixed over heads do."""
    return op.kind is Kind.MAP or (op.kind is Kind.CONTRACT and op.role is Role.ATTENTION)

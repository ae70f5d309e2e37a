"""Tensors and operations: the nouns and verbs of a declaration."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, final

if TYPE_CHECKING:
    from symcost.graph.axes import Axes


class Role(Enum):
    """What a weight, or the work done with it, is for. Conventions take roles in or leave out.

    >>> symcost.load("gpt2").ledger("params").of_roles(symcost.Role.BIAS).total
    Poly(3*L*h*d_h + 2*L*d + 1*L*d_ff)
    """

    EMBEDDING = "embedding"
    POSITION = "position"
    MATRIX = "matrix"
    HEAD = "head"
    BIAS = "bias"
    NORM = "norm"
    ATTENTION = "attention"
    SOFTMAX = "softmax"
    ACTIVATION = "activation"
    RESIDUAL = "residual"
    ROUTER = "router"
    CONVOLUTION = "convolution"
    STATE = "state"
    SCAN = "scan"
    SCALE = "scale"


# The work of these roles is products of matrices; every other role's is elementwise.
PRODUCTS = frozenset(
    {Role.MATRIX, Role.ATTENTION, Role.HEAD, Role.ROUTER, Role.CONVOLUTION, Role.STATE}
)


class Kind(Enum):
    """The kinds of operation. Every quantity has a rule for each, or refuses to load."""

    CONTRACT = "contract"
    MAP = "map"
    GATHER = "gather"
    REMEMBER = "remember"
    ROUTE = "route"
    WINDOW = "window"
    CARRY = "carry"


@final
@dataclass(frozen=True, eq=False)
class Tensor:
    """Named axes. Equality is identity, so using one table twice is tying it.

    `is_weight` tells a parameter from a result; `trainable` whether training changes it;
    `needs_gradient` whether backward has to reach it.
    """

    name: str
    axes: Axes
    role: Role | None = None
    is_weight: bool = False
    trainable: bool = False
    needs_gradient: bool = False


@final
@dataclass(frozen=True, eq=False)
class Op:
    """One operation.

    A contraction sums a product of its operands over the axes that the result lacks; `mask` names
    pairs that may be left out ("causal": a token does not look ahead). A map applies a named
    function to every element. A gather looks rows up. Remember appends along time: a cache; it
    keeps at most `keep` places where that is set. Route lets a token meet only the experts chosen
    for it. A window lays overlapping slices side by side. Carry hands a state without a time axis
    to the next token.
    """

    kind: Kind
    name: str
    reads: tuple[Tensor, ...]
    writes: Tensor
    role: Role
    function: str = ""
    mask: str = ""
    keep: str = ""

    @property
    def axes(self) -> Axes:
        """Every axis that occurs, once: first those of the first operand, then the new ones."""
        return tuple(dict.fromkeys(axis for tensor in self.reads for axis in tensor.axes))

    @property
    def weights(self) -> tuple[Tensor, ...]:
        """The operands that are weights."""
        return tuple(tensor for tensor in self.reads if tensor.is_weight)

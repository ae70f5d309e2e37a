"""Recurrent networks of torch.nn: plain, LSTM and GRU, in layers, in one or both directions."""

from __future__ import annotations

from dataclasses import KW_ONLY, dataclass
from typing import TYPE_CHECKING, final

from symcost.graph.tensor import Role
from symcost.torch_nn.module import ARGUMENT, SHAPE, Module

if TYPE_CHECKING:
    from symcost.graph.author import Author
    from symcost.graph.tensor import Tensor
    from symcost.torch_nn.module import Shape, Sizes

GATES = {"rnn": 1, "gru": 3, "lstm": 4}


def direction(a: Author, *, cell: str, wide: str, bias: bool, projected: bool) -> Tensor:
    """All steps in one direction: W x for every token, U h for every state, then the cell.

    The first state is zero and given, so no gradient flows into it: backward costs one product
    with U less than forward has. `wide` is the axis that comes in. Source: Elman 1990; Hochreiter
    and Schmidhuber 1997; Cho et al. 2014, arXiv 1406.1078; Sak et al. 2014, arXiv 1402.1128.
    """
    x = a.input(f"batch time {wide}")
    a.axis("gates", GATES[cell])
    a.axis("later", a.size("time") - 1)
    state = a.axis("state_in", a.size("projected" if projected else "recurrent"))
    asked = a.linear("W_ih", x, f"{wide} -> gates recurrent", bias=bias)
    weight = a.weight("W_hh", f"gates recurrent {state}")
    zero = a.given("h_0", f"batch {state}")
    first = a.linear(weight, zero, f"{state} -> gates recurrent", name="first_step")
    states = a.map("join", asked, name="states", axes=f"batch later {state}")
    later = a.linear(weight, states, f"{state} -> gates recurrent", name="later_steps")
    axes = "batch time gates recurrent"
    told = a.map("join", first, later, name="recall", axes=axes)
    if bias:
        b = a.weight("b_hh", "gates recurrent", Role.BIAS)
        told = a.map("add", told, b, role=Role.BIAS, name="add_b_hh")
    return _cell(a, cell, asked, told, projected)


def _cell(a: Author, cell: str, asked: Tensor, told: Tensor, projected: bool) -> Tensor:
    """The state that follows, from what the token and what the last state bring."""
    axes = "batch time recurrent"
    if cell == "rnn":
        both = a.map("add", asked, told, name="sum", axes=axes)
        return a.map("tanh", both, name="h")
    if cell == "gru":
        reset = a.map("sigmoid", asked, told, name="reset", axes=axes)
        update = a.map("sigmoid", asked, told, name="update", axes=axes)
        kept = a.map("multiply", reset, told, name="kept", axes=axes)
        new = a.map("tanh", asked, kept, name="new", axes=axes)
        return a.map("scan", new, update, name="h")
    opened = [
        a.map("sigmoid", asked, told, name=f"{word}_gate", axes=axes)
        for word in ("input", "forget", "output")
    ]
    new = a.map("tanh", asked, told, name="new", axes=axes)
    c = a.map("scan", new, opened[0], opened[1], name="c")
    h = a.map("multiply", a.map("tanh", c, name="squash"), opened[2], name="h")
    return a.linear("W_hr", h, "recurrent -> projected") if projected else h


def layer(a: Author, *, wide: str, kind: tuple[str, bool, bool, int]) -> Tensor:
    """One layer; two directions read the same input and stand side by side.

    `kind` says the cell, whether there are biases and a projection, and how many directions.
    """
    cell, bias, projected, directions = kind
    x = a.input(f"batch time {wide}")
    parts = {"cell": cell, "wide": wide, "bias": bias, "projected": projected}
    if directions == 1:
        y = a.part("forward", direction, x, **parts)
    else:
        a.axis("directions", directions)
        y = a.repeat(
            "direction",
            directions,
            direction,
            x,
            stack="directions",
            cell=cell,
            wide=wide,
            bias=bias,
            projected=projected,
        )
    return a.map("join", y, name="side_by_side", axes="batch time lane")


@dataclass(frozen=True)
class _Recurrent(Module):
    input_size: int
    hidden_size: int
    num_layers: int = 1
    _: KW_ONLY
    bias: bool = True
    batch_first: bool = False
    dropout: float = 0.0
    bidirectional: bool = False
    proj_size: int = 0

    cell = ""

    def sizes(self, *shapes: Shape) -> Sizes:
        """Batch, tokens, widths and layers."""
        batch, time = self.sequence(shapes[0], self.input_size, self.batch_first)
        sizes: Sizes = {
            "batch": (batch, SHAPE),
            "time": (time, SHAPE),
            "features_in": (self.input_size, ARGUMENT),
            "recurrent": (self.hidden_size, ARGUMENT),
            "layers": (self.num_layers, ARGUMENT),
        }
        if self.proj_size:
            if self.cell != "lstm" or not 0 < self.proj_size < self.hidden_size:
                self.fail(f"proj_size {self.proj_size} must lie below hidden_size, in an LSTM")
            sizes["projected"] = (self.proj_size, ARGUMENT)
        return sizes

    def declare(self, a: Author, *, gradient: bool) -> Tensor:
        """The first layer reads the input, the others what the layer below them made."""
        directions = 2 if self.bidirectional else 1
        a.axis("lane", a.size("projected" if self.proj_size else "recurrent") * directions)
        x = a.input("batch time features_in", needs_gradient=gradient)

        flags = (self.cell, self.bias, bool(self.proj_size), directions)
        y = a.part("first_layer", layer, x, wide="features_in", kind=flags)
        if self.num_layers > 1:
            y = a.repeat("layer", a.size("layers") - 1, layer, y, wide="lane", kind=flags)
        return y


@final
@dataclass(frozen=True)
class RNN(_Recurrent):
    """h = tanh(W x + b + U h' + b')."""

    nonlinearity: str = "tanh"

    cell = "rnn"


@final
@dataclass(frozen=True)
class LSTM(_Recurrent):
    """Four gates; the state of a cell is kept, forgotten and shown."""

    cell = "lstm"


@final
@dataclass(frozen=True)
class GRU(_Recurrent):
    """Three gates; the state is a mixture of the last one and a new one."""

    cell = "gru"


@dataclass(frozen=True)
class _Cell(Module):
    input_size: int
    hidden_size: int
    bias: bool = True

    cell = ""

    def sizes(self, *shapes: Shape) -> Sizes:
        """Batch and widths; one step."""
        if len(shapes[0]) > 2:
            self.fail(f"the shape {list(shapes[0])} must be batch, {self.input_size}")
        return {
            "batch": (self.split(shapes[0], self.input_size, "input_size"), SHAPE),
            "features_in": (self.input_size, ARGUMENT),
            "recurrent": (self.hidden_size, ARGUMENT),
        }

    def declare(self, a: Author, *, gradient: bool) -> Tensor:
        """One step from a state of zeros."""
        a.axis("time", 1)
        x = a.input("batch time features_in", needs_gradient=gradient)
        flags = {"cell": self.cell, "bias": self.bias, "projected": False}
        return a.part("step", direction, x, wide="features_in", **flags)


@final
@dataclass(frozen=True)
class RNNCell(_Cell):
    """One step of a plain recurrent network."""

    nonlinearity: str = "tanh"

    cell = "rnn"


@final
class LSTMCell(_Cell):
    """One step of an LSTM."""

    cell = "lstm"


@final
class GRUCell(_Cell):
    """One step of a GRU."""

    cell = "gru"

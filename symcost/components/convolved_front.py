"""What stands before an encoder of sound: strided convolutions over frames or samples."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, final

from symcost.algebra.poly import Call, Poly
from symcost.components.norm import normalised
from symcost.graph.tensor import Role

if TYPE_CHECKING:
    from symcost.graph.author import Author
    from symcost.graph.tensor import Tensor


@final
@dataclass(frozen=True)
class Filter:
    """One convolution: its width, stride and padding at each end, and the channels it makes.

    `function` is elementwise, or "glu": one half of the channels opens the other.
    """

    width: int
    stride: int
    made: Poly
    padding: int = 0
    bias: bool = True
    function: str = "gelu"
    norm: bool = False

    def places(self, length: Poly) -> Poly:
        """How many places are left of a length."""
        whole = Call("floor", [(length + 2 * self.padding - self.width) / self.stride])
        return Poly.of(whole) + 1


def convolved_front(a: Author, *, filters: tuple[Filter, ...]) -> Tensor:
    """Convolutions one after the other, each with its function; the last makes the model's width.

    Shapes: the sound is batch, frames, bands; the result batch, source, model. Source: Synnaeve et
    al. 2019, arXiv 1911.08460, section 2.2; Jeffries et al. 2024, arXiv 2410.15608, section 3.1.
    """
    x = a.input("batch frames bands", "sound")
    places, into = "frames", "bands"
    for number, each in enumerate(filters):
        last = each is filters[-1]
        steps = "source"
        if not last:
            steps = a.axis(f"places_{number}", each.places(a.size(places)))
        x, into = _one(a, x, each, (places, into, steps), str(number))
        places = steps
    return a.map("join", x, name="rows", axes="batch source model")


def _one(
    a: Author, x: Tensor, each: Filter, axes: tuple[str, str, str], mark: str
) -> tuple[Tensor, str]:
    """One convolution, and the axis of its channels."""
    places, into, steps = axes
    made = a.axis(f"made_{mark}", each.made)
    taps = a.axis(f"taps_{mark}", each.width)
    seen = a.window(x, f"{places} -> {steps} {taps}", f"window_{mark}")
    y = a.contract(
        f"{' '.join(seen.axes)}, {taps} {into} {made} -> batch {steps} {made}",
        seen,
        a.weight(f"F_{mark}", f"{taps} {into} {made}", Role.CONVOLUTION),
        name=f"convolve_{mark}",
        role=Role.CONVOLUTION,
    )
    if each.bias:
        bias = a.weight(f"b_F_{mark}", made, Role.BIAS)
        y = a.map("add", y, bias, role=Role.BIAS, name=f"add_b_{mark}")
    if each.function == "glu":
        half = a.axis(f"half_{mark}", each.made / 2)
        shape = f"batch {steps} {half}"
        gate = a.map("join", y, name=f"gate_{mark}", axes=shape)
        value = a.map("join", y, name=f"value_{mark}", axes=shape)
        gate = a.map("sigmoid", gate, name=f"open_{mark}")
        return a.map("multiply", value, gate, name=f"glu_{mark}"), half
    y = a.map(each.function, y, name=f"{each.function}_{mark}")
    if each.norm:
        y = normalised(a, y, "layer", made, f"groups_{mark}")
    return y, made

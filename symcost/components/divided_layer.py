"""A layer over a film that looks along time first, and inside each picture then."""

from __future__ import annotations

from typing import TYPE_CHECKING

from symcost.algebra.poly import Poly
from symcost.components.norm import normalised
from symcost.components.picture import attended
from symcost.components.vision_layer import fed

if TYPE_CHECKING:
    from symcost.graph.author import Author
    from symcost.graph.tensor import Tensor


def divided_layer(a: Author, *, bias: bool = True) -> Tensor:
    """A patch asks the same place of other pictures, then its own picture, then works alone.

    The row before all patches takes part in the second step, once for each picture; `bias`:
    queries, keys and values have biases. Shapes: x is batch, time, model; so is the result.
    Source: Bertasius et al. 2021, TimeSformer, arXiv 2102.05095, section 3.
    """
    x = a.input("batch time model")
    a.axis("later", "pictures")
    spots = (Poly.of(a.size("time")) - 1) / a.size("later")
    a.axis("spots", spots)
    y = a.map("join", x, name="film", axes="batch spots later model")
    y = _asked(a, normalised(a, y, "layer", name="along_time"), "time_", "later", bias=bias)
    a.axis("turned", "model")
    y = a.linear("W_time", y, "model -> turned", bias=True)
    x = a.map("add", x, y, name="add_time", axes="batch time model")
    a.axis("rows", spots + 1)
    y = a.map("join", x, name="pictures", axes="batch later rows model")
    y = _asked(a, normalised(a, y, "layer", name="in_pictures"), "", "rows", bias=bias)
    x = a.map("add", x, y, name="add_pictures", axes="batch time model")
    return a.map("add", x, fed(a, normalised(a, x, "layer", name="feed")), name="add_feed")


def _asked(a: Author, y: Tensor, mark: str, along: str, *, bias: bool) -> Tensor:
    """Attention along the last axis but one of y."""
    lead = " ".join(y.axes[:-2])
    q, k, v = (a.linear(f"W_{mark}{each}", y, "model -> heads head", bias=bias) for each in "QKV")
    other = a.axis(f"other_{along}", a.size(along))
    k, v = (
        a.map("join", each, name=f"{mark}{name}", axes=f"{lead} {other} heads head")
        for each, name in ((k, "keys"), (v, "values"))
    )
    mix = attended(a, q, k, v, mark=mark)
    return a.linear(f"W_{mark}O", mix, "heads head -> model", bias=True)

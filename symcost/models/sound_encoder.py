"""Encoders of sound by themselves: frames or samples in, rows out, or a score for each letter."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, final

from symcost.algebra.poly import called
from symcost.components.norm import normalised
from symcost.graph.tensor import Role
from symcost.models.encoder_decoder import encoder

if TYPE_CHECKING:
    from symcost.algebra.poly import Poly
    from symcost.graph.author import Author
    from symcost.graph.tensor import Tensor
    from symcost.models.encoder_decoder import Side


@final
@dataclass(frozen=True)
class Hearing:
    """A whole encoder: its layers, with what stands before them as their `front`.

    `source` is the number of rows that frames become; without it there are always as many rows as
    places. `pooled`: before the last norm each two rows become their mean. `letters`: each row
    gets scores.
    """

    side: Side
    source: Poly | None = None
    pooled: bool = False
    letters: bool = False


def sound_encoder(a: Author, *, spec: Hearing) -> Tensor:
    """Rows made of a sound, and layers in which every row sees all others.

    Source: Radford et al. 2022, Whisper, arXiv 2212.04356, section 2.2; Graves et al. 2006,
    Connectionist Temporal Classification, for the scores of letters.
    """
    front = spec.side.front
    assert front is not None
    if spec.source is None:
        a.axis("frames", 2 * a.size("source"))
    else:
        a.axis("source", spec.source)
    sound = a.ids("batch frames bands", "sound")
    x = a.part("front", front.component, sound, **front.flags)
    x = a.part("encoder", encoder, x, spec=spec.side)
    if spec.pooled:
        a.axis("pairs", called("floor", [a.size("source") / 2]))
        x = a.map("scale", a.map("add", x, name="add_pairs", axes="batch pairs model"))
        x = normalised(a, x, "layer", name="last")
    if not spec.letters:
        return x
    return a.linear("W_U", x, "model -> vocab", role=Role.HEAD, bias=True)

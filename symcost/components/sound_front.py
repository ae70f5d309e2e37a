"""What stands before an encoder of sound: convolutions that turn frames into rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from symcost.graph.tensor import Role

if TYPE_CHECKING:
    from symcost.graph.author import Author
    from symcost.graph.tensor import Tensor


def sound_front(a: Author, *, streams: bool = False) -> Tensor:
    """Two convolutions, three frames wide; the second takes every other place.

    With `streams` both look back alone, and keep what they still have to see. Shapes: the sound is
    batch, frames, bands, two frames for each place; the result batch, source, model. Source:
    Radford et al. 2022, Whisper, arXiv 2212.04356, section 2.2.
    """
    frames = a.input("batch frames bands", "sound")
    a.axis("places", a.size("frames"))
    a.axis("three", 3)
    a.axis("lane", a.size("model"))
    if streams:
        a.axis("two", 2)
        kept = a.carry(frames, "batch two bands", "frames_kept")
        frames = a.map("join", frames, kept, name="join_frames", axes="batch frames bands")
    seen = a.window(frames, "frames -> places three", "first_window")
    x = _filtered(a, seen, "places", "bands", "lane", "first")
    if streams:
        a.axis("one", 1)
        kept = a.carry(x, "batch one lane", "rows_kept")
        x = a.map("join", x, kept, name="join_rows", axes="batch places lane")
    seen = a.window(x, "places -> source three", "second_window")
    return _filtered(a, seen, "source", "lane", "model", "second")


def _filtered(a: Author, seen: Tensor, places: str, into: str, out: str, name: str) -> Tensor:
    """One convolution with its bias, and an elementwise function."""
    y = a.contract(
        f"{' '.join(seen.axes)}, three {into} {out} -> batch {places} {out}",
        seen,
        a.weight(f"F_{name}", f"three {into} {out}", Role.CONVOLUTION),
        name=f"convolve_{name}",
        role=Role.CONVOLUTION,
    )
    y = a.map("add", y, a.weight(f"b_F_{name}", out, Role.BIAS), role=Role.BIAS, name=f"b_{name}")
    return a.map("gelu", y, name=f"gelu_{name}")

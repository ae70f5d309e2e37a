"""What stands before an encoder of sound: rows made of samples, of frames, or of a picture."""

from __future__ import annotations

from typing import TYPE_CHECKING

from symcost.algebra.poly import called
from symcost.components.convolved_front import convolved_front
from symcost.components.norm import normalised
from symcost.components.picture import convolved_image
from symcost.graph.tensor import Role

if TYPE_CHECKING:
    from symcost.components.convolved_front import Filter
    from symcost.graph.author import Author
    from symcost.graph.tensor import Tensor


def frame_rows(a: Author, *, masked: bool = True) -> Tensor:
    """Every frame normed and brought to the model's width; one learned row could hide some.

    Shapes: the sound is batch, frames, bands; the result batch, source, model. Source: Barrault et
    al. 2023, Seamless, arXiv 2312.05187, section 3.1.
    """
    sound = a.input("batch frames bands", "sound")
    x = normalised(a, sound, "layer", "bands")
    x = a.linear("W_in", x, "bands -> model", bias=True)
    return _hidden(a, a.map("join", x, name="rows", axes="batch source model"), masked)


def wave_rows(
    a: Author,
    *,
    filters: tuple[Filter, ...],
    masked: bool = True,
    normed: bool = True,
    **places: bool,
) -> Tensor:
    """Samples through convolutions, a norm and a matrix; a last convolution tells places.

    `normed`: the norm is there; `places` are the flags of the last one. Shapes: the sound is batch,
    frames, bands; the result batch, source, model. Source: Baevski et al. 2020, wav2vec 2.0, arXiv
    2006.11477, section 2.
    """
    sound = a.input("batch frames bands", "sound")
    a.axis("heard", filters[-1].made)
    x = a.part("waves", _waves, sound, filters=filters)
    x = normalised(a, x, "layer", "heard") if normed else x
    x = _hidden(a, a.linear("W_in", x, "heard -> model", bias=True), masked)
    return a.part("places", convolved_places, x, **places)


def convolved_places(
    a: Author, *, even: bool = True, placed: bool = True, batch_norm: bool = False
) -> Tensor:
    """A convolution in groups of channels, added to its input; a gain scales each of its taps.

    `even`: it has an even number of taps, and so makes one place more, which is cut off. With
    `batch_norm` its input is normed instead of its taps. Without `placed` it stands by. Shapes: x
    is batch, source, model; so is the result. Source: Mohamed et al. 2019, arXiv 1904.11660,
    section 2; Salimans and Kingma 2016, arXiv 1602.07868, for the gains.
    """
    x = a.input("batch source model")
    a.axis("lane", a.size("model") / a.size("channel_groups"))
    a.axis("made", a.size("lane"))
    a.axis("steps", a.size("source") + (1 if even else 0))
    filters = a.weight("F", "channel_groups lane made place_kernel", Role.CONVOLUTION)
    bias = a.weight("b_F", "model", Role.BIAS)
    gains = [] if batch_norm else [a.weight("gain", "place_kernel", Role.SCALE)]
    if not placed:
        return a.map("idle", x, filters, *gains, bias, name="no_places", axes="batch source model")
    y = normalised(a, x, "layer", name="batch") if batch_norm else x
    y = a.map("join", y, name="in_groups", axes="batch source channel_groups lane")
    if gains:
        filters = a.map("multiply", filters, *gains, name="scaled")
    seen = a.window(y, "source -> steps place_kernel", "look")
    y = a.contract(
        f"{' '.join(seen.axes)}, {' '.join(filters.axes)} -> batch steps channel_groups made",
        seen,
        filters,
        name="convolve",
        role=Role.CONVOLUTION,
    )
    y = a.map("join", y, name="rows", axes="batch source model")
    y = a.map("gelu", a.map("add", y, bias, role=Role.BIAS, name="add_b_F"))
    return a.map("add", x, y, name="add_places")


def dense_rows(a: Author, *, filters: tuple[Filter, ...]) -> Tensor:
    """Every frame through a matrix, then convolutions, then a matrix to the model's width.

    Shapes: the sound is batch, frames, bands; the result batch, source, model. Source: Google
    Health AI 2025, MedASR; Gulati et al. 2020, Conformer, arXiv 2005.08100, section 2.
    """
    sound = a.input("batch frames bands", "sound")
    a.axis("lane", a.size("model"))
    a.axis("heard", filters[-1].made)
    x = a.map("relu", a.linear("W_0", sound, "bands -> lane", bias=True))
    x = a.part("waves", _waves, x, filters=filters, eaten="lane")
    return a.linear("W_in", x, "heard -> model", bias=True)


def _waves(a: Author, *, filters: tuple[Filter, ...], eaten: str = "bands") -> Tensor:
    """The convolutions alone, in the width of their last channels."""
    sound = a.input(f"batch frames {eaten}", "sound")
    if eaten != "bands":
        a.axis("bands", a.size(eaten))
        sound = a.map("join", sound, name="as_bands", axes="batch frames bands")
    a.axis("model", filters[-1].made)
    x = a.part("filters", convolved_front, sound, filters=filters)
    return a.map("join", x, name="heard", axes="batch source heard")


def _hidden(a: Author, x: Tensor, masked: bool) -> Tensor:
    """A learned row that stands in for rows that are hidden in training."""
    if not masked:
        return x
    row = a.weight("mask_row", "model", Role.SCALE)
    return a.map("idle", x, row, name="no_mask")


def picture_rows(a: Author, *, steps: int, channels: int, kernel: int, stride: int) -> Tensor:
    """Frames and bands are a picture of one channel; convolutions narrow both of its sides.

    From the second on a filter for each channel, and then a matrix over the channels. Shapes: the
    sound is batch, frames, bands; the result batch, source, model. Source: Rekesh et al. 2023, Fast
    Conformer, arXiv 2305.05084, section 3.
    """
    sound = a.input("batch frames bands", "sound")
    one = a.axis("width_1", 1)
    x = a.map("join", sound, name="picture", axes=f"batch frames bands {one}")
    around = (kernel - 1) // 2
    for step in range(steps):
        groups = channels if step else 1
        x = convolved_image(
            a, x, f"F_{step}", channels, kernel, stride, padding=around, groups=groups, bias=True
        )
        if step:
            x = convolved_image(a, x, f"W_{step}", channels, bias=True)
        x = a.map("relu", x, name=f"relu_{step}")
    _, _, bands, made = x.axes
    x = a.map("join", x, name="rows", axes=f"batch source {bands} {made}")
    return a.linear("W_in", x, f"{bands} {made} -> model", bias=True)


def chunk_rows(a: Author, *, channels: int) -> Tensor:
    """The frames in chunks, each of them a picture that three convolutions narrow by half.

    Every chunk has the same waves for its places. Shapes: the sound is batch, frames, bands; the
    result batch, source, model. Source: Shi et al. 2026, Qwen3-ASR, arXiv 2601.21337, section 2.
    """
    sound = a.input("batch frames bands", "sound")
    chunks = called("ceil", [a.size("frames") / a.size("hear_chunk")])
    a.axis("pack", a.size("batch") * chunks)
    a.axis("steps", called("ceil", [a.size("hear_chunk") / 8]))
    x = a.map("join", sound, name="chunks", axes="pack hear_chunk bands")
    x = a.part("pictures", _narrowed, x, channels=channels)
    return a.map("join", x, name="rows", axes="batch source model")


def _narrowed(a: Author, *, channels: int) -> Tensor:
    """Three convolutions over every chunk, and a matrix over what is left of the bands."""
    x = a.input("pack hear_chunk bands")
    a.axis("batch", a.size("pack"))
    x = a.map("join", x, name="picture", axes=f"batch hear_chunk bands {a.axis('width_1', 1)}")
    for step in range(3):
        x = convolved_image(a, x, f"F_{step}", channels, 3, 2, padding=1, bias=True)
        x = a.map("gelu", x, name=f"gelu_{step}")
    _, _, bands, made = x.axes
    y = a.linear("W_in", x, f"{bands} {made} -> model")
    return a.map("join", y, name="rows", axes="pack steps model")

"""What brings an encoder of images to the width of the text: matrices and norms."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, final

from symcost.algebra.dim import dim
from symcost.algebra.poly import Poly
from symcost.components.idle_sight import gain, matrix
from symcost.graph.tensor import Role

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from symcost.config.families.idle_towers import IdleTower
    from symcost.config.keys import Keys


@final
@dataclass(frozen=True)
class Span:
    """The keys of the whole, the encoder so far, and the entry of the model type."""

    keys: Keys
    tower: IdleTower
    options: Mapping[str, Any]


def none(_: Span) -> None:
    """The encoder has the width of the text at its end."""


def llava(s: Span) -> None:
    """Two matrices; the first reads one layer of the encoder, or several side by side."""
    k, bias, count = s.keys, bool(s.options["bridge_bias"]), 1
    if k.has("multimodal_projector_bias"):
        bias = k.flag("multimodal_projector_bias")
    key = "vision_feature_layer"
    if k.has(key) and isinstance(k.raw(key), list):
        count = len(k.numbers(key))
    if not count:
        k.fail(key, "names no layer")
    s.tower.axes["several"] = Poly.of(dim("sight_width")) * count
    s.tower.axes["model_out"] = Poly.of(dim("model"))
    for other in ("vision_feature_select_strategy", "image_grid_pinpoints"):
        if k.has(other):
            k.raw(other)
    if s.options["newline"]:
        s.tower.bridge.append(("newline", "model", Role.SCALE))
    if s.options["bridge_norm"]:
        s.tower.bridge += gain("bridge", "layer", "several")
    s.tower.bridge += matrix("bridge_1", "several", "model", bias=bias)
    s.tower.bridge += matrix("bridge_2", "model", "model_out", bias=bias)


def mistral3(s: Span) -> None:
    """A norm, a matrix that merges a square of pieces, and two matrices."""
    s.tower.bridge += gain("bridge", "rms", "sight_width")
    merged = s.tower.merged(s.keys.whole("spatial_merge_size") ** 2)
    s.tower.bridge += matrix("merge", merged, "sight_width", bias=False)
    llava(s)


def one_matrix(s: Span) -> None:
    """PaliGemma: one matrix, which ends at projection_dim."""
    s.tower.size(s.keys, "sight_result", "projection_dim")
    for key in ("hidden_size", "vocab_size", "num_image_tokens"):
        if key in s.keys.config or s.keys.has(key):
            s.keys.raw(key)
    s.tower.bridge += matrix("bridge", "sight_width", "sight_result")


def squares(s: Span) -> None:
    """Idefics3: one matrix over a square of pieces."""
    s.tower.bridge += matrix(
        "bridge", s.tower.merged(s.keys.whole("scale_factor") ** 2), "model", bias=False
    )


def halves(s: Span) -> None:
    """Aya and Command A Vision: a gated block over a square of pieces, perhaps normed first."""
    merged = s.tower.merged(s.keys.whole("downsample_factor") ** 2)
    key = "alignment_intermediate_size"
    both = s.keys.whole(key) if s.keys.has(key) else int(s.options["text_width"])
    for other in ("vision_feature_layer", "vision_feature_select_strategy"):
        if s.keys.has(other):
            s.keys.raw(other)
    s.tower.axes.update(both=Poly.of(both), half=Poly.of(both // 2))
    if s.options["bridge_norm"]:
        s.tower.bridge += gain("bridge", "layer", merged)
    s.tower.bridge += matrix("bridge_1", merged, "both")
    s.tower.bridge += matrix("bridge_2", "half", "model")


def shuffled(s: Span) -> None:
    """InternVL: a norm over a square of pieces and two matrices."""
    ratio = s.keys.number("downsample_ratio")
    if not 0 < ratio <= 1:
        s.keys.fail("downsample_ratio", "must lie above 0 and at most at 1")
    for key in ("vision_feature_layer", "vision_feature_select_strategy", "image_seq_length"):
        s.keys.raw(key)
    merged = s.tower.merged(int(1 / ratio) ** 2)
    s.tower.axes["model_out"] = Poly.of(dim("model"))
    s.tower.bridge += gain("bridge", "layer", merged)
    s.tower.bridge += matrix("bridge_1", merged, "model")
    s.tower.bridge += matrix("bridge_2", "model", "model_out")


def kimi(s: Span) -> None:
    """Kimi K2.5: a norm over one piece, two matrices over several."""
    s.tower.axes["normed"] = Poly.of(s.keys.whole("projection_hidden_size"))
    s.tower.bridge += gain("bridge", "layer", "normed")
    s.tower.bridge += matrix("bridge_1", "merged", "merged_out")
    s.tower.bridge += matrix("bridge_2", "merged_out", "model")


def straight(s: Span) -> None:
    """Llama 4: one matrix from what the encoder makes."""
    s.tower.bridge += matrix("bridge", "sight_result", "model", bias=False)


BRIDGES: dict[str, Callable[[Span], None]] = {
    "none": none,
    "llava": llava,
    "mistral3": mistral3,
    "one_matrix": one_matrix,
    "squares": squares,
    "halves": halves,
    "shuffled": shuffled,
    "kimi": kimi,
    "straight": straight,
}

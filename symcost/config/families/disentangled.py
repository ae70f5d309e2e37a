"""DeBERTa and its second version: which scores look at distances, and at how many of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from symcost.algebra.dim import dim
from symcost.algebra.poly import Poly, at_most
from symcost.components.disentangled_attention import (
    ROWS,
    disentangled_attention,
    distance_rows,
    idle_distance_rows,
    smoothed_first,
    widened_rows,
)
from symcost.components.encoder_attention import encoder_attention
from symcost.config.activations import activation_of
from symcost.graph.component import Use

if TYPE_CHECKING:
    from symcost.config.families.changes import Kin
    from symcost.config.keys import Keys

BUCKETS, SHARED, NORM = "position_buckets", "share_att_key", "norm_rel_ebd"
ROW = "embedding_size"
KERNEL, GROUPS, ACTIVATION = "conv_kernel_size", "conv_groups", "conv_act"


def first_version(kin: Kin) -> None:
    """Keys have no bias; a text looks only at the rows of distances that occur in it."""
    _rows_and_head(kin)
    near = 2 * at_most(Poly.of(dim("time")), Poly.of(dim("span")))
    _distances(kin, near, "", {"key_bias": False, "asked_bias": False})


def second_version(kin: Kin) -> None:
    """All biases and all rows of distances: perhaps in buckets, normed, under shared matrices."""
    _rows_and_head(kin)
    k = kin.k
    words = k.text(NORM).lower().split("|") if k.has(NORM) else []
    norm = "layer" if "layer_norm" in (word.strip() for word in words) else ""
    shared = k.has(SHARED) and k.flag(SHARED)
    _distances(kin, 2 * Poly.of(dim("span")), norm, {"shared": shared})
    if k.has(KERNEL) and k.whole(KERNEL, 0):
        _convolution(kin)


def _rows_and_head(kin: Kin) -> None:
    """Tables that may be missing, and a head that may be tied in any case."""
    k = kin.k
    if not k.flag("position_biased_input"):
        kin.change(positions=False)
        del kin.built.sizes["positions"]
    if k.has(ROW) and k.whole(ROW) != k.whole("hidden_size"):
        _narrow_rows(kin)
    if k.whole("type_vocab_size", 0):
        kin.size("segments", "type_vocab_size")
        kin.change(tables=("segments",))
    if not k.flag("legacy") and kin.spec.head:
        kin.change(tied=True, spare_bias=False)


def _narrow_rows(kin: Kin) -> None:
    """Rows of another width, normed after they are widened."""
    kin.size("row_width", ROW)
    kin.change(row="row_width", row_norm="", added=Use(widened_rows))
    if kin.spec.head:
        if not kin.k.flag("legacy"):
            kin.k.fail(ROW, "must equal hidden_size where legacy is false")
        kin.change(head="row_width")


def _distances(kin: Kin, near: Poly, norm: str, flags: dict[str, bool]) -> None:
    """The scores that look at distances, or what stands by where none does."""
    k = kin.k
    relative, kinds = k.flag("relative_attention"), _kinds(k)
    asked, asking = (relative and kind in kinds for kind in ("c2p", "p2c"))
    sizes = {"all_distances": 2 * Poly.of(dim("span")), "near": near}
    if relative:
        _span(kin)
    if asked or asking or (relative and flags.get("shared")):
        mixer = Use(disentangled_attention, {**flags, "asked": asked, "asking": asking})
        kin.change(relative=Use(distance_rows, {"norm": norm}, sizes))
        kin.layers(mixer=mixer, beside=(ROWS,))
        return
    if not flags.get("key_bias", True):
        kin.layers(mixer=Use(encoder_attention, {"key_bias": False}))
    if relative or norm:
        kin.change(idle=Use(idle_distance_rows, {"table": relative, "norm": norm}, sizes))


def _kinds(k: Keys) -> list[str]:
    """The kinds of scores, as a list or as words with bars between them."""
    value = k.raw("pos_att_type")
    if isinstance(value, str):
        return [word.strip() for word in value.lower().split("|")]
    return k.words("pos_att_type") or []


def _span(kin: Kin) -> None:
    """Distances told apart on either side: buckets, a bound, or the longest text."""
    k = kin.k
    places = ["max_relative_positions", "max_position_embeddings"]
    if BUCKETS in k.config and k.facts.model_type == "deberta-v2":
        places.insert(0, BUCKETS)
    for key in places:
        if k.whole(key, -(10**9)) > 0:
            kin.size("span", key)
            return
    k.fail(places[-1], "must be positive")


def _convolution(kin: Kin) -> None:
    """The convolution beside the first layer."""
    k, sizes = kin.k, kin.built.sizes
    kernel, groups = kin.size("kernel", KERNEL), 1
    sizes["channel_groups"] = (1, f"{GROUPS} is not set")
    if k.has(GROUPS):
        groups = kin.size("channel_groups", GROUPS)
    if kernel % 2 == 0 or k.whole("hidden_size") % groups:
        k.fail(KERNEL, "must be odd, and conv_groups must divide hidden_size")
    if not k.whole("num_hidden_layers", 0):
        k.fail(KERNEL, "needs a layer")
    name = k.text(ACTIVATION) if k.has(ACTIVATION) else "tanh"
    activation = activation_of(k, ACTIVATION, name)
    kin.change(after_first=Use(smoothed_first, {"activation": activation}))

"""Layers of BERT whose attention is not that of all pairs of tokens: one function for each kind."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, final

from symcost.algebra.dim import dim
from symcost.algebra.identity import Relation
from symcost.algebra.poly import Poly, rounded_up
from symcost.components.feed_forward import grouped_feed_forward
from symcost.components.kernel_attention import kernel_attention
from symcost.components.landmark_attention import landmark_attention
from symcost.components.near_attention import near_attention
from symcost.components.sliding_chunks import sliding_chunks
from symcost.components.span_attention import span_attention
from symcost.graph.component import Use

if TYPE_CHECKING:
    from symcost.config.decoders import Reader
    from symcost.models.decoder import Layer

Kinds = list[tuple[str, "Layer"]]


@final
@dataclass(frozen=True)
class Sparse:
    """The layers in order, the length they work on where it is not the text's, and remarks."""

    kinds: Kinds
    padded: Poly | None = None
    notes: tuple[str, ...] = ()


def spans(r: Reader, kinds: Kinds) -> Sparse:
    """ConvBERT: fewer heads, half as wide, beside filters; a feed-forward block in groups."""
    k = r.k
    if k.flag("add_cross_attention"):
        k.fail("add_cross_attention", "= true is not understood in this model type")
    hidden, heads, ratio = (
        k.whole(key) for key in ("hidden_size", "num_attention_heads", "head_ratio")
    )
    heads = max(1, heads // ratio)
    if hidden % (2 * heads):
        k.fail("hidden_size", f"= {hidden} is not a multiple of twice the {heads} heads left")
    origin = k.origin("num_attention_heads", "head_ratio")
    r.sizes["heads"] = (heads, f"{origin}: their ratio, rounded down")
    r.sizes["head"] = (hidden // heads // 2, "half of the hidden size over the heads left")
    if not around(r, "conv_kernel_size"):
        k.fail("conv_kernel_size", "must be a whole number")
    mixer = Use(span_attention)
    feed = None
    groups = r.size("feed_groups", "num_groups")
    if groups == 1:
        del r.sizes["feed_groups"]
    elif hidden % groups or k.whole("intermediate_size") % groups:
        k.fail("num_groups", "must divide hidden_size and intermediate_size")
    else:
        feed = Use(grouped_feed_forward, {"activation": r.activation()})
    return Sparse([(name, replace(one, mixer=mixer, feed=feed or one.feed)) for name, one in kinds])


def around(r: Reader, key: str) -> bool:
    """The width of the filters over neighbours, if there are any."""
    width = r.k.optional(key)
    if width is None:
        return False
    if width % 2 == 0:
        r.k.fail(key, f"= {width} must be odd, to have as many places on both sides")
    r.sizes["kernel"] = (width, r.k.origin(key))
    return True


def collisions(r: Reader, kinds: Kinds) -> Sparse:
    """YOSO: the chance of a collision in place of the softmax. Real hashing is a kernel's work."""
    k = r.k
    if not k.flag("use_expectation"):
        k.fail("use_expectation", "= false hashes in a kernel that is not described here")
    near = around(r, "conv_window")
    mixer = Use(near_attention, {"hashed": True, "near": near})
    return Sparse([(name, replace(one, mixer=mixer)) for name, one in kinds])


def landmarks(r: Reader, kinds: Kinds) -> Sparse:
    """Nystromformer: landmarks, or full attention where each token would be one."""
    k = r.k
    if k.flag("inv_coeff_init_option"):
        k.fail("inv_coeff_init_option", "= true cannot be built")
    if not around(r, "conv_kernel_size"):
        k.fail("conv_kernel_size", "must be a whole number")
    marks, length = k.whole("num_landmarks"), k.whole("segment_means_seq_len")
    if marks == length:
        mixer = Use(near_attention)
    else:
        if length % marks:
            k.fail("segment_means_seq_len", f"= {length} is not a multiple of {marks} landmarks")
        r.size("landmarks", "num_landmarks")
        reason = "a text has as many tokens as its segments"
        r.relations.append(Relation(dim("time"), Poly.of(length), reason))
        mixer = Use(landmark_attention)
    return Sparse([(name, replace(one, mixer=mixer)) for name, one in kinds])


def kernel(r: Reader, kinds: Kinds) -> Sparse:
    """MRA: what its kernel does is no product of matrices here."""
    mode = r.k.text("approx_mode")
    if mode not in ("full", "sparse"):
        r.k.fail("approx_mode", f"= {mode!r:.40} is not 'full' or 'sparse'")
    note = "Scores and mix are made in a kernel of their own, and not counted."
    mixer = Use(kernel_attention)
    return Sparse([(name, replace(one, mixer=mixer)) for name, one in kinds], notes=(note,))


def chunks(r: Reader, kinds: Kinds) -> Sparse:
    """Longformer: windows, which may differ; the text is padded to the widest."""
    kinds = [
        (name, replace(one, mixer=mixer))
        for (name, mixer), (_, one) in zip(windows(r, len(kinds)), kinds, strict=True)
    ]
    return Sparse(kinds, rounded_up(Poly.of(dim("time")), Poly.of(dim("window"))))


def windows(r: Reader, layers: int) -> list[tuple[str, Use]]:
    """The window of every layer: a name for each that is not the widest, and its attention."""
    k = r.k
    given = k.raw("attention_window")
    widths = k.numbers("attention_window") if isinstance(given, list) else None
    if widths is None:
        widths = [k.whole("attention_window")] * layers
    widest = max(widths, default=0)
    if len(widths) != layers or any(each < 2 or each % 2 or widest % each for each in widths):
        k.fail("attention_window", "must be even for each layer, and divide the widest")
    r.sizes["window"] = (widest, k.origin("attention_window"))
    kinds = []
    for each in widths:
        sizes = {} if each == widest else {"window": Poly.of(each)}
        kinds.append(("" if each == widest else f"w{each}", Use(sliding_chunks, sizes=sizes)))
    return kinds


MIXERS = {
    "spans": spans,
    "collisions": collisions,
    "landmarks": landmarks,
    "kernel": kernel,
    "chunks": chunks,
}

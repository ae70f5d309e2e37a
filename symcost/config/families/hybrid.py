"""Stacks that mix attention with state-space blocks, and dense feed-forward with experts."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, final

from symcost.components.short_convolution import gated_convolution
from symcost.components.side_by_side import side_by_side
from symcost.config.built import Built
from symcost.config.decoders import Reader
from symcost.config.families.layouts import LAYOUTS
from symcost.config.families.recurrent import (
    adjusted,
    dual,
    gated,
    griffin,
    kimi,
    selective,
    whole_times,
)
from symcost.config.usual import ALWAYS_HARMLESS
from symcost.graph.component import Use
from symcost.models.decoder import Decoder, Layer, decoder

if TYPE_CHECKING:
    from collections.abc import Mapping

    from symcost.config.keys import Keys

# What holds what in most of these types; a type may rename some (`names` in its entry).
NAMES = {
    "expand": "mamba_expand",
    "state": "mamba_d_state",
    "kernel": "mamba_d_conv",
    "rank": "mamba_dt_rank",
    "bias": "mamba_proj_bias",
    "conv_bias": "mamba_conv_bias",
    "heads": "mamba_n_heads",
    "head": "mamba_d_head",
    "groups": "mamba_n_groups",
    "chunk": "mamba_chunk_size",
}

CALLED = {
    "state_space": "state_space",
    "attention": "attention",
    "local": "attention",
    "delta": "linear_attention",
    "recurrent": "recurrence",
    "conv": "convolution",
}
PRE = ("rms", "", "rms", "")


def read(keys: Keys, options: Mapping[str, Any]) -> Built:
    """The stack as its layout says; `block` is the form of the state-space block."""
    return Stacked(keys, options).build()


@final
class Stacked:
    """Reads one configuration: the usual reader for attention and experts, our own for the rest."""

    def __init__(self, keys: Keys, options: Mapping[str, Any]) -> None:
        """`options` is the entry of the model type."""
        # Old names that win over the new ones where both stand in a file.
        given = {word: old for word, old in options.get("wins", {}).items() if old in keys.config}
        options = {**options, **given}
        self.r = Reader(keys, options)
        self.k, self.o = keys, options
        self.names = {**NAMES, **options.get("names", {})}
        self.made: dict[tuple[str, str], Layer] = {}
        self.hidden = 0

    def build(self) -> Built:
        """The specification and the sizes."""
        r, k = self.r, self.k
        r.size("vocab", "vocab_size")
        self.hidden = r.size("model", "hidden_size")
        found = LAYOUTS[self.o["layout"]](r)
        r.sizes["layers"] = (len(found), f"{k.where}: the list of layers")
        # What only a kind of layer uses that does not occur costs nothing.
        switches = [word for word in self.o.values() if isinstance(word, str)]
        names = self.names.values() if self.o.get("block") in ("selective", "dual") else ()
        usual = (*ALWAYS_HARMLESS, "intermediate_size")
        for key in (*self.o.get("harmless", ()), *usual, *switches, *names):
            if k.has(key):
                k.raw(key)
        r.attention_sizes(self.hidden)
        stacks = r.stacks([(self.name(*kind), self.layer(*kind)) for kind in found])
        spec = Decoder(stacks, tied=r.choice("tied"))
        return Built(decoder, {"spec": spec}, r.sizes, tuple(r.relations))

    def name(self, mixer: str, feed: str) -> str:
        """The name of a kind of layer; the usual feed-forward block goes without saying."""
        said = feed if feed == "moe" or not mixer else ""
        return "_".join(word for word in (mixer, said) if word)

    def layer(self, mixer: str, feed: str) -> Layer:
        """One kind of layer, made once."""
        if (mixer, feed) not in self.made:
            block = getattr(self, f"use_{mixer}")() if mixer else None
            after = getattr(self, f"use_{feed}")() if feed else None
            called = CALLED.get(mixer, "mixer")
            norms = ("", "rms", "", "rms") if self.o.get("post_norm") == mixer else PRE
            if self.o.get("sandwich_if") and self.k.flag(self.o["sandwich_if"]):
                norms = ("rms", "rms", "rms", "rms")
            self.made[mixer, feed] = Layer(block, after, *norms, mixer_name=called)
        return self.made[mixer, feed]

    # -- blocks ----------------------------------------------------------------------------

    def use_attention(self) -> Use:
        """Attention over everything."""
        return self.looking(windowed=False)

    def looking(self, *, windowed: bool) -> Use:
        """Attention of this type; some have its gate only where a switch says so."""
        use = self.r.mixer(windowed)
        if self.o.get("gate_if") and not self.k.flag(self.o["gate_if"]):
            return Use(use.component, {**use.flags, "gate": ""})
        return use

    def use_state_space(self) -> Use:
        """The state-space block."""
        k, o = self.k, self.o
        if o["block"] == "selective":
            return selective(self.r, self.hidden, self.names, o.get("norms_inside", ""))
        norm = "rms"
        if o.get("gated_norm") and not k.flag(o["gated_norm"]):
            norm = ""
        return dual(self.r, self.inner(), self.names, out_bias=o.get("out_bias", ""), norm=norm)

    def inner(self) -> int:
        """The inner width: of its own, heads times their width, or a multiple of the model's."""
        k, o = self.k, self.o
        own = k.optional(o["inner"]) if o.get("inner") else None
        if own is not None:
            return own
        if o.get("inner_by_heads"):
            return k.whole(self.names["heads"]) * k.whole(self.names["head"])
        return whole_times(k, self.names["expand"], self.hidden)

    def use_local(self) -> Use:
        """Attention over a window."""
        return self.looking(windowed=True)

    def use_conv(self) -> Use:
        """The gated short convolution."""
        self.r.size("kernel", "conv_L_cache")
        return Use(gated_convolution, {"bias": self.k.flag("conv_bias")})

    def use_delta(self) -> Use:
        """The gated delta rule, or Kimi's."""
        return gated(self.r) if self.o["block"] == "gated" else kimi(self.r, self.o)

    def use_recurrent(self) -> Use:
        """The gated linear recurrent unit."""
        return griffin(self.r, self.hidden)

    def use_both(self) -> Use:
        """Attention and state space on the same input."""
        flags = {
            "left": self.use_state_space(),
            "right": self.use_attention(),
            "left_name": "state_space",
            "right_name": "attention",
        }
        return Use(side_by_side, flags)

    def use_dense(self) -> Use:
        """The dense feed-forward block; Griffin states the width of both halves together."""
        use = self.r.dense()
        if self.o.get("half_feed"):
            key = "intermediate_size"
            self.r.sizes["feed"] = (self.k.whole(key, 2) // 2, f"half of {self.k.origin(key)}")
            return Use(use.component, {**use.flags, "out_bias": True})
        if self.o.get("adjusted_feed"):
            self.r.sizes["feed"] = adjusted(self.k, self.o["feed"])
        return use

    def use_shared(self) -> Use:
        """Only the shared expert, where there are no others: a dense block of its width."""
        self.r.size("shared_feed", self.o["shared_feed"])
        return self.r.feed_use(True, "shared_feed", False)

    def use_moe(self) -> Use:
        """The mixture of experts; they may work in a narrower width."""
        use = self.r.mixture()
        key = self.o.get("expert_width", "")
        width = self.k.optional(key) if key else None
        if width is None:
            return use
        self.r.sizes["expert_width"] = (width, self.k.origin(key))
        bias = self.r.choice("mlp_bias")
        return replace(use, flags={**use.flags, "narrow": "expert_width", "narrow_bias": bias})

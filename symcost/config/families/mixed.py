"""Decoders with mixtures of experts whose token mixers are of several kinds, or unusual ones."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from symcost.components.attention_of_experts import attention_of_experts
from symcost.components.lightning_attention import lightning_attention
from symcost.components.short_convolution import gated_convolution
from symcost.components.shortcut import shortcut_block
from symcost.config.built import Built
from symcost.config.families.experts import ExpertsReader
from symcost.graph.component import Use
from symcost.models.decoder import Layer

if TYPE_CHECKING:
    from collections.abc import Mapping

    from symcost.config.keys import Keys

MINIMAX_INDEX = {
    "index_n_heads": "sparse_num_index_heads",
    "index_head_dim": "sparse_index_dim",
    "index_block_size": "sparse_block_size",
    "index_topk_blocks": "sparse_topk_blocks",
    "index_local_blocks": "sparse_local_block",
}


class MixedReader(ExpertsReader):
    """Chooses the mixer by the word that layer_types has for a layer."""

    def __init__(self, keys: Keys, options: Mapping[str, Any]) -> None:
        """The options of `MIXED` come on top of those of the experts."""
        super().__init__(keys, {**MIXED, **options})
        self.word = ""

    def kind(self, index: int, layers: int) -> tuple[str, Layer]:
        """(name, layer) of one layer."""
        self.word = self.attention_words(layers)[index]
        name, layer = super().kind(index, layers)
        mark = self.o["marks"].get(self.word, "")
        return "_".join(part for part in (mark, name) if part), layer

    def attention_word(self, index: int, layers: int) -> str:
        """The kind of one layer, where the file has no list."""
        if self.o["alternates"]:
            return str(self.o["alternates"][index % len(self.o["alternates"])])
        return super().attention_word(index, layers)

    def mixer(self, windowed: bool) -> Use:
        """A convolution, linear attention, or attention."""
        if self.word == "conv":
            self.size("kernel", "conv_L_cache")
            return Use(gated_convolution, {"bias": self.k.flag("conv_bias")})
        if self.word == "linear_attention":
            self.size("chunk", "block_size")
            return Use(lightning_attention, {"activation": self.activation()})
        use = super().mixer(windowed)
        if self.word == "minimax_m3_sparse":
            return Use(use.component, {**use.flags, "indexed": True}, use.sizes)
        return use


class SparseReader(MixedReader):
    """MiniMax M3: old files hold the indexer's sizes and the kinds of layers in one object."""

    def attention_words(self, layers: int) -> list[str]:
        """Which layers have an indexer."""
        if "attention" not in self.words:
            k = self.k
            old = self.old_sizes()
            listed = k.words("layer_types")
            if listed is None and "sparse_attention_freq" in old:
                flags = old["sparse_attention_freq"]
                if not isinstance(flags, list):
                    k.fail("sparse_attention_config", "must have a list sparse_attention_freq")
                listed = ["minimax_m3_sparse" if each else "full_attention" for each in flags]
            listed = ["full_attention"] * layers if listed is None else listed
            if len(listed) != layers:
                k.fail("layer_types", f"has {len(listed)} entries for {layers} layers")
            self.words["attention"] = listed
            for word, key in (("index_heads", "index_n_heads"), ("index_head", "index_head_dim")):
                value = old.get(MINIMAX_INDEX[key], k.raw(key))
                if isinstance(value, bool) or not isinstance(value, int) or value < 1:
                    k.fail(key, f"must be a positive whole number, not {value!r:.40}")
                if "minimax_m3_sparse" in listed:
                    self.sizes[word] = (value, "of the indexer")
        return self.words["attention"]

    def old_sizes(self) -> dict[str, Any]:
        """What old files say of the indexer."""
        k, key = self.k, "sparse_attention_config"
        found = k.raw(key) if k.has(key) else None
        if found is not None and not isinstance(found, dict):
            k.fail(key, "must be an object")
        return dict(found or {})

    def is_mixture(self, index: int, layers: int) -> bool:
        """Whether a layer has experts."""
        k = self.k
        if k.raw("mlp_layer_types") is None and k.has("moe_layer_freq"):
            flags = k.raw("moe_layer_freq")
            if flags is not None:
                if not isinstance(flags, list) or len(flags) != layers:
                    k.fail("moe_layer_freq", f"must have an entry for each of {layers} layers")
                return bool(flags[index])
        return super().is_mixture(index, layers)


class JetReader(ExpertsReader):
    """JetMoE: the queries and results of attention come from experts."""

    def attention_sizes(self, hidden: int) -> None:
        """Heads are counted for each expert."""
        del hidden
        self.size("groups", self.o["kv"])
        self.size("head", self.o["head_dim"])

    def mixer(self, windowed: bool) -> Use:
        """Attention by experts; it shares their number with the mixture."""
        del windowed
        return Use(attention_of_experts)

    def mixture(self) -> Use:
        """The mixture, with a bias on its sum."""
        use = super().mixture()
        return Use(use.component, {**use.flags, "sum_bias": True})


class ShortcutReader(ExpertsReader):
    """LongCat: layers of two attentions and two feed-forward blocks, beside a mixture."""

    def kind(self, index: int, layers: int) -> tuple[str, Layer]:
        """(name, layer) of one layer."""
        del index, layers
        k = self.k
        width = k.whole("qk_nope_head_dim") + k.whole("qk_rope_head_dim")
        if k.raw("qk_head_dim") not in (None, width):
            k.fail("qk_head_dim", "must be qk_nope_head_dim + qk_rope_head_dim")
        self.dense()
        experts = self.size("experts", self.o["experts"])
        self.size("expert_feed", self.o["expert_feed"])
        idle = k.optional("zero_expert_num", 0) or 0
        self.sizes["idle_experts"] = (idle, k.origin("zero_expert_num"))
        if idle:  # how many of the chosen ones work is up to the router: k stays open
            k.whole(self.o["chosen"])
        else:
            self.chosen_size(experts)
        flags = {
            "bias": self.choice("down_bias"),
            "router_bias": k.has("router_bias") and k.flag("router_bias"),
            "activation": self.activation(),
        }
        return "", Layer(Use(shortcut_block, flags), None, before_mixer="")


def read(keys: Keys, options: Mapping[str, Any]) -> Built:
    """A decoder with mixtures and mixers of several kinds."""
    kinds = {"sparse": SparseReader, "jet": JetReader, "shortcut": ShortcutReader}
    return kinds.get(options.get("shape", ""), MixedReader)(keys, options).build()


MIXED: dict[str, Any] = {
    "listed": True,
    "alternates": [],
    "marks": {"conv": "conv", "linear_attention": "linear", "minimax_m3_sparse": "indexed"},
}

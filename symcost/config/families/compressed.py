"""DeepSeek V4: attention over compressed tokens, several residual streams, experts everywhere."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from symcost.components.compressed_attention import compressed_attention
from symcost.config.built import Built
from symcost.config.families.experts import ExpertsReader
from symcost.graph.component import Use
from symcost.models.decoder import Layer
from symcost.models.streams import stream_decoder

if TYPE_CHECKING:
    from collections.abc import Mapping

    from symcost.config.keys import Keys

SLIDING = "sliding_attention"
SPARSE, HEAVY = "compressed_sparse_attention", "heavily_compressed_attention"
RATES = {
    SPARSE: ("sparse_rate", "compress_rate_csa", 4),
    HEAVY: ("heavy_rate", "compress_rate_hca", 128),
}
OLD_RATIOS = {0: SLIDING, 4: SPARSE, 128: HEAVY}
MARKS = {SLIDING: "window", SPARSE: "sparse", HEAVY: "heavy"}
WIDTHS = {
    "query_rank": "q_lora_rank",
    "out_groups": "o_groups",
    "out_rank": "o_lora_rank",
    "window": "sliding_window",
    "index_heads": "index_n_heads",
    "index_head": "index_head_dim",
    "streams": "hc_mult",
}


class CompressedReader(ExpertsReader):
    """Reads which layers compress, and by how much."""

    def attention_sizes(self, hidden: int) -> None:
        """Heads, the one key, the low ranks at both ends, and the indexer."""
        del hidden
        k = self.k
        values = self.size("heads", "num_attention_heads") * self.size("head", "head_dim")
        for word, key in WIDTHS.items():
            self.size(word, key)
        if self.sizes["window"][0] == 1:
            k.fail("sliding_window", "= 1 keeps no token, which is not understood")
        if values % k.whole("o_groups"):
            k.fail("o_groups", f"does not divide the {values} values of all heads")

    def attention_words(self, layers: int) -> list[str]:
        """The kind of each layer: from a list, from old ratios, or two heavy ones and a mix."""
        if "attention" not in self.words:
            k = self.k
            listed = k.words("layer_types")
            if listed is None and k.has("compress_ratios") and k.raw("compress_ratios") is not None:
                ratios = k.numbers("compress_ratios")
                if any(each not in OLD_RATIOS for each in ratios):
                    k.fail("compress_ratios", f"must be of {list(OLD_RATIOS)}")
                listed = [OLD_RATIOS[each] for each in ratios]
            if listed is None:
                later = [SPARSE if i % 2 else HEAVY for i in range(max(layers - 2, 0))]
                listed = [HEAVY] * min(layers, 2) + later
            if len(listed) != layers:
                k.fail("layer_types", f"has {len(listed)} entries for {layers} layers")
            self.words["attention"] = listed
        return self.words["attention"]

    def rate(self, word: str) -> str:
        """The dimension of the tokens in one entry of this kind."""
        k = self.k
        name, old, usual = RATES[word]
        listed = k.raw("compress_rates")
        if listed is not None and not isinstance(listed, dict):
            k.fail("compress_rates", "must be an object")
        value = usual if listed is None else listed.get(word)
        if k.has(old) and k.raw(old) is not None:
            value = k.raw(old)
        if isinstance(value, bool) or not isinstance(value, int) or value < 1:
            k.fail("compress_rates", f"has no whole number for {word}")
        self.sizes[name] = (value, f"tokens in an entry of {word}")
        return name

    def kind(self, index: int, layers: int) -> tuple[str, Layer]:
        """(name, layer) of one layer; experts chosen by a table cost what others cost."""
        word = self.attention_words(layers)[index]
        for each in self.k.words("mlp_layer_types") or []:
            if each not in ("moe", "hash_moe"):
                self.k.fail("mlp_layer_types", f"has '{each[:40]}', which is not known")
        flags: dict[str, Any] = {}
        if word != SLIDING:
            flags = {"rate": self.rate(word), "indexer": word == SPARSE}
        return MARKS[word], Layer(Use(compressed_attention, flags), self.mixture())

    def shared_width(self) -> tuple[int, str] | None:
        """One shared expert, as wide as the others."""
        key = self.o["expert_feed"]
        return self.k.whole(key), self.k.origin(key)

    def build(self) -> Built:
        """The specification, with streams that are mixed with each other."""
        built = super().build()
        flags = {**built.flags, "mixing": True}
        return replace(built, declaration=stream_decoder, flags=flags)


def read(keys: Keys, options: Mapping[str, Any]) -> Built:
    """A decoder that compresses."""
    return CompressedReader(keys, options).build()

"""Zamba: state-space layers, and one or a few shared transformer blocks before some of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, final

from symcost.components.state_space import selective_scan
from symcost.config.built import Built, count_of
from symcost.config.decoders import Reader
from symcost.config.families.layouts import kinds
from symcost.config.families.recurrent import dual, is_width, selective, whole_times
from symcost.config.usual import ALWAYS_HARMLESS
from symcost.graph.component import Use
from symcost.models.decoder import Layer
from symcost.models.shared_block import Blocks, SharedDecoder, shared_decoder

if TYPE_CHECKING:
    from collections.abc import Mapping

    from symcost.config.keys import Keys

NAMES = {
    "expand": "mamba_expand",
    "state": "mamba_d_state",
    "kernel": "mamba_d_conv",
    "rank": "mamba_dt_rank",
    "bias": "mamba_proj_bias",
    "conv_bias": "mamba_conv_bias",
}
NAMES_2 = {
    **NAMES,
    "bias": "add_bias_linear",
    "conv_bias": "use_conv_bias",
    "heads": "n_mamba_heads",
    "head": "",
    "groups": "mamba_ngroups",
    "chunk": "chunk_size",
}
WORDS = {"mamba": "plain", "linear_attention": "plain", "hybrid": "hybrid"}
# What the class of Zamba 2 takes where no list is given.
LIST_2 = (
    "plain",
    *(("plain",) * 5 + ("hybrid",)) * 7,
    *("plain",) * 4,
    "hybrid",
    *("plain",) * 3,
    "hybrid",
    *("plain",) * 2,
)


def read(keys: Keys, options: Mapping[str, Any]) -> Built:
    """`second`: Zamba 2."""
    return Zamba(keys, options).build()


@final
class Zamba:
    """Reads one configuration."""

    def __init__(self, keys: Keys, options: Mapping[str, Any]) -> None:
        """`options` is the entry of the model type."""
        self.k, self.r = keys, Reader(keys, options)
        self.second = bool(options["second"])
        self.harmless = options["harmless"]
        self.hidden = 0

    def build(self) -> Built:
        """The specification and the sizes."""
        r, k = self.r, self.k
        r.size("vocab", "vocab_size")
        self.hidden = r.size("model", "hidden_size")
        for key in (*self.harmless, *ALWAYS_HARMLESS):
            if k.has(key):
                k.raw(key)
        names = self.names()
        self.attention_sizes()
        if not self.second or k.raw("intermediate_size") not in (None, 0):
            r.size("feed", "intermediate_size")
        else:
            r.sizes["feed"] = (4 * self.hidden, "four times the width, as none is given")
        adapters = self.adapters()
        mixer = self.second_mixer() if self.second else self.first_mixer()
        spec = SharedDecoder(
            self.stacks(names),
            Layer(mixer, None, mixer_name="state_space"),
            adapters,
            self.second and k.flag("add_bias_linear"),
            k.flag("tie_word_embeddings"),
        )
        return Built(shared_decoder, {"spec": spec}, r.sizes, tuple(r.relations))

    def names(self) -> list[str]:
        """The kind of every layer."""
        k = self.k
        layers = k.whole("num_hidden_layers")
        names = kinds(k, "layers_block_type", WORDS)
        if names is None and self.second:
            names = list(LIST_2)
        if names is None:
            period = k.whole("attn_layer_period")
            offset = k.whole("attn_layer_offset", 0)
            rest = range(layers - 3)
            names = ["plain", "plain", "hybrid"]
            names += ["hybrid" if index % period == offset else "plain" for index in rest]
        if len(names) != layers:
            k.fail("num_hidden_layers", f"= {layers}, but the kinds of {len(names)} are known")
        places = [index for index, name in enumerate(names) if name == "hybrid"]
        if "hybrid_layer_ids" in k.config and k.numbers("hybrid_layer_ids") != places:
            k.fail("hybrid_layer_ids", "differs from the list of layers")
        return names

    def attention_sizes(self) -> None:
        """Heads of the shared block: they read twice the model's width."""
        r, k = self.r, self.k
        heads = r.size("heads", "num_attention_heads")
        groups = r.groups(heads)
        if heads % groups:
            k.fail("num_key_value_heads", f"= {groups} does not divide the {heads} heads")
        r.sizes["share"] = (heads // groups, f"{heads} query heads over {groups}")
        key = "attention_head_dim"
        given = k.raw(key) if k.has(key) else None
        if given:
            r.size("head", key)
        else:
            r.sizes["head"] = (2 * self.hidden // heads, "twice the width over the heads")
        key = "attention_hidden_size"
        if k.has(key) and k.raw(key):
            is_width(k, key, 2 * self.hidden)

    def adapters(self) -> str:
        """Zamba 2 adapts the inner projections always, queries, keys and values on request."""
        r, k = self.r, self.k
        if not self.second:
            return ""
        r.size("adapter", "adapter_rank")
        if not k.flag("use_shared_attention_adapter"):
            return "feed"
        heads, head = k.whole("num_attention_heads"), r.sizes["head"][0]
        if r.groups(heads) != heads or heads * head != 2 * self.hidden:
            k.fail("use_shared_attention_adapter", "needs heads that fill twice the width")
        return "all"

    def stacks(self, names: list[str]) -> tuple[Blocks, ...]:
        """Plain layers, and those of each shared block, in turn."""
        k, sizes = self.k, self.r.sizes
        found = []
        plain, hybrid = names.count("plain"), names.count("hybrid")
        if plain:
            sizes[count_of("").word] = (plain, "layers without a shared block")
            found.append(Blocks("layer", count_of("").word))
        if hybrid and not k.flag("tie_word_embeddings"):
            # The library shares the blocks by the same switch as the token table.
            if self.second and hybrid > k.whole("num_mem_blocks"):
                k.fail("tie_word_embeddings", "= false leaves spare adapters in every block")
            sizes[count_of("hybrid").word] = (hybrid, "layers behind a block each")
            return (*found, Blocks("hybrid_layer", count_of("hybrid").word, "own"))
        blocks = min(k.whole("num_mem_blocks") if self.second else 1, hybrid)
        for block in range(blocks):
            name = f"block_{block + 1}"
            count = len(range(block, hybrid, blocks))
            sizes[count_of(name).word] = (count, f"layers behind shared block {block + 1}")
            found.append(Blocks(f"{name}_layer", count_of(name).word, str(block + 1)))
        return tuple(found)

    def first_mixer(self) -> Use:
        """Zamba splits the channels of the selective scan among heads."""
        r, k = self.r, self.k
        use = selective(r, self.hidden, NAMES)
        inner = whole_times(k, "mamba_expand", self.hidden)
        heads = r.size("state_heads", "n_mamba_heads")
        if inner % heads:
            k.fail("n_mamba_heads", f"= {heads} does not divide the inner width {inner}")
        r.sizes["state_head"] = (inner // heads, f"inner width {inner} over {heads} heads")
        r.sizes.pop("inner")
        return Use(selective_scan, {**use.flags, "heads": True})

    def second_mixer(self) -> Use:
        """Zamba 2 holds the dual form; its convolution has a bias whatever use_conv_bias says."""
        k = self.k
        inner = whole_times(k, "mamba_expand", self.hidden)
        use = dual(self.r, inner, NAMES_2, conv_bias=True)
        is_width(k, "mamba_headdim", inner // k.whole("n_mamba_heads"))
        return use

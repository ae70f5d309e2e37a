"""Gemma 3n and 4: windows, shared keys and values, rows for the layers, other heads where a layer
sees everything.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, final

from symcost.algebra.dim import dim
from symcost.algebra.poly import Poly
from symcost.components.feed_forward import gated_feed_forward
from symcost.components.layer_rows import dense_and_experts
from symcost.components.sharing_attention import sharing_attention
from symcost.config.built import Built
from symcost.config.decoders import Reader
from symcost.config.usual import ALWAYS_HARMLESS
from symcost.graph.component import Use
from symcost.models.decoder import Decoder, Layer, decoder
from symcost.models.row_decoder import RowDecoder, row_decoder

if TYPE_CHECKING:
    from collections.abc import Mapping

    from symcost.config.keys import Keys

FULL, WINDOW = "full_attention", "sliding_attention"
NORMS = ("rms", "rms", "rms", "rms")


def read(keys: Keys, options: Mapping[str, Any]) -> Built:
    """`streams`: several copies of the residual stream; `every`: which layers see everything."""
    return Gemma(keys, options).build()


@final
class Gemma:
    """Reads one configuration."""

    def __init__(self, keys: Keys, options: Mapping[str, Any]) -> None:
        """`options` is the entry of the model type."""
        self.k, self.o, self.r = keys, options, Reader(keys, options)
        self.layers = self.first_shared = 0
        self.kinds: list[str] = []
        self.widths: list[int] = []
        self.wide = Poly()

    def build(self) -> Built:
        """The specification and the sizes."""
        r, k = self.r, self.k
        r.size("vocab", "vocab_size")
        hidden = r.size("model", "hidden_size")
        self.layers = r.size("layers", "num_hidden_layers")
        for key in (*self.o.get("harmless", ()), *ALWAYS_HARMLESS):
            if k.has(key):
                k.raw(key)
        if k.has("use_bidirectional_attention") and k.raw("use_bidirectional_attention") == "all":
            k.fail("use_bidirectional_attention", "= 'all' is not read")
        r.attention_sizes(hidden)
        self.read_kinds()
        self.widths = self.feed_widths()
        everywhere = self.global_sizes()
        found = [(self.name(index), self.layer(index, everywhere)) for index in range(self.layers)]
        stacks = r.stacks(found)
        tied = bool(self.o["tied"]) if "tied" in self.o else k.flag("tie_word_embeddings")
        rows = k.optional("hidden_size_per_layer_input", 0) if self.o["rows"] else None
        if not rows:
            if self.o["streams"]:
                k.fail("hidden_size_per_layer_input", "must be given")
            spec = Decoder(stacks, tied=tied)
            return Built(decoder, {"spec": spec}, r.sizes, tuple(r.relations))
        r.size("layer_row", "hidden_size_per_layer_input")
        r.size("row_vocab", "vocab_size_per_layer_input")
        if self.o["streams"]:
            r.size("streams", "altup_num_inputs", least=2)
            r.size("side_rank", "laurel_rank")
        whole = RowDecoder(stacks, r.activation(), bool(self.o["streams"]), tied)
        return Built(row_decoder, {"spec": whole}, r.sizes, tuple(r.relations))

    def read_kinds(self) -> None:
        """Which layers have a window, and from which on keys and values are shared."""
        k = self.k
        kinds = k.words("layer_types")
        if kinds is None:
            every = int(self.o["every"])
            kinds = [WINDOW if (at + 1) % every else FULL for at in range(self.layers)]
        if len(kinds) != self.layers or not set(kinds) <= {FULL, WINDOW}:
            k.fail("layer_types", f"must name {FULL} or {WINDOW} for {self.layers} layers")
        if self.o["last_full"]:
            kinds[-1] = FULL
        shared = k.whole("num_kv_shared_layers", 0)
        self.first_shared = self.layers - shared
        if shared and set(kinds[: max(self.first_shared, 0)]) != set(kinds):
            k.fail("num_kv_shared_layers", f"= {shared} leaves a kind of layer without keys")
        self.kinds = kinds

    def feed_widths(self) -> list[int]:
        """The inner width of every layer: one number or a list; some double it with shared keys."""
        k = self.k
        given = k.raw("intermediate_size")
        widths = k.numbers("intermediate_size") if isinstance(given, list) else []
        widths = widths or [k.whole("intermediate_size")] * self.layers
        if len(widths) != self.layers or min(widths) < 1:
            k.fail("intermediate_size", f"must hold {self.layers} positive widths")
        if self.o["doubles"] and k.flag("use_double_wide_mlp"):
            widths = [
                width * (2 if at >= self.first_shared else 1) for at, width in enumerate(widths)
            ]
        self.r.sizes["feed"] = (widths[0], k.origin("intermediate_size"))
        return widths

    def global_sizes(self) -> dict[str, Poly]:
        """Heads of another width, and another number of key heads, in layers without a window."""
        k, r = self.k, self.r
        if not self.o["global_heads"]:
            return {}
        head, groups = self.overrides()
        heads = k.whole("num_attention_heads")
        sizes = {"head": Poly.of(dim("global_head"))}
        r.sizes["global_head"] = head
        if groups is not None:
            if heads % groups[0]:
                k.fail("num_global_key_value_heads", f"= {groups[0]} does not divide {heads} heads")
            r.sizes["global_groups"] = groups
            sizes["groups"] = Poly.of(dim("global_groups"))
            sizes["share"] = Poly.of(dim("heads")) / Poly.of(dim("global_groups"))
        return sizes

    def overrides(self) -> tuple[tuple[int, str], tuple[int, str] | None]:
        """(head width, key heads) where a layer sees everything: two keys, or a table by layer."""
        k = self.k
        if "per_layer_config" not in k.config:
            key = "global_head_dim"
            head = (k.whole(key), k.origin(key)) if key in k.config else (512, "of the class")
            key = "num_global_key_value_heads"
            found = k.optional(key) if key in k.config else None
            if found is None or not k.flag("attention_k_eq_v"):
                return head, None
            return head, (found, k.origin(key))
        table = k.raw("per_layer_config")
        wanted = [at for at, kind in enumerate(self.kinds) if kind == FULL]
        entries = list(table.values()) if isinstance(table, dict) else []
        places = sorted(int(at) for at in table) if all(map(str.isdigit, table or "x")) else []
        same = all(isinstance(each, dict) and each == entries[0] for each in entries)
        if places != wanted or not same or set(entries[0]) - {"head_dim", "num_key_value_heads"}:
            k.fail("per_layer_config", "must say the same of exactly the layers without a window")
        for size in entries[0].values():
            if isinstance(size, bool) or not isinstance(size, int) or size < 1:
                k.fail("per_layer_config", f"holds {size!r:.40}, not a whole number")
        origin = k.origin("per_layer_config")
        head = (entries[0].get("head_dim", k.whole("head_dim")), origin)
        other = entries[0].get("num_key_value_heads")
        return head, None if other is None else (other, origin)

    # -- layers ----------------------------------------------------------------------------

    def name(self, index: int) -> str:
        """A name for a kind of layer; a width of its own is part of it."""
        words = ["window"] if self.kinds[index] == WINDOW else []
        if index >= self.first_shared:
            words.append("shared")
        if self.widths[index] != self.widths[0]:
            words.append(f"wide{self.widths[index]}")
        return "_".join(words)

    def layer(self, index: int, everywhere: Mapping[str, Poly]) -> Layer:
        """One layer."""
        k = self.k
        windowed = self.kinds[index] == WINDOW
        if windowed:
            self.r.size("window", "sliding_window", least=2)
        values = "own"
        if index >= self.first_shared:
            values = "shared"
        elif self.o["global_heads"] and not windowed and k.flag("attention_k_eq_v"):
            values = "keys"
        flags = {"bias": k.flag("attention_bias"), "window": windowed, "values": values}
        mixer = Use(sharing_attention, flags, {} if windowed else everywhere)
        width = self.widths[index]
        sizes = {"feed": Poly.of(width)} if width != self.widths[0] else {}
        if self.o["experts_beside"] and k.flag("enable_moe_block"):
            experts = self.r.size("experts", "num_experts")
            if self.r.size("chosen", "top_k_experts") > experts:
                k.fail("top_k_experts", f"is more than the {experts} experts")
            self.r.size("expert_feed", "moe_intermediate_size")
            feed = Use(dense_and_experts, {"activation": self.r.activation()}, sizes)
            return Layer(mixer, feed, "rms", "rms", "", "rms")
        feed = Use(gated_feed_forward, {"activation": self.r.activation()}, sizes)
        return Layer(mixer, feed, *NORMS)

"""Decoders of the usual shape: a table of options for each model type, one reader for all.

The options say which key holds what, and which of the usual choices a type made. Most types are
thus an entry of data; only what has another shape is code.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from symcost.algebra.dim import dim
from symcost.algebra.phrase import say
from symcost.algebra.poly import Poly
from symcost.components.feed_forward import feed_forward, gated_feed_forward
from symcost.components.grouped_attention import grouped_attention
from symcost.components.latent_attention import latent_attention
from symcost.components.mixture import mixture_of_experts
from symcost.config.activations import ACTIVATIONS, activation_of
from symcost.config.built import Built, count_of, unnamed
from symcost.config.places import Places
from symcost.config.usual import ALWAYS_HARMLESS, EXPERT_KEYS
from symcost.graph.component import Use
from symcost.models.decoder import Decoder, Layer, Stack, decoder

if TYPE_CHECKING:
    from collections.abc import Mapping

    from symcost.config.keys import Keys


class Reader(Places):
    """Reads one configuration of the usual shape."""

    def build(self) -> Built:
        """The specification and the sizes."""
        k, o = self.k, self.o
        self.size("vocab", o["vocab"])
        hidden = self.size("model", o["hidden"])
        layers = self.size("layers", o["layers"], least=0)
        self.read_harmless(layers)
        self.attention_sizes(hidden)
        kinds = [self.kind(index, layers) for index in range(layers)]
        stacks = self.stacks(kinds)
        positions = bool(o["positions"])
        if positions:
            rows = k.whole(o["positions"]) + int(o["position_offset"])
            self.sizes["positions"] = (rows, k.origin(o["positions"]))
        narrow = False
        if o["narrow"]:
            width = k.optional(o["narrow"])
            narrow = width is not None and width != hidden
            if narrow and width is not None:
                self.sizes["row_width"] = (width, k.origin(o["narrow"]))
        spec = Decoder(
            stacks=stacks,
            positions=positions,
            row_norm=o["row_norm"] if isinstance(o["row_norm"], str) else "",
            narrow=narrow,
            last_norm=o["last_norm"] if o["last_norm"] is not None else o["norm"],
            tied=self.choice("tied"),
            head_bias=self.choice("head_bias"),
            head=bool(o["head"]),
            spare_rows=int(o["spare_rows"]),
        )
        return Built(decoder, {"spec": spec}, self.sizes, tuple(self.relations))

    def read_harmless(self, layers: int) -> None:
        """Keys that are understood to change nothing here, and the list of kinds of layers."""
        k, o = self.k, self.o
        if k.has("layer_types"):
            kinds = k.words("layer_types") or []
            for kind in kinds:
                if kind not in o["layer_kinds"]:
                    k.fail("layer_types", f"has '{kind[:40]}', which this model type lacks")
            if kinds and len(kinds) != layers:
                k.fail("layer_types", f"has {len(kinds)} entries for {layers} layers")
        # The widths of experts cost nothing where every layer is dense.
        unused = [o[word] for word in EXPERT_KEYS] if o["moe"] else []
        # A width that the class has is unused where every layer has experts.
        unused += ["intermediate_size"] if "intermediate_size" in k.facts.defaults else []
        for key in (*o["harmless"], *ALWAYS_HARMLESS, *unused):
            if isinstance(key, str) and k.has(key):
                k.raw(key)

    def kind(self, index: int, layers: int) -> tuple[str, Layer]:
        """(name, layer) of one layer."""
        windowed = self.is_windowed(index, layers)
        mixed = self.is_mixture(index, layers)
        name = "_".join(
            part for part in ("window" if windowed else "", "moe" if mixed else "") if part
        )
        return name, self.layer(windowed, mixed)

    def stacks(self, kinds: list[tuple[str, Layer]]) -> tuple[Stack, ...]:
        """Equal layers gathered, in the order of first sight; one symbol counts each kind."""
        counts: dict[str, int] = {}
        layers: dict[str, Layer] = {}
        for name, layer in kinds:
            counts[name] = counts.get(name, 0) + 1
            layers.setdefault(name, layer)
        if len(counts) <= 1:
            return tuple(Stack("layer", "layers", layer) for layer in layers.values())
        total = self.sizes.pop("layers")
        found = []
        for name, count in counts.items():
            label = name or unnamed(counts)
            word = count_of(label).word
            self.sizes[word] = (
                count,
                say("{0} layers among {1}", say(label.replace("_", " ")), str(total[0])),
            )
            found.append(Stack(f"{label}_layer", word, layers[name]))
        return tuple(found)

    def layer(self, windowed: bool, mixed: bool) -> Layer:
        """The layer of one kind."""
        o = self.o
        norm, norms = o["norm"], o["norms"]
        if o["sandwich_if"]:
            norms = "sandwich" if self.k.flag(o["sandwich_if"]) else "pre"
        before = norm if norms in ("pre", "sandwich") else ""
        after = norm if norms in ("post", "post_sum", "sandwich") else ""
        parallel = o["parallel"]
        if isinstance(parallel, str) and parallel not in ("", "one", "two"):
            parallel = o["parallel_kind"] if self.k.flag(parallel) else ""
        return Layer(
            self.mixer(windowed),
            self.mixture() if mixed else self.dense(),
            before,
            after,
            before,
            after,
            parallel,
            norm_sums=norms == "post_sum",
            idle=o["idle"],
        )

    def mixer(self, windowed: bool) -> Use:
        """Attention of this model type."""
        o = self.o
        if o["latent"]:
            return Use(
                latent_attention,
                {
                    "compressed": "query_rank" in self.sizes,
                    "gate": bool(o["latent_gate"]),
                    "down_bias": self.choice("down_bias"),
                    "o_bias": self.choice("o_bias"),
                },
            )
        if windowed:
            window = self.k.whole(o["window"])
            self.sizes["window"] = (window, self.k.origin(o["window"]))
        over = o["qk_norm_over"]
        qk_norm = o["qk_norm"]
        if o["qk_norm_if"]:
            qk_norm = qk_norm if self.k.flag(o["qk_norm_if"]) else ""
        return Use(
            grouped_attention,
            {
                "q_bias": self.choice("q_bias"),
                "k_bias": self.choice("k_bias"),
                "v_bias": self.choice("v_bias"),
                "o_bias": self.choice("o_bias"),
                "qk_norm": qk_norm,
                "qk_norm_over": over,
                "v_norm": o["v_norm"],
                "gate": o["gate"],
                "gate_bias": self.choice("gate_bias"),
                "gate_offset": bool(o["gate_offset"]),
                "mix_norm": o["mix_norm"],
                "sinks": self.choice("sinks"),
                "window": windowed,
                "spread": bool(o["spread"]),
            },
        )

    def dense(self) -> Use:
        """The dense feed-forward block."""
        o, k = self.o, self.k
        width = k.optional(o["feed"]) if k.has(o["feed"]) else None
        if width is not None:
            self.sizes["feed"] = (width, k.origin(o["feed"]))
        elif o["feed_null"]:
            four = Poly.of(dim("model")) * int(o["feed_null"])
            self.sizes["feed"] = (four, say("{0} is not set", o["feed"]))
        else:
            k.fail(o["feed"], "is missing, and this model type has no rule for it")
        return self.feed_use(o["gated"], "feed", self.choice("mlp_bias"))

    def feed_use(self, gated: bool, axis: str, bias: bool) -> Use:
        """A feed-forward block over one axis."""
        activation = self.activation()
        if gated:
            flags = {"bias": bias, "out_bias": bias, "activation": activation, "feed": axis}
            return Use(gated_feed_forward, {**flags, "inner_norm": self.o["inner_norm"]})
        return Use(feed_forward, {"bias": bias, "activation": activation, "feed": axis})

    def activation(self) -> str:
        """The elementwise function: of a key, or fixed."""
        key = self.o["activation"]
        fixed = key if key in ACTIVATIONS else "silu"
        name = self.k.raw(key) if key and self.k.has(key) else fixed
        return activation_of(self.k, key, name, weights=True)

    def mixture(self) -> Use:
        """The mixture of experts."""
        o = self.o
        self.chosen_size(self.size("experts", o["experts"]))
        self.size("expert_feed", o["expert_feed"])
        shared = self.shared_width()
        if shared is not None:
            self.sizes["shared_feed"] = shared
        return Use(
            mixture_of_experts,
            {
                "gated": o["gated"],
                "expert_bias": self.choice("expert_bias"),
                "router_bias": self.choice("router_bias"),
                "correction": self.choice("correction"),
                "shared": ("gated" if o["gated"] else "plain") if shared else "",
                "shared_bias": self.choice("shared_bias"),
                "shared_gate": self.choice("shared_gate"),
                "activation": self.activation(),
            },
        )

    def chosen_size(self, experts: int) -> None:
        """How many experts a token is sent to."""
        chosen = self.size("chosen", self.o["chosen"])
        if chosen > experts:
            self.k.fail(self.o["chosen"], "is more than there are experts")

    def shared_width(self) -> tuple[int, str] | None:
        """The inner width of the shared expert, or None where there is none."""
        o, k = self.o, self.k
        if o["shared_count"]:
            count = k.optional(o["shared_count"], least=0)
            if count == 0 and self.choice("shared_bias"):
                k.fail(o["shared_count"], "= 0 leaves a bias alone, which is not understood here")
            if not count:
                return None
            width = k.whole(o["expert_feed"])
            origin = k.origin(o["shared_count"], o["expert_feed"])
            return count * width, say(
                "{0} shared experts of {1}: {2}", str(count), str(width), origin
            )
        if o["shared_feed"]:
            found = k.optional(o["shared_feed"], least=0)
            return (found, k.origin(o["shared_feed"])) if found else None
        return None


def read_decoder(keys: Keys, options: Mapping[str, Any]) -> Built:
    """A decoder of the usual shape, with the head of a language model."""
    classes = keys.words("architectures") if keys.has("architectures") else None
    for name in classes or ():
        # A class with another head, or none, has other weights: GPT2Model, LlamaForTokenClass...
        if not name.endswith(("ForCausalLM", "LMHeadModel")):
            keys.fail(
                "architectures", f"names {name[:60]}; of this type only the language model is read"
            )
    return Reader(keys, options).build()

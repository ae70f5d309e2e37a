"""Decoders of the usual shape: a table of options for each model type, one reader for all.

The options say which key holds what, and which of the usual choices a type made. Most types are
thus an entry of `types.toml`; only what has another shape is code.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, final

from symcost.algebra.dim import Dim, define, dim
from symcost.algebra.identity import Relation
from symcost.algebra.poly import Poly
from symcost.components.feed_forward import feed_forward, gated_feed_forward
from symcost.components.grouped_attention import grouped_attention
from symcost.components.latent_attention import latent_attention
from symcost.components.mixture import mixture_of_experts
from symcost.graph.architecture import AtMost, Size
from symcost.graph.component import Use
from symcost.models.decoder import Decoder, Layer, Stack, decoder

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from symcost.config.keys import Keys
    from symcost.graph.component import Declaration, Flag

ACTIVATIONS = {
    "gelu": "gelu",
    "gelu_new": "gelu_tanh",
    "gelu_fast": "gelu_tanh",
    "gelu_pytorch_tanh": "gelu_tanh",
    "relu": "relu",
    "silu": "silu",
    "swish": "silu",
    "xielu": "xielu",
}


@final
@dataclass
class Built:
    """What a reader makes of a configuration: a declaration and the sizes of its symbols."""

    declaration: Declaration
    flags: Mapping[str, Flag]
    sizes: dict[str, tuple[Size, str]]
    relations: tuple[Relation, ...] = ()
    notes: list[str] = field(default_factory=list)
    limits: tuple[AtMost, ...] = ()


class Reader:
    """Reads one configuration of the usual shape."""

    def __init__(self, keys: Keys, options: Mapping[str, Any]) -> None:
        """`options` is the entry of the model type, laid over the usual choices."""
        self.k = keys
        self.o = {**USUAL, **options}
        self.sizes: dict[str, tuple[Size, str]] = {}
        self.relations: list[Relation] = []

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
        for key in (*o["harmless"], *ALWAYS_HARMLESS, *unused):
            if isinstance(key, str) and k.has(key):
                k.raw(key)

    # -- sizes -----------------------------------------------------------------------------

    def size(self, word: str, key: str, least: int = 1) -> int:
        """Binds a dimension to the value of a key."""
        value = self.k.whole(key, least)
        self.sizes[word] = (value, self.k.origin(key))
        return value

    def attention_sizes(self, hidden: int) -> None:
        """Heads, groups, head width: each from its key, or by the rule of the model type."""
        k, o = self.k, self.o
        if not o["heads"]:
            return
        heads = self.size("heads", o["heads"])
        groups = self.groups(heads)
        if heads % groups:
            k.fail(o["heads"], f"= {heads} is not a multiple of the {groups} key and value heads")
        self.sizes["share"] = (heads // groups, f"{heads} query heads over {groups}")
        if o["latent"]:
            self.latent_sizes(hidden, heads)
            return
        width = k.optional(o["head_dim"]) if o["head_dim"] and k.has(o["head_dim"]) else None
        if width is not None:
            self.sizes["head"] = (width, k.origin(o["head_dim"]))
        elif o["head_dim_null"] == "refuse":
            k.fail(o["head_dim"] or "head_dim", "is missing, and this model type defines no rule")
        elif o["head_dim_null"] == "floor" and hidden % heads and hidden > heads:
            self.sizes["head"] = (hidden // heads, "hidden size over heads, rounded down")
        else:
            if hidden % heads:
                k.fail(
                    o["heads"],
                    f"= {heads} does not divide {o['hidden']} = {hidden}, and no head "
                    "width is given",
                )
            self.sizes["head"] = (hidden // heads, "hidden size over heads, as no width is given")
            tile = Poly.of(dim("model")) / Poly.of(dim("heads"))
            self.relations.append(Relation(dim("head"), tile, "no head width is given"))
        if o["heads_fill"] and self.sizes["head"][0] != hidden // heads:
            k.fail(o["head_dim"], f"must be {o['hidden']} over {o['heads']} in this model type")
        self.check_rotation(self.sizes["head"][0])

    def check_rotation(self, width: Size) -> None:
        """Refuses an odd number of rotated places in a head, where the type would widen it."""
        share = self.o["rotated"]
        if not share or not isinstance(width, int):
            return
        key = "partial_rotary_factor"
        for place in (self.k.config.get("rope_parameters"), self.k.config):
            if isinstance(place, dict) and key in place:
                share = place[key]
        if not isinstance(share, int | float) or int(width * share) % 2:
            self.k.fail(key, f"rotates an odd number of the {width} places of a head")

    def groups(self, heads: int) -> int:
        """Key and value heads. Equal to the query heads they need no symbol of their own."""
        k, o = self.k, self.o
        key = o["kv"]
        found = k.optional(key) if key and k.has(key) else None
        if o["multi_query"]:
            found = 1 if k.flag(o["multi_query"]) else found
        if found is None or found == heads:
            self.relations.append(
                Relation(dim("groups"), Poly.of(dim("heads")), "every query head has its own keys")
            )
            self.sizes["groups"] = (heads, "as many as query heads")
            self.relations.append(Relation(dim("share"), Poly.of(1), "one query head for each"))
            return heads
        origin = k.origin(key) if key in k.origins else k.origin(o["multi_query"])
        self.sizes["groups"] = (found, origin)
        rule = Poly.of(dim("heads")) / Poly.of(dim("groups"))
        self.relations.append(Relation(dim("share"), rule, "query heads for each key head"))
        return found

    def latent_sizes(self, hidden: int, heads: int) -> None:
        """The widths of latent attention."""
        k = self.k
        for word, key in (
            ("latent", "kv_lora_rank"),
            ("nope", "qk_nope_head_dim"),
            ("rope", "qk_rope_head_dim"),
            ("value_head", "v_head_dim"),
        ):
            if word == "value_head" and self.o["value_null"] and k.optional(key) is None:
                self.sizes[word] = (hidden // heads, "hidden size over heads, as no width is given")
            else:
                self.size(word, key)
        key = self.o["query_rank"]
        rank = k.optional(key) if key else None
        if rank is not None:
            self.sizes["query_rank"] = (rank, k.origin(key))

    # -- layers ----------------------------------------------------------------------------

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
            self.sizes[word] = (count, f"{label.replace('_', ' ')} layers among {total[0]}")
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
            self.sizes["feed"] = (four, f"{o['feed']} is not set")
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
        """The elementwise function; one without a stated cost is taken as gelu."""
        key = self.o["activation"]
        fixed = key if key in ACTIVATIONS else "silu"
        name = self.k.raw(key) if key and self.k.has(key) else fixed
        return ACTIVATIONS.get(str(name), "gelu")

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
            if not count:
                return None
            width = k.whole(o["expert_feed"])
            origin = k.origin(o["shared_count"], o["expert_feed"])
            return count * width, f"{count} shared experts of {width}: {origin}"
        if o["shared_feed"]:
            found = k.optional(o["shared_feed"], least=0)
            return (found, k.origin(o["shared_feed"])) if found else None
        return None

    def is_mixture(self, index: int, layers: int) -> bool:
        """Whether a layer has experts, by the layout of the model type."""
        layout, k = self.o["moe"], self.k
        if not layout:
            return False
        if layout == "all":
            return True
        if layout == "first_dense":
            kinds = k.words("mlp_layer_types") if k.has("mlp_layer_types") else None
            if kinds is not None:
                return self.of_layer(kinds, "mlp_layer_types", index, layers) == "sparse"
            first = self.o["first_dense"]
            return index >= (first if isinstance(first, int) else k.whole(first, 0))
        if layout == "sparse_step":
            step = k.whole("decoder_sparse_step")
            dense = k.numbers("mlp_only_layers")
            return index not in dense and (index + 1) % step == 0 and self.experts() > 0
        raise ValueError(f"'{layout}' is not a layout of experts")

    def experts(self) -> int:
        """How many experts there are; none is possible."""
        return self.k.whole(self.o["experts"], 0)

    def is_windowed(self, index: int, layers: int) -> bool:
        """Whether a layer forgets what lies before its window."""
        rule, k = self.o["windowed"], self.k
        if not rule and "sliding_window" in k.config and "sliding_window" not in k.facts.defaults:
            rule = "all"  # a window that the class does not ask for shortens its cache all the same
        if not rule or k.optional(self.o["window"], 0) in (None, 0):
            return False
        kinds = k.words("layer_types") if k.has("layer_types") else None
        if kinds is not None:
            kind = self.of_layer(kinds, "layer_types", index, layers)
            return kind in ("sliding_attention", "chunked_attention")
        if rule == "all":
            return True
        if rule == "listed":  # only where layer_types says so
            return False
        if isinstance(rule, str) and rule.startswith("use"):
            return k.flag("use_sliding_window") and self.is_windowed_in_use(rule, index)
        if isinstance(rule, int):  # every rule-th layer is full, and perhaps the last
            every = self.o["window_every"]
            rule = k.whole(every) if every and k.has(every) else rule
            if self.o["window_not_last"] and index == layers - 1:
                return False
            return bool((index + self.o["window_from"]) % rule)
        raise ValueError(f"'{rule}' is not a rule for windows")

    def is_windowed_in_use(self, rule: str, index: int) -> bool:
        """Whether a layer has a window, in a type with use_sliding_window, where that is on."""
        k = self.k
        if rule == "use":  # qwen2: from max_window_layers on
            return index >= k.whole("max_window_layers", 0)
        if rule == "use_below":  # qwen2_moe: every other layer below max_window_layers
            return index % 2 == 0 and index < k.whole("max_window_layers", 0)
        if rule == "use_all":
            return True
        if rule == "use_unrotated":  # smollm3: the layers without rotation
            rotated = k.numbers("no_rope_layers")
            if rotated:
                return index < len(rotated) and not rotated[index]
            return (index + 1) % k.whole("no_rope_layer_interval") == 0
        raise ValueError(f"'{rule}' is not a rule for windows")

    def of_layer(self, kinds: list[str], key: str, index: int, layers: int) -> str:
        """The entry of a list with one word for each layer."""
        if len(kinds) != layers:
            self.k.fail(key, f"has {len(kinds)} entries for {layers} layers")
        return kinds[index]

    def choice(self, name: str) -> bool:
        """An option that is true, false, or the name of a switch in the file."""
        value = self.o[name]
        return self.k.flag(value) if isinstance(value, str) else bool(value)


def unnamed(kinds: Iterable[str]) -> str:
    """What layers without experts or window are called among layers that have some."""
    others = " ".join(kinds)
    return "dense" if "moe" in others else "full" if "window" in others else "plain"


def count_of(name: str) -> Dim:
    """The dimension that counts one kind of layer: L_moe, L_window, L_dense."""
    label = name or "plain"
    meaning = f"layers: {label.replace('_', ' and ')}"
    return define(f"{label}_layers", f"L_{label}", meaning=meaning, beside="layers")


# Rotation reaches any position without a weight, and a window changes the cache alone, where it is
# read. Widths that a kind of layer does not use cost nothing.
ALWAYS_HARMLESS = (
    "max_position_embeddings",
    "sliding_window",
    "use_sliding_window",
    "max_window_layers",
    "intermediate_size",
    "query_pre_attn_scalar",
    "sliding_window_pattern",
    "_sliding_window_pattern",
)
EXPERT_KEYS = ("first_dense", "experts", "chosen", "expert_feed", "shared_count", "shared_feed")


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


USUAL: dict[str, Any] = {
    "vocab": "vocab_size",
    "hidden": "hidden_size",
    "layers": "num_hidden_layers",
    "heads": "num_attention_heads",
    "kv": "num_key_value_heads",
    "multi_query": "",
    "head_dim": "head_dim",
    "head_dim_null": "hidden/heads",
    "heads_fill": False,
    "rotated": 0,
    "value_null": False,
    "feed": "intermediate_size",
    "feed_null": 0,
    "gated": True,
    "activation": "hidden_act",
    "norm": "rms",
    "norms": "pre",
    "sandwich_if": "",
    "last_norm": None,
    "row_norm": "",
    "parallel": "",
    "parallel_kind": "one",
    "q_bias": False,
    "k_bias": False,
    "v_bias": False,
    "o_bias": False,
    "mlp_bias": False,
    "qk_norm": "",
    "qk_norm_over": "head",
    "qk_norm_if": "",
    "v_norm": "",
    "gate": "",
    "gate_bias": False,
    "gate_offset": False,
    "mix_norm": "",
    "inner_norm": "",
    "sinks": False,
    "spread": False,
    "idle": None,
    "tied": "tie_word_embeddings",
    "head": True,
    "head_bias": False,
    "spare_rows": 0,
    "positions": "",
    "position_offset": 0,
    "narrow": "",
    "window": "sliding_window",
    "windowed": "",
    "window_every": "",
    "window_from": 1,
    "window_not_last": False,
    "layer_kinds": ["full_attention", "sliding_attention", "chunked_attention"],
    "harmless": [],
    "latent": False,
    "query_rank": "q_lora_rank",
    "latent_gate": False,
    "down_bias": False,
    "moe": "",
    "first_dense": "first_k_dense_replace",
    "experts": "num_experts",
    "chosen": "num_experts_per_tok",
    "expert_feed": "moe_intermediate_size",
    "expert_bias": False,
    "router_bias": False,
    "correction": False,
    "shared_count": "",
    "shared_feed": "",
    "shared_bias": False,
    "shared_gate": False,
}

"""The configurations of litgpt, raw or with its own defaults filled in.

Token table and head are two tensors over the padded vocabulary. Windows are masks alone.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from symcost.algebra.dim import dim
from symcost.algebra.identity import Relation
from symcost.algebra.poly import Poly
from symcost.components.feed_forward import feed_forward, gated_feed_forward
from symcost.components.grouped_attention import grouped_attention
from symcost.components.mixture import mixture_of_experts
from symcost.config.built import Built
from symcost.graph.component import Use
from symcost.models.decoder import Decoder, Layer, Stack, decoder

if TYPE_CHECKING:
    from collections.abc import Mapping

    from symcost.config.keys import Keys
    from symcost.graph.architecture import Size

# The fields of litgpt.Config that change a count, with their defaults in litgpt 0.5.9.
DEFAULTS: dict[str, Any] = {
    "name": "",
    "n_layer": 16,
    "n_embd": 4096,
    "vocab_size": 50254,
    "padding_multiple": 512,
    "padded_vocab_size": None,
    "norm_class_name": "LayerNorm",
    "norm_qk": False,
    "norm_qk_type": "default",
    "post_attention_norm": False,
    "post_mlp_norm": False,
    "parallel_residual": True,
    "shared_attention_norm": False,
    "n_head": 32,
    "head_size": None,
    "n_query_groups": None,
    "attn_bias": False,
    "intermediate_size": None,
    "moe_intermediate_size": None,
    "bias": True,
    "mlp_class_name": "GptNeoxMLP",
    "n_expert": 0,
    "n_expert_per_token": 0,
    "lm_head_bias": False,
    "norm_1": True,
    "norm_2": True,
}
HARMLESS = (
    "name",
    "hf_config",
    "block_size",
    "padding_multiple",
    "norm_eps",
    "sliding_window_size",
    "sliding_window_indices",
    "sliding_window_type",
    "attention_scores_scalar",
    "gelu_approximate",
    "scale_embeddings",
    "vocab_size",
    "n_expert_per_token",
    "n_expert",
    "moe_intermediate_size",
    "intermediate_size",
    "rope_base",
    "rotary_percentage",
    "rope_condense_ratio",
    "rope_adjustments",
    "rope_local_base_freq",
    "rope_indices",
)
FEEDS = ("GptNeoxMLP", "LLaMAMLP", "GemmaMLP", "LLaMAMoE")
ONLY_HERE = frozenset(
    {"padding_multiple", "padded_vocab_size", "norm_class_name", "mlp_class_name", "n_query_groups"}
)


def is_litgpt(config: Mapping[str, Any]) -> bool:
    """Whether a dictionary without a model type has the keys of litgpt's own."""
    named = "name" in config and {"n_layer", "n_embd"} <= set(config)
    return "model_type" not in config and (named or bool(ONLY_HERE & set(config)))


def read(keys: Keys, options: Mapping[str, Any]) -> Built:
    """A decoder as litgpt builds it."""
    del options
    keys.facts = replace(
        keys.facts, class_name="litgpt.Config", defaults=DEFAULTS, version="litgpt 0.5.9"
    )
    return _Litgpt(keys).build()


class _Litgpt:
    """Reads one configuration."""

    def __init__(self, keys: Keys) -> None:
        self.k = keys
        self.sizes: dict[str, tuple[Size, str]] = {}
        self.relations: list[Relation] = []

    def build(self) -> Built:
        """The specification and the sizes."""
        k = self.k
        for key in HARMLESS:
            if k.has(key):
                k.raw(key)
        self.sizes["layers"] = (k.whole("n_layer"), k.origin("n_layer"))
        hidden = k.whole("n_embd")
        self.sizes["model"] = (hidden, k.origin("n_embd"))
        self.sizes["vocab"] = self.vocabulary()
        self.heads(hidden)
        norm = self.norm()
        spec = Decoder(
            stacks=(Stack("layer", "layers", self.layer(norm)),),
            last_norm=norm,
            tied=False,
            head_bias=k.flag("lm_head_bias"),
        )
        return Built(decoder, {"spec": spec}, self.sizes, tuple(self.relations))

    def vocabulary(self) -> tuple[int, str]:
        """Rows of the tables: as given, or the vocabulary rounded up."""
        k = self.k
        padded = k.optional("padded_vocab_size")
        if padded is not None:
            return padded, k.origin("padded_vocab_size")
        entries, step = k.whole("vocab_size"), k.whole("padding_multiple")
        origin = k.origin("vocab_size", "padding_multiple")
        return -(-entries // step) * step, f"{entries} rounded up to a multiple of {step}: {origin}"

    def heads(self, hidden: int) -> None:
        """Heads, key heads and their width."""
        k = self.k
        heads = k.whole("n_head")
        self.sizes["heads"] = (heads, k.origin("n_head"))
        width = k.optional("head_size")
        if width is not None:
            self.sizes["head"] = (width, k.origin("head_size"))
        else:
            if hidden % heads:
                k.fail("n_head", f"= {heads} does not divide n_embd = {hidden}")
            self.sizes["head"] = (hidden // heads, "n_embd over n_head, as no head_size is given")
            tile = Poly.of(dim("model")) / Poly.of(dim("heads"))
            self.relations.append(Relation(dim("head"), tile, "no head_size is given"))
        groups = k.optional("n_query_groups")
        origin = k.origin("n_query_groups")
        if groups is None or groups == heads:
            groups, origin = heads, "as many as query heads"
            every = Relation(dim("groups"), Poly.of(dim("heads")), "every head has its own keys")
            self.relations.append(every)
            self.relations.append(Relation(dim("share"), Poly.of(1), "one query head for each"))
        else:
            rule = Poly.of(dim("heads")) / Poly.of(dim("groups"))
            self.relations.append(Relation(dim("share"), rule, "query heads for each key head"))
        if heads % groups:
            k.fail("n_head", f"= {heads} is not a multiple of n_query_groups = {groups}")
        self.sizes["groups"] = (groups, origin)
        self.sizes["share"] = (heads // groups, f"{heads} query heads over {groups}")

    def norm(self) -> str:
        """The kind of norm; OLMo's has no weights, and only its name says so."""
        k = self.k
        kind = k.text("norm_class_name")
        if kind == "RMSNorm":
            return "rms"
        if kind != "LayerNorm":
            k.fail("norm_class_name", f"{kind!r:.40} is not known; LayerNorm or RMSNorm")
        name = k.text("name")
        if "OLMo" in name:
            return "plain"
        olmo = not k.flag("bias") and k.text("mlp_class_name") == "LLaMAMLP"
        if not name and olmo:
            k.fail("name", "is missing, and it decides whether these norms have weights")
        return "layer"

    def layer(self, norm: str) -> Layer:
        """Every layer is the same."""
        k = self.k
        parallel, shared = k.flag("parallel_residual"), k.flag("shared_attention_norm")
        if shared and not parallel:
            k.fail("shared_attention_norm", "needs parallel_residual")
        if shared and not k.flag("norm_1"):
            k.fail("norm_1", "= false is not understood together with shared_attention_norm")
        return Layer(
            self.mixer(norm),
            self.feed(),
            before_mixer=norm if k.flag("norm_1") else "",
            after_mixer=norm if k.flag("post_attention_norm") else "",
            before_feed=norm if k.flag("norm_2") else "",
            after_feed=norm if k.flag("post_mlp_norm") else "",
            parallel=("one" if shared else "two") if parallel else "",
        )

    def mixer(self, norm: str) -> Use:
        """Attention; its projections in have biases where either switch says so."""
        k = self.k
        bias = k.flag("bias")
        attention = k.flag("attn_bias") or bias
        over = k.text("norm_qk_type")
        if over not in ("default", "olmo2"):
            k.fail("norm_qk_type", f"{over!r:.40} is not known; default or olmo2")
        return Use(
            grouped_attention,
            {
                "q_bias": attention,
                "k_bias": attention,
                "v_bias": attention,
                "o_bias": bias,
                "qk_norm": norm if k.flag("norm_qk") else "",
                "qk_norm_over": "all" if over == "olmo2" else "head",
            },
        )

    def feed(self) -> Use:
        """The feed-forward block of the class that is named."""
        k = self.k
        kind, bias = k.text("mlp_class_name"), k.flag("bias")
        if kind not in FEEDS:
            k.fail("mlp_class_name", f"{kind!r:.40} is not known; {', '.join(FEEDS)}")
        if kind == "LLaMAMoE":
            return self.mixture(bias)
        width = k.optional("intermediate_size")
        if width is None and kind == "LLaMAMLP":
            k.fail("intermediate_size", "is missing, and LLaMAMLP has no rule for it")
        if width is None:
            four = 4 * Poly.of(dim("model"))
            self.sizes["feed"] = (four, "intermediate_size is not set")
        else:
            self.sizes["feed"] = (width, k.origin("intermediate_size"))
        if kind == "GptNeoxMLP":
            return Use(feed_forward, {"bias": bias, "activation": "gelu"})
        activation = "silu" if kind == "LLaMAMLP" else "gelu"
        flags = {"bias": bias, "out_bias": bias, "activation": activation}
        return Use(gated_feed_forward, flags)

    def mixture(self, bias: bool) -> Use:
        """Gated experts behind a router without a bias."""
        k = self.k
        experts, chosen = k.whole("n_expert"), k.whole("n_expert_per_token")
        if chosen > experts:
            k.fail("n_expert_per_token", "is more than there are experts")
        self.sizes["experts"] = (experts, k.origin("n_expert"))
        self.sizes["chosen"] = (chosen, k.origin("n_expert_per_token"))
        key = "moe_intermediate_size"
        if k.optional(key) is None:
            key = "intermediate_size"
        if k.optional(key) is None:
            k.fail(key, "is missing, and experts have no rule for it")
        self.sizes["expert_feed"] = (k.whole(key), k.origin(key))
        return Use(mixture_of_experts, {"expert_bias": bias})

"""The network that a case declares: its keys understood, and the declaration built from components.

Sizes stay symbols, so few declarations exist: one for each choice of parts, kept once it is built.
"""

from __future__ import annotations

import difflib
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any, final

from symcost.algebra.dim import Dim, dim
from symcost.algebra.poly import Poly
from symcost.checking.expressions import DeclaredError
from symcost.components.feed_forward import feed_forward, gated_feed_forward
from symcost.components.grouped_attention import grouped_attention
from symcost.components.latent_attention import latent_attention
from symcost.components.mixture import mixture_of_experts
from symcost.config.built import count_of
from symcost.graph.author import build
from symcost.graph.component import Component, DeclarationError, Use
from symcost.models.decoder import Layer, Stack
from symcost.models.described import Described, described

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from symcost.checking.expressions import Expressions

# Key -> the dimension that it sizes, and what it is where it is not given.
SIZES: dict[str, tuple[str, str]] = {
    "layers": ("layers", ""),
    "width": ("model", ""),
    "heads": ("heads", ""),
    "kv_heads": ("groups", "heads"),
    "head_width": ("head", "width/heads"),
    "value_width": ("value_head", ""),
    "d_ff": ("feed", "4*width"),
    "vocabulary": ("vocab", ""),
    "experts": ("experts", ""),
    "experts_per_token": ("chosen", ""),
    "expert_d_ff": ("expert_feed", "d_ff"),
    "shared_expert_d_ff": ("shared_feed", ""),
    "dense_layers": ("dense_layers", ""),
    "kv_compression": ("latent", ""),
    "q_compression": ("query_rank", ""),
    "nope_width": ("nope", ""),
    "rope_width": ("rope", ""),
    "learned_positions": ("positions", ""),
    "token_types": ("segments", ""),
}
FLAGS: dict[str, bool] = {
    "tied_head": True,
    "gated": False,
    "final_norm": True,
    "qkv_bias": False,
    "output_bias": False,
    "mlp_bias": False,
    "head_bias": False,
    "router_bias": False,
    "shared_expert_gate": False,
    "qk_norm": False,
    "embedding_norm": False,
    "pooler": False,
    "latent_attention": False,
}
NORMS = {"layernorm": "layer", "rmsnorm": "rms", "no parameters": "plain", "none": "plain"}
REQUIRED = ("layers", "width", "vocabulary")
# Keys that say nothing without another one.
NEEDS = {
    "experts": (
        "experts_per_token",
        "expert_d_ff",
        "shared_expert_d_ff",
        "dense_layers",
        "router_bias",
        "shared_expert_gate",
    ),
    "latent_attention": ("kv_compression", "q_compression", "nope_width", "rope_width"),
}


@final
@dataclass(frozen=True)
class Network:
    """What there is, without its sizes. `grouped`: fewer key heads than query heads."""

    layers: bool
    vocabulary: bool
    positions: bool
    segments: bool
    norm: str
    grouped: bool
    own_values: bool
    compressed: bool
    experts: bool
    dense: bool
    shared: bool
    flags: frozenset[str]


def known_keys(what: str, given: Mapping[str, Any], allowed: Collection[str]) -> None:
    """Refuses a key that nobody knows, with the nearest one."""
    if not hasattr(given, "keys"):
        raise DeclaredError(f"the {what} must be an object, not {given!r:.40}")
    for key in given:
        if key not in allowed:
            close = difflib.get_close_matches(str(key), list(allowed), n=1)
            hint = f"; did you mean {close[0]!r}?" if close else f"; it has {', '.join(allowed)}"
            raise DeclaredError(f"the {what} has the key {key!r:.60}, which is not known{hint}")


def checked(model: Mapping[str, Any]) -> dict[str, Any]:
    """The keys that say something; a key with null is one that is not there."""
    known_keys("model", model, (*SIZES, *FLAGS, "norm"))
    given = {key: value for key, value in model.items() if value is not None}
    for key in REQUIRED:
        if key not in given:
            raise DeclaredError(f"the model has no {key!r}; write 0 where there is none")
    for key, default in FLAGS.items():
        if not isinstance(given.get(key, default), bool):
            raise DeclaredError(f"{key!r} is true or false, not {given[key]!r:.60}")
    norm = given.get("norm", "layernorm")
    if not isinstance(norm, str) or norm not in NORMS:
        raise DeclaredError(f"'norm' is {', '.join(NORMS)}; {norm!r:.60} is none of them")
    for key, others in NEEDS.items():
        for other in others:
            if given.get(other) and not given.get(key):
                raise DeclaredError(f"{other!r} says nothing where there is no {key!r}")
    return given


def network(given: Mapping[str, Any], sizes: Expressions) -> Network:
    """What the model is made of, from its checked keys."""

    def there(key: str) -> bool:
        return key in given and sizes.number(key) != 0

    latent = given.get("latent_attention", False)
    return Network(
        layers=there("layers"),
        vocabulary=there("vocabulary"),
        positions=there("learned_positions"),
        segments=there("token_types"),
        norm=NORMS[given.get("norm", "layernorm")],
        grouped="heads" in given and not sizes.same("kv_heads", "heads"),
        own_values=there("value_width") and not latent,
        compressed=there("q_compression"),
        experts=there("experts"),
        dense=there("dense_layers"),
        shared=there("shared_expert_d_ff"),
        flags=frozenset(key for key, usual in FLAGS.items() if given.get(key, usual)),
    )


def dim_of(key: str) -> Dim:
    """The dimension that a key of the model sizes."""
    word, _ = SIZES[key]
    return count_of("dense") if key == "dense_layers" else dim(word)


@lru_cache(maxsize=256)
def root_of(net: Network) -> Component:
    """The declaration, frozen."""
    has = net.flags.__contains__
    spec = Described(
        _stacks(net) if net.layers else (),
        vocabulary=net.vocabulary,
        positions=net.positions,
        segments=net.segments,
        row_norm=net.norm if has("embedding_norm") else "",
        last_norm=net.norm if has("final_norm") else "",
        tied=has("tied_head"),
        head_bias=has("head_bias"),
        pooler=has("pooler"),
    )
    try:
        return build(described, "declared", spec=spec)
    except DeclarationError:
        raise DeclaredError("the model declares nothing: no table, no layer, no norm") from None


def _stacks(net: Network) -> tuple[Stack, ...]:
    """The layers; with experts, the dense ones come first."""
    mixer = _latent(net) if "latent_attention" in net.flags else _attention(net)
    dense = Layer(mixer, _dense(net), before_mixer=net.norm, before_feed=net.norm)
    if not net.experts:
        return (Stack("layer", "layers", dense),)
    mixed = replace(dense, feed=_mixture(net))
    if not net.dense:
        return (Stack("layer", "layers", mixed),)
    count = dim_of("dense_layers")
    return (
        Stack("dense_layer", count.word, dense),
        Stack("moe_layer", Poly.of(dim("layers")) - count, mixed),
    )


def _attention(net: Network) -> Use:
    """Query heads in groups; where each has keys of its own, as many groups as heads."""
    heads = Poly.of(dim("heads"))
    sizes = {"groups": heads, "share": Poly.of(1)}
    if net.grouped:
        sizes = {"share": heads / dim("groups")}
    bias = "qkv_bias" in net.flags
    flags = {
        **dict.fromkeys(("q_bias", "k_bias", "v_bias"), bias),
        "o_bias": "output_bias" in net.flags,
        "qk_norm": net.norm if "qk_norm" in net.flags else "",
        "value": "value_head" if net.own_values else "head",
    }
    return Use(grouped_attention, flags, sizes)


def _latent(net: Network) -> Use:
    flags = {
        "compressed": net.compressed,
        "down_bias": "qkv_bias" in net.flags,
        "o_bias": "output_bias" in net.flags,
        "norm": net.norm,
    }
    return Use(latent_attention, flags)


def _dense(net: Network) -> Use:
    bias = "mlp_bias" in net.flags
    if "gated" in net.flags:
        return Use(gated_feed_forward, {"bias": bias, "out_bias": bias})
    return Use(feed_forward, {"bias": bias})


def _mixture(net: Network) -> Use:
    gated, bias = "gated" in net.flags, "mlp_bias" in net.flags
    flags = {
        "gated": gated,
        "expert_bias": bias,
        "shared_bias": bias,
        "router_bias": "router_bias" in net.flags,
        "shared": ("gated" if gated else "plain") if net.shared else "",
        "shared_gate": "shared_expert_gate" in net.flags and net.shared,
    }
    return Use(mixture_of_experts, flags)

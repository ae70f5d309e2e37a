"""Towers over images: what an entry of a model type says of the layers and of what is around them.

A bias, a gate or a norm is a word of the entry: true or false, or the key that says so.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from symcost.components.divided_layer import divided_layer
from symcost.components.tiled_layer import tiled_layer
from symcost.components.vision_layer import vision_layer
from symcost.graph.component import Use
from symcost.graph.tensor import Role
from symcost.models.decoder import Layer

if TYPE_CHECKING:
    from collections.abc import Mapping

    from symcost.algebra.poly import Poly
    from symcost.config.decoders import Reader
    from symcost.config.keys import Keys

SWITCHES = ("q_bias", "k_bias", "v_bias", "o_bias", "feed_bias", "gated")
OF_LAYERS = ("norm", "packed", "scaled", "feed_scaled")
OF_TOWERS = (
    "norm",
    "first_norm",
    "piece_norm",
    "patch_bias",
    "rotations",
    "last_norm",
    "placed",
    "flat",
)


def layered(r: Reader, options: Mapping[str, Any]) -> dict[str, Any]:
    """What the entry says of every layer."""
    found: dict[str, Any] = {
        name: _switch(r.k, options[name]) for name in SWITCHES if name in options
    }
    found |= {name: options[name] for name in OF_LAYERS if name in options}
    if r.k.has("norm_type") and r.k.text("norm_type") != "layer_norm":
        r.k.fail("norm_type", f"= {r.k.text('norm_type')!r:.40}; only 'layer_norm' is understood")
    key = options.get("head_norm_if")
    if key and r.k.flag(key):
        found["head_norm"] = str(options.get("head_norm", "each"))
    return found


def towered(r: Reader, options: Mapping[str, Any], kind: str) -> dict[str, Any]:
    """What the entry says of the rows before the layers, and of what comes after."""
    k = r.k
    found: dict[str, Any] = {name: options[name] for name in OF_TOWERS if name in options}
    if "masks" in options:
        found["masks"] = _switch(k, options["masks"])
    if options.get("embedded"):
        found["table"] = Role.POSITION
    if "positions" in options:
        found["positions"] = _switch(k, options["positions"])
    if "positions_unless" in options:
        found["positions"] = not k.flag(options["positions_unless"])
    if "pool_if" in options:
        found["pool"] = str(options["pool"]) if k.flag(options["pool_if"]) else ""
        found["pool_bias"] = _switch(k, options.get("pool_bias", True))
    if kind == "project":
        if "joint" not in options:
            r.size("joint", "projection_dim")
        found["projected"] = True
    if "more_tokens" in options:
        found["tokens"] = sum(k.whole(key, 0) for key in options["more_tokens"])
        found.setdefault("placed", found["tokens"])
    if options.get("flat"):
        found["places"] = k.whole("num_patches")
    if "table_side" in options:
        side = k.whole(options["table_side"]) // k.whole("patch_size")
        if not side:
            k.fail(options["table_side"], "is less than patch_size")
        found["places"] = side * side
    if options.get("neck"):
        r.size("sight_channels", "output_channels")
        found["neck"] = True
    if "film" in options:
        found["film"] = _film(r, str(options["film"]))
    if "deep" in options:
        deep = k.optional(options["deep"], 2)
        found["idle_colours"] = deep or 0
    return found | _kept(r) | _found(r, kind)


def mixed_layers(
    r: Reader, options: Mapping[str, Any], layer: Mapping[str, Any], layers: int
) -> tuple[tuple[str, str | Poly, Use], ...]:
    """Layers of several kinds, where the type has them."""
    kind = options.get("kinds")
    if kind is None or not layers:
        return ()
    if kind == "tiles":
        uses = _tiled(r, options, bool(layer["q_bias"]), layers)
    elif kind == "groups":
        uses = _grouped(r, layer, layers)
    elif r.k.text("attention_type") == "divided_space_time":
        uses = [("", Use(divided_layer, {"bias": bool(layer["q_bias"])}))] * layers
    else:
        uses = [("", Use(vision_layer, layer))] * layers
    kinds = [(name, Layer(use, None)) for name, use in uses]
    found = [(each.name, each.count, each.layer.mixer) for each in r.stacks(kinds)]
    return tuple((name, count, use) for name, count, use in found if use is not None)


def _tiled(r: Reader, options: Mapping[str, Any], bias: bool, layers: int) -> list[tuple[str, Use]]:
    """Attention inside tiles, but for some layers; a bottleneck after some."""
    k = r.k
    window = k.whole("window_size", 0)
    unset = "tiles_usual" in options and k.raw(options["tiles"]) is None
    listed = set(options["tiles_usual"] if unset else k.numbers(options["tiles"]))
    residual = set(k.numbers(options["residual"])) if "residual" in options else set()
    flags = {"relative": _switch(k, options["relative"]), "bias": bias}
    found = []
    for index in range(layers):
        tiled = window > 0 and (index in listed) == bool(options["tiles_listed"])
        if tiled:
            r.sizes["sight_window"] = (window, k.origin("window_size"))
        words = ("window" if tiled else "", "residual" if index in residual else "")
        flags = {**flags, "tiled": tiled, "residual": index in residual}
        found.append(("_".join(filter(None, words)), Use(tiled_layer, flags)))
    return found


def _grouped(r: Reader, layer: Mapping[str, Any], layers: int) -> list[tuple[str, Use]]:
    """Fewer heads of keys and values in some layers."""
    k, heads = r.k, r.k.whole("num_attention_heads")
    first, last = (k.whole(f"num_{each}_full_attention_layers", 0) for each in ("first", "last"))
    few = k.whole("num_key_value_attention_heads")
    counts = k.numbers("num_key_value_heads_per_layer") or [
        heads if index < first or index >= layers - last else few for index in range(layers)
    ]
    if len(counts) != layers:
        k.fail("num_key_value_heads_per_layer", f"has {len(counts)} entries for {layers} layers")
    fewer = set(counts) - {heads}
    if len(fewer) > 1 or any(count < 1 or heads % count for count in fewer):
        k.fail(
            "num_key_value_heads_per_layer", "must hold num_attention_heads and one divisor of it"
        )
    for count in fewer:
        r.sizes["groups"] = (count, "key and value heads of the layers that have fewer")
    full = ("", Use(vision_layer, layer))
    shared = ("shared", Use(vision_layer, {**layer, "key_heads": "groups"}))
    return [full if count == heads else shared for count in counts]


def _film(r: Reader, kind: str) -> str:
    """How the pictures of a film are cut into rows."""
    k = r.k
    r.size("pictures", "num_frames")
    if kind == "tubes":
        return kind
    given = k.text("attention_type")
    kinds = {"space_only": "one", "joint_space_time": "all", "divided_space_time": "all"}
    if given not in kinds:
        k.fail("attention_type", f"= {given!r:.40} is not one of {', '.join(kinds)}")
    return kinds[given]


def _kept(r: Reader) -> dict[str, Any]:
    """How many patches a masking leaves, cut as the class does."""
    k = r.k
    if not k.has("mask_ratio"):
        return {}
    image, patch = r.sizes["image"][0], r.sizes["patch"][0]
    assert isinstance(image, int)
    assert isinstance(patch, int)
    kept = int((image // patch) ** 2 * (1 - k.number("mask_ratio")))
    if not 1 <= kept <= (image // patch) ** 2:
        k.fail("mask_ratio", "leaves no patch, or more than there are")
    r.sizes["kept"] = (kept, k.origin("mask_ratio"))
    return {"kept": True}


def _found(r: Reader, kind: str) -> dict[str, Any]:
    """Rows that look for things, and a table of positions for every layer but the last."""
    k = r.k
    if not k.has("num_detection_tokens"):
        return {}
    things, layers = k.whole("num_detection_tokens"), k.whole("num_hidden_layers", 0)
    r.sizes["things"] = (things, k.origin("num_detection_tokens"))
    between = k.flag("use_mid_position_embeddings")
    if between and not layers:
        k.fail("num_hidden_layers", "= 0 leaves no place between layers")
    sides = k.numbers("image_size")
    patch = k.whole("patch_size")
    if between and any(side % patch for side in sides):
        k.fail("patch_size", "does not divide image_size, which tables between layers need")
    rows = {"tokens": things + 1, "placed": things + 1}
    return {**rows, "between": between and layers > 1, "found": kind == "detect"}


def _switch(k: Keys, said: bool | str) -> bool:
    return k.flag(said) if isinstance(said, str) else said

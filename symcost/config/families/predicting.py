"""Towers over images with a predictor behind them: the sizes that each type reads."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from symcost.algebra.dim import dim
from symcost.algebra.identity import Relation
from symcost.algebra.poly import Poly
from symcost.config.built import Built
from symcost.config.decoders import Reader
from symcost.config.families.sight import sight, task
from symcost.models.predicting import Predicting, predicting
from symcost.models.vision_transformer import vision_transformer

if TYPE_CHECKING:
    from collections.abc import Mapping

    from symcost.config.keys import Keys


def read(keys: Keys, options: Mapping[str, Any]) -> Built:
    """`predictor` is what the keys of the predictor begin with; "bare" classes have none."""
    r = Reader(keys, options)
    kind = task(keys, options)
    spec = sight(r, options, "bare")
    mark = str(options["predictor"])
    if kind == "bare":
        return Built(vision_transformer, {"spec": spec}, r.sizes, tuple(r.relations))
    width, heads = (
        r.size("guess_width", f"{mark}hidden_size"),
        r.size("guess_heads", f"{mark}num_attention_heads"),
    )
    layers = r.size("guess_layers", f"{mark}num_hidden_layers", 0)
    _head(r, options, width, heads)
    _feed(r, mark, width)
    hidden = keys.whole(options["hidden"]) if "hidden" in options else 1
    layer = {name: spec.layer[name] for name in ("q_bias", "k_bias", "v_bias")}
    whole = Predicting(spec, layers, layer, hidden, pixels=bool(options.get("pixels")))
    return Built(predicting, {"spec": whole}, r.sizes, tuple(r.relations))


def _head(r: Reader, options: Mapping[str, Any], width: int, heads: int) -> None:
    plain = bool(options.get("plain_heads"))
    if "head_dim" in r.k.config and not plain:
        r.size("guess_head", "head_dim")
        return
    if width < heads or (plain and width % heads):
        r.k.fail("num_attention_heads", f"of the predictor, {heads}, does not divide {width}")
    r.sizes["guess_head"] = (width // heads, "width of the predictor over its heads, rounded down")
    if width % heads == 0:
        shared = Poly.of(dim("guess_width")) / Poly.of(dim("guess_heads"))
        r.relations.append(Relation(dim("guess_head"), shared, "no head width is given"))


def _feed(r: Reader, mark: str, width: int) -> None:
    k, key = r.k, f"{mark}mlp_ratio"
    if not k.has(key):
        r.size("guess_feed", f"{mark}intermediate_size")
        return
    feed = int(width * k.number(key))
    if feed < 1:
        k.fail(key, "leaves no inner width")
    r.sizes["guess_feed"] = (feed, k.origin(key))

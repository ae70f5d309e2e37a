"""Transformers over images with short attention: the sizes that each type reads."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from symcost.config.built import Built
from symcost.config.decoders import Reader
from symcost.config.families.pictures import opened, stages
from symcost.models import pyramid_nets, window_nets

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from symcost.config.keys import Keys
    from symcost.graph.component import Declaration


def read(keys: Keys, options: Mapping[str, Any]) -> Built:
    """The network of the class that the file names, by the function of its type."""
    r = Reader(keys, options)
    head, notes = opened(r, options)
    net, fill = NETS[options["net"]]
    flags = fill(r, options) if options.get("headless") else {**fill(r, options), "head": head}
    return Built(net, flags, r.sizes, notes=notes)


def _swin(r: Reader, o: Mapping[str, Any]) -> dict[str, Any]:
    k = r.k
    depths, heads = k.numbers("depths"), k.numbers("num_heads")
    first, ratio = k.whole("embed_dim"), k.number("mlp_ratio")
    if not depths or len(depths) != len(heads) or min(*depths, *heads) < 1:
        k.fail("num_heads", "must have an entry for each of depths")
    grows = 1 if o.get("same_width") else 2
    widths = [first * grows**index for index in range(len(depths))]
    for wide, each in zip(widths, heads, strict=True):
        if wide % each:
            k.fail("num_heads", f"has {each}, which does not divide the width {wide}")
    absolute = k.flag("use_absolute_embeddings")
    return {
        "patch": k.whole("patch_size"),
        "first": first,
        "depths": depths,
        "heads": heads,
        "feeds": [int(ratio * wide) for wide in widths],
        "window": k.whole("window_size"),
        "places": int(o.get("spare_places", 0)) if absolute else -1,
        "second": bool(o.get("second")),
        "bias": k.flag("qkv_bias"),
        "last_norm": bool(o.get("last_norm", True)),
        "fill": bool(o.get("fill")),
    }


def _swin2sr(r: Reader, o: Mapping[str, Any]) -> dict[str, Any]:
    """The bare network; an image that whole windows do not fill is no input of it."""
    k = r.k
    found = _swin(r, {**o, "same_width": True})
    if found["patch"] != 1:
        k.fail("patch_size", f"= {found['patch']} does not fit the sums of a stage; only 1 does")
    if found["places"] >= 0:
        k.fail("use_absolute_embeddings", "= true adds a table that does not fit the patches")
    kind = k.text("resi_connection")
    if kind not in ("1conv", "3conv"):
        k.fail("resi_connection", f"= {kind!r:.40} is not '1conv' or '3conv'")
    wide = found["first"]
    if kind == "3conv" and wide < 4:
        k.fail("embed_dim", "leaves no width to the inner convolutions")
    kept = ("depths", "heads", "window", "bias")
    narrow = wide // 4 if kind == "3conv" else 0
    return {**{key: found[key] for key in kept}, "wide": wide, "feed": found["feeds"][0]} | {
        "narrow": narrow
    }


def _segformer(r: Reader, o: Mapping[str, Any]) -> dict[str, Any]:
    k = r.k
    found = stages(k)
    widths = found["widths"]
    count = len(widths)
    if k.whole("num_encoder_blocks") != count:
        k.fail("num_encoder_blocks", "is not the number of hidden_sizes")
    merge = str(o.get("merge", "sr_ratios"))
    names = ("num_attention_heads", merge, "patch_sizes", "strides")
    heads, merges, kernels, strides = (k.numbers(each) for each in names)
    ratios = [each for each in k.raw("mlp_ratios") if isinstance(each, int | float)]
    columns: tuple[list[Any], ...] = (heads, merges, kernels, strides, ratios)
    for name, given in zip((*names, "mlp_ratios"), columns, strict=True):
        if len(given) != count or min(given) <= 0:
            k.fail(name, "must have a positive entry for each of hidden_sizes")
    for wide, each in zip(widths, heads, strict=True):
        if wide % each:
            k.fail("num_attention_heads", f"has {each}, which does not divide the width {wide}")
    feeds = [int(wide * ratio) for wide, ratio in zip(widths, ratios, strict=True)]
    if min(feeds) < 1:
        k.fail("mlp_ratios", "leave no inner width")
    cuts = list(zip(kernels, strides, strict=True))
    found |= {"heads": heads, "merges": merges, "feeds": feeds, "cuts": cuts}
    if k.has("qkv_bias"):
        found["bias"] = k.flag("qkv_bias")
    if k.has("linear_attention"):
        found["pooled"] = k.flag("linear_attention")
    return found


def _pvt(r: Reader, o: Mapping[str, Any]) -> dict[str, Any]:
    """Here the key of the patch is the stride, and the key of the stride the kernel."""
    found = _segformer(r, o)
    if found["merges"][-1] > 1:
        r.k.fail(str(o["merge"]), "must end with 1: the last stage has a row that is no place")
    found["cuts"] = [(kernel, stride) for stride, kernel in found["cuts"]]
    return found


NETS: dict[str, tuple[Declaration, Callable[[Reader, Mapping[str, Any]], dict[str, Any]]]] = {
    "swin": (window_nets.swin, _swin),
    "swin2sr": (window_nets.swin2sr, _swin2sr),
    "segformer": (pyramid_nets.segformer, _segformer),
    "pvt": (pyramid_nets.pvt, _pvt),
}

"""Networks over images with stages of many keys: the sizes that each type reads."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from symcost.config.built import Built
from symcost.config.decoders import Reader
from symcost.config.families.pictures import opened
from symcost.config.families.sight import task
from symcost.models import branched_nets, convolved_nets
from symcost.models.levit import levit

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from symcost.config.keys import Keys
    from symcost.graph.component import Declaration


def read(keys: Keys, options: Mapping[str, Any]) -> Built:
    """The network of the class that the file names, by the function of its type."""
    r = Reader(keys, options)
    head, notes = opened(r, options)
    if options["net"] == "levit":
        teach = task(keys, options) == "teach"
        both = int(head) * (2 if teach else 1)
        return Built(levit, {**_levit(r), "heads": both}, r.sizes, notes=notes)
    net, fill = NETS[options["net"]]
    return Built(net, {**fill(r), "head": head}, r.sizes, notes=notes)


def _lists(k: Keys, names: tuple[str, ...], count: int) -> dict[str, list[Any]]:
    """Lists with an entry for every stage."""
    found = {}
    for name in names:
        value = k.raw(name)
        if not isinstance(value, list) or len(value) != count:
            k.fail(name, f"must be a list of {count} entries")
        found[name] = value
    return found


def _whole(k: Keys, lists: Mapping[str, list[Any]], names: tuple[str, ...], least: int) -> None:
    for name in names:
        if any(isinstance(each, bool) or not isinstance(each, int) for each in lists[name]):
            k.fail(name, "must hold whole numbers")
        if min(lists[name]) < least:
            k.fail(name, f"must be at least {least}")


CVT_SIZES = ("num_heads", "patch_sizes", "patch_stride", "kernel_qkv", "stride_kv", "stride_q")
CVT_PADDINGS = ("patch_padding", "padding_q", "padding_kv")
CVT_OTHERS = ("mlp_ratio", "cls_token", "qkv_bias", "qkv_projection_method")


def _cvt(r: Reader) -> dict[str, Any]:
    k = r.k
    widths, depths = k.numbers("embed_dim"), k.numbers("depth")
    count = len(depths)
    if not count or len(widths) != count or min(*widths, *depths) < 1:
        k.fail("embed_dim", "must have a positive entry for each of depth")
    v = _lists(k, (*CVT_SIZES, *CVT_PADDINGS, *CVT_OTHERS), count)
    _whole(k, v, CVT_SIZES, 1)
    _whole(k, v, CVT_PADDINGS, 0)
    stages = []
    for i, wide in enumerate(widths):
        if v["qkv_projection_method"][i] != "dw_bn":
            k.fail("qkv_projection_method", "must be 'dw_bn' in every stage")
        kernel, around = v["kernel_qkv"][i], v["padding_q"][i]
        if v["stride_q"][i] != 1 or 2 * around != kernel - 1:
            k.fail("stride_q", "or padding_q would change the number of queries")
        if wide % v["num_heads"][i]:
            k.fail("num_heads", f"has {v['num_heads'][i]}, which does not divide {wide}")
        if v["cls_token"][i] and wide != widths[-1]:
            k.fail("cls_token", "is true in a stage of another width than the last")
        block = {
            "heads": v["num_heads"][i],
            "feed": int(wide * v["mlp_ratio"][i]),
            "kernel": kernel,
            "strides": (1, v["stride_kv"][i]),
            "paddings": (around, v["padding_kv"][i]),
            "bias": bool(v["qkv_bias"][i]),
        }
        cut = (v["patch_sizes"][i], v["patch_stride"][i], v["patch_padding"][i])
        stage = {"wide": wide, "depth": depths[i], "first": bool(v["cls_token"][i])}
        stages.append({**stage, "cut": cut, "block": block})
    return {"stages": stages}


def _focalnet(r: Reader) -> dict[str, Any]:
    k = r.k
    depths, first = k.numbers("depths"), k.whole("embed_dim")
    v = _lists(k, ("focal_windows", "focal_levels"), len(depths))
    _whole(k, v, ("focal_windows",), 1)
    _whole(k, v, ("focal_levels",), 0)
    if not depths or min(depths) < 1 or any(each % 2 == 0 for each in v["focal_windows"]):
        k.fail("focal_windows", "must be odd, and depths at least 1")
    ratio = k.number("mlp_ratio")
    kernels = [
        [2 * level + window for level in range(levels)]
        for window, levels in zip(v["focal_windows"], v["focal_levels"], strict=True)
    ]
    k.raw("layerscale_value"), k.raw("normalize_modulator")
    return {
        "patch": k.whole("patch_size"),
        "first": first,
        "depths": depths,
        "kernels": kernels,
        "feeds": [int(first * 2**index * ratio) for index in range(len(depths))],
        "curved": k.flag("use_conv_embed"),
        "scale": k.flag("use_layerscale"),
        "after": k.flag("use_post_layernorm"),
        "inner_norm": k.flag("use_post_layernorm_in_modulation"),
    }


# What the class fills in where the file has no such list.
USUAL_TEXTNET: dict[str, list[Any]] = {
    "hidden_sizes": [64, 64, 128, 256, 512],
    "conv_layer_kernel_sizes": [
        [[3, 3], [3, 3], [3, 3]],
        [[3, 3], [1, 3], [3, 3], [3, 1]],
        [[3, 3], [3, 3], [3, 1], [1, 3]],
        [[3, 3], [3, 1], [1, 3], [3, 3]],
    ],
    "conv_layer_strides": [[1, 2, 1], [2, 1, 1, 1], [2, 1, 1, 1], [2, 1, 1, 1]],
}


def _textnet(r: Reader) -> dict[str, Any]:
    k = r.k
    widths, kernels, strides = (
        USUAL_TEXTNET[name] if k.raw(name) is None else k.raw(name) for name in USUAL_TEXTNET
    )
    if not len(widths) - 1 == len(kernels) == len(strides):
        k.fail("hidden_sizes", "must have one entry more than there are stages")
    steps = []
    for before, wide, sizes, moves in zip(widths, widths[1:], kernels, strides, strict=False):
        if len(sizes) != len(moves):
            k.fail("conv_layer_strides", "must have an entry for every kernel")
        for (rows, columns), move in zip(sizes, moves, strict=True):
            if rows % 2 == 0 or columns % 2 == 0:
                k.fail("conv_layer_kernel_sizes", "must be odd")
            steps.append((before, wide, (rows, columns), move))
            before = wide
    stem = (k.whole("stem_out_channels"), k.whole("stem_kernel_size"), k.whole("stem_stride"))
    if stem[0] != widths[0]:
        k.fail("stem_out_channels", "must be the first of hidden_sizes")
    return {"stem": stem, "steps": steps}


HGNET = ("mid_channels", "out_channels", "num_blocks", "numb_of_layers", "kernel_size")


def _hgnet(r: Reader) -> dict[str, Any]:
    k = r.k
    stem, strides = k.numbers("stem_channels"), k.numbers("stem_strides")
    if len(stem) != 3 or len(strides) != 5 or strides[1:3] != [1, 1] or min(*stem, *strides) < 1:
        k.fail("stem_strides", "must have five entries, the second and third 1")
    if stem[0] != k.whole("num_channels"):
        k.fail("stem_channels", "must begin with num_channels")
    before = k.numbers("stage_in_channels")
    sizes = tuple(f"stage_{name}" for name in (*HGNET, "downsample_strides"))
    v = _lists(k, (*sizes, "stage_downsample", "stage_light_block"), len(before))
    _whole(k, v, sizes, 1)
    stages = []
    for i, wide in enumerate(before):
        if wide != (v["stage_out_channels"][i - 1] if i else stem[2]):
            k.fail("stage_in_channels", "must be what the stage before it makes")
        if v["stage_kernel_size"][i] % 2 == 0:
            k.fail("stage_kernel_size", "must be odd")
        middle, after, blocks, layers, kernel = (v[f"stage_{name}"][i] for name in HGNET)
        stages.append(
            {
                "before": wide,
                "middle": middle,
                "after": after,
                "blocks": blocks,
                "layers": layers,
                "kernel": kernel,
                "light": bool(v["stage_light_block"][i]),
                "stride": v["stage_downsample_strides"][i] if v["stage_downsample"][i] else 0,
            }
        )
    if k.numbers("hidden_sizes")[-1] != stages[-1]["after"]:
        k.fail("hidden_sizes", "must end with the last of stage_out_channels")
    affine = k.flag("use_learnable_affine_block")
    return {"stem": stem, "strides": strides, "stages": stages, "affine": affine}


LEVIT = ("hidden_sizes", "num_attention_heads", "key_dim", "mlp_ratio", "attention_ratio")


def _levit(r: Reader) -> dict[str, Any]:
    k = r.k
    depths = k.numbers("depths")
    v = _lists(k, LEVIT, len(depths))
    _whole(k, v, LEVIT[:3], 1)
    _whole(k, v, ("attention_ratio",), 1)
    _whole(k, v, ("mlp_ratio",), 0)
    widths, keys = v["hidden_sizes"], v["key_dim"]
    if len(depths) != 3 or min(depths) < 1 or widths[0] % 8:
        k.fail("depths", "must have three entries, and hidden_sizes begin with a multiple of 8")
    looks = list(
        zip(keys, v["num_attention_heads"], v["attention_ratio"], v["mlp_ratio"], strict=True)
    )
    shrinks = [(keys[0], wide // keys[0], 4, 2, 2) for wide in widths[:-1]]
    if "down_ops" in k.config:
        given = k.raw("down_ops")
        usual = [["Subsample", *each] for each in shrinks]
        if given not in (usual, [*usual, [""]]):
            k.fail("down_ops", f"must be the usual {usual}")
    return {
        "patch": k.whole("patch_size"),
        "cut": (k.whole("kernel_size"), k.whole("stride"), k.whole("padding", 0)),
        "widths": widths,
        "depths": depths,
        "looks": looks,
        "shrinks": shrinks,
    }


NETS: dict[str, tuple[Declaration, Callable[[Reader], dict[str, Any]]]] = {
    "cvt": (convolved_nets.cvt, _cvt),
    "focalnet": (convolved_nets.focalnet, _focalnet),
    "textnet": (branched_nets.textnet, _textnet),
    "hgnet": (branched_nets.hgnet, _hgnet),
}

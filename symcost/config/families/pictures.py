"""Networks of convolutions over images: the sizes that each type reads."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from symcost.config.activations import activation_of
from symcost.config.built import Built
from symcost.config.decoders import Reader
from symcost.config.families.sight import classes, square, task
from symcost.models import light_nets, picture_nets

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from symcost.config.keys import Keys
    from symcost.graph.component import Declaration

BACKBONE = ("out_features", "out_indices", "stage_names", "_out_features", "_out_indices")


def read(keys: Keys, options: Mapping[str, Any]) -> Built:
    """The network of the class that the file names, by the function of its type."""
    r = Reader(keys, options)
    head, notes = opened(r, options)
    net, fill = NETS[options["net"]]
    return Built(net, {**fill(r), "head": head}, r.sizes, notes=notes)


def opened(r: Reader, options: Mapping[str, Any]) -> tuple[bool, list[str]]:
    """Whether there is a head over classes; the image; what is understood to change nothing."""
    keys = r.k
    head = task(keys, options) in ("classify", "teach") and bool(classes(r))
    r.size("colours", str(options.get("colours", "num_channels")))
    notes = []
    if keys.has("image_size"):
        square(r, "image", "image_size")
    else:
        notes.append("The file does not say how large images are: give n_px for work.")
    for key in (*BACKBONE, *options.get("harmless", [])):
        if keys.has(key):
            keys.raw(key)
    if keys.has("hidden_act") and keys.raw("hidden_act") is not None:
        activation_of(keys, "hidden_act", keys.raw("hidden_act"))
    return head, notes


def stages(
    k: Keys,
    widths: str = "hidden_sizes",
    depths: str = "depths",
    usual: Mapping[str, Any] = MappingProxyType({}),
) -> dict[str, Any]:
    """The width and the number of blocks of every stage; `usual` stands in for null."""
    found = {
        word: list(usual[key]) if key in usual and k.raw(key) is None else k.numbers(key)
        for word, key in (("widths", widths), ("depths", depths))
    }
    if not found["widths"] or len(found["widths"]) != len(found["depths"]):
        k.fail(depths, f"must have an entry for each of {widths}")
    if min(*found["widths"], *found["depths"]) < 1:
        k.fail(depths, f"and {widths} must be at least 1")
    return found


def _convnext(r: Reader) -> dict[str, Any]:
    k = r.k
    usual = r.o.get("stages", {})
    found = stages(k, usual=usual)
    if usual:  # nothing of the shape but the stages is a choice
        k.raw("layer_scale_init_value")
        return {**found, "patch": int(usual["patch"]), "scale": True, "respond": False}
    if k.has("num_stages") and k.whole("num_stages") != len(found["widths"]):
        k.fail("num_stages", "is not the number of hidden_sizes")
    scale = k.has("layer_scale_init_value") and k.number("layer_scale_init_value") > 0
    respond = not k.has("layer_scale_init_value")
    return {**found, "patch": k.whole("patch_size"), "scale": scale, "respond": respond}


def _resnet(r: Reader) -> dict[str, Any]:
    k = r.k
    kind = k.text("layer_type")
    if kind not in ("basic", "bottleneck"):
        k.fail("layer_type", f"= {kind!r:.40} is not 'basic' or 'bottleneck'")
    return {
        **stages(k),
        "stem": k.whole("embedding_size"),
        "narrow": kind == "bottleneck",
        "early": k.flag("downsample_in_bottleneck"),
        "first": k.flag("downsample_in_first_stage"),
    }


def _mobilenet(r: Reader) -> dict[str, Any]:
    k = r.k
    ratio, least, depth = k.number("depth_multiplier"), k.whole("min_depth"), 32
    steps = [(max(int(depth * ratio), least), 2)]
    for index, stride in enumerate((1, 2, 1, 2, 1, 2, 1, 1, 1, 1, 1, 2, 1)):
        depth = 2 * depth if stride == 2 or index == 0 else depth
        steps.append((max(int(depth * ratio), least), stride))
    return {"steps": steps, "same": k.flag("tf_padding")}


WIDTHS_V2 = (24, 24, 32, 32, 32, 64, 64, 64, 64, 96, 96, 96, 160, 160, 160, 320)
STRIDES_V2 = (2, 1, 2, 1, 1, 2, 1, 1, 1, 1, 1, 1, 2, 1, 1, 1)


def _mobilenet_v2(r: Reader) -> dict[str, Any]:
    k = r.k
    ratio, divisor = k.number("depth_multiplier"), k.whole("depth_divisible_by")
    least = k.optional("min_depth")

    def fit(value: float) -> int:
        """The nearest multiple, but not much below the value."""
        found = max(least or divisor, int(value + divisor / 2) // divisor * divisor)
        return int(found + divisor if found < 0.9 * value else found)

    stem, first = fit(round(32 * ratio)), fit(round(16 * ratio))
    reached, steps, before = 2, [], first
    limit = k.whole("output_stride")
    for wide, wanted in zip(WIDTHS_V2, STRIDES_V2, strict=True):
        stride = 1 if reached == limit else wanted
        reached *= stride
        inner = fit(round(before * k.number("expand_ratio")))
        before = fit(round(wide * ratio))
        steps.append((inner, before, stride))
    last = 1280 if k.flag("finegrained_output") and ratio < 1 else fit(round(1280 * ratio))
    return {
        "stem": stem,
        "first": first,
        "steps": steps,
        "last": last,
        "expand": not k.flag("first_layer_is_expansion"),
        "same": k.flag("tf_padding"),
    }


def _poolformer(r: Reader) -> dict[str, Any]:
    k = r.k
    found = stages(k)
    count, ratio = len(found["widths"]), k.number("mlp_ratio")
    if k.whole("num_encoder_blocks") != count:
        k.fail("num_encoder_blocks", "is not the number of hidden_sizes")
    k.raw("pool_size")
    cuts = list(
        zip(*(k.numbers(key) for key in ("patch_sizes", "strides", "padding")), strict=True)
    )
    if len(cuts) != count:
        k.fail("patch_sizes", "must have an entry for each of hidden_sizes")
    feeds = [int(wide * ratio) for wide in found["widths"]]
    return {**found, "cuts": cuts, "feeds": feeds, "scale": k.flag("use_layer_scale")}


def _regnet(r: Reader) -> dict[str, Any]:
    k = r.k
    kind = k.text("layer_type")
    if kind not in ("x", "y"):
        k.fail("layer_type", f"= {kind!r:.40} is not 'x' or 'y'")
    found = {**stages(k), "stem": k.whole("embedding_size"), "group": k.whole("groups_width")}
    if kind == "y" and round(min(found["stem"], *found["widths"]) / 4) < 1:
        k.fail("embedding_size", "is too small to be squeezed to a quarter")
    for wide in found["widths"]:
        if wide % max(1, wide // found["group"]):
            k.fail("groups_width", f"makes groups that do not divide the width {wide}")
    return {**found, "squeeze": kind == "y", "first": k.flag("downsample_in_first_stage")}


def _bit(r: Reader) -> dict[str, Any]:
    k = r.k
    kind, padding = k.text("layer_type"), k.raw("global_padding")
    if kind not in ("preactivation", "bottleneck"):
        k.fail("layer_type", f"= {kind!r:.40} is not 'preactivation' or 'bottleneck'")
    if padding is not None and str(padding).lower() != "same":
        k.fail("global_padding", "must be null or 'same'")
    found, factor = stages(k), k.whole("width_factor")
    widths = [max(8, (wide * factor + 4) // 8 * 8) for wide in found["widths"]]
    if any(10 * made < 9 * factor * w for made, w in zip(widths, found["widths"], strict=True)):
        k.fail("hidden_sizes", "must be multiples of eight")
    if widths[-1] != found["widths"][-1]:
        k.fail("width_factor", "would make the last stage wider than its norm")
    strides, reached, groups = [], 4, k.whole("num_groups")
    for index in range(len(widths)):
        wanted = 2 if index else 1
        strides.append(1 if reached >= k.whole("output_stride") else wanted)
        reached *= strides[-1]
    if any(wide % groups for wide in widths):
        k.fail("num_groups", "must divide every width")
    return {
        "stem": k.whole("embedding_size"),
        "widths": widths,
        "depths": found["depths"],
        "strides": strides,
        "before_norm": kind == "preactivation",
        "same": padding is not None,
        "fill": k.flag("embedding_dynamic_padding"),
    }


NETS: dict[str, tuple[Declaration, Callable[[Reader], dict[str, Any]]]] = {
    "convnext": (picture_nets.convnext, _convnext),
    "resnet": (picture_nets.resnet, _resnet),
    "bit": (picture_nets.bit, _bit),
    "regnet": (picture_nets.regnet, _regnet),
    "mobilenet": (light_nets.mobilenet, _mobilenet),
    "mobilenet_v2": (light_nets.mobilenet_v2, _mobilenet_v2),
    "poolformer": (light_nets.poolformer, _poolformer),
}

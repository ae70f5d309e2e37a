"""Networks over images for small devices, SwiftFormer and both MobileViTs; and Hiera."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from symcost.config.built import Built
from symcost.config.decoders import Reader
from symcost.config.families.pictures import opened, stages
from symcost.models.hiera import Hiera, HieraLayer, hiera
from symcost.models.mobilevit import Far, Inverted, Mobile, mobilevit
from symcost.models.swiftformer import swiftformer

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from symcost.config.keys import Keys
    from symcost.graph.component import Declaration


def read(keys: Keys, options: Mapping[str, Any]) -> Built:
    """The network of the class that the file names."""
    r = Reader(keys, options)
    head, notes = opened(r, options)
    net, fill = NETS[options["net"]]
    return Built(net, {**fill(keys), "head": head}, r.sizes, notes=notes)


def _swiftformer(k: Keys) -> dict[str, Any]:
    found = stages(k, widths="embed_dims")
    widths, ratio = found["widths"], k.number("mlp_ratio")
    if len(widths) < 2 or sum(found["depths"]) < 2 or widths[0] < 2:
        k.fail("embed_dims", "must have two stages at least, and depths two blocks")
    wanted = k.raw("downsamples")
    if not isinstance(wanted, list) or len(wanted) < len(widths) - 1:
        k.fail("downsamples", "must have an entry for every stage")
    cut = (k.whole("down_patch_size"), k.whole("down_stride"), k.whole("down_pad", 0))
    cuts = [
        cut if index + 1 < len(widths) and (wanted[index] or wide != widths[index + 1]) else None
        for index, wide in enumerate(widths)
    ]
    feeds = [int(ratio * wide) for wide in widths]
    if min(feeds) < 1:
        k.fail("mlp_ratio", "leaves no inner width")
    k.raw("layer_scale_init_value")
    return {**found, "feeds": feeds, "cuts": cuts, "scale": k.flag("use_layer_scale")}


def _fit(value: float, divisor: int = 8, least: int = 0) -> int:
    """The nearest multiple, but not much below the value, as the classes round."""
    found = max(least or divisor, int(value + divisor / 2) // divisor * divisor)
    return int(found + divisor if found < 0.9 * value else found)


class Steps:
    """The blocks of one configuration."""

    def __init__(self, keys: Keys) -> None:
        """`output_stride` holds strides back, as segmentation needs it."""
        self.k = keys
        self.ratio = keys.number("expand_ratio")
        if self.ratio <= 0:
            keys.fail("expand_ratio", "must be above 0")
        held = {8: (2, 1, 1), 16: (2, 2, 1)}
        self.strides = held.get(keys.whole("output_stride"), (2, 2, 2))

    def inverted(self, before: int, out: int, stride: int) -> Inverted:
        """One block between two widths."""
        return Inverted(before, _fit(round(before * self.ratio)), out, stride)

    def spec(self, widths: list[int], repeat: int, far: list[Far], last: int) -> Mobile:
        """The network whose blocks have these widths, the stem's first."""
        stem, first, second, *others = widths
        blocks = [self.inverted(stem, first, 1), self.inverted(first, second, 2)]
        blocks += [self.inverted(second, second, 1)] * (repeat - 1)
        pairs, before = [], second
        for out, stride, each in zip(others, self.strides, far, strict=True):
            pairs.append((self.inverted(before, out, stride), each))
            before = out
        patch, kernel = self.k.whole("patch_size"), self.k.whole("conv_kernel_size")
        if kernel % 2 == 0:
            self.k.fail("conv_kernel_size", "must be odd")
        return Mobile(stem, tuple(blocks), tuple(pairs), last, patch, kernel)


def _mobilevit(k: Keys) -> dict[str, Any]:
    necks, widths = k.numbers("neck_hidden_sizes"), k.numbers("hidden_sizes")
    heads, ratio = k.whole("num_attention_heads"), k.number("mlp_ratio")
    if len(necks) != 7 or min(necks) < 1:
        k.fail("neck_hidden_sizes", "must be seven widths")
    if len(widths) != 3 or min(widths) < 1 or any(wide % heads for wide in widths):
        k.fail("hidden_sizes", f"must be three multiples of the {heads} heads")
    bias = k.flag("qkv_bias")
    far = [
        Far(wide, layers, int(wide * ratio), heads, bias)
        for wide, layers in zip(widths, (2, 4, 3), strict=True)
    ]
    if min(each.feed for each in far) < 1:
        k.fail("mlp_ratio", "leaves no inner width")
    *necks, last = necks
    return {"spec": Steps(k).spec(necks, 3, far, last)}


def _mobilevitv2(k: Keys) -> dict[str, Any]:
    wider, times = k.number("width_multiplier"), k.number("ffn_multiplier")
    if wider <= 0:
        k.fail("width_multiplier", "must be above 0")
    units, layers = k.numbers("base_attn_unit_dims"), k.numbers("n_attn_blocks")
    if len(units) != 3 or len(layers) != 3 or min(units) < 1 or min(layers) < 0:
        k.fail("base_attn_unit_dims", "and n_attn_blocks must have three entries")
    widths = [_fit(max(16, min(64, 32 * wider)), 8, 16), _fit(64 * wider, 16)]
    widths += [_fit(base * wider) for base in (128, 256, 384, 512)]
    far = []
    for unit, count in zip(units, layers, strict=True):
        wide = _fit(unit * wider)
        feed = int((times * wide // 16) * 16)
        if feed < 1:
            k.fail("ffn_multiplier", "leaves no inner width")
        far.append(Far(wide, count, feed, 0, True))
    return {"spec": Steps(k).spec(widths, 2, far, 0)}


def _pair(k: Keys, key: str, least: int = 1) -> int:
    """Two sides that must be equal."""
    sides = k.numbers(key)
    if len(sides) != 2 or sides[0] != sides[1] or sides[0] < least:
        k.fail(key, f"= {sides!r:.40}; only squares are understood here")
    return sides[0]


def _hiera(k: Keys) -> dict[str, Any]:
    depths, heads = k.numbers("depths"), k.numbers("num_heads")
    count, masked = len(depths), k.raw("masked_unit_attention")
    if not count or min(depths) < 1 or len(heads) != count or min(heads) < 1:
        k.fail("num_heads", "must have an entry for each of depths")
    if not isinstance(masked, list) or len(masked) != count:
        k.fail("masked_unit_attention", "must have an entry for each of depths")
    cut = (_pair(k, "patch_size"), _pair(k, "patch_stride"), _pair(k, "patch_padding", 0))
    image, pooling = _pair(k, "image_size"), _pair(k, "query_stride")
    tokens, unit = image // cut[1], _pair(k, "masked_unit_size")
    pools = k.whole("num_query_pool", 0)
    if pools >= count or unit % pooling ** (count - 1):
        k.fail("num_query_pool", "or masked_unit_size does not fit the number of stages")
    if tokens % pooling ** (count - 1) or tokens % unit:
        k.fail("image_size", "is no multiple of what query_stride and masked_unit_size need")
    if (image + 2 * cut[2] - cut[0]) // cut[1] + 1 != tokens:
        k.fail("patch_padding", "makes another number of pieces than image_size has")
    return {"spec": Hiera(cut, _runs(k, depths, heads, masked, (unit, pooling, pools)))}


def _runs(
    k: Keys, depths: list[int], heads: list[int], masked: list[Any], sizes: tuple[int, int, int]
) -> tuple[tuple[int, HieraLayer], ...]:
    """Equal layers of Hiera; the first of a stage pools tokens in the unit of the stage before."""
    unit, pooling, pools = sizes
    first, wider = k.whole("embed_dim"), k.number("embed_dim_multiplier")
    ratio = k.number("mlp_ratio")
    runs: list[tuple[int, HieraLayer]] = []
    before = first
    for stage, depth in enumerate(depths):
        wide = int(first * wider**stage)
        if wide % heads[stage] or int(wide * ratio) < 1:
            k.fail("num_heads", f"has {heads[stage]}, which does not divide {wide}")
        area = unit**2 // pooling ** (2 * stage)
        pool = pooling**2 if 0 < stage <= pools else 1
        if pool > 1 and before == wide:
            k.fail("embed_dim_multiplier", "must make every stage wider that has fewer tokens")
        near = masked[stage] or masked[max(stage - 1, 0)]
        made = HieraLayer(before, wide, int(wide * ratio), heads[stage], pool, pool * area * near)
        rest = HieraLayer(wide, wide, made.feed, made.heads, 1, area * bool(masked[stage]))
        runs += [(1, made), (depth - 1, rest)]
        before = wide
    return tuple(run for run in runs if run[0])


NETS: dict[str, tuple[Declaration, Callable[[Keys], dict[str, Any]]]] = {
    "swiftformer": (swiftformer, _swiftformer),
    "mobilevit": (mobilevit, _mobilevit),
    "mobilevitv2": (mobilevit, _mobilevitv2),
    "hiera": (hiera, _hiera),
}

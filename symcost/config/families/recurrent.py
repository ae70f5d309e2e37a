"""Recurrent blocks in configurations: the sizes and switches of each, under any key names."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from symcost.components.delta_rule import gated_delta, kimi_delta
from symcost.components.gated_recurrence import recurrent_block
from symcost.components.state_space import selective_scan, state_space_dual
from symcost.graph.component import Use

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from symcost.config.decoders import Reader
    from symcost.config.keys import Keys


def whole_times(k: Keys, ratio: str, size: int) -> int:
    """A ratio times a size, which has to be whole."""
    number = k.number(ratio)
    product = Fraction(str(number)) * size
    if product.denominator != 1:
        k.fail(ratio, f"= {number} times {size} is not a whole number")
    return product.numerator


def step_rank(k: Keys, key: str, hidden: int) -> int:
    """The rank of the step size; "auto" is a sixteenth of the width, rounded up."""
    return -(-hidden // 16) if k.raw(key) == "auto" else k.whole(key)


def is_width(k: Keys, key: str, value: int) -> None:
    """A key that repeats what other keys say must say the same."""
    found = k.whole(key) if key in k.config else value
    if found != value:
        k.fail(key, f"= {found}, but the other keys make it {value}")


def selective(r: Reader, hidden: int, names: Mapping[str, str], norms: str = "") -> Use:
    """The block with an elementwise scan. `names` says which key holds what."""
    k = r.k
    inner = whole_times(k, names["expand"], hidden)
    r.sizes["inner"] = (inner, k.origin(names["expand"]))
    r.size("state", names["state"])
    r.size("kernel", names["kernel"])
    rank = step_rank(k, names["rank"], hidden)
    r.sizes["step_rank"] = (rank, k.origin(names["rank"]))
    return Use(
        selective_scan,
        {"bias": k.flag(names["bias"]), "conv_bias": k.flag(names["conv_bias"]), "norms": norms},
    )


def dual(
    r: Reader,
    inner: int,
    names: Mapping[str, str],
    *,
    out_bias: str = "",
    conv_bias: bool | None = None,
    norm: str = "rms",
) -> Use:
    """The block in chunks. A head width that is not given is the inner width over the heads."""
    k = r.k
    heads = r.size("state_heads", names["heads"])
    head = inner // heads
    if head * heads != inner:
        k.fail(names["heads"], f"= {heads} does not divide the inner width {inner}")
    if names["head"] and k.raw(names["head"]) != "auto" and k.whole(names["head"]) != head:
        k.fail(names["head"], f"times {heads} heads is not the inner width {inner}")
    r.sizes["state_head"] = (head, f"inner width {inner} over {heads} heads")
    groups = r.size("state_groups", names["groups"])
    if heads % groups:
        k.fail(names["groups"], f"= {groups} does not divide the {heads} heads")
    # One place or one element: torch multiplies instead of contracting, and counts nothing.
    r.size("state", names["state"], least=2)
    r.size("chunk", names["chunk"], least=2)
    r.size("kernel", names["kernel"])
    bias = k.flag(names["bias"])
    return Use(
        state_space_dual,
        {
            "bias": bias,
            "out_bias": k.flag(out_bias) if out_bias else bias,
            "conv_bias": k.flag(names["conv_bias"]) if conv_bias is None else conv_bias,
            "norm": norm,
        },
    )


def gated(r: Reader) -> Use:
    """The gated delta rule. A width that is not given follows Olmo's rules."""
    k = r.k
    heads = k.whole("num_attention_heads")
    keys = k.optional("linear_num_key_heads") or heads
    values = k.optional("linear_num_value_heads") or heads
    key = k.optional("linear_key_head_dim") or 3 * k.whole("hidden_size") // (4 * keys)
    value = k.optional("linear_value_head_dim") or 2 * key
    if values % keys:
        k.fail("linear_num_key_heads", f"= {keys} does not divide the {values} value heads")
    for word, size, name in (
        ("state_groups", keys, "linear_num_key_heads"),
        ("state_heads", values, "linear_num_value_heads"),
        ("state", key, "linear_key_head_dim"),
        ("state_head", value, "linear_value_head_dim"),
    ):
        r.sizes[word] = (size, k.origin(name))
    r.size("kernel", "linear_conv_kernel_dim")
    return Use(gated_delta)


def kimi(r: Reader, options: Mapping[str, Any]) -> Use:
    """Kimi's delta rule. `sizes` in the entry says where the three widths stand."""
    k = r.k
    inside = k.raw("linear_attn_config") if "linear_attn_config" in k.config else None
    for word, (name, short, other) in KIMI.items():
        if isinstance(inside, dict) and short in inside:
            size = inside[short]
            if isinstance(size, bool) or not isinstance(size, int) or size < 1:
                k.fail("linear_attn_config", f"has {short} = {size!r:.40}, not a whole number")
            r.sizes[word] = (size, f"{k.where}: {short} in linear_attn_config")
        else:
            r.size(word, other if options.get("own_heads") and name not in k.config else name)
    return Use(kimi_delta, {"narrow": bool(options.get("narrow_gates"))})


# What holds Kimi's widths: a key, its name in linear_attn_config, and Bailing's key.
KIMI = {
    "state_heads": ("linear_num_heads", "num_heads", "num_attention_heads"),
    "state_head": ("linear_head_dim", "head_dim", "head_dim"),
    "kernel": ("linear_conv_kernel_dim", "short_conv_kernel_size", "short_conv_kernel_size"),
}


def griffin(r: Reader, hidden: int) -> Use:
    """The gated linear recurrent unit: as many blocks as there are heads."""
    k = r.k
    width = k.optional("lru_width") or hidden
    heads = k.whole("num_attention_heads")
    if width % heads:
        k.fail("lru_width", f"= {width} is not a multiple of the {heads} heads")
    r.sizes["block"] = (width // heads, f"{k.origin('lru_width')}, over {heads} heads")
    r.size("kernel", "conv1d_width")
    return Use(recurrent_block, {"activation": r.activation()})


def adjusted(k: Keys, key: str) -> tuple[int, str]:
    """Lfm2's inner width: two thirds of the stated one, times a factor, rounded up to a step."""
    stated = k.whole(key)
    if not k.flag("block_auto_adjust_ff_dim"):
        return stated, k.origin(key)
    width = 2 * stated // 3
    if k.raw("block_ffn_dim_multiplier") is not None:
        factor = k.number("block_ffn_dim_multiplier")
        # A factor such as 0.7 is not what it says in binary: where that matters, nobody can know.
        exact, binary = Fraction(str(factor)) * width // 1, Fraction(factor) * width // 1
        if exact != binary or exact < 1:
            k.fail("block_ffn_dim_multiplier", f"= {factor} times {width} has no clear whole part")
        step = k.whole("block_multiple_of")
        width = -(-exact // step) * step
    return width, f"two thirds of {k.origin(key)}, adjusted"

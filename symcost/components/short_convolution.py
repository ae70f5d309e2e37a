"""A short convolution along time, one filter for each channel: a token sees its recent past."""

from __future__ import annotations

from typing import TYPE_CHECKING

from symcost.graph.tensor import Role

if TYPE_CHECKING:
    from symcost.graph.author import Author
    from symcost.graph.tensor import Tensor


def convolved(
    a: Author,
    x: Tensor,
    channels: str,
    *,
    bias: bool = False,
    kernel: str = "kernel",
    keep: str = "",
    name: str = "",
) -> Tensor:
    """x convolved along time, one filter for each of `channels`; part of another component.

    The sequence is padded in front and behind, so time + kernel - 1 places are computed and the
    last kernel - 1 dropped. `keep` is the axis of the places handed on to later tokens, the kernel
    where it is not given; `name` tells several convolutions of one component apart. Source: Gu and
    Dao 2023, Mamba, arXiv 2312.00752, section 3.4.
    """
    mark = f"_{name}" if name else ""
    kept = a.carry(x, f"batch {channels} {keep or kernel}", f"conv_state{mark}")
    steps = a.axis(f"steps{mark}", a.size("time") + a.size(kernel) - 1)
    seen = a.window(x, f"time -> {steps} {kernel}", f"window{mark}")
    filters = a.weight(f"F{mark}", f"{channels} {kernel}", Role.CONVOLUTION)
    y = a.contract(
        f"{' '.join(seen.axes)}, {channels} {kernel} -> batch {steps} {channels}",
        seen,
        filters,
        name=f"convolve{mark}",
        role=Role.CONVOLUTION,
    )
    reads = [y, kept]
    if bias:
        reads.append(a.weight(f"b_F{mark}", channels, Role.BIAS))
    axes = f"batch time {channels}"
    return a.map("join", *reads, role=Role.BIAS, axes=axes, name=f"cut{mark}")


def around(
    a: Author, x: Tensor, channels: str, filters: str, *, kernel: str = "kernel", name: str = "near"
) -> Tensor:
    """x convolved with the places on both sides of each token; part of another component.

    There is a filter for each of the axes `filters` among the `channels`. Source: Jiang et al.
    2020, ConvBERT, arXiv 2008.02496, section 2.2; Xiong et al. 2021, arXiv 2102.03902, section 3.3.
    """
    steps = a.axis(f"steps_{name}", a.size("time"))
    seen = a.window(x, f"time -> {steps} {kernel}", f"window_{name}")
    y = a.contract(
        f"{' '.join(seen.axes)}, {filters} {kernel} -> batch {steps} {channels}",
        seen,
        a.weight(f"F_{name}", f"{filters} {kernel}", Role.CONVOLUTION),
        name=f"convolve_{name}",
        role=Role.CONVOLUTION,
    )
    return a.map("join", y, name=f"all_{name}", axes=f"batch time {channels}")


def gated_convolution(a: Author, *, bias: bool = False) -> Tensor:
    """A convolution between two gates: one multiplies what goes in, the other what comes out.

    Shapes: x is batch, time, model; so is the result. Source: Poli et al. 2023, Hyena, arXiv
    2302.10866, section 3.1; Liquid AI 2025, LFM2, arXiv 2511.23404, section 2.
    """
    x = a.input("batch time model")
    lane = a.axis("lane", a.size("model"))
    before = a.linear("W_B", x, f"model -> {lane}", bias=bias)
    after = a.linear("W_C", x, f"model -> {lane}", bias=bias)
    u = a.linear("W_x", x, f"model -> {lane}", bias=bias)
    u = convolved(a, a.map("multiply", before, u, name="gate_in"), lane, bias=bias)
    return a.linear(
        "W_O", a.map("multiply", after, u, name="gate_out"), f"{lane} -> model", bias=bias
    )

"""Convolutions over the rows and columns of an image; parts of other components.

A tensor here has the axes batch, rows, columns, channels, in this order. Axes of a fixed width are
named after it, so that two layers of one shape read alike.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from symcost.algebra.poly import Poly, called
from symcost.components.norm import normalised
from symcost.graph.component import DeclarationError
from symcost.graph.tensor import Role

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from symcost.graph.author import Author
    from symcost.graph.component import Flag
    from symcost.graph.tensor import Tensor

Body: TypeAlias = "Callable[..., Tensor]"
USUAL_SIDE = 224


def width(a: Author, size: int) -> str:
    """The axis of this many channels."""
    return a.axis(f"width_{size}", size)


def side(a: Author, name: str, size: Poly) -> str:
    """The axis of so many rows or columns, named after their number in a usual image."""
    usual = size.at(dict.fromkeys(size.dims(), USUAL_SIDE))
    label = f"{name}_{usual}"
    while has(a, label) and Poly.of(a.size(label)) != size:
        label += "_other"
    return a.axis(label, size)


def has(a: Author, axis: str) -> bool:
    """Whether an axis is declared here."""
    try:
        a.size(axis)
    except ValueError:
        return False
    return True


def picture(a: Author, channels: str = "colours") -> Tensor:
    """The image: nothing flows back into it."""
    image = Poly.of(a.size(a.axis("image_side", "image")))
    rows, columns = side(a, "rows", image), side(a, "columns", image)
    a.axis("colours", "colours")
    return a.ids(f"batch {rows} {columns} {channels}", "pixels")


def convolved_image(
    a: Author,
    x: Tensor,
    name: str,
    out: int,
    kernel: int | tuple[int, int] = 1,
    stride: int = 1,
    *,
    padding: int | str | None = None,
    groups: int = 1,
    bias: bool = False,
) -> Tensor:
    """Every place of the result sees `kernel` times `kernel` places; `groups` keep to themselves.

    `padding` is half the kernel unless given; "same" keeps all places but for the stride.
    """
    _, rows, columns, channels = x.axes
    made = width(a, out)
    if kernel == stride == groups == 1:
        return dense(a, x, name, out, bias=bias, role=Role.CONVOLUTION)
    spans = (kernel, kernel) if isinstance(kernel, int) else kernel
    sides = [
        side(a, word, _length(Poly.of(a.size(axis)), span, stride, padding))
        for axis, word, span in zip((rows, columns), ("rows", "columns"), spans, strict=True)
    ]
    count = spans[0] * spans[1]
    taps = a.axis(f"taps_{count}", count)
    seen = a.window(x, f"{rows} {columns} -> {' '.join(sides)} {taps}", f"window_{name}")
    place = f"batch {' '.join(sides)}"
    if groups == 1:
        fresh = a.axis(f"out_{out}", out)
        filters = a.weight(name, f"{channels} {taps} {fresh}", Role.CONVOLUTION)
        pattern = f"{' '.join(seen.axes)}, {channels} {taps} {fresh} -> {place} {fresh}"
    else:
        seen, pattern, filters = _bunched(a, seen, channels, name, (groups, out), taps)
    y = a.contract(pattern, seen, filters, name=f"convolve_{name}", role=Role.CONVOLUTION)
    y = a.map("join", y, name=f"view_{name}", axes=f"{place} {made}")
    return biased(a, y, name) if bias else y


def _bunched(
    a: Author, seen: Tensor, channels: str, name: str, sizes: tuple[int, int], taps: str
) -> tuple[Tensor, str, Tensor]:
    """The channels in groups, and filters that keep to their group."""
    groups, out = sizes
    size = Poly.of(a.size(channels)).at({}) if channels != "colours" else None
    if not isinstance(size, int) or size % groups or out % groups:
        raise DeclarationError(f"{name}: {groups} groups divide neither {size} nor {out}")
    bunch, each = a.axis(f"bunch_{groups}", groups), a.axis(f"each_{name}", size // groups)
    fresh = a.axis(f"made_{name}", out // groups)
    place = " ".join(axis for axis in seen.axes if axis not in (channels, taps))
    seen = a.map("join", seen, name=f"split_{name}", axes=f"{place} {taps} {bunch} {each}")
    filters = a.weight(name, f"{bunch} {each} {taps} {fresh}", Role.CONVOLUTION)
    axes = f"{' '.join(seen.axes)}, {' '.join(filters.axes)}"
    return seen, f"{axes} -> {place} {bunch} {fresh}", filters


def _length(size: Poly, kernel: int, stride: int, padding: int | str | None) -> Poly:
    if kernel < 1 or stride < 1:
        raise DeclarationError(f"a kernel of {kernel} at every {stride} places covers nothing")
    if padding == "same":
        return called("ceil", [size / stride]) if stride > 1 else size
    around = kernel // 2 if padding is None else int(padding)
    total = size + 2 * around - kernel
    return total + 1 if stride == 1 else called("floor", [total / stride]) + 1


def pooled_image(
    a: Author, x: Tensor, name: str, kernel: int, stride: int, padding: int | str = 0
) -> Tensor:
    """The largest or the mean of every `kernel` times `kernel` places."""
    _, rows, columns, channels = x.axes
    sides = [
        side(a, word, _length(Poly.of(a.size(axis)), kernel, stride, padding))
        for axis, word in ((rows, "rows"), (columns, "columns"))
    ]
    return a.map("join", x, name=name, axes=f"batch {' '.join(sides)} {channels}")


def wider(a: Author, x: Tensor, name: str, more: int = 1) -> Tensor:
    """`more` rows and columns of noughts."""
    sides = [
        side(a, word, Poly.of(a.size(axis)) + more)
        for axis, word in ((x.axes[1], "rows"), (x.axes[2], "columns"))
    ]
    return a.map("join", x, name=name, axes=f"batch {' '.join(sides)} {x.axes[-1]}")


def attended(
    a: Author,
    q: Tensor,
    k: Tensor,
    v: Tensor,
    extra: Sequence[Tensor] = (),
    *,
    mark: str = "",
    mask: str = "",
) -> Tensor:
    """A softmax of scores mixes values; queries, keys, values end with places, heads, head.

    `extra` is added to the scores: something for each head and offset. `mask` says which count.
    """
    lead, asking, heads = q.axes[:-3], q.axes[-3], q.axes[-2]
    axes = (*lead, heads, asking, k.axes[-3])
    pattern = f"{' '.join(q.axes)}, {' '.join(k.axes)} -> {' '.join(axes)}"
    scores = a.contract(pattern, q, k, name=f"{mark}scores", mask=mask)
    if extra:
        scores = a.map("add", scores, *extra, name=f"{mark}add_offsets", axes=" ".join(axes))
    made = (*lead, asking, *v.axes[-2:])
    pattern = f"{' '.join(axes)}, {' '.join(v.axes)} -> {' '.join(made)}"
    shares = a.map("softmax", scores, name=f"{mark}softmax")
    return a.contract(pattern, shares, v, name=f"{mark}mix", mask=mask)


def dense(
    a: Author,
    x: Tensor,
    name: str,
    out: int,
    *,
    bias: bool = True,
    role: Role = Role.MATRIX,
) -> Tensor:
    """A matrix over the last axis."""
    fresh = a.axis(f"out_{out}", out)
    y = a.linear(name, x, f"{x.axes[-1]} -> {fresh}", bias=bias, role=role)
    axes = " ".join((*x.axes[:-1], width(a, out)))
    return a.map("join", y, name=f"view_{name}", axes=axes)


def biased(a: Author, y: Tensor, name: str) -> Tensor:
    """y plus a bias over its channels."""
    b = a.weight(f"b_{name}", y.axes[-1], Role.BIAS)
    return a.map("add", y, b, name=f"add_b_{name}", role=Role.BIAS)


def normed(a: Author, x: Tensor, name: str, kind: str = "layer") -> Tensor:
    """x normalised; a norm over the batch has the same two vectors over the channels."""
    return normalised(a, x, kind, x.axes[-1], name)


def scaled(a: Author, x: Tensor, name: str) -> Tensor:
    """x times a learned vector over its channels."""
    return a.map("multiply", x, a.weight(name, x.axes[-1], Role.SCALE), name=f"times_{name}")


def squeezed(a: Author, x: Tensor, name: str, narrow: int, *, function: str = "relu") -> Tensor:
    """x times a share for each channel, which two matrices make of the mean of all places."""
    y = dense(a, mean(a, x, f"{name}_mean"), f"{name}_1", narrow, role=Role.CONVOLUTION)
    y = a.map(function, y, name=f"{name}_{function}")
    wide = Poly.of(a.size(x.axes[-1])).at({})
    assert isinstance(wide, int)
    y = dense(a, y, f"{name}_2", wide, role=Role.CONVOLUTION)
    return a.map("multiply", x, a.map("sigmoid", y, name=f"{name}_sigmoid"), name=name)


def mean(a: Author, x: Tensor, name: str = "mean") -> Tensor:
    """One vector for each image."""
    return a.map("join", x, name=name, axes=f"batch {x.axes[-1]}")


def classified(a: Author, x: Tensor, name: str = "W_class") -> Tensor:
    """A score for every class."""
    return a.linear(name, x, f"{x.axes[-1]} -> classes", role=Role.HEAD, bias=True)


def chain(a: Author, x: Tensor, name: str, count: int, body: Body, **flags: Flag) -> Tensor:
    """`count` blocks of one shape, one after the other."""
    if not count:
        return x
    axes = " ".join(x.axes)
    return a.repeat(name, Poly.of(count), block, x, axes=axes, body=body, flags=flags)


def block(a: Author, *, axes: str, body: Body, flags: dict[str, Flag]) -> Tensor:
    """One block of a network over images."""
    return body(a, a.input(axes), "", **flags)

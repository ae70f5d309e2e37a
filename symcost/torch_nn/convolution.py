"""Convolutions of torch.nn, in one, two and three dimensions, and their transposes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias, final

from symcost.algebra.poly import Poly, called
from symcost.graph.tensor import Role
from symcost.torch_nn.module import ARGUMENT, SHAPE, Module

if TYPE_CHECKING:
    from symcost.graph.author import Author
    from symcost.graph.tensor import Tensor
    from symcost.torch_nn.module import Shape, Sizes

Each: TypeAlias = "int | Sequence[int]"


class _Filters(Module):
    """What convolutions and their transposes share."""

    rank: int = 1
    in_channels: int
    out_channels: int
    kernel_size: Each
    stride: Each
    dilation: Each
    groups: int
    bias: bool

    def each(self, value: Each, least: int = 1) -> tuple[int, ...]:
        """One number for each dimension."""
        numbers = (value,) * self.rank if isinstance(value, int) else tuple(value)
        if len(numbers) != self.rank or any(number < least for number in numbers):
            self.fail(f"{value!r} must be {self.rank} whole numbers from {least} on")
        return numbers

    def sizes(self, *shapes: Shape) -> Sizes:
        """Channels, filters, and places along each axis."""
        shape = shapes[0]
        if len(shape) == self.rank + 1:
            shape = (1, *shape)
        if len(shape) != self.rank + 2 or shape[1] != self.in_channels:
            self.fail(f"the shape {list(shape)} must be batch, {self.in_channels}, places")
        if self.groups < 1 or self.in_channels % self.groups or self.out_channels % self.groups:
            self.fail(f"{self.groups} groups do not divide the channels")
        kernels = self.each(self.kernel_size)
        sizes: Sizes = {
            "batch": (shape[0], SHAPE),
            "channels_in": (self.in_channels, ARGUMENT),
            "channels_out": (self.out_channels, ARGUMENT),
            "channel_groups": (self.groups, ARGUMENT),
        }
        for place in range(self.rank):
            sizes[f"length_{place + 1}"] = (shape[place + 2], SHAPE)
            sizes[f"kernel_{place + 1}"] = (kernels[place], ARGUMENT)
            if (
                self.length_out(place, Poly.of(shape[place + 2]), Poly.of(kernels[place])).at({})
                < 1
            ):
                self.fail(f"the filter of {kernels[place]} is longer than the input")
        return sizes

    def length_out(self, place: int, length: Poly, kernel: Poly) -> Poly:
        """Places that go out along one axis."""
        raise NotImplementedError

    def axes(self, a: Author) -> tuple[str, str, str]:
        """Declares the axes; (places in, filter, places out) as words."""
        groups = a.size("channel_groups")
        a.axis("group_in", a.size("channels_in") / groups)
        a.axis("group_out", a.size("channels_out") / groups)
        for place in range(self.rank):
            length, kernel = a.size(f"length_{place + 1}"), a.size(f"kernel_{place + 1}")
            a.axis(f"out_{place + 1}", self.length_out(place, length, kernel))
        return (self._words("length"), self._words("kernel"), self._words("out"))

    def _words(self, stem: str) -> str:
        return " ".join(f"{stem}_{place + 1}" for place in range(self.rank))

    def biased(self, a: Author, y: Tensor, axes: str) -> Tensor:
        """y plus one number for each channel."""
        if not self.bias:
            return a.map("join", y, name="channels", axes=axes)
        b = a.weight("b", "channel_groups group_out", Role.BIAS)
        return a.map("add", y, b, role=Role.BIAS, name="add_b", axes=axes)


@dataclass(frozen=True)
class _Convolution(_Filters):
    in_channels: int
    out_channels: int
    kernel_size: Each
    stride: Each = 1
    padding: Each | str = 0
    dilation: Each = 1
    groups: int = 1
    bias: bool = True
    padding_mode: str = "zeros"

    def length_out(self, place: int, length: Poly, kernel: Poly) -> Poly:
        """floor((n + 2 p - dilation (k - 1) - 1) / stride) + 1."""
        step, spread = self.each(self.stride)[place], self.each(self.dilation)[place]
        if self.padding == "same":
            if step != 1:
                self.fail("padding 'same' needs a stride of 1")
            return length
        if isinstance(self.padding, str) and self.padding != "valid":
            self.fail(f"the padding {self.padding!r:.20} is not known")
        pad = 0 if isinstance(self.padding, str) else self.each(self.padding, 0)[place]
        rest = length + 2 * pad - spread * (kernel - 1) - 1
        return (rest if step == 1 else called("floor", [rest / step])) + 1

    def declare(self, a: Author, *, gradient: bool) -> Tensor:
        """Every place out is a product of a slice with the filters of its group.

        Backward costs one such product for the filters and one for the input. Source: torch.nn.
        """
        places, kernels, out = self.axes(a)
        channels = "batch channel_groups group_in"
        y = a.input(f"{channels} {places}", needs_gradient=gradient)
        for place in range(1, self.rank + 1):
            arrow = f"length_{place} -> out_{place} kernel_{place}"
            y = a.window(y, arrow, name=f"slices_{place}")
        filters = a.weight("F", f"channel_groups group_out group_in {kernels}", Role.CONVOLUTION)
        made = f"batch channel_groups group_out {out}"
        y = a.contract(
            f"{' '.join(y.axes)}, {' '.join(filters.axes)} -> {made}",
            y,
            filters,
            name="convolve",
            role=Role.CONVOLUTION,
        )
        return self.biased(a, y, made)


@dataclass(frozen=True)
class _Transpose(_Filters):
    in_channels: int
    out_channels: int
    kernel_size: Each
    stride: Each = 1
    padding: Each = 0
    output_padding: Each = 0
    groups: int = 1
    bias: bool = True
    dilation: Each = 1
    padding_mode: str = "zeros"

    def length_out(self, place: int, length: Poly, kernel: Poly) -> Poly:
        """(n - 1) stride - 2 p + dilation (k - 1) + output padding + 1."""
        step, spread = self.each(self.stride)[place], self.each(self.dilation)[place]
        pad, more = self.each(self.padding, 0)[place], self.each(self.output_padding, 0)[place]
        return (length - 1) * step - 2 * pad + spread * (kernel - 1) + more + 1

    def declare(self, a: Author, *, gradient: bool) -> Tensor:
        """Every place in spreads over a slice; overlapping slices are added.

        Source: torch.nn, ConvTranspose.
        """
        places, kernels, out = self.axes(a)
        channels = "batch channel_groups group_in"
        x = a.input(f"{channels} {places}", needs_gradient=gradient)
        filters = a.weight("F", f"channel_groups group_in group_out {kernels}", Role.CONVOLUTION)
        y = a.contract(
            f"{channels} {places}, {' '.join(filters.axes)} "
            f"-> batch channel_groups group_out {places} {kernels}",
            x,
            filters,
            name="spread",
            role=Role.CONVOLUTION,
        )
        return self.biased(a, y, f"batch channel_groups group_out {out}")


@final
class Conv1d(_Convolution):
    """A convolution along one axis."""

    rank = 1


@final
class Conv2d(_Convolution):
    """A convolution over images."""

    rank = 2


@final
class Conv3d(_Convolution):
    """A convolution over volumes."""

    rank = 3


@final
class ConvTranspose1d(_Transpose):
    """The transpose of a convolution along one axis."""

    rank = 1


@final
class ConvTranspose2d(_Transpose):
    """The transpose of a convolution over images."""

    rank = 2


@final
class ConvTranspose3d(_Transpose):
    """The transpose of a convolution over volumes."""

    rank = 3

"""Linear layers, tables and norms of torch.nn."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod
from typing import TYPE_CHECKING, final

from symcost.graph.tensor import Role
from symcost.torch_nn.module import ARGUMENT, SHAPE, Module

if TYPE_CHECKING:
    from collections.abc import Sequence

    from symcost.graph.author import Author
    from symcost.graph.tensor import Tensor
    from symcost.torch_nn.module import Shape, Sizes


@final
@dataclass(frozen=True)
class Linear(Module):
    """y = x W^T + b, for every vector in x."""

    in_features: int
    out_features: int
    bias: bool = True

    def sizes(self, *shapes: Shape) -> Sizes:
        """Vectors in front, widths in and out."""
        return {
            "vectors": (self.split(shapes[0], self.in_features, "in_features"), SHAPE),
            "features_in": (self.in_features, ARGUMENT),
            "features_out": (self.out_features, ARGUMENT),
        }

    def declare(self, a: Author, *, gradient: bool) -> Tensor:
        """One matrix, perhaps a bias. Source: torch.nn.Linear."""
        x = a.input("vectors features_in", needs_gradient=gradient)
        return a.linear("W", x, "features_in -> features_out", bias=self.bias)


@dataclass(frozen=True)
class _Table(Module):
    num_embeddings: int
    embedding_dim: int

    def sizes(self, *shapes: Shape) -> Sizes:
        """One vector for each number that comes in."""
        return {
            "vectors": (prod(shapes[0]), SHAPE),
            "vocab": (self.num_embeddings, ARGUMENT),
            "model": (self.embedding_dim, ARGUMENT),
        }

    def declare(self, a: Author, *, gradient: bool) -> Tensor:
        """Rows are looked up; numbers have no gradient. Source: torch.nn.Embedding."""
        del gradient
        return a.gather("W_E", a.ids("vectors"), "vocab -> model", Role.EMBEDDING)


@final
@dataclass(frozen=True)
class Embedding(_Table):
    """A row of a table for each whole number."""

    padding_idx: int | None = None
    max_norm: float | None = None
    norm_type: float = 2.0
    scale_grad_by_freq: bool = False
    sparse: bool = False


@final
@dataclass(frozen=True)
class EmbeddingBag(_Table):
    """Rows of a table, joined for each bag of numbers: a sum, a mean or a maximum, no product."""

    max_norm: float | None = None
    norm_type: float = 2
    scale_grad_by_freq: bool = False
    mode: str = "mean"
    sparse: bool = False
    include_last_offset: bool = False
    padding_idx: int | None = None


class _Norm(Module):
    """A norm with a vector of scales and one of shifts, or without."""

    def normed(self, a: Author, axes: str, over: str, kind: str, gradient: bool) -> Tensor:
        """x normalised; `kind` says which weights there are: "", "scale", "shift" for both."""
        x = a.input(axes, needs_gradient=gradient)
        weights = [a.weight("gamma", over, Role.NORM)] if kind else []
        if kind == "shift":
            weights.append(a.weight("beta", over, Role.NORM))
        rms = isinstance(self, RMSNorm)
        return a.map("rms_norm" if rms else "layer_norm", x, *weights, name="norm")


def _shape(shape: int | Sequence[int]) -> tuple[int, ...]:
    return (shape,) if isinstance(shape, int) else tuple(shape)


@dataclass(frozen=True)
class _NormOfVectors(_Norm):
    normalized_shape: int | Sequence[int]

    def sizes(self, *shapes: Shape) -> Sizes:
        """Vectors in front, and the numbers normed together."""
        shape, tail = shapes[0], _shape(self.normalized_shape)
        if not tail or shape[-len(tail) :] != tail:
            self.fail(f"the shape {list(shape)} must end with {list(tail)}")
        return {
            "vectors": (prod(shape[: -len(tail)]), SHAPE),
            "features_in": (prod(tail), ARGUMENT),
        }


@final
@dataclass(frozen=True)
class LayerNorm(_NormOfVectors):
    """Each vector centred, divided by its deviation, scaled and shifted."""

    eps: float = 1e-5
    elementwise_affine: bool = True
    bias: bool = True

    def declare(self, a: Author, *, gradient: bool) -> Tensor:
        """A scale and a shift for each number of a vector. Source: torch.nn.LayerNorm."""
        kind = "shift" if self.bias else "scale"
        kind = kind if self.elementwise_affine else ""
        return self.normed(a, "vectors features_in", "features_in", kind, gradient)


@final
@dataclass(frozen=True)
class RMSNorm(_NormOfVectors):
    """Each vector divided by the root of its mean square, and scaled."""

    eps: float | None = None
    elementwise_affine: bool = True

    def declare(self, a: Author, *, gradient: bool) -> Tensor:
        """A scale for each number of a vector. Source: torch.nn.RMSNorm."""
        kind = "scale" if self.elementwise_affine else ""
        return self.normed(a, "vectors features_in", "features_in", kind, gradient)


class _NormOfChannels(_Norm):
    """Channels stand second, or first where the input has no batch."""

    ranks: tuple[int, ...] = ()
    single: int = 0

    def channels(self, shape: Shape, count: int) -> Sizes:
        """Channels, and all other sizes together."""
        if self.ranks and len(shape) not in self.ranks:
            self.fail(f"the shape {list(shape)} must have {self.ranks} sizes")
        place = 0 if len(shape) == self.single else 1
        if len(shape) <= place or shape[place] != count:
            self.fail(f"the shape {list(shape)} must have {count} channels")
        return {
            "vectors": (prod(shape) // count, SHAPE),
            "channels_in": (count, ARGUMENT),
        }

    def over_channels(self, a: Author, affine: bool, gradient: bool) -> Tensor:
        """A scale and a shift for each channel."""
        kind = "shift" if affine else ""
        return self.normed(a, "vectors channels_in", "channels_in", kind, gradient)


@final
@dataclass(frozen=True)
class GroupNorm(_NormOfChannels):
    """Groups of channels normed together; a scale and a shift for each channel."""

    num_groups: int
    num_channels: int
    eps: float = 1e-5
    affine: bool = True

    def sizes(self, *shapes: Shape) -> Sizes:
        """Channels, which the groups must divide."""
        if self.num_groups < 1 or self.num_channels % self.num_groups:
            self.fail(f"{self.num_groups} groups do not divide {self.num_channels} channels")
        return self.channels(shapes[0], self.num_channels)

    def declare(self, a: Author, *, gradient: bool) -> Tensor:
        """A scale and a shift for each channel. Source: torch.nn.GroupNorm."""
        return self.over_channels(a, self.affine, gradient)


@dataclass(frozen=True)
class _NormOfBatch(_NormOfChannels):
    num_features: int
    eps: float = 1e-5
    momentum: float | None = 0.1
    affine: bool = True
    track_running_stats: bool = True

    def sizes(self, *shapes: Shape) -> Sizes:
        """Channels, and all other sizes together."""
        return self.channels(shapes[0], self.num_features)

    def declare(self, a: Author, *, gradient: bool) -> Tensor:
        """A scale and a shift for each channel; running statistics are no parameters."""
        return self.over_channels(a, self.affine, gradient)


@final
class BatchNorm1d(_NormOfBatch):
    """Each channel normed over the batch and its places."""

    ranks = (2, 3)


@final
class BatchNorm2d(_NormOfBatch):
    """Each channel of images normed over the batch and its places."""

    ranks = (4,)


@final
class BatchNorm3d(_NormOfBatch):
    """Each channel of volumes normed over the batch and its places."""

    ranks = (5,)


@dataclass(frozen=True)
class _NormOfInstance(_NormOfBatch):
    affine: bool = False
    track_running_stats: bool = False


@final
class InstanceNorm1d(_NormOfInstance):
    """Each channel of each sequence normed by itself."""

    ranks, single = (2, 3), 2


@final
class InstanceNorm2d(_NormOfInstance):
    """Each channel of each image normed by itself."""

    ranks, single = (3, 4), 3


@final
class InstanceNorm3d(_NormOfInstance):
    """Each channel of each volume normed by itself."""

    ranks, single = (4, 5), 4


@final
@dataclass(frozen=True)
class PReLU(Module):
    """max(0, x) + a min(0, x), with one learned slope, or one for each channel."""

    num_parameters: int = 1
    init: float = 0.25

    def sizes(self, *shapes: Shape) -> Sizes:
        """All numbers that come in, over the slopes."""
        shape = shapes[0]
        channels = shape[1] if len(shape) > 1 else 1
        if self.num_parameters not in (1, channels):
            self.fail(f"{self.num_parameters} slopes for {channels} channels")
        return {
            "vectors": (prod(shape) // self.num_parameters, SHAPE),
            "channels_in": (self.num_parameters, ARGUMENT),
        }

    def declare(self, a: Author, *, gradient: bool) -> Tensor:
        """One slope, or one for each channel. Source: He et al. 2015, arXiv 1502.01852."""
        x = a.input("vectors channels_in", needs_gradient=gradient)
        slopes = a.weight("slope", "channels_in", Role.ACTIVATION)
        return a.map("multiply", x, slopes, name="prelu")

"""Small networks in plain torch.nn, written from their definitions and not from a declaration."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch import nn
from torch.utils.checkpoint import checkpoint, set_checkpoint_early_stop
from torch.utils.flop_counter import FlopCounterMode

if TYPE_CHECKING:
    from collections.abc import Callable


class Head(nn.Module):
    """One head of Vaswani et al. 2017, section 3.2."""

    def __init__(self, width: int, head: int) -> None:
        super().__init__()
        self.query = nn.Linear(width, head, bias=False)
        self.key = nn.Linear(width, head, bias=False)
        self.value = nn.Linear(width, head, bias=False)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        scores = self.query(x) @ self.key(x).transpose(1, 2)
        return torch.softmax(scores / self.query.out_features**0.5, dim=-1) @ self.value(x)


class Layer(nn.Module):
    """Heads side by side, an output projection, two matrices with a ReLU; no biases, no norms."""

    def __init__(self, width: int, heads: int, inner: int) -> None:
        super().__init__()
        self.heads = nn.ModuleList(Head(width, width // heads) for _ in range(heads))
        self.out = nn.Linear(width, width, bias=False)
        self.feed = nn.Sequential(
            nn.Linear(width, inner, bias=False), nn.ReLU(), nn.Linear(inner, width, bias=False)
        )

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = x + self.out(torch.cat([head(x) for head in self.heads], dim=-1))
        return x + self.feed(x)


class Adapted(nn.Module):
    """A frozen matrix and beside it a trained one of low rank: Hu et al. 2021, section 4.1."""

    def __init__(self, width: int, rank: int, made: int) -> None:
        super().__init__()
        self.base = nn.Linear(width, made, bias=False)
        self.base.weight.requires_grad_(False)
        self.down = nn.Linear(width, rank, bias=False)
        self.up = nn.Linear(rank, made, bias=False)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.base(x) + self.up(self.down(x))


@dataclass(frozen=True)
class Counted:
    """What torch counts of one network and one input."""

    params: int
    flops_forward: int
    flops_train: int


def transformer(layers: int, width: int, heads: int, inner: int) -> nn.Module:
    """The bare transformer of a lecture."""
    return nn.Sequential(*(Layer(width, heads, inner) for _ in range(layers)))


def feed_chain(layers: int, width: int, inner: int, *, bias: bool) -> nn.Module:
    """Nothing but feed-forward blocks, one after the other."""
    blocks = [
        (nn.Linear(width, inner, bias=bias), nn.ReLU(), nn.Linear(inner, width, bias=bias))
        for _ in range(layers)
    ]
    return nn.Sequential(*(part for block in blocks for part in block))


def adapted_chain(layers: int, width: int, inner: int, rank: int) -> nn.Module:
    """Up and down again, each matrix frozen with an adapter beside it."""
    return nn.Sequential(
        *(
            nn.Sequential(Adapted(width, rank, inner), Adapted(inner, rank, width))
            for _ in range(layers)
        )
    )


def count(
    network: Callable[[], nn.Module], shape: tuple[int, int, int], *, trained: bool
) -> Counted:
    """Parameters, forward, and forward and backward; `trained`: the input needs a gradient."""
    with torch.device("meta"):
        model = network()
        x = torch.zeros(shape, requires_grad=trained)
    with FlopCounterMode(display=False) as forward:
        model(x)
    with FlopCounterMode(display=False) as both:
        model(x).sum().backward()
    return Counted(
        sum(tensor.numel() for tensor in model.parameters()),
        forward.get_total_flops(),
        both.get_total_flops(),
    )


def recomputed_flops(
    network: Callable[[], nn.Sequential], shape: tuple[int, int, int], *, trained: bool
) -> int:
    """Forward and backward, where backward runs every layer forward once more."""
    with torch.device("meta"):
        model = network()
        x = torch.zeros(shape, requires_grad=trained)
    # Stopping early would leave out a layer's last product, whose result backward does not read.
    with set_checkpoint_early_stop(False), FlopCounterMode(display=False) as counter:
        for layer in model:
            x = checkpoint(layer, x, use_reentrant=False, preserve_rng_state=False)
        x.sum().backward()
    return counter.get_total_flops()

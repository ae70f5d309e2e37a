"""What torch keeps and sends for small layers: states of optimizers, tensors that are summed.

python -m tests.oracles.torch_parallel > tests/data/torch_parallel.jsonl

No number here comes from a formula. States are the tensors that an optimizer of torch.optim holds
after a step. What tensor parallelism sends is caught while torch.distributed runs one rank of a
process group that sends nothing.
"""

from __future__ import annotations

import json
import random
import sys
from typing import TYPE_CHECKING, Any

import torch
import torch.distributed as dist
from torch import nn
from torch.distributed.device_mesh import init_device_mesh
from torch.distributed.tensor.parallel import (
    ColwiseParallel,
    RowwiseParallel,
    parallelize_module,
)
from torch.nn import functional
from torch.testing._internal.distributed.fake_pg import FakeStore
from torch.utils._python_dispatch import TorchDispatchMode

if TYPE_CHECKING:
    from collections.abc import Iterator

RANKS = 4
OPTIMIZERS = {
    "sgd": lambda weights: torch.optim.SGD(weights, lr=0.1),
    "sgd-momentum": lambda weights: torch.optim.SGD(weights, lr=0.1, momentum=0.9),
    "adam": lambda weights: torch.optim.Adam(weights),
    "adafactor": lambda weights: torch.optim.Adafactor(weights),
}


class Layer(nn.Module):
    """A layer of GPT-2.

    `fused`: queries, keys and values come from one product, which reads its input once, as in
    Megatron-LM; torch sums the gradient of an input once for every product that reads it.
    """

    def __init__(self, d: int, h: int, f: int, ranks: int, fused: bool) -> None:
        super().__init__()
        self.fused = fused
        self.norm_1, self.norm_2 = nn.LayerNorm(d), nn.LayerNorm(d)
        makes = (3 * d,) if fused else (d, d, d)
        self.qkv = nn.ModuleList(nn.Linear(d, made) for made in makes)
        self.o = nn.Linear(d, d)
        self.up, self.down = nn.Linear(d, f), nn.Linear(f, d)
        self.heads, self.head = h // ranks, d // h

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Norm and attention, then norm and feed-forward."""
        batch, time, _ = x.shape
        y = self.norm_1(x)
        made = torch.cat([each(y) for each in self.qkv], -1)
        made = made.view(batch, time, 3, self.heads, self.head)
        q, k, v = made.permute(2, 0, 3, 1, 4)
        mix = functional.scaled_dot_product_attention(q, k, v, is_causal=True)
        x = x + self.o(mix.transpose(1, 2).reshape(batch, time, -1))
        return x + self.down(functional.gelu(self.up(self.norm_2(x))))


class Sums(TorchDispatchMode):
    """Catches the numbers of elements that are summed over the ranks."""

    def __init__(self) -> None:
        super().__init__()
        self.elements: list[int] = []

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        if "all_reduce" in str(func):
            self.elements.append(args[0].numel())
        return func(*args, **(kwargs or {}))


def shapes(seed: int) -> dict[str, int]:
    """Sizes that the ranks divide."""
    rng = random.Random(seed)
    heads = RANKS * rng.randrange(1, 3)
    return {
        "B": rng.randrange(1, 4),
        "s": rng.randrange(2, 12),
        "L": rng.randrange(1, 4),
        "h": heads,
        "d": heads * rng.randrange(2, 7),
        "d_ff": RANKS * rng.randrange(3, 30),
    }


def network(size: dict[str, int], ranks: int, fused: bool) -> nn.Sequential:
    """The layers, one after the other."""
    made = [Layer(size["d"], size["h"], size["d_ff"], ranks, fused) for _ in range(size["L"])]
    return nn.Sequential(*made)


def summed(size: dict[str, int]) -> list[int]:
    """The elements of every all-reduce of one step with tensor parallelism."""
    mesh = init_device_mesh("cpu", (RANKS,))
    net = network(size, RANKS, fused=True)
    for layer in net:
        plan = {"qkv.0": ColwiseParallel(), "up": ColwiseParallel()}
        parallelize_module(layer, mesh, {**plan, "o": RowwiseParallel(), "down": RowwiseParallel()})
    x = torch.randn(size["B"], size["s"], size["d"], requires_grad=True)
    with Sums() as caught:
        net(x).sum().backward()
    return caught.elements


def kept(size: dict[str, int], name: str) -> int:
    """The bytes of the states after one step, without the counters of steps."""
    net = network(size, 1, fused=False)
    optimizer = OPTIMIZERS[name](net.parameters())
    net(torch.randn(size["B"], size["s"], size["d"])).sum().backward()
    optimizer.step()
    states = [
        value
        for state in optimizer.state.values()
        for key, value in state.items()
        if key != "step" and isinstance(value, torch.Tensor)
    ]
    return sum(each.numel() * each.element_size() for each in states)


def rows() -> Iterator[dict[str, Any]]:
    """One row for each size."""
    for seed in range(8):
        size = shapes(seed)
        weights = network(size, 1, fused=False).parameters()
        yield {
            "seed": seed,
            "sizes": size,
            "ranks": RANKS,
            "weight_bytes": sum(each.numel() * each.element_size() for each in weights),
            "optimizer_bytes": {name: kept(size, name) for name in OPTIMIZERS},
            "summed_elements": summed(size),
            "torch": torch.__version__,
        }


if __name__ == "__main__":
    dist.init_process_group("fake", store=FakeStore(), rank=0, world_size=RANKS)
    for row in rows():
        sys.stdout.write(json.dumps(row) + "\n")

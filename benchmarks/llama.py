"""The forward FLOPs of Llama-2-70B, one sequence of 4,096 tokens, in the usual way and in ours.

    python benchmarks/llama.py transformers|torch|symcost [--inside]

`transformers`: its LlamaForCausalLM on the meta device under torch's FlopCounterMode. `torch`: the
same layers written with torch alone, which loads less. Each prints the number; with `--inside`, as
JSON, also the seconds and the growth of memory without imports, after the same was done for a
network of one small layer.
"""

from __future__ import annotations

import json
import sys
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

TOKENS = 4_096


@dataclass(frozen=True)
class Sizes:
    """A Llama: layers, widths, heads, vocabulary."""

    layers: int = 80
    model: int = 8_192
    feed: int = 28_672
    heads: int = 64
    key_heads: int = 8
    vocab: int = 32_000


LARGE, TINY = Sizes(), Sizes(1, 64, 128, 4, 2, 100)


def by_transformers(sizes: Sizes, tokens: int) -> int:
    """Counted while the library's own model runs without numbers."""
    import torch
    from torch.utils.flop_counter import FlopCounterMode
    from transformers import LlamaConfig, LlamaForCausalLM

    config = LlamaConfig(
        vocab_size=sizes.vocab,
        hidden_size=sizes.model,
        intermediate_size=sizes.feed,
        num_hidden_layers=sizes.layers,
        num_attention_heads=sizes.heads,
        num_key_value_heads=sizes.key_heads,
        max_position_embeddings=4_096,
    )
    with torch.device("meta"):
        model = LlamaForCausalLM(config).eval()
        ids = torch.zeros((1, tokens), dtype=torch.long)
    with torch.no_grad(), FlopCounterMode(display=False) as counter:
        model(ids)
    return counter.get_total_flops()


def by_torch(sizes: Sizes, tokens: int) -> int:
    """Counted while layers written here run without numbers."""
    import torch
    from torch import nn
    from torch.utils.flop_counter import FlopCounterMode

    class Layer(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.norms = nn.ModuleList(nn.RMSNorm(sizes.model) for _ in range(2))
            width = sizes.model // sizes.heads
            kept = sizes.key_heads * width
            self.q, self.o = (self.matrix(sizes.model, sizes.model) for _ in range(2))
            self.k, self.v = (self.matrix(sizes.model, kept) for _ in range(2))
            self.gate, self.up = (self.matrix(sizes.model, sizes.feed) for _ in range(2))
            self.down = self.matrix(sizes.feed, sizes.model)

        def matrix(self, rows: int, columns: int) -> nn.Module:
            return nn.Linear(rows, columns, bias=False)

        def heads(self, x: Any, count: int) -> Any:
            return x.unflatten(-1, (count, -1)).transpose(1, 2)

        def forward(self, x: Any) -> Any:
            y = self.norms[0](x)
            q = self.heads(self.q(y), sizes.heads)
            k, v = (self.heads(w(y), sizes.key_heads) for w in (self.k, self.v))
            share = sizes.heads // sizes.key_heads
            k, v = (each.repeat_interleave(share, dim=1) for each in (k, v))
            mixed = nn.functional.scaled_dot_product_attention(q, k, v, is_causal=True)
            x = x + self.o(mixed.transpose(1, 2).flatten(2))
            y = self.norms[1](x)
            return x + self.down(nn.functional.silu(self.gate(y)) * self.up(y))

    with torch.device("meta"):
        table = nn.Embedding(sizes.vocab, sizes.model)
        layers = nn.Sequential(*(Layer() for _ in range(sizes.layers)), nn.RMSNorm(sizes.model))
        head = nn.Linear(sizes.model, sizes.vocab, bias=False)
        ids = torch.zeros((1, tokens), dtype=torch.long)
    with torch.no_grad(), FlopCounterMode(display=False) as counter:
        head(layers(table(ids)))
    return counter.get_total_flops()


def by_symcost(sizes: Sizes, tokens: int) -> int:
    """Evaluated from the declaration."""
    import symcost

    if sizes == LARGE:
        return symcost.load("llama-2-70b").value("flops_forward", B=1, s=tokens)
    config = {
        "model_type": "llama",
        "vocab_size": sizes.vocab,
        "hidden_size": sizes.model,
        "intermediate_size": sizes.feed,
        "num_hidden_layers": sizes.layers,
        "num_attention_heads": sizes.heads,
        "num_key_value_heads": sizes.key_heads,
    }
    return symcost.load(config).value("flops_forward", B=1, s=tokens)


WAYS: dict[str, Callable[[Sizes, int], int]] = {
    "transformers": by_transformers,
    "torch": by_torch,
    "symcost": by_symcost,
}


def inside(way: Callable[[Sizes, int], int]) -> dict[str, float]:
    """What it takes once everything is loaded."""
    from timing import forget_peak, peak

    way(TINY, 16)
    held = forget_peak()
    start, busy = time.perf_counter(), time.process_time()
    flops = way(LARGE, TOKENS)
    wall, cpu = time.perf_counter() - start, time.process_time() - busy
    return {"flops": flops, "wall": wall, "cpu": cpu, "memory": max(peak() - held, 0)}


def main() -> None:
    """Prints the number, or what it took."""
    way = WAYS[sys.argv[1]]
    print(json.dumps(inside(way)) if "--inside" in sys.argv else way(LARGE, TOKENS))


if __name__ == "__main__":
    main()

"""Bytes that torch keeps for backward, measured on small modules with real numbers.

python -m tests.oracles.torch_activations > tests/data/torch_activations.jsonl

No number here comes from a formula: `torch.autograd.graph.saved_tensors_hooks` sees every tensor
that autograd keeps; a storage counts once, a parameter or a buffer not at all. The numbers of a
norm that are one a row (mean, deviation) stand apart, as `statistics`; so does the triangle of a
causal mask, as `constants`.
"""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

import torch
from torch import nn
from torch.nn import functional

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

SIZES = (
    {"B": 1, "s": 7, "h": 3, "d": 12, "d_h": 4, "d_ff": 20, "V": 31, "L": 1},
    {"B": 3, "s": 5, "h": 2, "d": 10, "d_h": 7, "d_ff": 33, "V": 17, "L": 2},
    {"B": 2, "s": 16, "h": 5, "d": 35, "d_h": 3, "d_ff": 64, "V": 53, "L": 3},
)
NUMBER = torch.float64  # 8 bytes, so that 8-byte numbers and 1-byte masks cannot be mixed up


class Attention(nn.Module):
    """Attention over all heads, in single steps, without a library's fused kernel."""

    def __init__(self, z: dict[str, int], drop: bool) -> None:
        super().__init__()
        self.z, self.drop = z, drop
        wide = z["h"] * z["d_h"]
        self.q, self.k, self.v = (nn.Linear(z["d"], wide) for _ in range(3))
        self.o = nn.Linear(wide, z["d"])

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Scores, shares, mix."""
        batch, time, _ = x.shape
        q, k, v = (
            each(x).view(batch, time, self.z["h"], self.z["d_h"]).transpose(1, 2)
            for each in (self.q, self.k, self.v)
        )
        scores = torch.einsum("bhtc,bhpc->bhtp", q, k) * 0.5
        hidden = torch.ones(time, time, dtype=torch.bool).triu(1)
        shares = functional.softmax(scores.masked_fill(hidden, -1e9), -1)
        if self.drop:
            shares = dropped(shares)
        mix = torch.einsum("bhtp,bhpc->bthc", shares, v)
        return self.o(mix.reshape(batch, time, -1))


def dropped(x: torch.Tensor) -> torch.Tensor:
    """Dropout with its mask of one byte an element."""
    return torch.native_dropout(x, 0.25, True)[0]


class Feed(nn.Module):
    """Up, gelu, and back."""

    def __init__(self, z: dict[str, int]) -> None:
        super().__init__()
        self.up, self.down = nn.Linear(z["d"], z["d_ff"]), nn.Linear(z["d_ff"], z["d"])

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """One token at a time."""
        return self.down(functional.gelu(self.up(x), approximate="tanh"))


class Gated(nn.Module):
    """Two ways up, one a gate, and back; without biases."""

    def __init__(self, z: dict[str, int]) -> None:
        super().__init__()
        self.gate, self.up = (nn.Linear(z["d"], z["d_ff"], bias=False) for _ in range(2))
        self.down = nn.Linear(z["d_ff"], z["d"], bias=False)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """One token at a time."""
        return self.down(functional.silu(self.gate(x)) * self.up(x))


class Block(nn.Module):
    """A layer of a GPT."""

    def __init__(self, z: dict[str, int], drop: bool) -> None:
        super().__init__()
        self.drop = drop
        self.norm_1, self.norm_2 = nn.LayerNorm(z["d"]), nn.LayerNorm(z["d"])
        self.attention, self.feed = Attention(z, drop), Feed(z)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Two blocks, each added to what came in."""
        for norm, inner in ((self.norm_1, self.attention), (self.norm_2, self.feed)):
            y = inner(norm(x))
            x = x + (dropped(y) if self.drop else y)
        return x


class Net(nn.Module):
    """A whole GPT with tied logits."""

    def __init__(self, z: dict[str, int], drop: bool) -> None:
        super().__init__()
        self.drop = drop
        self.tokens, self.places = nn.Embedding(z["V"], z["d"]), nn.Embedding(z["s"], z["d"])
        self.layers = nn.ModuleList(Block(z, drop) for _ in range(z["L"]))
        self.norm = nn.LayerNorm(z["d"])

    def forward(self, ids: torch.Tensor) -> torch.Tensor:
        """Rows, layers, norm, logits."""
        x = self.tokens(ids) + self.places(torch.arange(ids.shape[1]))
        x = dropped(x) if self.drop else x
        for layer in self.layers:
            x = layer(x)
        return functional.linear(self.norm(x), self.tokens.weight)


class Layers(nn.Module):
    """Layers of a GPT alone."""

    def __init__(self, z: dict[str, int]) -> None:
        super().__init__()
        self.layers = nn.ModuleList(Block(z, True) for _ in range(z["L"]))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """One after the other."""
        for layer in self.layers:
            x = layer(x)
        return x


class Maps(nn.Module):
    """An elementwise function of a product, its result read by another product."""

    def __init__(self, z: dict[str, int], function: Callable[[torch.Tensor], torch.Tensor]) -> None:
        super().__init__()
        self.function = function
        self.up, self.down = (
            nn.Linear(a, b, bias=False) for a, b in ((z["d"], z["d_ff"]), (z["d_ff"], z["d"]))
        )

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Up, the function, down."""
        return self.down(self.function(self.up(x)))


FUNCTIONS: dict[str, Callable[[torch.Tensor], torch.Tensor]] = {
    "gelu": functional.gelu,
    "gelu_tanh": lambda x: functional.gelu(x, approximate="tanh"),
    "silu": functional.silu,
    "relu": functional.relu,
    "tanh": torch.tanh,
    "sigmoid": torch.sigmoid,
    "softmax": lambda x: functional.softmax(x, -1),
    "dropout": dropped,
    "scale": lambda x: x * 0.5,
}


def cases(z: dict[str, int]) -> dict[str, tuple[nn.Module, torch.Tensor]]:
    """The modules at these sizes, each with its input."""
    rows = torch.randn(z["B"], z["s"], z["d"], dtype=NUMBER)
    ids = torch.randint(z["V"], (z["B"], z["s"]))
    found: dict[str, tuple[nn.Module, torch.Tensor]] = {
        f"map_{name}": (Maps(z, function), rows) for name, function in FUNCTIONS.items()
    }
    return found | {
        "layer_norm": (nn.LayerNorm(z["d"]), rows),
        "linear": (nn.Linear(z["d"], z["d_ff"]), rows),
        "feed_forward": (Feed(z), rows),
        "gated_feed_forward": (Gated(z), rows),
        "attention": (Attention(z, False), rows),
        "attention_dropout": (Attention(z, True), rows),
        "layer": (Block(z, False), rows),
        "layer_dropout": (Block(z, True), rows),
        "layers_dropout": (Layers(z), rows),
        "gpt": (Net(z, False), ids),
        "gpt_dropout": (Net(z, True), ids),
    }


def measured(module: nn.Module, given: torch.Tensor) -> dict[str, int]:
    """Bytes kept, by what the tensors hold; each storage once, parameters never."""
    module = module.to(NUMBER)
    own = {each.untyped_storage().data_ptr() for each in module.parameters()}
    storages: dict[int, torch.Tensor] = {}

    def pack(tensor: torch.Tensor) -> torch.Tensor:
        storages.setdefault(tensor.untyped_storage().data_ptr(), tensor)
        return tensor

    x = given.requires_grad_() if given.is_floating_point() else given
    with torch.autograd.graph.saved_tensors_hooks(pack, lambda tensor: tensor):
        result = module(x)
    found = {"numbers": 0, "masks": 0, "indices": 0, "statistics": 0, "constants": 0}
    tokens = given.shape[0] * given.shape[1]
    for place, tensor in storages.items():
        if place not in own:
            found[_kind(tensor, tokens)] += tensor.untyped_storage().nbytes()
    assert result.requires_grad
    return found


def _kind(tensor: torch.Tensor, tokens: int) -> str:
    if tensor.dtype is torch.bool:
        # The triangle of a causal mask is the same for every layer: one square of places.
        return "constants" if tensor.dim() == 2 else "masks"
    if tensor.dtype is torch.int64:
        return "indices"
    per_row = tensor.dim() == 3 and tensor.shape[-1] == 1 and tensor.numel() == tokens
    return "statistics" if per_row else "numbers"


def rows() -> Iterator[dict[str, Any]]:
    """One row for each module and each choice of sizes."""
    torch.manual_seed(0)
    for z in SIZES:
        for name, (module, given) in cases(z).items():
            yield {
                "case": name,
                "sizes": z,
                "number_bytes": NUMBER.itemsize,
                "bytes": measured(module, given),
                "torch": torch.__version__.split("+")[0],
            }


if __name__ == "__main__":
    for each in rows():
        sys.stdout.write(json.dumps(each) + "\n")

# ruff: noqa
"""How large is a small GPT, piece by piece?"""

import math
from collections import OrderedDict
from dataclasses import dataclass

# ---------------------------------------------------------------
# The model
# ---------------------------------------------------------------


@dataclass
class ModelConfig:
    n_layer: int = 12
    n_head: int = 12
    n_embd: int = 768
    vocab_size: int = 50257
    block_size: int = 1024
    bias: bool = False

    @property
    def head_dim(self):
        return self.n_embd // self.n_head

    def padded_vocab(self, multiple=64):
        """Rounded up for the hardware."""
        return math.ceil(self.vocab_size / multiple) * multiple


cfg = ModelConfig()

# === Part 1: parameters ===

# tables
wte = cfg.vocab_size * cfg.n_embd
wpe = cfg.block_size * cfg.n_embd
embedding = wte + wpe  # = 39,383,808

# one layer
inner = 4 * cfg.n_embd  # width of the feed-forward part
attn_weights = 4 * cfg.n_embd**2
mlp_weights = 2 * cfg.n_embd * inner
norms = 2 * cfg.n_embd
if cfg.bias:
    norms *= 2
per_layer = attn_weights + mlp_weights + norms

blocks = 0
for _ in range(cfg.n_layer):
    blocks += per_layer

total = embedding + blocks + cfg.n_embd
print(f"total: {total:,} parameters")
print("in millions:", total / 1e6, "M")

# === Part 2: FLOPs ===


def flops(tokens, layers=12, causal=False):
    """Forward FLOPs of a sequence, matrix products only."""
    out = OrderedDict()
    out["attention/projections"] = 8 * tokens * cfg.n_embd**2
    out["attention/scores"] = 2 * tokens**2 * cfg.n_head * cfg.head_dim
    out["attention/mix"] = 2 * tokens**2 * cfg.n_head * cfg.head_dim
    if causal:
        out["attention/scores"] = out["attention/scores"] // 2
        out["attention/mix"] = out["attention/mix"] // 2
    parts = ["projections", "scores", "mix"]
    out["attention"] = sum(out["attention/" + part] for part in parts)
    out["mlp"] = 2 * tokens * mlp_weights
    out["layer"] = out["attention"] + out["mlp"]
    out["layers"] = layers * out["layer"]
    out["logits"] = 2 * tokens * wte
    out["forward"] = out["layers"] + out["logits"]
    return out


counted = flops(cfg.block_size)
forward = counted["forward"]
training = 3 * forward
half = flops(1024, causal=True)["forward"]
padded = cfg.padded_vocab() * cfg.n_embd
for part, count in counted.items():
    print(f"{part:25s} {count:>20,d} {100 * count / forward:6.2f} %")

"""Counts of small networks trained in part, made by running them: frozen weights, LoRA, prediction.

python -m tests.oracles.torch_variants > tests/data/torch_variants.jsonl

The low-rank modules and the prediction module are written by hand here, from the papers. No number
comes from a formula: parameters are those the model names, FLOPs are counted by torch.
"""

from __future__ import annotations

import json
import random
import re
import sys
from typing import TYPE_CHECKING, Any

import torch
import transformers
from torch import nn
from torch.utils.flop_counter import FlopCounterMode
from transformers import DeepseekV3Config, DeepseekV3ForCausalLM, LlamaConfig, LlamaForCausalLM
from transformers.models.deepseek_v3.modeling_deepseek_v3 import (
    DeepseekV3DecoderLayer,
    DeepseekV3RMSNorm,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ROWS, PREDICTIONS = 40, 8
# Weights of a declaration -> modules of the library.
MATRICES = {
    "W_Q": "q_proj",
    "W_K": "k_proj",
    "W_V": "v_proj",
    "W_O": "o_proj",
    "W_1": "up_proj",
    "W_G": "gate_proj",
    "W_2": "down_proj",
}


class LowRank(nn.Module):
    """y = x W + scale (x A) B: Hu et al. 2021, arXiv 2106.09685, section 4.1."""

    def __init__(self, inside: nn.Linear, rank: int) -> None:
        super().__init__()
        self.inside = inside
        self.low_a = nn.Parameter(torch.randn(rank, inside.in_features))
        self.low_b = nn.Parameter(torch.zeros(inside.out_features, rank))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.inside(x) + 2.0 * (x @ self.low_a.T) @ self.low_b.T


def sizes(draw: random.Random) -> dict[str, Any]:
    groups, share, width = draw.randint(1, 3), draw.randint(1, 3), 2 * draw.randint(1, 5)
    return {
        "model_type": "llama",
        "hidden_size": groups * share * draw.randint(2, 6),
        "intermediate_size": draw.randint(5, 50),
        "num_hidden_layers": draw.randint(3, 6),
        "num_attention_heads": groups * share,
        "num_key_value_heads": groups,
        "head_dim": width,
        "vocab_size": draw.randint(20, 90),
        "tie_word_embeddings": draw.random() < 0.5,
    }


def one_variant(draw: random.Random, layers: int, tied: bool) -> dict[str, str]:
    """What is trained, as a user writes it."""
    start, end = sorted(draw.sample(range(layers + 1), 2))
    stretch = draw.choice([f"layer[{start}:{end}]", f"layer[:{layers - 1}]", f"layer[1:{-1}]"])
    some = ",".join(draw.sample(sorted(MATRICES), draw.randint(1, 4)))
    kinds: list[dict[str, str]] = [
        {"freeze": "embeddings"},
        {"freeze": f"embeddings, {stretch}"},
        {"freeze": stretch},
        {"freeze": some},
        {"train_only": f"{stretch}.norm_1" if draw.random() < 0.3 else stretch},
        {"train_only": "norms"},
        {"train_only": "last_norm" if tied else "head"},
        {"lora": some},
        {"lora": some, "train_only": "norms"},
        {"lora": f"{stretch}.attention"},
        {"lora": some, "train_only": "embeddings"},
    ]
    return draw.choice(kinds)


def chosen(text: str, layers: int) -> Callable[[str], bool]:
    """The same selection among the parameters of the library, by their names."""
    tests = [_one(each.strip(), layers) for each in text.split(",") if each.strip()]
    return lambda name: any(each(name) for each in tests)


def _one(text: str, layers: int) -> Callable[[str], bool]:
    if text in MATRICES:
        return lambda name: f".{MATRICES[text]}." in name
    whole = {
        "embeddings": lambda name: "embed_tokens" in name,
        "norms": lambda name: "norm" in name,
        "last_norm": lambda name: name == "model.norm.weight",
        "head": lambda name: name.startswith("lm_head"),
    }
    if text in whole:
        return whole[text]
    found = re.fullmatch(r"layer\[(-?\d*):(-?\d*)\](?:\.(\w+))?", text)
    assert found, text
    start, end = (int(each) if each else None for each in found.groups()[:2])
    numbers = range(layers)[start:end]
    inside = {"norm_1": "input_layernorm", "attention": "self_attn", None: ""}[found[3]]
    return lambda name: any(name.startswith(f"model.layers.{n}.{inside}") for n in numbers)


def trained(model: nn.Module, variant: dict[str, str], layers: int, rank: int) -> None:
    """Freezes and adapts a model in place."""
    lora, only = variant.get("lora", ""), variant.get("train_only", "")
    keep = chosen(only, layers)
    for name, weight in model.named_parameters():
        weight.requires_grad = (not lora and not only) or keep(name)
        if chosen(variant.get("freeze", ""), layers)(name):
            weight.requires_grad = False
    adapted = chosen(lora, layers)
    for name, module in list(model.named_modules()):
        if isinstance(module, nn.Linear) and adapted(f"{name}.weight"):
            outside, _, last = name.rpartition(".")
            setattr(model.get_submodule(outside), last, LowRank(module, rank))


def rows(seeds: range = range(ROWS)) -> Iterator[dict[str, Any]]:
    """Llamas trained in part."""
    for seed in seeds:
        draw = random.Random(seed)
        config, rank = sizes(draw), draw.randint(1, 9)
        batch, length = draw.randint(1, 4), draw.randint(2, 17)
        layers = config["num_hidden_layers"]
        variant = one_variant(draw, layers, config["tie_word_embeddings"])
        model = LlamaForCausalLM(LlamaConfig(**config, attn_implementation="eager"))
        trained(model, variant, layers, rank)
        tokens = torch.randint(config["vocab_size"], (batch, length))
        with FlopCounterMode(display=False) as forward:
            logits = model(tokens, use_cache=False).logits
        with FlopCounterMode(display=False) as backward:
            logits.sum().backward()
        weights = list(model.parameters())
        yield {
            "config": config,
            "variant": variant,
            "rank": rank,
            "batch": batch,
            "length": length,
            "params": sum(each.numel() for each in weights),
            "params_trainable": sum(each.numel() for each in weights if each.requires_grad),
            "with_gradient": sum(each.numel() for each in weights if each.grad is not None),
            "flops_forward": forward.get_total_flops(),
            "flops_backward": backward.get_total_flops(),
        }


class Prediction(nn.Module):
    """A prediction module: DeepSeek-AI 2024, arXiv 2412.19437, section 2.2."""

    def __init__(self, config: DeepseekV3Config) -> None:
        super().__init__()
        self.hnorm, self.enorm, self.last = (
            DeepseekV3RMSNorm(config.hidden_size) for _ in range(3)
        )
        self.eh_proj = nn.Linear(2 * config.hidden_size, config.hidden_size, bias=False)
        self.layer = DeepseekV3DecoderLayer(config, config.num_hidden_layers - 1)


def predicted(seeds: range = range(PREDICTIONS)) -> Iterator[dict[str, Any]]:
    """DeepSeek-V3s with prediction modules behind them."""
    for seed in seeds:
        draw = random.Random(1000 + seed)
        heads = draw.randint(1, 4)
        config = {
            "model_type": "deepseek_v3",
            "hidden_size": 2 * draw.randint(4, 12),
            "intermediate_size": draw.randint(5, 30),
            "moe_intermediate_size": draw.randint(3, 12),
            "num_hidden_layers": draw.randint(2, 4),
            "first_k_dense_replace": 1,
            "num_attention_heads": heads,
            "num_key_value_heads": heads,
            "n_routed_experts": 4,
            "num_experts_per_tok": draw.randint(1, 3),
            "n_shared_experts": 1,
            "n_group": 1,
            "topk_group": 1,
            "q_lora_rank": draw.randint(2, 9),
            "kv_lora_rank": draw.randint(2, 9),
            "qk_nope_head_dim": draw.randint(1, 6),
            "qk_rope_head_dim": 2 * draw.randint(1, 3),
            "v_head_dim": draw.randint(1, 6),
            "vocab_size": draw.randint(20, 60),
            "tie_word_embeddings": False,
        }
        modules, batch, length = draw.randint(1, 3), draw.randint(1, 3), draw.randint(2, 9)
        made = DeepseekV3Config(
            **config, attn_implementation="eager", experts_implementation="eager"
        )
        model = DeepseekV3ForCausalLM(made)
        ahead = nn.ModuleList(Prediction(made) for _ in range(modules))
        for each in (*model.parameters(), *ahead.parameters()):
            nn.init.normal_(each, std=0.1)
        tokens = torch.randint(config["vocab_size"], (batch, length))
        with FlopCounterMode(display=False) as forward:
            loss = run(model, ahead, tokens)
        with FlopCounterMode(display=False) as backward:
            loss.backward()
        yield {
            "config": config,
            "prediction": modules,
            "batch": batch,
            "length": length,
            "params": sum(each.numel() for each in (*model.parameters(), *ahead.parameters())),
            "flops_forward": forward.get_total_flops(),
            "flops_backward": backward.get_total_flops(),
        }


def run(model: nn.Module, ahead: nn.ModuleList, tokens: torch.Tensor) -> torch.Tensor:
    """The sum of all logits, those of the modules among them."""
    kept: list[torch.Tensor] = []
    hook = model.model.norm.register_forward_pre_hook(lambda _, given: kept.append(given[0]))
    total = model(tokens, use_cache=False).logits.sum()
    hook.remove()
    (stream,) = kept
    places = torch.arange(tokens.shape[1])[None]
    later = torch.triu(torch.full((tokens.shape[1],) * 2, -torch.inf), diagonal=1)[None, None]
    for each in ahead:
        tokens = tokens.roll(-1, dims=1)
        row = each.enorm(model.model.embed_tokens(tokens))
        both = each.eh_proj(torch.cat([row, each.hnorm(stream)], dim=-1))
        made = each.layer(
            both,
            attention_mask=later,
            position_ids=places,
            position_embeddings=model.model.rotary_emb(both, places),
        )
        stream = made[0] if isinstance(made, tuple) else made
        total = total + model.lm_head(each.last(stream)).sum()
    return total


def written(row: dict[str, Any]) -> str:
    """One line."""
    return json.dumps(row, sort_keys=True) + "\n"


def main() -> None:
    torch.manual_seed(0)
    versions = {"torch": torch.__version__, "transformers": transformers.__version__}
    for row in (*rows(), *predicted()):
        sys.stdout.write(written({**row, **versions}))


if __name__ == "__main__":
    main()

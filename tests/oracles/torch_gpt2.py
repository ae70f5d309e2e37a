"""Counts of small GPT-2s of the library transformers, made by running them on the meta device.

python -m tests.oracles.torch_gpt2 > tests/data/torch_gpt2.jsonl

No number here comes from a formula: parameters are those the model names, FLOPs are counted by
torch, the cache is measured, and elements are those of the tensors that pass by.
"""

from __future__ import annotations

import json
import random
import re
import sys
from collections import Counter
from typing import TYPE_CHECKING, Any

import torch
import transformers
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils.checkpoint import set_checkpoint_early_stop
from torch.utils.flop_counter import FlopCounterMode
from torch.utils.module_tracker import ModuleTracker
from transformers import GPT2Config, GPT2LMHeadModel

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

MODELS, RUNS = 12, 3
ACTIVATIONS = ("gelu_new", "gelu", "relu", "gelu_pytorch_tanh")

# What only moves, makes or looks up numbers, and the products, which the FLOP counter has.
MOVES = frozenset(
    {
        *(
            "_unsafe_view",
            "alias",
            "expand",
            "slice",
            "split",
            "t",
            "transpose",
            "unsqueeze",
            "view",
        ),
        *("cat", "clone", "detach", "embedding", "ones_like", "scalar_tensor", "where", "zeros"),
    }
)
PRODUCTS = frozenset({"bmm", "mm"})
# These make few elements out of many: what they read is the work.
REDUCTIONS = frozenset({"embedding_dense_backward", "sum"})


def sizes(seed: int) -> dict[str, Any]:
    """A configuration with odd sizes; which choices it makes follows from the seed alone."""
    rng = random.Random(seed)
    heads = rng.randrange(1, 6)
    return {
        "activation_function": ACTIVATIONS[seed % 4],
        "n_embd": heads * rng.randrange(1, 10),
        "n_head": heads,
        "n_inner": None if seed % 5 == 0 else rng.randrange(3, 80, 2),
        "n_layer": rng.randrange(1, 5),
        "n_positions": rng.randrange(20, 70),
        "tie_word_embeddings": seed % 3 != 0,
        "vocab_size": rng.randrange(31, 200),
    }


def runs(seed: int, positions: int) -> list[tuple[int, int]]:
    """Several (sequences, tokens of each); the first has one sequence, as in inference."""
    rng = random.Random(1000 + seed)
    return [
        (1 if run == 0 else rng.randrange(2, 6), rng.randrange(2, positions + 1))
        for run in range(RUNS)
    ]


def model_of(config: dict[str, Any]) -> GPT2LMHeadModel:
    """The model on the meta device: shapes without numbers."""
    made = GPT2Config(**config, bos_token_id=0, eos_token_id=0, attn_implementation="eager")
    with torch.device("meta"):
        return GPT2LMHeadModel(made).eval()  # eval: dropout does nothing


def pattern(name: str) -> str:
    """The name with the number of the layer as `*`."""
    return re.sub(r"\.\d+(?=\.|$)", ".*", name.removeprefix("GPT2LMHeadModel."))


class Elements(TorchDispatchMode):
    """Adds up the elements of every operation that computes, under a name that `place` gives."""

    def __init__(self, place: Callable[[str, torch.Tensor], str]) -> None:
        super().__init__()
        self.place = place
        self.found: Counter[str] = Counter()

    def __torch_dispatch__(self, func, _types, args=(), kwargs=None):
        result = func(*args, **(kwargs or {}))
        name = func.overloadpacket.__name__
        if name not in MOVES | PRODUCTS:
            tensor = result[0] if isinstance(result, tuple) else result
            if name in REDUCTIONS:
                tensor = args[0]
            if tensor.is_floating_point():  # the others number places and compare them
                self.found[self.place(name, tensor)] += tensor.numel()
        return result


def run(model: GPT2LMHeadModel, batch: int, time: int):
    """One pass. With a cache the library does not look into the positions, which hold nothing."""
    return model(torch.zeros((batch, time), dtype=torch.long, device="meta"), use_cache=True)


def own_flops(counter: FlopCounterMode) -> dict[str, int]:
    """FLOPs by module, each without those of the modules inside it."""
    totals = {name: sum(ops.values()) for name, ops in counter.get_flop_counts().items()}
    own = dict(totals)
    for name, total in totals.items():
        outside = [other for other in totals if name.startswith(f"{other}.")]
        if outside:
            own[max(outside, key=len)] -= total
    found: Counter[str] = Counter()
    for name, total in own.items():
        if name != "Global" and total:
            found[pattern(name)] += total
    return dict(found)


def measure(config: dict[str, Any], batch: int, time: int) -> dict[str, Any]:
    """Everything that is measured in one pass and its gradient."""
    model = model_of(config)
    with FlopCounterMode(display=False) as forward:
        cache = run(model, batch, time).past_key_values
    with FlopCounterMode(display=False) as both:
        run(model, batch, time).logits.sum().backward()
    tracker = ModuleTracker()
    going = Elements(lambda name, _: f"{pattern(max(tracker.parents, key=len))} {name}")
    with tracker, going:
        logits = run(model, batch, time).logits
    # Going back, the tracker no longer knows the module: the number of axes tells ops apart.
    returning = Elements(lambda name, tensor: f"{name} {tensor.dim()}")
    loss = logits.sum()
    model.zero_grad()  # else the gradients would be added to those of the pass before
    with returning:
        loss.backward()
    return {
        "B": batch,
        "s": time,
        "elements_backward": dict(returning.found),
        "elements_forward": dict(going.found),
        "flops_forward": forward.get_total_flops(),
        "flops_forward_and_backward": both.get_total_flops(),
        "flops_forward_by_module": own_flops(forward),
        "kv_cache_elements": sum(each.keys.numel() + each.values.numel() for each in cache.layers),
    }


def recomputed_flops(config: dict[str, Any], batch: int, time: int) -> int:
    """Forward and backward, where backward runs every layer forward once more."""
    never = dict.fromkeys(("attn_pdrop", "embd_pdrop", "resid_pdrop"), 0)
    model = model_of({**config, **never}).train()
    model.activation_checkpointing_enable({"use_reentrant": False, "preserve_rng_state": False})
    with torch.device("meta"):
        ids = torch.zeros((batch, time), dtype=torch.long)
        mask = torch.zeros((batch, 1, time, time))  # given, because no cache is
    # Stopping early would leave out a layer's last product, whose result backward does not read.
    with set_checkpoint_early_stop(False), FlopCounterMode(display=False) as counter:
        model(ids, attention_mask=mask, use_cache=False).logits.sum().backward()
    return counter.get_total_flops()


def parameters(config: dict[str, Any]) -> dict[str, Any]:
    """Parameters, shared ones once; those that embedding modules own; and sums by name."""
    model = model_of(config)
    by_name: Counter[str] = Counter()
    for name, tensor in model.named_parameters():
        by_name[pattern(name)] += tensor.numel()
    tables = [each for each in model.modules() if isinstance(each, torch.nn.Embedding)]
    return {
        "params": sum(tensor.numel() for tensor in model.parameters()),
        "params_by_name": dict(by_name),
        "params_embedding": sum(each.weight.numel() for each in tables),
    }


def versions() -> dict[str, str]:
    """The versions of what ran, without the name of a build."""
    return {"torch": torch.__version__.split("+")[0], "transformers": transformers.__version__}


def rows(seeds: range = range(MODELS)) -> Iterator[dict[str, Any]]:
    """One row for every model and run."""
    for seed in seeds:
        config = sizes(seed)
        held = parameters(config)
        for number, (batch, time) in enumerate(runs(seed, config["n_positions"])):
            yield {
                "id": f"gpt2/{seed}/{number}",
                "config": config,
                **versions(),
                **held,
                **measure(config, batch, time),
            }


def written(row: dict[str, Any]) -> str:
    """A row as it stands in the file."""
    return json.dumps(row, sort_keys=True) + "\n"


if __name__ == "__main__":
    sys.stdout.writelines(map(written, rows()))

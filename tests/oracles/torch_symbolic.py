"""The FLOPs of a GPT-2 as torch itself writes them down when its sizes are symbols.

A model of the library is built with distinct concrete sizes, then each of its tensors is made
anew with the symbol that such a size stands for. Fake tensors carry the symbols through every
operation, so the counter adds up a SymPy expression. The concrete sizes are only hints: torch
looks at them where it has to decide something, and the tests run with several.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch
from torch._dynamo.source import ConstantSource
from torch._subclasses.fake_tensor import FakeTensorMode
from torch.fx.experimental.symbolic_shapes import DimDynamic, ShapeEnv
from torch.utils.flop_counter import FlopCounterMode

from symcost.algebra.dim import find
from tests.oracles.torch_gpt2 import model_of

if TYPE_CHECKING:
    from transformers import GPT2LMHeadModel

# Whole numbers that modules keep beside their tensors.
KEPT = ("nf", "nx", "split_size", "embed_dim", "head_dim", "num_heads")


@dataclass(frozen=True)
class Hints:
    """Sizes no two of which, with d = h d_h and 3 d, may be equal: a size has to name a symbol."""

    B: int
    s: int
    h: int
    d_h: int
    d_ff: int
    V: int
    n_ctx: int


@dataclass(frozen=True)
class Counted:
    """What torch found, as SymPy expressions in symcost's symbols."""

    params: Any
    flops_forward: Any
    flops_train: Any
    guards: tuple[str, ...]
    fixed: bool


def count(hints: Hints, layers: int, *, tied: bool) -> Counted:
    """Runs a GPT-2 of symbolic sizes forward, and forward and backward."""
    env = ShapeEnv()
    symbols = {name: _symbol(env, name, hint) for name, hint in vars(hints).items()}
    width = symbols["h"] * symbols["d_h"]
    number = hints.h * hints.d_h
    meant = {getattr(hints, name): symbol for name, symbol in symbols.items()}
    meant |= {number: width, 3 * number: 3 * width}
    if len(meant) != len(symbols) + 2:
        raise ValueError(f"two sizes are the same number: {hints}")
    model = model_of(
        {
            "n_embd": number,
            "n_head": hints.h,
            "n_inner": hints.d_ff,
            "n_layer": layers,
            "n_positions": hints.n_ctx,
            "tie_word_embeddings": tied,
            "vocab_size": hints.V,
        }
    )
    with FakeTensorMode(shape_env=env):
        _put_symbols_in(model, meant)
        ids = torch.empty((symbols["B"], symbols["s"]), dtype=torch.long, device="meta")
        with FlopCounterMode(display=False) as forward:
            model(ids, use_cache=False)
        with FlopCounterMode(display=False) as both:
            model(ids, use_cache=False).logits.sum().backward()
        held = sum(tensor.numel() for tensor in model.parameters())
    ours = {symbol.node.expr: find(name).sympy for name, symbol in symbols.items()}
    return Counted(
        held.node.expr.xreplace(ours),
        forward.get_total_flops().node.expr.xreplace(ours),
        both.get_total_flops().node.expr.xreplace(ours),
        tuple(str(guard.expr.xreplace(ours)) for guard in env.guards),
        bool(env.replacements),
    )


def _symbol(env: ShapeEnv, name: str, hint: int) -> torch.SymInt:
    source = ConstantSource(name)
    symbol = env.create_symbol(hint, source, dynamic_dim=DimDynamic.DYNAMIC, positive=True)
    return env.create_symintnode(symbol, hint=hint, source=source)


def _put_symbols_in(model: GPT2LMHeadModel, meant: dict[int, Any]) -> None:
    """Every size in the model becomes the symbol it stands for; a tied tensor stays one tensor."""
    made: dict[int, torch.nn.Parameter] = {}
    for module in model.modules():
        for name, tensor in module.named_parameters(recurse=False, remove_duplicate=False):
            if id(tensor) not in made:
                shape = [meant[size] for size in tensor.shape]
                made[id(tensor)] = torch.nn.Parameter(torch.empty(shape, device="meta"))
            setattr(module, name, made[id(tensor)])
        for name in KEPT:
            if hasattr(module, name):
                setattr(module, name, meant[getattr(module, name)])
        if isinstance(module, torch.nn.LayerNorm):
            module.normalized_shape = tuple(meant[size] for size in module.normalized_shape)

"""Elementwise functions by the names that configurations use."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from symcost.config.keys import Keys

ACTIVATIONS = {
    "gelu": "gelu",
    "gelu_python": "gelu",
    "gelu_new": "gelu_tanh",
    "gelu_fast": "gelu_tanh",
    "gelu_accurate": "gelu_tanh",
    "gelu_python_tanh": "gelu_tanh",
    "gelu_pytorch_tanh": "gelu_tanh",
    "quick_gelu": "quick_gelu",
    "relu": "relu",
    "relu2": "relu2",
    "relu6": "relu6",
    "sigmoid": "sigmoid",
    "silu": "silu",
    "swish": "silu",
    "tanh": "tanh",
    "xielu": "xielu",
}


def activation_of(keys: Keys, key: str, name: object, *, weights: bool = False) -> str:
    """The function of this name. One without a stated cost is refused, and so is one that has
    weights of its own where the block has no place for them.
    """
    found = ACTIVATIONS.get(str(name))
    if found is None or (found == "xielu" and not weights):
        keys.fail(key, f"= '{str(name)[:40]}' is not understood here")
    return found

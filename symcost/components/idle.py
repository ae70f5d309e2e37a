"""Weights that belong to a model, but do no work in a pass over tokens alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from symcost.graph.tensor import Role

if TYPE_CHECKING:
    from symcost.graph.author import Author
    from symcost.graph.tensor import Tensor


def idle_cross_attention(
    a: Author, *, source: str = "model", bias: bool = True, key_bias: bool = True
) -> Tensor:
    """Attention to an encoder, with its norm, that stands by while there is no encoder.

    `source` is the axis of the encoder's width. Biases are all there or none, but those of the
    keys, which may be missing alone. Shapes: x is batch, time, model; so is the result.
    Source: Vaswani et al. 2017, arXiv 1706.03762, section 3.2.3.
    """
    x = a.input("batch time model")
    weights = [
        a.weight("W_Q", "model heads head"),
        a.weight("W_K", f"{source} heads head"),
        a.weight("W_V", f"{source} heads head"),
        a.weight("W_O", "heads head model"),
        a.weight("gamma", "model", Role.NORM),
        a.weight("beta", "model", Role.NORM),
    ]
    if bias:
        names = "QKV" if key_bias else "QV"
        weights += [a.weight(f"b_{name}", "heads head", Role.BIAS) for name in names]
        weights.append(a.weight("b_O", "model", Role.BIAS))
    return a.map("idle", x, *weights, name="no_encoder", axes="batch time model")


def idle_vision_layer(a: Author) -> Tensor:
    """A layer that looks at an image, and is skipped where there is none.

    Its attention has norms over one head and a gate, its gated feed-forward block another. Shapes:
    x is batch, time, model; so is the result. Source: Grattafiori et al. 2024, The Llama 3 Herd
    of Models, arXiv 2407.21783, section 7.1; Alayrac et al. 2022, Flamingo, arXiv 2204.14198.
    """
    x = a.input("batch time model")
    weights = [
        a.weight("W_Q", "model groups share head"),
        a.weight("W_K", "model groups head"),
        a.weight("W_V", "model groups head"),
        a.weight("W_O", "groups share head model"),
        a.weight("W_G", "model feed"),
        a.weight("W_1", "model feed"),
        a.weight("W_2", "feed model"),
        a.weight("gamma_q", "head", Role.NORM),
        a.weight("gamma_k", "head", Role.NORM),
        a.weight("gamma_1", "model", Role.NORM),
        a.weight("gamma_2", "model", Role.NORM),
        a.weight("attention_gate", "", Role.SCALE),
        a.weight("feed_gate", "", Role.SCALE),
    ]
    return a.map("idle", x, *weights, name="no_image", axes="batch time model")


def idle_contacts(a: Author) -> Tensor:
    """One weight for every head of every layer, from whose scores contacts would be told.

    Shapes: x is batch, time, model; so is the result. Source: Rao et al. 2020, Transformer protein
    language models are unsupervised structure learners.
    """
    x = a.input("batch time model")
    a.axis("maps", a.size("layers") * a.size("heads"))
    weights = [a.weight("w_contacts", "maps"), a.weight("b_contacts", "", Role.BIAS)]
    return a.map("idle", x, *weights, name="no_contacts", axes="batch time model")

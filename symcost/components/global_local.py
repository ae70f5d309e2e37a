"""A layer of an encoder with blocks of tokens, and a few global tokens that see all of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from symcost.components.norm import normalised
from symcost.graph.tensor import Role

if TYPE_CHECKING:
    from collections.abc import Callable

    from symcost.graph.author import Author
    from symcost.graph.tensor import Tensor


def global_local_layer(
    a: Author, *, staggered: bool = False, last: bool = False, activation: str = "gelu"
) -> Tensor:
    """A token sees its block and the global tokens; a global token sees everything.

    Both go through the same matrices. `time` runs over the padded text and the global tokens;
    `staggered` blocks begin half a block earlier. After the `last` layer the global tokens are
    dropped, so nothing flows back from what it makes of them. Shapes: x is batch, time, model; so
    is the result. Source: Phang et al. 2022, PEGASUS-X, arXiv 2208.04347, section 3.
    """
    x = a.input("batch time model")
    tokens = a.map("join", x, name="tokens", axes="batch padded model")
    marks = a.map("join", x, name="global_tokens", axes="batch globals model")
    made, made_global = _attention(a, tokens, marks, staggered, last)
    tokens = a.map("add", tokens, made, name="add_attention")
    marks = a.map("add", marks, made_global, name="add_global_attention")
    gamma, beta = (a.weight(name, "model", Role.NORM) for name in ("gamma_2", "beta_2"))
    w_1, w_2 = a.weight("W_1", "model feed"), a.weight("W_2", "feed model")
    b_1, b_2 = a.weight("b_1", "feed", Role.BIAS), a.weight("b_2", "model", Role.BIAS)

    def feed(y: Tensor, name: str) -> Tensor:
        cut = _cutter(a, last and bool(name))
        z = cut(a.map("layer_norm", y, gamma, beta, name=f"norm_2{name}"))
        z = a.linear(cut(w_1), z, "model -> feed", name=f"W_1{name}")
        z = a.map("add", z, b_1, role=Role.BIAS, name=f"add_b_1{name}")
        z = a.map(activation, z, name=f"{activation}{name}")
        z = a.linear(cut(w_2), cut(z), "feed -> model", name=f"W_2{name}")
        z = a.map("add", z, b_2, role=Role.BIAS, name=f"add_b_2{name}")
        return a.map("add", y, z, name=f"add_feed_forward{name}")

    return a.map(
        "join", feed(tokens, ""), feed(marks, "_global"), name="rows", axes="batch time model"
    )


def _attention(
    a: Author, tokens: Tensor, marks: Tensor, staggered: bool, last: bool
) -> tuple[Tensor, Tensor]:
    """What attention brings to the tokens and to the global tokens."""
    x = normalised(a, tokens, "layer", name="1")
    g = normalised(a, marks, "layer", name="global")
    a.axis("laid", a.size("padded") + (a.size("local_block") if staggered else 0))
    a.axis("blocks", a.size("laid") / a.size("local_block"))
    a.axis("near", a.size("local_block"))
    a.axis("all_rows", a.size("laid") + a.size("globals"))
    x = a.map("join", x, name="laid_out", axes="batch laid model")
    w_q, w_k, w_v = (a.weight(f"W_{name}", "model heads head") for name in "QKV")
    w_o = a.weight("W_O", "heads head model")
    arrow = "model -> heads head"
    q = a.linear(w_q, x, arrow, name="queries")
    keys = [a.linear(w_k, each, arrow, name=f"keys_{i}") for i, each in enumerate((x, g))]
    values = [a.linear(w_v, each, arrow, name=f"values_{i}") for i, each in enumerate((x, g))]
    mix = _local(a, q, keys, values)
    made = a.linear(w_o, mix, "heads head -> model", name="answer")
    made = a.map("join", made, name="cut_to_text", axes="batch padded model")
    cut = _cutter(a, last)
    q = a.linear(cut(w_q), cut(g), arrow, name="global_queries")
    k = a.map("join", *keys, name="all_keys", axes="batch all_rows heads head")
    v = a.map("join", *values, name="all_values", axes="batch all_rows heads head")
    scores = a.contract(
        "batch globals heads head, batch all_rows heads head -> batch heads globals all_rows",
        q,
        cut(k),
        name="global_scores",
    )
    mix = a.contract(
        "batch heads globals all_rows, batch all_rows heads head -> batch globals heads head",
        a.map("softmax", scores, name="global_softmax"),
        cut(v),
        name="global_mix",
    )
    return made, a.linear(cut(w_o), mix, "heads head -> model", name="global_answer")


def _local(a: Author, q: Tensor, keys: list[Tensor], values: list[Tensor]) -> Tensor:
    """Scores and mixes within the blocks, and with the global tokens."""
    block = "batch blocks near heads head"
    q = a.map("join", q, name="query_blocks", axes="batch blocks local_block heads head")
    parts = []
    pairs = zip(("near", "far"), keys, values, strict=True)
    for name, k, v in pairs:
        axis = "globals" if name == "far" else "near"
        axes = "batch globals heads head" if name == "far" else block
        k = a.map("join", k, name=f"{name}_keys", axes=axes)
        v = a.map("join", v, name=f"{name}_values", axes=axes)
        shape = f"batch blocks heads local_block {axis}"
        scores = a.contract(
            f"batch blocks local_block heads head, {axes} -> {shape}", q, k, name=f"{name}_scores"
        )
        parts.append((shape, axes, v, a.map("softmax", scores, name=f"{name}_softmax")))
    mixes = [
        a.contract(
            f"{shape}, {axes} -> batch blocks local_block heads head", shares, v, name=f"mix_{i}"
        )
        for i, (shape, axes, v, shares) in enumerate(parts)
    ]
    mix = a.map("add", *mixes, name="both")
    return a.map("join", mix, name="in_order", axes="batch laid heads head")


def _cutter(a: Author, cuts: bool) -> Callable[[Tensor], Tensor]:
    """Cuts the gradient off, or not, under a new name for each tensor."""

    def cut(x: Tensor) -> Tensor:
        if not cuts:
            return x
        made[0] += 1
        return a.detach(x, f"unused_{x.name}_{made[0]}")

    made = [0]
    return cut

"""A layer of a funnel: attention by relative places, whose queries may be half as many."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from symcost.graph.tensor import Role

if TYPE_CHECKING:
    from symcost.graph.author import Author
    from symcost.graph.tensor import Tensor

HEADS = "heads head"
SHAPES = {
    "W_Q": (f"model {HEADS}", Role.MATRIX),
    "W_K": (f"model {HEADS}", Role.MATRIX),
    "W_V": (f"model {HEADS}", Role.MATRIX),
    "W_D": (f"model {HEADS}", Role.MATRIX),
    "W_O": (f"{HEADS} model", Role.MATRIX),
    "W_1": ("model feed", Role.MATRIX),
    "W_2": ("feed model", Role.MATRIX),
    "sides_of": (f"sides {HEADS}", Role.ATTENTION),
    "u_held": (HEADS, Role.BIAS),
    "u_away": (HEADS, Role.BIAS),
    "u_side": (HEADS, Role.BIAS),
    "b_K": (HEADS, Role.BIAS),
    "b_V": (HEADS, Role.BIAS),
    "b_O": ("model", Role.BIAS),
    "b_1": ("feed", Role.BIAS),
    "b_2": ("model", Role.BIAS),
    "gamma_1": ("model", Role.NORM),
    "beta_1": ("model", Role.NORM),
    "gamma_2": ("model", Role.NORM),
    "beta_2": ("model", Role.NORM),
}


def funnel_layer(
    a: Author,
    *,
    here: str = "time",
    before: str = "",
    runs: int = 1,
    pool_all: bool = False,
    factored: bool = False,
    activation: str = "gelu_tanh",
) -> Tensor:
    """One set of weights, run once or several times; the first run may halve the tokens.

    `here` is the axis of the tokens, `before` that of the tokens that come in, where they are
    more. Shapes: x is batch, before, model; the result batch, here, model. Source: Dai et al. 2020,
    Funnel-Transformer, arXiv 2006.03236, section 2.
    """
    x = a.input(f"batch {before or here} model")
    a.axis("sides", 2)
    weights = [a.weight(name, axes, role) for name, (axes, role) in SHAPES.items()]
    flags: dict[str, Any] = {"here": here, "factored": factored, "activation": activation}
    x = a.part("run", funnel_run, x, *weights, before=before, pool_all=pool_all, **flags)
    return a.repeat("again", runs - 1, funnel_run, x, *weights, **flags) if runs > 1 else x


def funnel_run(
    a: Author,
    *,
    here: str,
    factored: bool,
    activation: str,
    before: str = "",
    pool_all: bool = False,
) -> Tensor:
    """Attention and feed-forward block, each added to what came in, then normed.

    `pool_all`: keys and values are made of the halved tokens too, not of all.
    """
    seen = a.input(f"batch {before or here} model")
    a.axis("sides", 2)
    w = {name: a.input(axes, name) for name, (axes, _) in SHAPES.items()}
    x = a.map("scale", seen, name="pool", axes=f"batch {here} model") if before else seen
    if pool_all:
        seen, before = x, ""
    y = _attention(a, x, seen, w, here, before, factored)
    y = a.map("add", x, y, name="add_attention")
    x = a.map("layer_norm", y, w["gamma_1"], w["beta_1"], name="norm_1")
    y = a.map(activation, _plus(a, a.linear(w["W_1"], x, "model -> feed"), w["b_1"]))
    y = _plus(a, a.linear(w["W_2"], y, "feed -> model"), w["b_2"])
    y = a.map("add", x, y, name="add_feed_forward")
    return a.map("layer_norm", y, w["gamma_2"], w["beta_2"], name="norm_2")


def _attention(
    a: Author, x: Tensor, seen: Tensor, w: dict[str, Tensor], here: str, before: str, factored: bool
) -> Tensor:
    """Scores of what tokens hold, of how far away they are, and of whose side they are on."""
    a.axis("seen", a.size(before or here))
    q = a.linear(w["W_Q"], x, f"model -> {HEADS}")
    k = _plus(a, a.linear(w["W_K"], seen, f"model -> {HEADS}"), w["b_K"])
    v = _plus(a, a.linear(w["W_V"], seen, f"model -> {HEADS}"), w["b_V"])
    k = a.map("join", k, name="keys", axes=f"batch seen {HEADS}")
    v = a.map("join", v, name="values", axes=f"batch seen {HEADS}")
    held, away, side = (_plus(a, q, w[f"u_{name}"]) for name in ("held", "away", "side"))
    axes, mine = f"batch heads {here} seen", f"batch {here} {HEADS}"
    scores = a.contract(f"{mine}, batch seen {HEADS} -> {axes}", held, k, name="scores")
    if factored:
        far = _factored(a, away, w["W_D"], here)
    else:
        a.axis("distances", 2 * a.size(here) + (a.size(before) if before else 0))
        far = _shifted(a, away, w["W_D"], here)
    sides = a.contract(
        f"{mine}, sides {HEADS} -> batch heads {here} sides", side, w["sides_of"], name="sides"
    )
    scores = a.map("add", scores, far, name="add_distance")
    scores = a.map("add", scores, sides, name="add_sides", axes=axes)
    mix = a.contract(
        f"{axes}, batch seen {HEADS} -> {mine}",
        a.map("softmax", a.map("scale", scores)),
        v,
        name="mix",
    )
    return _plus(a, a.linear(w["W_O"], mix, f"{HEADS} -> model"), w["b_O"])


def _shifted(a: Author, away: Tensor, weight: Tensor, here: str) -> Tensor:
    """Every distance has a wave; the table of scores is shifted into place row by row."""
    far = a.linear(weight, a.given("waves", "distances model"), f"model -> {HEADS}")
    scores = a.contract(
        f"batch {here} {HEADS}, distances {HEADS} -> batch heads {here} distances",
        away,
        far,
        name="scores_of_distance",
    )
    return a.map("join", scores, name="shift", axes=f"batch heads {here} seen")


def _factored(a: Author, away: Tensor, weight: Tensor, here: str) -> Tensor:
    """A wave of a difference is two products of waves: one for each token."""
    ask = a.contract(
        f"batch {here} {HEADS}, model {HEADS} -> batch {here} heads model",
        away,
        weight,
        name="ask_waves",
    )
    found = [
        a.contract(
            f"batch {here} heads model, seen model -> batch heads {here} seen",
            a.map("multiply", ask, a.given(f"{wave}_here", f"{here} model"), name=f"ask_{wave}"),
            a.given(f"{wave}_there", "seen model"),
            name=f"scores_of_{wave}",
        )
        for wave in ("sine", "cosine")
    ]
    return a.map("add", *found, name="add_waves")


def _plus(a: Author, x: Tensor, bias: Tensor) -> Tensor:
    return a.map("add", x, bias, role=Role.BIAS, name=f"add_{bias.name}")

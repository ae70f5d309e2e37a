"""Published closed forms, as they are printed, each with what symcost has to derive.

A formula is plain Python over whatever it is given: fractions make numbers, symbols polynomials.
`names` gives, in the order of its arguments, the names of the source and what they are here.
`beyond` is what the formula counts more than the quantity does under the convention (less, where
it is negative): the stated reason why the two differ.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from symcost.algebra.dim import find

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

B, L, S, H, V, CTX, D, D_H, D_FF = (
    find(symbol).sympy for symbol in ("B", "L", "s", "h", "V", "n_ctx", "d", "d_h", "d_ff")
)
# What a source assumes of the sizes: put in on both sides.
HEADS_TILE, FEED_IS_FOUR, ONE_LAYER = {D_H: D / H}, {D_FF: 4 * D}, {L: 1}
USUAL = HEADS_TILE | FEED_IS_FOUR

QKV, FEED = ("W_Q", "W_K", "W_V"), ("W_1", "W_2")


@dataclass(frozen=True)
class Published:
    """A formula and the derived quantity it should be: convention, scope, and which terms.

    `only` are last words of the paths of the terms meant; none means all.
    """

    id: str
    source: str
    formula: Callable[..., Any]
    names: Mapping[str, Any]
    quantity: str
    convention: str
    scope: str | None = None
    only: tuple[str, ...] = ()
    given: Mapping[Any, Any] = field(default_factory=dict)
    beyond: Any = 0


def _kaplan(
    row: str,
    place: str,
    names: str,
    formula: Callable[..., Any],
    quantity: str,
    only: tuple[str, ...] = (),
    convention: str = "kaplan-2020",
    given: Mapping[Any, Any] | None = None,
) -> Published:
    """Kaplan et al. count per token and keep the width of attention apart from the model's."""
    known = {
        "n_layer": L,
        "n_ctx": S,
        "n_vocab": V,
        "d_model": D,
        "d_attn": H * D_H,
        "d_ff": D_FF,
    }
    return Published(
        f"kaplan2020-{row}",
        f"Kaplan et al. 2020, Scaling Laws for Neural Language Models, arXiv 2001.08361, {place}",
        formula,
        {name: known[name] for name in names.split()},
        quantity,
        convention,
        None if quantity == "params" else "token",
        only,
        given or {},
    )


KAPLAN = (
    _kaplan(
        "N",
        "equation 2.1",
        "n_layer d_model d_attn d_ff",
        lambda n, d, a, f: 2 * d * n * (2 * a + f),
        "params",
    ),
    _kaplan(
        "12nd2",
        "equation 2.1, with d_attn = d_ff/4 = d_model",
        "n_layer d_model",
        lambda n, d: 12 * n * d**2,
        "params",
        given=USUAL,
    ),
    _kaplan(
        "qkv-params",
        "table 1",
        "n_layer d_model d_attn",
        lambda n, d, a: n * d * 3 * a,
        "params",
        QKV,
    ),
    _kaplan(
        "ff-params",
        "table 1",
        "n_layer d_model d_ff",
        lambda n, d, f: n * 2 * d * f,
        "params",
        FEED,
    ),
    _kaplan(
        "C-forward",
        "equation 2.2",
        "n_layer d_model d_attn d_ff n_ctx",
        lambda n, d, a, f, s: 2 * (2 * d * n * (2 * a + f)) + 2 * n * s * a,
        "flops_forward",
    ),
    _kaplan(
        "flops-qkv",
        "table 1",
        "n_layer d_model d_attn",
        lambda n, d, a: 2 * n * d * 3 * a,
        "flops_forward",
        QKV,
    ),
    _kaplan(
        "flops-mask",
        "table 1",
        "n_layer n_ctx d_attn",
        lambda n, s, a: 2 * n * s * a,
        "flops_forward",
        ("scores", "mix"),
    ),
    _kaplan(
        "flops-proj",
        "table 1, where d_embd is d_model",
        "n_layer d_model d_attn",
        lambda n, d, a: 2 * n * a * d,
        "flops_forward",
        ("W_O",),
    ),
    _kaplan(
        "flops-ff",
        "table 1",
        "n_layer d_model d_ff",
        lambda n, d, f: 2 * n * 2 * d * f,
        "flops_forward",
        FEED,
    ),
    _kaplan(
        "flops-de-embed",
        "table 1, whose total leaves this row out",
        "d_model n_vocab",
        lambda d, v: 2 * d * v,
        "flops_forward",
        ("logits",),
        convention="torch",
    ),
)

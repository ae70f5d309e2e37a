"""Conventions: what is counted and how, as data. Every output names the one it used.

A convention leaves roles out of a ledger or multiplies terms; it never adds a formula of its own.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TYPE_CHECKING, final

from symcost.algebra.phrase import joined, listed, say
from symcost.algebra.poly import Poly
from symcost.graph.tensor import PRODUCTS, Role

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from symcost.algebra.phrase import Phrase
    from symcost.quantities.plan import Plan

ELEMENTWISE = frozenset(
    {Role.BIAS, Role.NORM, Role.SOFTMAX, Role.ACTIVATION, Role.RESIDUAL, Role.SCALE, Role.SCAN}
)
ALL = frozenset(Role)
CAUSAL = ("none", "half", "exact")
AGAIN = {
    "none": "",
    "selective": "the core of attention recomputed in backward",
    "full": "layers recomputed in backward",
}

# Words a user may write for roles: `--exclude biases,norms`.
GROUPS: dict[str, frozenset[Role]] = {
    "embeddings": frozenset({Role.EMBEDDING, Role.POSITION}),
    "head": frozenset({Role.HEAD}),
    "biases": frozenset({Role.BIAS}),
    "norms": frozenset({Role.NORM}),
    "attention": frozenset({Role.ATTENTION}),
    "elementwise": ELEMENTWISE,
}


PARAMETER_WORDS = {
    "the token table": Role.EMBEDDING,
    "positions": Role.POSITION,
    "matrices": Role.MATRIX,
    "the head": Role.HEAD,
    "biases": Role.BIAS,
    "norms": Role.NORM,
}
PRODUCT_WORDS = {
    "matrix products": Role.MATRIX,
    "attention": Role.ATTENTION,
    "logits": Role.HEAD,
}
# Products of special kinds of layers: said only where a convention leaves them out.
SPECIAL_WORDS = {
    "routers": Role.ROUTER,
    "convolutions": Role.CONVOLUTION,
    "states": Role.STATE,
}


class ConventionError(ValueError):
    """A convention that contradicts itself, or a name nobody knows."""


@final
@dataclass(frozen=True)
class Convention:
    """What counts.

    `params` and `flops` are the roles counted for parameters and for work. With `mac` the unit is
    one multiply-add instead of two operations. `causal`: "none" counts the full square s^2 of
    score pairs, "half" counts s^2/2, "exact" the s(s+1)/2 pairs with past <= time. `recompute`
    runs the forward pass of the repeated layers once more in training, `recompute_core` that of
    attention's core only. `element_bytes` is the size of one element of an activation or a cache.
    `fused` keeps attention scores on the chip, for traffic and activations. `plan`
    spreads training over devices and names the optimizer; without one it is one device.

    >>> half = symcost.Convention("mine", "my own notes", mac=True, causal="half")
    >>> half.sentence().partition("; ")[2]  # doctest: +NORMALIZE_WHITESPACE
    'work: matrix products, attention and logits, half the attention square (causal),
    1 multiply-add = 1 MAC'
    >>> symcost.load("gpt2").value("flops_forward", convention=half, B=1, s=1024)
    136160477184
    """

    name: str
    source: str
    params: frozenset[Role] = ALL
    flops: frozenset[Role] = PRODUCTS
    mac: bool = False
    causal: str = "none"
    recompute: bool = False
    recompute_core: bool = False
    element_bytes: int = 2
    fused: bool = False
    plan: Plan | None = None

    def __post_init__(self) -> None:
        """Raises `ConventionError` where two of the choices exclude each other."""
        if self.causal not in CAUSAL:
            raise ConventionError(f"causal is {', '.join(CAUSAL)}; '{self.causal}' is none of them")
        if self.mac and self.flops - PRODUCTS:
            raise ConventionError(
                "a multiply-add counts matrix products only; leave the elementwise work out or "
                "count FLOPs"
            )

    @property
    def policy(self) -> str:
        """What is recomputed in backward: none, selective (attention's core) or full (layers)."""
        return "full" if self.recompute else "selective" if self.recompute_core else "none"

    @property
    def unit(self) -> str:
        """The unit of work."""
        return "MAC" if self.mac else "FLOP"

    def pairs(self, time: Poly, past: Poly) -> Poly:
        """What a causal mask leaves of the time x past square, as a share of it.

        Raises `ConventionError` where there is no square to halve.
        """
        if self.causal != "none" and (past != time or len(time.terms) != 1):
            raise ConventionError(
                f"causal {self.causal} needs as many tokens looked at as look; count 'none' here"
            )
        if self.causal == "half":
            return Poly.of(Fraction(1, 2))
        if self.causal == "exact":
            return (time + 1) / (2 * time)
        return Poly.of(1)

    def sentence(self) -> Phrase:
        """The convention in words, for the top of every output."""
        words = [self._parameters(), say("work: {0}", self._work())]
        if self.policy != "none":
            words.append(say(AGAIN[self.policy]))
        if self.fused:
            words.append(say("attention scores stay on the chip"))
        if self.plan is not None:
            words.append(self.plan.sentence())
        return joined("; ", words)

    def _parameters(self) -> Phrase:
        left_out = [word for word, role in PARAMETER_WORDS.items() if role not in self.params]
        if not left_out:
            return say("all parameters")
        if len(left_out) == len(PARAMETER_WORDS):
            return say("no parameters")
        return say("parameters without {0}", _and(left_out))

    def _work(self) -> Phrase:
        counted = [word for word, role in PRODUCT_WORDS.items() if role in self.flops]
        special = [word for word, role in SPECIAL_WORDS.items() if role not in self.flops]
        if counted and special:
            counted[0] = say("{0} without {1}", say(counted[0]), _and(special))
        extra = sorted(role.value for role in self.flops & ELEMENTWISE)
        if self.flops >= ELEMENTWISE:
            extra = ["all elementwise work"]
        if not counted + extra:
            return say("none")
        square = {
            "none": "the full attention square",
            "half": "half the attention square (causal)",
            "exact": "the s(s+1)/2 causal pairs",
        }[self.causal]
        words = [_and(counted + extra)]
        if Role.ATTENTION in self.flops:
            words.append(say(square))
        words.append(say("1 multiply-add = 1 MAC" if self.mac else "1 multiply-add = 2 FLOPs"))
        return joined(", ", words)


TORCH = Convention(
    "torch",
    "torch.utils.flop_counter.FlopCounterMode on an eager model: matrix products only, 2 FLOPs "
    "for a multiply-add, the full attention square, logits for every token",
)
KAPLAN = Convention(
    "kaplan-2020",
    "Kaplan et al. 2020, Scaling Laws for Neural Language Models, arXiv 2001.08361, Table 1: "
    "no embeddings, biases, norms or logits; a causal token attends to half the context on average",
    params=frozenset({Role.MATRIX}),
    flops=PRODUCTS - {Role.HEAD},
    causal="half",
)
PALM = Convention(
    "palm",
    "Chowdhery et al. 2022, PaLM, arXiv 2204.02311, appendix B: matrices and logits, "
    "full attention square, no recomputation",
    params=frozenset({Role.MATRIX, Role.HEAD, Role.EMBEDDING}),
)
MEGATRON = Convention(
    "megatron",
    "Narayanan et al. 2021, arXiv 2104.04473, equation 3 and its appendix: matrix products and "
    "logits, full attention square, layers recomputed in backward",
    recompute=True,
)
MEGATRON_LM = Convention(
    "megatron-lm",
    "NVIDIA Megatron-LM, num_floating_point_operations: matrix products and logits, "
    "half the attention square for a causal model, no recomputation",
    causal="half",
)
DEFAULT = TORCH


def changed(
    base: Convention,
    *,
    causal: str | None = None,
    mac: bool | None = None,
    include: Iterable[str] = (),
    exclude: Iterable[str] = (),
    fused: bool = False,
    recompute: str | None = None,
    element_bytes: int | None = None,
) -> Convention:
    """A named convention with some choices changed; its name says which.

    `include` and `exclude` take the words of `GROUPS`. Raises `ConventionError` for other words.

    >>> from symcost.quantities.convention import KAPLAN, changed
    >>> changed(KAPLAN, include=["head"], causal="exact").name
    'kaplan-2020 (causal exact, with head)'
    """
    both = set(include) & set(exclude)
    if both:
        raise ConventionError(f"{_and(sorted(both))} cannot be both included and excluded")
    taken, left = _roles(include), _roles(exclude)
    notes = []
    if causal is not None:
        notes.append(f"causal {causal}")
    if mac is not None:
        notes.append("MAC" if mac else "FLOP")
    notes += [f"with {word}" for word in include] + [f"without {word}" for word in exclude]
    if fused:
        notes.append("fused attention")
    policy = base.policy if recompute is None else recompute
    if policy not in AGAIN:
        raise ConventionError(f"recompute is {', '.join(AGAIN)}; '{policy}' is none of them")
    if recompute is not None:
        notes.append(f"recompute {policy}")
    if element_bytes is not None:
        if element_bytes < 1:
            raise ConventionError(f"an element has at least 1 byte, not {element_bytes}")
        notes.append(f"{element_bytes} bytes an element")
    if not notes:
        return base
    return replace(
        base,
        name=f"{base.name} ({', '.join(notes)})",
        params=(base.params | taken) - left,
        flops=(base.flops | (taken - GROUPS["embeddings"])) - left,
        causal=causal if causal is not None else base.causal,
        mac=base.mac if mac is None else mac,
        fused=base.fused or fused,
        recompute=policy == "full",
        recompute_core=policy == "selective",
        element_bytes=base.element_bytes if element_bytes is None else element_bytes,
    )


def _roles(words: Iterable[str]) -> frozenset[Role]:
    found: frozenset[Role] = frozenset()
    for word in words:
        if word not in GROUPS:
            raise ConventionError(f"'{word}' is not one of {', '.join(GROUPS)}")
        found |= GROUPS[word]
    return found


def _and(words: Sequence[str]) -> Phrase:
    return listed([say(each) for each in words])

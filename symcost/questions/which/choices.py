"""The choices that sets of conventions are made of, as data: their words, and how usual they are.

The plain default of a quantity makes no choice. Of two sets with as many choices the one with the
lower sum of weights is the likelier: 1 is what people do every day, 3 what few do.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, final

from symcost.graph.tensor import Role
from symcost.quantities.convention import PARAMETER_WORDS, PRODUCT_WORDS, SPECIAL_WORDS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence


@final
@dataclass(frozen=True)
class Choice:
    """One departure from the default. `left_out` choices are said together: without a, b and c."""

    words: str
    weight: int = 1
    left_out: bool = False


PER_SEQUENCE, PER_TOKEN = Choice("per sequence"), Choice("per token")
PER_BATCH = Choice("per batch")
# What is counted for by default, and what takes a choice: 6 N is of a token.
SCOPES: dict[str, tuple[Choice, ...]] = {
    "batch": (),
    "sequence": (PER_SEQUENCE,),
    "token": (PER_TOKEN,),
}
SCOPES_OF_SIX_N = {**SCOPES, "batch": (PER_BATCH,), "token": ()}
CAUSAL = {
    "none": (),
    "half": (Choice("half the attention square (causal half)"),),
    "exact": (Choice("the s(s+1)/2 causal pairs (causal exact)", 2),),
}
MAC = Choice("MAC: 1 multiply-add = 1")
ELEMENTWISE_TOO = Choice("with all elementwise work", 3)
UNTIED = Choice("the head counted as well as the table")
RECOMPUTED = {
    "none": (),
    "full": (Choice("layers recomputed in backward"),),
    "selective": (Choice("the core of attention recomputed in backward", 2),),
}
THREE_TIMES = Choice("3 times the forward pass")
FOUR_TIMES = Choice("4 times the forward pass (all recomputed)", 2)
WEIGHT_BYTES = {
    2: (),
    4: (Choice("4 bytes a weight"),),
    1: (Choice("1 byte a weight", 2),),
}
ELEMENT_BYTES = {
    2: (),
    4: (Choice("4 bytes an element"),),
    1: (Choice("1 byte an element", 2),),
}
FUSED = {False: (), True: (Choice("attention scores stay on the chip", 2),)}
BINARY_MEANT = Choice("a prefix that means powers of 1024 (GB for GiB)", 2)
DECIMAL_MEANT = Choice("a prefix that means powers of 1000 (GiB for GB)", 3)

# What N is in 6 N. The catalog's own N are all parameters outside look-up tables.
N_OF_ALL = Choice("N = all parameters")
N_WITHOUT_POSITIONS = Choice("N = all parameters but positions")
N_UNTIED = Choice("N with the head counted as well")
N_ACTIVE = Choice("N = what a token meets")
# A number times N: the quantity that it estimates, and the choices that this takes.
ESTIMATES = {
    6: ("flops_train_6n", ()),
    2: ("flops_forward", (Choice("the estimate 2 N"),)),
    4: ("flops_backward", (Choice("the estimate 4 N", 2),)),
    8: ("flops_train", (Choice("the estimate 8 N (layers recomputed)", 2),)),
}
N_OF_MATRICES = Choice("N = the matrices alone")
SIX_N_AND_ATTENTION = Choice("the estimate 6 N and attention's products")


def _without_matrices(words: Mapping[str, Role]) -> Iterator[tuple[str, Role]]:
    """Matrices stay in: nobody counts everything but them."""
    return ((word, role) for word, role in words.items() if role is not Role.MATRIX)


# Parts that may be left out, in the order in which they are said.
OF_PARAMETERS = {
    **{role: Choice(word, left_out=True) for word, role in _without_matrices(PARAMETER_WORDS)},
    Role.ROUTER: Choice("routers", 2, left_out=True),
    Role.CONVOLUTION: Choice("convolutions", 3, left_out=True),
    Role.STATE: Choice("states", 3, left_out=True),
    Role.SCALE: Choice("scales", 3, left_out=True),
    Role.ATTENTION: Choice("attention's own weights", 3, left_out=True),
}
OF_WORK = {
    **{role: Choice(word, left_out=True) for word, role in _without_matrices(PRODUCT_WORDS)},
    **{role: Choice(word, 3, left_out=True) for word, role in SPECIAL_WORDS.items()},
    Role.ATTENTION: Choice("attention's products", 2, left_out=True),
}
# Parts that may stand by themselves.
ALONE = {
    Role.MATRIX: Choice("the matrices alone: no tables, head, biases or norms"),
}
WORK_ALONE = {
    Role.MATRIX: Choice("matrix products with weights alone: no attention, no logits"),
    Role.ATTENTION: Choice("attention's products alone", 3),
    Role.HEAD: Choice("the logits alone", 3),
}

# Of quantities with equally many choices the likelier first; others follow.
LIKELY = (
    "params",
    "params_non_embedding",
    "params_active",
    "params_embedding",
    "flops_forward",
    "flops_train",
    "flops_train_6n",
    "flops_backward",
    "kv_cache_bytes",
    "weight_bytes",
    "activation_bytes",
    "training_state_bytes",
    "optimizer_bytes",
    "gradient_bytes",
    "traffic_bytes",
)

MOST_LIKELY = LIKELY.index("activation_bytes")  # those before are named beside others


def likely(quantity: str) -> int:
    """The place of a quantity among those that people name numbers of."""
    return LIKELY.index(quantity) if quantity in LIKELY else len(LIKELY)


def one_of(layer: Sequence[str]) -> Choice:
    """One copy of a repeated layer instead of the whole model."""
    return Choice(f"one {' '.join(layer).replace('_', ' ')}", 2)


def optimizer(name: str) -> Choice:
    """The state of this optimizer."""
    return Choice(f"optimizer {name}", 2)


def at_length(tokens: int) -> Choice:
    """A usual length of a sequence, where nothing says one."""
    return Choice(f"s = {tokens:,} tried", 2)


def said(choices: Iterable[Choice], *, of: str = "") -> tuple[str, ...]:
    """The choices in words, what is left out (of N, say) in one phrase at the front."""
    every = list(choices)
    left_out = [each.words for each in every if each.left_out]
    rest = [each.words for each in every if not each.left_out]
    if not left_out:
        return tuple(rest)
    *first, last = left_out
    listed = f"{', '.join(first)} and {last}" if first else last
    return (f"{of} without {listed}".lstrip(), *rest)

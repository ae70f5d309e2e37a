"""How many tokens to train on: Hoffmann et al. 2022, Training Compute-Optimal Large Language
Models, arXiv 2203.15556.

Training N parameters on D tokens costs C = 6 N D. The rule of thumb is D = 20 N (the paper's table
3 and Chinchilla itself, 70B and 1.4T). Approach 3 fits the loss L(N, D) = E + A/N^alpha + B/D^beta
(its equation 2 and section 3.3); along N D = C/6 it is least where alpha A/N^alpha = beta B/D^beta.
The exponents are fractions, so that both sides are whole powers of N and D once they are raised to
the common denominator: whole numbers decide, no logarithm is taken.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from math import gcd
from typing import TYPE_CHECKING, final

from symcost.questions.cost import QuestionError

if TYPE_CHECKING:
    from symcost.algebra.poly import Number

TOKENS_EACH = 20
FLOPS_EACH = 6


@final
@dataclass(frozen=True)
class Law:
    """A fitted loss L = floor + a/N^alpha + b/D^beta, its constants as they are printed."""

    name: str
    source: str
    floor: Fraction
    a: Fraction
    b: Fraction
    alpha: Fraction
    beta: Fraction

    @property
    def powers(self) -> tuple[int, int, int]:
        """(times, p, q): alpha = p/times and beta = q/times, in lowest terms."""
        times = self.alpha.denominator * self.beta.denominator
        p, q = int(self.alpha * times), int(self.beta * times)
        shared = gcd(times, p, q)
        return times // shared, p // shared, q // shared

    @property
    def weight(self) -> Fraction:
        """alpha A / (beta B)."""
        return self.alpha * self.a / (self.beta * self.b)


LAWS = (
    Law(
        "hoffmann-2022",
        "Hoffmann et al. 2022, arXiv 2203.15556, appendix D.3, as printed: rounded to two digits",
        Fraction("1.69"),
        Fraction("406.4"),
        Fraction("410.7"),
        Fraction("0.34"),
        Fraction("0.28"),
    ),
    Law(
        "besiroglu-2024",
        "Besiroglu et al. 2024, Chinchilla Scaling: A replication attempt, arXiv 2404.10102",
        Fraction("1.8172"),
        Fraction("482.01"),
        Fraction("2085.43"),
        Fraction("0.3478"),
        Fraction("0.3658"),
    ),
)


@final
@dataclass(frozen=True)
class Best:
    """Parameters and tokens by a rule, each the largest whole number not above the exact one."""

    rule: str
    source: str
    params: int
    tokens: int

    @property
    def compute(self) -> int:
        """6 N D."""
        return FLOPS_EACH * self.params * self.tokens


def tokens_for(params: int) -> tuple[Best, ...]:
    """The tokens that go with so many parameters: by D = 20 N, and where each law is least."""
    rule = Best(f"D = {TOKENS_EACH} N", "Hoffmann et al. 2022", params, TOKENS_EACH * params)
    found = [rule]
    for law in LAWS:
        times, p, q = law.powers
        tokens = root_below(Fraction(params) ** p / law.weight**times, q)
        found.append(Best(law.name, law.source, params, tokens))
    return tuple(found)


def best_for(compute: Number) -> tuple[Best, ...]:
    """The parameters and tokens on which a budget of FLOPs is best spent, C = 6 N D.

    Raises `QuestionError` for a budget that trains nothing.
    """
    pairs = Fraction(compute) / FLOPS_EACH
    params = root_below(pairs / TOKENS_EACH, 2)
    if params < 1:
        raise QuestionError(f"a budget of {compute} FLOPs trains nothing: C = 6 N D")
    tokens = root_below(pairs * TOKENS_EACH, 2)
    found = [Best(f"D = {TOKENS_EACH} N", "Hoffmann et al. 2022", params, tokens)]
    for law in LAWS:
        times, p, q = law.powers
        params = root_below(law.weight**times * pairs**q, p + q)
        tokens = root_below(pairs**p / law.weight**times, p + q)
        found.append(Best(law.name, law.source, params, tokens))
    return tuple(found)


def root_below(number: Fraction, degree: int) -> int:
    """The largest whole x with x^degree <= number."""
    whole = number.numerator // number.denominator
    low, high = 0, 1 << (whole.bit_length() // degree + 1)
    while high - low > 1:
        middle = (low + high) // 2
        if middle**degree <= whole:
            low = middle
        else:
            high = middle
    return low

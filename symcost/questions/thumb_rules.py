"""Rules of thumb in use, as data: what they say, about which quantity, and where they come from.

A rule is a number times N, or a formula of sizes. N is what a token meets of the parameters outside
look-up tables. Nothing here is used to count: each rule is held against the exact closed form.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

from symcost.algebra.dim import dim
from symcost.algebra.poly import Poly

B, L, s, d, V = (Poly.of(dim(word)) for word in ("batch", "layers", "time", "model", "vocab"))

KAPLAN = "Kaplan et al. 2020, Scaling Laws for Neural Language Models, arXiv 2001.08361"
NARAYANAN = (
    "Narayanan et al. 2021, Efficient Large-Scale Language Model Training on GPU Clusters, "
    "arXiv 2104.04473"
)
DEEPSEEK = "DeepSeek-AI 2024, DeepSeek LLM, arXiv 2401.02954"
POPE = "Pope et al. 2022, Efficiently Scaling Transformer Inference, arXiv 2211.05102"


@final
@dataclass(frozen=True)
class RuleOfThumb:
    """`quantity` is about `formula`, or about `times` x N.

    `scope` is what the quantity is counted for; `layer` says that the rule is about one layer.
    """

    name: str
    quantity: str
    source: str
    formula: Poly | None = None
    times: int = 0
    scope: str | None = None
    layer: bool = False


RULES = (
    RuleOfThumb("6N", "flops_train", f"{KAPLAN}, section 2.1", times=6, scope="token"),
    RuleOfThumb("2N", "flops_forward", f"{KAPLAN}, equation 2.2", times=2, scope="token"),
    RuleOfThumb("4N", "flops_backward", f"{KAPLAN}, section 2.1", times=4, scope="token"),
    RuleOfThumb("12Ld^2", "params_non_embedding", f"{KAPLAN}, equation 2.1", formula=12 * L * d**2),
    RuleOfThumb(
        "24Bsd^2",
        "flops_forward",
        f"{NARAYANAN}, appendix",
        formula=24 * B * s * d**2,
        scope="batch",
        layer=True,
    ),
    RuleOfThumb(
        "24BLsd^2",
        "flops_forward",
        f"{NARAYANAN}, appendix",
        formula=24 * B * L * s * d**2,
        scope="batch",
    ),
    RuleOfThumb(
        "72BLsd^2",
        "flops_train",
        f"{NARAYANAN}, appendix, three times the forward pass",
        formula=72 * B * L * s * d**2,
        scope="batch",
    ),
    RuleOfThumb(
        "72Ld^2+6Vd",
        "flops_train",
        f"{DEEPSEEK}, section 3.2, equation 2",
        formula=72 * L * d**2 + 6 * V * d,
        scope="token",
    ),
    RuleOfThumb(
        "4BLsd",
        "kv_cache_bytes",
        f"{POPE}, section 2.1: two vectors of the model's width, 2 bytes an element",
        formula=4 * B * L * s * d,
        scope="batch",
    ),
)

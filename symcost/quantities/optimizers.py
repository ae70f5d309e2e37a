"""Optimizers as data: what each keeps for a trained weight, in bytes, with its source.

A state is one number for every number of a weight, sums over its rows and its columns, or one
number for every block of numbers. Sizes come from the declaration, never from here.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import final

from symcost.algebra.near import did_you_mean
from symcost.algebra.phrase import Phrase, joined, say


class OptimizerError(ValueError):
    """A name that no optimizer has."""


class Shape(Enum):
    """How many numbers a state holds for one weight."""

    FULL = "one for every number of the weight"
    FACTORED = "one for each row and each column of a matrix, else one for every number"
    BLOCKS = "one for every block of numbers"


class Held(Enum):
    """For which weights a state is held."""

    ALL = "all trained weights"
    MATRICES = "trained matrices of the layers"
    OTHERS = "all other trained weights: tables, logits, vectors"


@final
@dataclass(frozen=True)
class State:
    """`bytes` for each of its numbers; `block` is how many numbers of the weight one stands for."""

    name: str
    bytes: int
    shape: Shape = Shape.FULL
    held: Held = Held.ALL
    block: int = 1


@final
@dataclass(frozen=True)
class Optimizer:
    """Bytes of a weight, of its gradient, and the states kept for it."""

    name: str
    weight: int
    gradient: int
    states: tuple[State, ...]
    source: str

    @property
    def elementwise(self) -> bool:
        """Whether a flat partition of the weights partitions the states with them."""
        return all(each.shape is Shape.FULL and each.held is Held.ALL for each in self.states)

    def sentence(self) -> Phrase:
        """What it keeps, in words."""
        kept = [say("{0} {1}", say(each.name), str(each.bytes)) for each in self.states]
        return say(
            "optimizer {0} (bytes: weight {1}, gradient {2}; states: {3})",
            self.name,
            str(self.weight),
            str(self.gradient),
            joined(", ", kept) if kept else say("none"),
        )


ZERO = "Rajbhandari et al. 2020, ZeRO, arXiv 1910.02054, section 3.1"
MIXED = "Micikevicius et al. 2018, Mixed Precision Training, arXiv 1710.03740, section 3.1"
ADAM = "Kingma and Ba 2015, Adam, arXiv 1412.6980, algorithm 1"
MEGATRON = "NVIDIA Megatron-LM, theoretical_memory_usage.py, num_bytes_per_parameter"
MASTER = State("master copy", 4)
MOMENTS = (State("first moment", 4), State("second moment", 4))
MOMENTUM = State("momentum", 4)
MUON = (
    State("momentum of matrices", 4, held=Held.MATRICES),
    State("first moment of others", 4, held=Held.OTHERS),
    State("second moment of others", 4, held=Held.OTHERS),
)
EIGHT_BIT = (State("first moment", 1), State("second moment", 1))
SCALES = (
    State("scales of first moments", 4, Shape.BLOCKS, block=2048),
    State("scales of second moments", 4, Shape.BLOCKS, block=2048),
)

OPTIMIZERS = (
    Optimizer("sgd", 4, 4, (), "Robbins and Monro 1951, doi 10.1214/aoms/1177729586"),
    Optimizer("sgd-momentum", 4, 4, (MOMENTUM,), "Polyak 1964, doi 10.1016/0041-5553(64)90137-5"),
    Optimizer("sgd-momentum-mixed", 2, 2, (MASTER, MOMENTUM), MIXED),
    Optimizer("adam", 4, 4, MOMENTS, ADAM),
    Optimizer("adam-mixed", 2, 2, (MASTER, *MOMENTS), ZERO),
    Optimizer("adam-mixed-fp32-gradients", 2, 4, (MASTER, *MOMENTS), MEGATRON),
    Optimizer(
        "adam-mixed-both-gradients",
        2,
        2 + 4,
        (MASTER, *MOMENTS),
        "DeepSpeed, stage_1_and_2.py, estimate_zero2_model_states_mem_needs: 16-bit gradients and "
        "their 32-bit copy",
    ),
    Optimizer(
        "adam-8bit",
        2,
        2,
        (MASTER, *EIGHT_BIT),
        "EleutherAI 2023, Transformer Math 101: 4 + 1 + 1 bytes, scales of blocks left out",
    ),
    Optimizer(
        "adam-8bit-blocks",
        2,
        2,
        (MASTER, *EIGHT_BIT, *SCALES),
        "Dettmers et al. 2022, 8-bit Optimizers via Block-wise Quantization, arXiv 2110.02861, "
        "section 2.1: one 32-bit scale for each block of 2,048 numbers; every weight quantised",
    ),
    Optimizer(
        "adafactor",
        4,
        4,
        (State("second moment, factored", 4, Shape.FACTORED),),
        "Shazeer and Stern 2018, Adafactor, arXiv 1804.04235, algorithm 4: no momentum",
    ),
    Optimizer(
        "lion",
        4,
        4,
        (MOMENTUM,),
        "Chen et al. 2023, Symbolic Discovery of Optimization Algorithms, arXiv 2302.06675",
    ),
    Optimizer(
        "muon-mixed",
        2,
        2,
        (MASTER, *MUON),
        "Liu et al. 2025, Muon is Scalable for LLM Training, arXiv 2502.16982, section 2: Muon "
        "for matrices, AdamW for tables, logits and vectors",
    ),
)
ADAM_MIXED = next(each for each in OPTIMIZERS if each.name == "adam-mixed")


def optimizer(name: str) -> Optimizer:
    """The optimizer of this name. Raises `OptimizerError`, which names the nearest one."""
    known = {each.name: each for each in OPTIMIZERS}
    if name in known:
        return known[name]
    hint = did_you_mean(name, known)
    raise OptimizerError(f"{name[:60]!r} is not an optimizer.{hint} Known: {', '.join(known)}")

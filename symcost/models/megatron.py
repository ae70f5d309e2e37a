"""The layers whose activations Korthikanti et al. counted: GPT layers, trained with dropout."""

from __future__ import annotations

from typing import TYPE_CHECKING

from symcost.algebra.dim import dim
from symcost.algebra.identity import Relation
from symcost.algebra.poly import Poly
from symcost.graph.architecture import Architecture, AtMost
from symcost.models.gpt import gpt, gpt_layer

if TYPE_CHECKING:
    from symcost.graph.author import Author
    from symcost.graph.tensor import Tensor

MODEL, HEADS = Poly.of(dim("model")), Poly.of(dim("heads"))
SOURCE = (
    "Korthikanti et al. 2022, Reducing Activation Recomputation in Large Transformer Models, "
    "arXiv 2205.05198"
)
TABLE = "Korthikanti et al. 2022, table 3"
TILE = Relation(dim("head"), MODEL / HEADS, "the heads tile the width of the model")
FOUR = Relation(dim("feed"), 4 * MODEL, "the inner width is four times the model's")


def megatron_layers(a: Author) -> Tensor:
    """L layers of a GPT with dropout on attention shares and on what each block made.

    Shapes: x is batch, time, model; so is the result. Source: Korthikanti et al. 2022, arXiv
    2205.05198, section 4.1 and figure 2.
    """
    x = a.input("batch time model")
    return a.repeat("layer", "layers", gpt_layer, x, dropout=True)


MEGATRON_LAYERS = Architecture(
    "megatron-layers",
    "The layers of Megatron's GPT, trained with dropout",
    megatron_layers,
    SOURCE,
    {"model": (12_288, TABLE), "heads": (96, TABLE), "layers": (96, TABLE)},
    relations=(TILE, FOUR),
)


def _sized(name: str, title: str, layers: int, width: int, heads: int) -> Architecture:
    return Architecture(
        name,
        title,
        gpt,
        SOURCE,
        {
            "vocab": (51_200, TABLE),
            "positions": (2_048, TABLE),
            "model": (width, TABLE),
            "heads": (heads, TABLE),
            "layers": (layers, TABLE),
        },
        flags={"dropout": True},
        relations=(TILE, FOUR),
        limits=(AtMost("time", "positions", "the position table has no row for later places"),),
    )


MEGATRON_22B = _sized("megatron-22b", "Megatron's GPT of 22B parameters", 48, 6_144, 64)
MEGATRON_175B = _sized("megatron-175b", "Megatron's GPT of 175B parameters", 96, 12_288, 96)

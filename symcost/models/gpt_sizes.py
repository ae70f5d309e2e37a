"""Published sizes of the GPT family."""

from __future__ import annotations

from symcost.algebra.dim import dim
from symcost.algebra.identity import Relation
from symcost.algebra.phrase import say
from symcost.algebra.poly import Poly
from symcost.graph.architecture import Architecture, AtMost
from symcost.models.gpt import gpt

MODEL, HEADS = Poly.of(dim("model")), Poly.of(dim("heads"))

HEADS_TILE = Relation(dim("head"), MODEL / HEADS, "the heads tile the width of the model")
FEED_IS_FOUR = Relation(dim("feed"), 4 * MODEL, "the inner width is four times the model's")
ROWS_FOR_EACH_PLACE = AtMost(
    "time", "positions", "the position table has no row for later places; set n_ctx as well"
)

GPT2_TABLE = "Radford et al. 2019, table 2"
GPT2_FILE = say("released configuration of {0}", "GPT-2")
GPT3_TABLE = "Brown et al. 2020, table 2.1"


def _gpt2(name: str, title: str, layers: int, width: int, heads: int) -> Architecture:
    return Architecture(
        name,
        title,
        gpt,
        "Radford et al. 2019, Language Models are Unsupervised Multitask Learners",
        {
            "vocab": (50257, GPT2_FILE),
            "positions": (1024, GPT2_TABLE),
            "model": (width, GPT2_TABLE),
            "heads": (heads, GPT2_FILE),
            "layers": (layers, GPT2_TABLE),
            "feed": (4 * MODEL, say("{0} is not set", "n_inner")),
        },
        flags={"bias": True, "tied": True},
        relations=(HEADS_TILE,),
        cited=(FEED_IS_FOUR,),
        limits=(ROWS_FOR_EACH_PLACE,),
    )


GPT2 = _gpt2("gpt2", "GPT-2 small", 12, 768, 12)
GPT2_MEDIUM = _gpt2("gpt2-medium", "GPT-2 medium", 24, 1024, 16)
GPT2_LARGE = _gpt2("gpt2-large", "GPT-2 large", 36, 1280, 20)
GPT2_XL = _gpt2("gpt2-xl", "GPT-2 XL", 48, 1600, 25)

GPT3_175B = Architecture(
    "gpt3-175b",
    "GPT-3 175B",
    gpt,
    "Brown et al. 2020, Language Models are Few-Shot Learners, arXiv 2005.14165",
    {
        "vocab": (50257, "the vocabulary of GPT-2, Brown et al. 2020, section 2.2"),
        "positions": (2048, "Brown et al. 2020, section 2.1"),
        "model": (12288, GPT3_TABLE),
        "heads": (96, GPT3_TABLE),
        "layers": (96, GPT3_TABLE),
        "feed": (4 * MODEL, "Brown et al. 2020, section 2.1"),
    },
    flags={"bias": True, "tied": True},
    relations=(HEADS_TILE,),
    cited=(FEED_IS_FOUR,),
    limits=(ROWS_FOR_EACH_PLACE,),
    notes=(
        "Attention is counted as dense in every layer. The paper alternates dense and locally "
        "banded layers and does not publish the width of the band.",
    ),
)

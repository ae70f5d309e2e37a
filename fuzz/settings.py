"""Values of single arguments: each has a small notation of its own."""

from __future__ import annotations

from fuzz.target import Target, encoded, of_text
from symcost.commands.asking import share
from symcost.commands.check import let
from symcost.commands.common import sizes
from symcost.commands.lengths import _lengths
from symcost.commands.mfu import _number
from symcost.graph.selecting import split_rank
from symcost.graph.variant import Variant, varied
from symcost.model import load
from symcost.plot.collect import read_range
from symcost.quantities.plan import read_plan
from symcost.questions.budget import read as read_question
from symcost.questions.which.claim import read_claim
from symcost.sweep.grids import grid

NUMBERS = ("124439808", "124M", "6.7 billion", "1.3e9", "272 GFLOPs", "2.5GiB", "~7 x 10^9")


def _freeze(text: str) -> object:
    chosen = Variant.read(text, "", "")
    return varied(load("gpt2").root, chosen) if chosen.selectors else chosen


def _low_rank(text: str) -> object:
    _, matrices = split_rank(text)
    chosen = Variant.read("", "", matrices)
    return varied(load("gpt2").root, chosen) if chosen.selectors else chosen


def _lines(read: object) -> object:
    return of_text(lambda text: read(text.split("\n")))  # type: ignore[operator]


SETTINGS = {
    "plan": Target(
        of_text(lambda text: read_plan(text, {})),
        lambda: encoded(("dp=8,tp=4,pp=2,ep=2,sp,micro=16,chunks=2", "dp,tp=2,sp=2")),
        "`--parallel`",
        longest=200,
    ),
    "question": Target(
        of_text(read_question),
        lambda: encoded(("params = 7e9", "kv_cache_bytes <= 80 GiB", "flops_train < 2.5 PFLOP")),
        "a question of `solve`",
        longest=200,
    ),
    "range": Target(
        of_text(read_range),
        lambda: encoded(("s=128:65536:256", "d=768:12_288")),
        "`plot --against`",
        longest=200,
    ),
    "grid": Target(
        of_text(grid),
        lambda: encoded(("d=256:8192:64", "s=1024,2_048", "L=1:9")),
        "`sweep --grid`",
        longest=200,
    ),
    "sizes": Target(
        _lines(sizes), lambda: encoded(("s=1024\nB=1", "d = 1_024\nh=-3")), "`--set`", longest=200
    ),
    "let": Target(
        _lines(let), lambda: encoded(("H=heads\nD = width",)), "`check --let`", longest=200
    ),
    "claim": Target(
        of_text(read_claim), lambda: encoded(NUMBERS), "a number of `which`", longest=200
    ),
    "freeze": Target(
        of_text(_freeze),
        lambda: encoded(("embeddings, layer[:4], attention.W_Q", "layer[2:-1]", "W_V")),
        "`--freeze`, `--train-only`",
        longest=200,
    ),
    "lora": Target(
        of_text(_low_rank),
        lambda: encoded(("r=8: W_Q, W_V", "layer[:4].attention.W_Q")),
        "`--lora`",
        longest=200,
    ),
    "share": Target(of_text(share), lambda: encoded(("5", "0.1")), "`--within`", longest=60),
    "rate": Target(
        of_text(lambda text: _number(text, "--tokens-per-second")),
        lambda: encoded(("238300", "1.5", "100,000")),
        "`mfu --tokens-per-second`",
        longest=60,
    ),
    "lengths": Target(
        of_text(_lengths), lambda: encoded(("100,200,1000",)), "`lengths --lengths`", longest=200
    ),
}

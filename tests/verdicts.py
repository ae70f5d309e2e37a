"""Verdicts made by hand, and a work of several lines: what the pages of marks are tested on."""

from __future__ import annotations

from fractions import Fraction

from symcost.algebra.dim import find
from symcost.algebra.form import Num, Power, Product, Sum, Sym, expanded
from symcost.algebra.poly import Poly
from symcost.checking.verdict import (
    Edit,
    Lint,
    Marked,
    MarkedLine,
    Meaning,
    Numbers,
    Status,
    Verdict,
)

SIZES = (("L", 12), ("d", 768), ("h", 12), ("d_ff", 3072))
L, D, H, FF, S, V = (Sym(find(each)) for each in ("L", "d", "h", "d_ff", "s", "V"))
layers, width, heads, feed, time = (Poly.of(find(each)) for each in ("L", "d", "h", "d_ff", "s"))
square = width**2

OWN = "its own symbol"
LETTERS = (
    Meaning("L", "layers", OWN),
    Meaning("d", "the width of the model", OWN),
    Meaning("h", "query heads", "as a hidden width the sum would not be homogeneous"),
    Meaning("d_ff", "the feed-forward width", OWN),
)
ASKED = {"quantity": "params_non_embedding", "model": "lecture", "convention": "torch"}

# L (3 d d + h d d + 2 d d_ff): the output projection counted once for each head.
HEADS_TIMES = Verdict(
    Status.WRONG,
    "L*(3*d*d + h*d*d + 2*d*d_ff)",
    read="L*(3*d**2 + h*d**2 + 2*d*d_ff)",
    edits=(
        Edit(
            "counted_for_each_head",
            "layer.attention.W_O",
            "the output projection is counted once for each head: it is one matrix of d x d, "
            "made from all heads together",
            "h",
            expanded(layers * heads * square),
            expanded(layers * square),
            Fraction(23, 12),
        ),
    ),
    given=Product(
        (L, Sum((Product((Num(3), D, D)), Product((H, D, D)), Product((Num(2), D, FF)))))
    ),
    true=Product((Num(2), L, D, Sum((Product((Num(2), D)), FF)))),
    difference=expanded(layers * square * (heads - 1)),
    numbers=Numbers(162_791_424, 84_934_656, None, SIZES),
    meanings=LETTERS,
    **ASKED,
)

ROUGH = Verdict(
    Status.APPROXIMATION,
    "12*L*d**2",
    read="12*L*d**2",
    conditions=("d_ff = 4 d",),
    given=Product((Num(12), L, Power(D, 2))),
    true=expanded(12 * layers * square + 13 * layers * width),
    dropped=expanded(13 * layers * width),
    difference=expanded(-13 * layers * width),
    numbers=Numbers(84_934_656, 85_054_464, None, SIZES),
    meanings=LETTERS[:2],
    quantity="params_non_embedding",
    model="gpt2",
    convention="torch",
)

UNDER = Verdict(
    Status.RIGHT_UNDER,
    "12*L*d**2",
    conditions=("non-embedding", "no biases"),
    numbers=Numbers(84_934_656, 84_934_656, 84_934_655, SIZES),
    remark="The formula is right, but the printed number is not what it gives.",
    meanings=LETTERS[:2],
    lint=(Lint("homogeneity", "s", "every other term grows with the square of the width"),),
    **ASKED,
)

UNEXPLAINED = Verdict(
    Status.UNKNOWN,
    "7*L*d*d_ff + s",
    given=Sum((Product((Num(7), L, D, FF)), S)),
    true=expanded(4 * layers * square + 2 * layers * width * feed),
    difference=expanded(5 * layers * width * feed + time - 4 * layers * square),
    notes=("'d_ff s' could be read as two factors.",),
    **ASKED,
)

UNREAD = Verdict(Status.UNUSABLE, "d +* 2", remark="column 4: '*' is not understood")

# Two errors at once: W_O counted h times, W_V forgotten.
TWO = Verdict(
    Status.WRONG,
    "2*d*d + h*d*d",
    edits=(
        Edit(
            "counted_for_each_head",
            "layer.attention.W_O",
            "the output projection is counted once for each head",
            "h",
            expanded(heads * square),
            expanded(square),
            Fraction(15, 4),
        ),
        Edit(
            "left_out",
            "layer.attention.W_V",
            "the value projection is missing",
            "",
            None,
            expanded(square),
            Fraction(3, 4),
        ),
    ),
    alternatives=((Edit("x", "y", "a matrix is counted h times and two are missing"),),),
    given=Sum((Product((Num(2), D, D)), Product((H, D, D)))),
    true=expanded(4 * square),
    difference=expanded(heads * square - 2 * square),
    numbers=Numbers(14 * 589_824, 4 * 589_824, None, SIZES),
    meanings=LETTERS[1:3],
    quantity="params of layer.attention",
    model="lecture",
    convention="torch",
)

RIGHT = Verdict(
    Status.RIGHT,
    "2*d*d_ff",
    quantity="params of layer.feed_forward",
    model="lecture",
    convention="torch",
    meanings=LETTERS[1:],
)

WORK = Marked(
    "homework_part_2.py",
    (
        MarkedLine(1, "import math", why="it claims nothing"),
        MarkedLine(3, "n_ff = 2*d*d_ff", "n_ff", RIGHT),
        MarkedLine(5, "attn = 2*d*d + h*d*d", "attn", TWO),
        MarkedLine(
            6,
            "layer = attn + n_ff",
            "layer",
            Verdict(
                Status.RIGHT,
                "attn + n_ff",
                given=expanded(heads * square + 2 * square + 2 * width * feed),
                true=expanded(4 * square + 2 * width * feed),
                difference=expanded(heads * square - 2 * square),
                quantity="params of layer",
                model="lecture",
                convention="torch",
            ),
            carried=True,
            because=("attn",),
        ),
        MarkedLine(8, "total = 12*L*d**2", "total", UNDER),
        MarkedLine(9, "rough = 7*L*d*d_ff + s", "rough", UNEXPLAINED),
        MarkedLine(10, "x = d +* 2", "x", UNREAD),
    ),
    ("Line 12 prints nothing.",),
)

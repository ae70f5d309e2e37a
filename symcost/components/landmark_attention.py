"""Attention of an encoder by way of a few landmarks, means of segments of the text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from symcost.components.short_convolution import around

if TYPE_CHECKING:
    from symcost.graph.author import Author
    from symcost.graph.tensor import Tensor

ROUNDS = 6


def landmark_attention(a: Author) -> Tensor:
    """Tokens to landmarks, an inverse between landmarks, landmarks to tokens.

    The inverse is found step by step. Values of neighbours are added, with a filter for each head.
    Shapes: x is batch, time, model; so is the result. Source: Xiong et al. 2021,
    Nystromformer, arXiv 2102.03902, section 3.
    """
    x = a.input("batch time model")
    a.axis("seen", a.size("time"))
    a.axis("marks", a.size("landmarks"))
    q = a.map("scale", a.linear("W_Q", x, "model -> heads head", bias=True), name="scale_q")
    k = a.map("scale", a.linear("W_K", x, "model -> heads head", bias=True), name="scale_k")
    v = a.linear("W_V", x, "model -> heads head", bias=True)
    beside = around(a, v, "heads head", "heads")
    few_q = a.map("add", q, name="query_means", axes="batch landmarks heads head")
    few_k = a.map("add", k, name="key_means", axes="batch marks heads head")
    k = a.map("join", k, name="keys", axes="batch seen heads head")
    v = a.map("join", v, name="values", axes="batch seen heads head")
    to_marks = _shares(a, q, few_k, "time", "marks")
    between = _shares(a, few_q, few_k, "landmarks", "marks")
    to_tokens = _shares(a, few_q, k, "landmarks", "seen")
    start = a.map("scale", between, name="start", axes="batch heads marks landmarks")
    inverse = a.repeat("refine", ROUNDS, refine, start, between)
    mix = _mixed(a, to_marks, inverse, to_tokens, v)
    mix = a.map("add", mix, beside, name="add_neighbours")
    return a.linear("W_O", mix, "heads head -> model", bias=True)


def _mixed(a: Author, to_marks: Tensor, inverse: Tensor, to_tokens: Tensor, v: Tensor) -> Tensor:
    """The mix of values by way of the landmarks."""
    shares = a.contract(
        "batch heads time marks, batch heads marks landmarks -> batch heads time landmarks",
        to_marks,
        inverse,
        name="shares_of_landmarks",
    )
    values = a.contract(
        "batch heads landmarks seen, batch seen heads head -> batch heads landmarks head",
        to_tokens,
        v,
        name="values_of_landmarks",
    )
    return a.contract(
        "batch heads time landmarks, batch heads landmarks head -> batch time heads head",
        shares,
        values,
        name="mix",
    )


def _shares(a: Author, q: Tensor, k: Tensor, asking: str, asked: str) -> Tensor:
    """A softmax of the scores between two sets of vectors."""
    name = f"{asking}_to_{asked}"
    scores = a.contract(
        f"batch {asking} heads head, batch {asked} heads head -> batch heads {asking} {asked}",
        q,
        k,
        name=name,
    )
    return a.map("softmax", scores, name=f"softmax_{name}")


def refine(a: Author) -> Tensor:
    """One step of an iteration for the inverse Z of A: Z/4 (13 - A Z (15 - A Z (7 - A Z))).

    Shapes: Z is batch, heads, marks, landmarks; A batch, heads, landmarks, marks; the result as Z.
    Source: Razavi et al. 2014; Xiong et al. 2021, arXiv 2102.03902, equation 11.
    """
    z = a.input("batch heads marks landmarks", "inverse")
    matrix = a.input("batch heads landmarks marks", "matrix")
    a.axis("others", a.size("marks"))
    right = a.map("join", z, name="right", axes="batch heads marks others")
    product = a.contract(
        "batch heads landmarks marks, batch heads marks others -> batch heads landmarks others",
        matrix,
        right,
        name="product",
    )
    rest = a.map("add", product, name="seven_minus", axes="batch heads others marks")
    for number, name in enumerate(("fifteen_minus", "thirteen_minus"), 2):
        rest = a.contract(
            "batch heads landmarks others, batch heads others marks -> batch heads landmarks marks",
            product,
            rest,
            name=f"product_{number}",
        )
        last = name == "thirteen_minus"
        axes = "batch heads landmarks others" if last else "batch heads others marks"
        rest = a.map("add", rest, name=name, axes=axes)
    made = a.contract(
        "batch heads marks landmarks, batch heads landmarks others -> batch heads marks others",
        a.map("scale", z),
        rest,
        name="product_4",
    )
    return a.map("join", made, name="better", axes="batch heads marks landmarks")

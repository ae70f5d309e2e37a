"""Token and position embedding, and the head that turns vectors back into logits."""

from __future__ import annotations

from typing import TYPE_CHECKING

from symcost.graph.tensor import Role

if TYPE_CHECKING:
    from symcost.graph.author import Author
    from symcost.graph.tensor import Tensor


def token_table(a: Author) -> Tensor:
    """One row of the model's width for each entry of the vocabulary."""
    return a.weight("W_E", "vocab model", Role.EMBEDDING)


def learned_positions(a: Author) -> Tensor:
    """One learned row for each place in the sequence, added to the token's row.

    Shapes: x is batch, time, model; so is the result. The positions are the same for every
    sequence, so the rows are looked up once. Source: Radford et al. 2018, Improving Language
    Understanding by Generative Pre-Training, section 3.1.
    """
    x = a.input("batch time model")
    places = a.ids("time", "places")
    rows = a.gather("W_P", places, "positions -> model", Role.POSITION)
    return a.map("add", x, rows, name="add_positions")


def logits(a: Author, *, tied: bool = True) -> Tensor:
    """A score for every entry of the vocabulary, by the token table or a matrix of its own.

    Shapes: x is batch, time, model; the table vocab, model; the result batch, time, vocab. Source:
    Press and Wolf 2017, Using the Output Embedding, arXiv 1608.05859.
    """
    x = a.input("batch time model")
    if tied:
        table = a.input("vocab model", "W_E")
        return a.linear(table, x, "model -> vocab", role=Role.HEAD, name="logits")
    return a.linear("W_U", x, "model -> vocab", role=Role.HEAD)

"""Rows for the place of a word on a page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from symcost.graph.tensor import Role

if TYPE_CHECKING:
    from symcost.graph.author import Author
    from symcost.graph.tensor import Tensor


def box_rows(a: Author) -> Tensor:
    """Adds a row for every side of the box around a word, and for its height and width.

    Opposite sides share a table. Shapes: x is batch, time, model; so is the result. Source: Xu et
    al. 2019, LayoutLM, arXiv 1912.13318, section 2.2.
    """
    x = a.input("batch time model")
    a.axis("opposite", 2)
    box = a.detach(x, "no_content")
    for name, sides in (("x", "opposite"), ("y", "opposite"), ("height", ""), ("width", "")):
        places = a.map("join", box, name=f"places_{name}", axes=f"batch time {sides}")
        rows = a.gather(f"W_{name}", places, "page -> model", Role.EMBEDDING)
        x = a.map("add", x, rows, name=f"add_{name}", axes="batch time model")
    return x


def joined_box_rows(a: Author) -> Tensor:
    """Adds the narrow rows of the sides of a box, of its height and its width, end to end.

    Opposite sides share a table. Shapes: x is batch, time, model; so is the result. Source: Huang
    et al. 2022, LayoutLMv3, arXiv 2204.08387, section 3.1.
    """
    x = a.input("batch time model")
    a.axis("opposite", 2)
    box = a.detach(x, "no_content")
    found = []
    for name, sides, row in (
        ("x", "opposite", "side_width"),
        ("y", "opposite", "side_width"),
        ("height", "", "extent_width"),
        ("width", "", "extent_width"),
    ):
        places = a.map("join", box, name=f"places_{name}", axes=f"batch time {sides}")
        found.append(a.gather(f"W_{name}", places, f"page -> {row}", Role.EMBEDDING))
    rows = a.map("join", *found, name="box", axes="batch time model")
    return a.map("add", x, rows, name="add_box")


def box_ways(a: Author) -> Tensor:
    """For every two tokens a vector of the way from one box to the other, as wide as a head.

    The way is a row of waves, which one matrix for all layers brings to that width. Shapes: x is
    batch, time, model; the result batch, time, seen, head. Source: Hong et al. 2021, BROS, arXiv
    2108.04539, section 3.1.
    """
    x = a.input("batch time model")
    box = a.detach(x, "no_content")
    waves = a.map("join", box, name="waves", axes="batch time seen waves")
    return a.linear("W_ways", waves, "waves -> head")


def path_rows(a: Author) -> Tensor:
    """Adds what two matrices make of a token's path through the tree of a page.

    Every depth has a table of tags and one of numbers; their rows stand end to end. A shorter way
    to the model's width stands by. Shapes: x is batch, time, model; so is the result. Source: Li et
    al. 2021, MarkupLM, arXiv 2110.08518, section 3.1.
    """
    x = a.input("batch time model")
    a.axis("wide", 4 * a.size("model"))
    path = a.repeat("step", "path_steps", step_rows, a.detach(x, "no_content"), stack="path_steps")
    spare = [
        a.weight("W_path", "path_steps path_width model"),
        a.weight("b_path", "model", Role.BIAS),
    ]
    path = a.map("idle", path, *spare, name="no_short_way", axes=" ".join(path.axes))
    inner = a.map("relu", a.linear("W_1", path, "path_steps path_width -> wide", bias=True))
    return a.map("add", x, a.linear("W_2", inner, "wide -> model", bias=True), name="add_path")


def step_rows(a: Author) -> Tensor:
    """The rows of one step of a path: of its tag, and of its number among its like."""
    x = a.input("batch time model")
    found = [
        a.gather(
            f"W_{name}",
            a.map("join", x, name=f"ids_{name}", axes="batch time"),
            f"{name} -> path_width",
            Role.EMBEDDING,
        )
        for name in ("tags", "likes")
    ]
    return a.map("add", *found, name="add_rows")

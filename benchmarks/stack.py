"""A stack of n blocks of which no two are alike: `stack:stack_1000` for every command.

Each block has a width, a number of heads, a width of a head and an inner width of its own, so
nothing is shared and nothing repeats: n blocks have 4 n + 3 symbols, n relations between them, and
19 n operations.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import symcost

if TYPE_CHECKING:
    from symcost.graph.tensor import Tensor

KINDS = {
    "width": ("d", "width"),
    "heads": ("h", "heads"),
    "head": ("k", "width of a head"),
    "feed": ("f", "inner width"),
}


def axis(kind: str, at: int) -> str:
    """The dimension of one block: `width_7`, with the symbol `d_b7`."""
    letter, meaning = KINDS[kind]
    word = f"{kind}_of_{at}"
    return symcost.define(word, f"{letter}_b{at}", meaning=f"{meaning} of block {at}").word


def block(a: symcost.Author, at: int) -> Tensor:
    """Attention, a feed-forward block, and a product that leads to the width of the next block."""
    model, heads, head, feed = (axis(kind, at) for kind in KINDS)
    x = a.input(f"batch time {model}")
    q = a.linear("W_Q", x, f"{model} -> {heads} {head}")
    k = a.remember(a.linear("W_K", x, f"{model} -> {heads} {head}"))
    v = a.remember(a.linear("W_V", x, f"{model} -> {heads} {head}"))
    scores = a.contract(
        f"batch time {heads} {head}, batch past {heads} {head} -> batch {heads} time past",
        q,
        k,
        name="scores",
        mask="causal",
    )
    mix = a.contract(
        f"batch {heads} time past, batch past {heads} {head} -> batch time {heads} {head}",
        a.map("softmax", scores),
        v,
        name="mix",
        mask="causal",
    )
    mixed = a.linear("W_O", mix, f"{heads} {head} -> {model}", bias=True)
    y = a.map("add", x, mixed, name="add_attention")
    inner = a.map("gelu", a.linear("W_1", y, f"{model} -> {feed}", bias=True))
    fed = a.linear("W_2", inner, f"{feed} -> {model}", bias=True)
    z = a.map("add", y, fed, name="add_feed")
    return a.linear("W_next", z, f"{model} -> {axis('width', at + 1)}")


def stack(count: int) -> symcost.Architecture:
    """A model of so many different blocks, whose heads tile its width in each."""

    def blocks(a: symcost.Author) -> Tensor:
        """Blocks one after the other, each of its own sizes."""
        x = a.input(f"batch time {axis('width', 0)}")
        for at in range(count):
            x = a.part(f"block_{at}", block, x, at=at)
        return x

    relations = tuple(
        symcost.Relation(
            symcost.define(axis("head", at), f"k_b{at}"),
            symcost.Poly.of(symcost.define(axis("width", at), f"d_b{at}"))
            / symcost.define(axis("heads", at), f"h_b{at}"),
            "the heads tile the width",
        )
        for at in range(count)
    )
    name = f"stack_{count}"
    return symcost.Architecture(name, name, blocks, "made up", sizes(count), relations=relations)


def sizes(count: int) -> dict[str, tuple[int, str]]:
    """Numbers for all symbols but the batch and the length, no two blocks alike."""
    found = {axis("width", at): 64 * (at + 1) for at in range(count + 1)}
    for at in range(count):
        found[axis("heads", at)] = 2 ** (at % 7)
        found[axis("feed", at)] = 64 * (at + 1) + 128 * (at % 11)
    return {word: (size, "made up") for word, size in found.items()}


def __getattr__(name: str) -> symcost.Architecture:
    """`stack_300` and any other number."""
    found = re.fullmatch(r"stack_([1-9][0-9]{0,4})", name)
    if found is None:
        raise AttributeError(name)
    return stack(int(found[1]))

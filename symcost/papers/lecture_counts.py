"""Two ways of counting the work of the lecture's transformer, as they were handed in.

Both let a product of matrices (i x j)(j x k) cost 2 i j k, take the token axis as d long, and
count one score product (d/h x d/h)(d/h x d/h) for each head and no product with V. They differ
in the output projection and in the feed-forward block. Each is declared with its own shapes, so
its closed form is derived like every other.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from symcost.graph.author import Author
    from symcost.graph.component import Declaration
    from symcost.graph.tensor import Tensor


def count_a(a: Author) -> tuple[Tensor, ...]:
    """Q, K, V summed over heads; the output projection once; one feed-forward product."""
    return _layers(a, _layer_a)


def count_b(a: Author) -> tuple[Tensor, ...]:
    """Q, K, V and the output projection h times over; both feed-forward products."""
    return _layers(a, _layer_b)


def _layers(a: Author, layer: Declaration) -> tuple[Tensor, ...]:
    a.axis("token", "model")
    a.axis("query", "head")
    a.axis("key", "head")
    x = a.input("token model")
    return (a.repeat("layer", "layers", layer, x, stack="layers"),)


def _layer_a(a: Author) -> tuple[Tensor, ...]:
    """One layer of count A."""
    x = a.input("token model")
    heads = a.repeat("head", "heads", _head, x, stack="heads")
    projected = a.linear("W_O", a.given("heads_joined", "token heads head"), "heads head -> model")
    return heads, projected, a.linear("W_1", x, "model -> feed")


def _layer_b(a: Author) -> tuple[Tensor, ...]:
    """One layer of count B."""
    x = a.input("token model")
    heads = a.repeat("head", "heads", _head_with_projection, x, stack="heads")
    up = a.linear("W_1", x, "model -> feed")
    return heads, a.linear("W_2", up, "feed -> model")


def _head(a: Author) -> tuple[Tensor, ...]:
    """Q, K and V of one head, and a score product on d/h tokens."""
    x = a.input("token model")
    q = a.linear("W_Q", x, "model -> head")
    k = a.linear("W_K", x, "model -> head")
    v = a.linear("W_V", x, "model -> head")
    few, keys = a.given("few_queries", "query head"), a.given("few_keys", "key head")
    return q, k, v, a.contract("query head, key head -> query key", few, keys, name="scores")


def _head_with_projection(a: Author) -> tuple[Tensor, ...]:
    """The same with the whole output projection, which is thus counted for each head."""
    results = _head(a)
    joined = a.given("heads_joined", "token heads head")
    return *results, a.linear("W_O", joined, "heads head -> model")

"""Attention over recent tokens and over summaries of many tokens each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from symcost.algebra.poly import Call, Poly, at_most
from symcost.components.norm import normalised
from symcost.graph.tensor import Role

if TYPE_CHECKING:
    from symcost.graph.author import Author
    from symcost.graph.tensor import Tensor


def compressed_attention(a: Author, *, rate: str = "", indexer: bool = False) -> Tensor:
    """One key that is its own value, for all heads; whole windows of tokens become one entry each.

    `rate` is the dimension of the tokens in an entry; without it there are no entries. With
    `indexer` the entries overlap, and an indexer over entries of its own picks the best. Groups of
    heads are narrowed before the last projection. Shapes: x is batch, time, model; so is the
    result. Source: DeepSeek-AI 2026, DeepSeek-V4, section 2.3.
    """
    x = a.input("batch time model")
    narrow = normalised(a, a.linear("W_DQ", x, "model -> query_rank"), "rms", "query_rank", "q")
    q = a.linear("W_UQ", narrow, "query_rank -> heads head")
    q = normalised(a, q, "rms_plain", "head", "heads")
    made = normalised(a, a.linear("W_KV", x, "model -> head"), "rms", "head", "kv")
    kept = a.axis("recent", at_most(a.size("time"), a.size("window") - 1))
    key = a.remember(made, keep=kept)
    value = a.remember(a.map("join", made, name="value"), keep=kept)
    scores = a.contract(
        "batch time heads head, batch past head -> batch heads time past",
        q,
        key,
        name="scores",
        mask="causal",
    )
    scores = a.map("add", scores, a.weight("sinks", "heads", Role.ATTENTION), name="sink")
    mix = a.contract(
        "batch heads time past, batch past head -> batch time heads head",
        a.map("softmax", scores),
        value,
        name="mix",
        mask="causal",
    )
    if rate:
        mix = a.map("add", mix, _far(a, x, q, narrow, rate, indexer), name="add_far")
    return _out(a, mix)


def _far(a: Author, x: Tensor, q: Tensor, narrow: Tensor, rate: str, indexer: bool) -> Tensor:
    """What the heads bring from the entries."""
    _windows(a, rate)
    entries = _entries(a, x, "head", "far", overlapping=indexer)
    scores = a.contract(
        "batch time heads head, batch entries head -> batch heads time entries",
        q,
        entries,
        name="far_scores",
    )
    if indexer:
        scores = a.map("add", scores, _index(a, x, narrow), name="index_mask")
    return a.contract(
        "batch heads time entries, batch entries head -> batch time heads head",
        a.map("softmax", scores, name="far_softmax"),
        entries,
        name="far_mix",
    )


def _out(a: Author, mix: Tensor) -> Tensor:
    """Groups of heads are narrowed one by one, then joined."""
    a.axis("group_width", a.size("heads") * a.size("head") / a.size("out_groups"))
    grouped = a.map("join", mix, name="group", axes="batch time out_groups group_width")
    narrow = a.contract(
        "batch time out_groups group_width, out_groups group_width out_rank "
        "-> batch time out_groups out_rank",
        grouped,
        a.weight("W_OA", "out_groups group_width out_rank"),
        name="narrow_groups",
        role=Role.MATRIX,
    )
    return a.linear("W_OB", narrow, "out_groups out_rank -> model")


def _windows(a: Author, rate: str) -> None:
    """Whole windows, the tokens left over, and what exists only where there is a whole window."""
    size, time = a.size(rate), a.size("time")
    count = Poly.of(Call("floor", [time / size]))
    some = at_most(count, Poly.of(1))
    a.axis("entries", count)
    a.axis("in_window", size)
    a.axis("left", time - count * size)
    a.axis("used", time * some)
    a.axis("unused", time - time * some)
    a.axis("overlap", size * some)


def _entries(
    a: Author, x: Tensor, width: str, mark: str, *, overlapping: bool, trained: bool = True
) -> Tensor:
    """An entry for each window, kept for later tokens, with what the next window needs.

    Without a whole window the projections are computed, but nothing flows back through them.
    """
    series = a.axis(f"series_{mark}", a.size(width) * (2 if overlapping else 1))
    kept = []
    for label in ("keys", "gates"):
        weight = a.weight(f"W_{mark}_{label}", f"model {series}", train=trained)
        both = []
        for part in ("used", "unused"):
            name = f"{part}_{mark}_{label}"
            y, w = a.map("join", x, name=f"tokens_{name}", axes=f"batch {part} model"), weight
            if part == "unused" or not trained:
                y = a.detach(y, f"cut_{name}")
            if part == "unused":
                w = a.detach(weight, f"w_{name}")
            both.append(a.linear(w, y, f"model -> {series}", name=name))
        left = a.map("join", *both, name=f"left_{mark}_{label}", axes=f"batch left {series}")
        kept.append(a.carry(left, f"batch left {series}", f"left_state_{mark}_{label}"))
        if overlapping:
            shape = f"batch overlap {width}"
            last = a.map("join", *both, name=f"last_{mark}_{label}", axes=shape)
            kept.append(a.carry(last, shape, f"overlap_state_{mark}_{label}"))
    place = a.weight(f"place_{mark}", f"in_window {series}", Role.BIAS, train=trained)
    y = a.map("multiply", *kept, place, name=f"pool_{mark}", axes=f"batch entries {width}")
    y = normalised(a, y, "rms", width, mark)
    if not trained:
        y = a.detach(y, f"cut_{mark}")
    return a.carry(y, f"batch entries {width}", f"entries_{mark}")


def _index(a: Author, x: Tensor, narrow: Tensor) -> Tensor:
    """A score of every entry for every token, from a smaller set of entries; nothing flows back."""
    entries = _entries(a, x, "index_head", "index", overlapping=True, trained=False)
    weight = a.weight("W_IQ", "query_rank index_heads index_head", train=False)
    asks = a.detach(narrow, "index_from")
    q = a.linear(weight, asks, "query_rank -> index_heads index_head", name="W_IQ")
    scores = a.contract(
        "batch time index_heads index_head, batch entries index_head "
        "-> batch index_heads time entries",
        q,
        entries,
        name="index_scores",
    )
    weight = a.weight("W_IW", "model index_heads", train=False)
    token = a.detach(x, "index_token")
    weights = a.linear(weight, token, "model -> index_heads", name="W_IW")
    scores = a.map("relu", scores)
    return a.map("multiply", scores, weights, name="weigh", axes="batch time entries")

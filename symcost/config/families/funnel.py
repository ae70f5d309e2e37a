"""Funnel Transformer: its blocks, how often their layers are run, and the shortest text."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from symcost.config.built import Built, count_of
from symcost.config.decoders import Reader
from symcost.config.families.classic import only
from symcost.graph.architecture import AtMost
from symcost.models.funnel import Funnel, funnel

if TYPE_CHECKING:
    from collections.abc import Mapping

    from symcost.config.keys import Keys

MOST_BLOCKS = 20


def read(keys: Keys, options: Mapping[str, Any]) -> Built:
    """The language model."""
    only(keys, "FunnelForMaskedLM")
    r = Reader(keys, options)
    for word, key in (
        ("vocab", "vocab_size"),
        ("heads", "num_attention_heads"),
        ("head", "d_head"),
        ("feed", "d_inner"),
    ):
        r.size(word, key)
    if r.size("model", "hidden_size") % 2:
        keys.fail("hidden_size", "must be even: half of it are sines")
    kind = keys.text("attention_type")
    if kind not in ("relative_shift", "factorized"):
        keys.fail("attention_type", f"= {kind!r:.40} is not 'relative_shift' or 'factorized'")
    blocks, runs = _blocks(r)
    own, cut = keys.flag("separate_cls"), keys.flag("truncate_seq")
    spec = Funnel(
        blocks,
        runs,
        _late(r),
        spare=own and not cut,
        pool_all=not keys.flag("pool_q_only"),
        factored=kind == "factorized",
        activation=r.activation(),
        tied=keys.flag("tie_word_embeddings"),
    )
    keys.raw("pooling_type")
    least = 3 if own else 2
    for _ in blocks[2:]:
        least = 2 * least - 1 - int(spec.spare)
    limits: tuple[AtMost, ...] = ()
    if len(blocks) > 1:
        r.sizes["shortest"] = (least, keys.origin("block_sizes", "separate_cls"))
        limits = (AtMost("shortest", "time", "a shorter text is not halved that often"),)
    return Built(funnel, {"spec": spec}, r.sizes, limits=limits)


def _blocks(r: Reader) -> tuple[tuple[str, ...], tuple[int, ...]]:
    """The words that count the layers of the blocks, and how often these are run."""
    k = r.k
    sizes, runs = k.numbers("block_sizes"), k.numbers("block_repeats")
    runs = runs or [1] * len(sizes)
    if not sizes or len(sizes) > MOST_BLOCKS or min(sizes) < 1:
        k.fail("block_sizes", f"must list 1 to {MOST_BLOCKS} sizes")
    if len(runs) != len(sizes) or min(runs) < 1:
        k.fail("block_repeats", "must be a number for every block")
    words = []
    for number, size in enumerate(sizes, 1):
        words.append(count_of(f"block{number}").word)
        r.sizes[words[-1]] = (size, k.origin("block_sizes"))
    return tuple(words), tuple(runs)


def _late(r: Reader) -> str:
    """The word that counts the layers behind the blocks, or ""."""
    count = r.k.whole("num_decoder_layers", 0)
    if not count:
        return ""
    word = count_of("late").word
    r.sizes[word] = (count, r.k.origin("num_decoder_layers"))
    return word

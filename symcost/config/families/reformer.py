"""Reformer: chunks of local and of hashed attention, and the length that a text is padded to."""

from __future__ import annotations

from math import lcm
from typing import TYPE_CHECKING, Any

from symcost.algebra.dim import dim
from symcost.algebra.poly import Poly, at_most, called
from symcost.components.bucket_attention import hashed_attention, local_attention
from symcost.config.built import Built
from symcost.config.decoders import Reader
from symcost.config.families.classic import only
from symcost.graph.architecture import AtMost
from symcost.graph.component import Use
from symcost.models.decoder import Layer
from symcost.models.reversible import Reversible, reversible

if TYPE_CHECKING:
    from collections.abc import Mapping

    from symcost.config.keys import Keys

BLOCKS = {"local": "local_block", "lsh": "hash_block"}
MASKED, DECODES, BARE = "ReformerForMaskedLM", "ReformerModelWithLMHead", "ReformerModel"


def read(keys: Keys, options: Mapping[str, Any]) -> Built:
    """The model of the class that the file names."""
    named = only(keys, MASKED, DECODES, BARE)
    decodes = keys.flag("is_decoder")
    if (named == MASKED and decodes) or (named == DECODES and not decodes):
        keys.fail("is_decoder", f"= {str(decodes).lower()} is not possible for {named}")
    r = Reader(keys, options)
    for word, key in options["sizes"].items():
        r.size(word, key)
    kinds = layers(r)
    r.read_harmless(len(kinds))
    blocks = {kind: r.size(BLOCKS[kind], f"{kind}_attn_chunk_length") for kind in set(kinds)}
    padded = padded_length(blocks)
    whole = {kind: one_layer(r, kind, padded, blocks, decodes) for kind in sorted(blocks)}
    axial = keys.flag("axial_pos_embds")
    limit = places(r, axial)
    spec = Reversible(
        r.stacks([(kind, whole[kind]) for kind in kinds]), padded, axial, head=named != BARE
    )
    limits = (reach(r, blocks, limit),)
    note = "Layers are run backwards in training, which costs their forward work once more."
    return Built(reversible, {"spec": spec}, r.sizes, notes=[note], limits=limits)


def layers(r: Reader) -> list[str]:
    """The kind of every layer."""
    k = r.k
    kinds = k.words("attn_layers") or []
    if not kinds or any(kind not in BLOCKS for kind in kinds):
        k.fail("attn_layers", "must be a list of 'local' and 'lsh'")
    if "num_hidden_layers" in k.config and k.whole("num_hidden_layers") != len(kinds):
        k.fail("num_hidden_layers", f"is not the {len(kinds)} layers of attn_layers")
    r.sizes["layers"] = (len(kinds), k.origin("attn_layers"))
    return kinds


def beyond(length: Poly, block: Poly) -> Poly:
    """1 where a text is longer than a block, else 0."""
    return at_most(called("ceil", [length / block]) - 1, Poly.of(1))


def padded_length(blocks: Mapping[str, int]) -> Poly:
    """A text that is longer than the shortest chunk is filled up to a multiple of all chunks."""
    time, least, step = Poly.of(dim("time")), min(blocks.values()), lcm(*blocks.values())
    if least == step:
        block = Poly.of(dim(BLOCKS[min(blocks)]))
        return called("ceil", [time / block]) * at_most(time, block)
    filled = called("ceil", [time / step]) * step
    return time + beyond(time, Poly.of(least)) * (filled - time)


def one_layer(
    r: Reader, kind: str, padded: Poly, blocks: Mapping[str, int], decodes: bool
) -> Layer:
    """A layer of one kind: how many chunks, how long, and what each of them sees."""
    k = r.k
    beside = k.whole(f"{kind}_num_chunks_before", 0) + k.whole(f"{kind}_num_chunks_after", 0)
    if decodes and k.whole(f"{kind}_num_chunks_after", 0):
        k.fail(f"{kind}_num_chunks_after", "must be 0 in a decoder")
    block = Poly.of(dim(BLOCKS[kind]))
    # Where all chunks are equally long, the text tells as much as the padded text.
    length = Poly.of(dim("time")) if len({*blocks.values()}) == 1 else padded
    more = beyond(length, block)
    row = at_most(length, block)
    sizes = {
        "pieces": called("ceil", [length / block]),
        "row": row,
        "near": row * (1 + more * beside),
    }
    flags = {"kept": decodes}
    if kind == "local":
        mixer = Use(local_attention, flags, sizes)
    else:
        hashes = r.size("hashes", "num_hashes")
        rounds = Poly.of(dim("hashes"))
        sizes["rounds"] = 1 + more * (rounds - 1) if hashes > 1 else Poly.of(1)
        sizes["hashed_rounds"] = more * rounds
        sizes["turns"] = more * rounds * turns(r)
        mixer = Use(hashed_attention, flags, sizes)
    return Layer(mixer, r.dense(), before_mixer="layer", before_feed="layer")


def turns(r: Reader) -> Poly:
    """Random vectors in a round of hashing: half the buckets, or half of each of their factors."""
    k = r.k
    given = k.raw("num_buckets")
    if given is None:
        return Poly.of(2)
    factors = k.numbers("num_buckets") if isinstance(given, list) else [k.whole("num_buckets")]
    if not factors or any(each < 2 or each % 2 for each in factors):
        k.fail("num_buckets", "must be even")
    r.sizes["turns"] = (sum(factors) // 2, k.origin("num_buckets"))
    return Poly.of(dim("turns"))


def places(r: Reader, axial: bool) -> int:
    """The table of places, or the two tables of a grid; how many places there are."""
    k = r.k
    most = k.whole("max_position_embeddings")
    if not axial:
        r.size("positions", "max_position_embeddings")
        return most
    shape, widths = k.numbers("axial_pos_shape"), k.numbers("axial_pos_embds_dim")
    if len(shape) != 2 or len(widths) != 2 or min(*shape, *widths) < 1:
        k.fail("axial_pos_shape", "and axial_pos_embds_dim must be two positive numbers each")
    if sum(widths) != k.whole("hidden_size"):
        k.fail("axial_pos_embds_dim", "must add up to hidden_size")
    origin = k.origin("axial_pos_shape")
    r.sizes["axial_rows"], r.sizes["axial_columns"] = (shape[0], origin), (shape[1], origin)
    r.sizes["axial_row_width"] = (widths[0], k.origin("axial_pos_embds_dim"))
    return min(most, shape[0] * shape[1])


def reach(r: Reader, blocks: Mapping[str, int], limit: int) -> AtMost:
    """The longest text: all its chunks have places, and the number of buckets is known.

    Where a file names no number of buckets, the first text of two or three chunks makes it four;
    for longer ones it depends on which text came first.
    """
    least, step = min(blocks.values()), lcm(*blocks.values())
    if "lsh" in blocks and r.k.raw("num_buckets") is None:
        limit = min(limit, 3 * blocks["lsh"])
    longest = limit // step * step or min(limit, least)
    r.sizes["reach"] = (longest, "places for whole chunks, and a known number of buckets")
    return AtMost("time", "reach", "a longer text has no places, or no known number of buckets")

"""BLT: four networks, each with its own configuration inside, and how many patches there are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from symcost.algebra.dim import dim
from symcost.algebra.identity import Relation
from symcost.algebra.poly import Poly
from symcost.components.feed_forward import gated_feed_forward
from symcost.components.grouped_attention import grouped_attention
from symcost.components.whole_attention import whole_attention
from symcost.config.built import Built
from symcost.config.decoders import Reader
from symcost.config.families.classic import only
from symcost.config.read import inside
from symcost.graph.component import Use
from symcost.models.decoder import Layer
from symcost.models.patched import Patched, Tower, patched

if TYPE_CHECKING:
    from collections.abc import Mapping

    from symcost.config.keys import Keys
    from symcost.graph.architecture import Size

Sizes = dict[str, "tuple[Size, str]"]
AXES = ("groups", "share", "head", "feed")
# The lengths of groups of bytes with rows of their own, where a file names none.
GROUPS = 6
UNUSED = (
    "tie_word_embeddings",
    "max_position_embeddings",
    "sliding_window",
    "hidden_size_global",
    "vocab_size",
    "head_dim",
    "encoder_cross_output_size",
)


def read(keys: Keys, options: Mapping[str, Any]) -> Built:
    """The language model; the number of patches is a size of its own, as it depends on the text."""
    only(keys, "BltForCausalLM")
    r = Reader(keys, options)
    r.size("vocab", "vocab_size")
    r.read_harmless(0)
    encoder, decoder, world = (
        network(r, name, f"blt_{kind}", mark)
        for name, kind, mark in (
            ("encoder", "local_encoder", "encoder_"),
            ("decoder", "local_decoder", "byte_"),
            ("global", "global_transformer", ""),
        )
    )
    width = byte_width(r, encoder, decoder, world)
    folds = r.size("folds", "cross_attn_k")
    for part in (encoder, decoder):
        if part.whole("cross_attn_k") != folds:
            part.fail("cross_attn_k", f"is not {folds}, as outside")
    layers = encoder.whole("num_hidden_layers")
    if encoder.flag("cross_attn_all_layers") and layers > 1:
        encoder.fail("cross_attn_all_layers", "= true is not understood in an encoder")
    tables = hashed(r)
    frozen = cutter(r)
    outer, reader, *inner = towers(r, decoder, encoder)
    tied = ties(r, encoder)
    spec = Patched(
        outer,
        reader,
        world_tower(world),
        tuple(inner),
        tables=tables,
        folded=folds * width != world.whole("hidden_size"),
        patcher=frozen,
        tied=tied,
    )
    for part in (encoder, decoder, world):
        part.refuse_unread()
    return Built(patched, {"spec": spec}, r.sizes, tuple(r.relations))


def network(r: Reader, name: str, kind: str, mark: str) -> Keys:
    """Binds the sizes of one network, whose words begin with a mark."""
    k = inside(r.k, f"{name}_config", kind)
    for key in UNUSED:
        if k.has(key):
            k.raw(key)
    width, heads = k.whole("hidden_size"), k.whole("num_attention_heads")
    if width % heads:
        k.fail("num_attention_heads", f"= {heads} does not divide hidden_size = {width}")
    if "head_dim" in k.config and k.whole("head_dim") != width // heads:
        k.fail("head_dim", f"must be {width // heads} here, hidden size over heads")
    groups = k.optional("num_key_value_heads", 0) or heads
    if heads % groups:
        k.fail("num_key_value_heads", f"= {groups} does not divide the {heads} heads")
    feed = k.optional("intermediate_size", 0)
    origin = k.origin("intermediate_size")
    r.sizes[f"{mark}groups"] = (groups, k.origin("num_key_value_heads"))
    r.sizes[f"{mark}share"] = (heads // groups, f"{heads} query heads over {groups}")
    r.sizes[f"{mark}head"] = (width // heads, "hidden size over heads")
    r.sizes[f"{mark}feed"] = (feed, origin) if feed else (8 * width // 3, f"{origin}: 8/3 of width")
    layers = k.whole("num_hidden_layers")
    r.sizes[f"{mark}layers"] = (layers, k.origin("num_hidden_layers"))
    return k


def byte_width(r: Reader, encoder: Keys, decoder: Keys, world: Keys) -> int:
    """The width of bytes, the same on both sides, and that of patches."""
    width = encoder.whole("hidden_size")
    if decoder.whole("hidden_size") != width:
        decoder.fail("hidden_size", f"is not the encoder's {width}")
    model = world.whole("hidden_size")
    if decoder.whole("hidden_size_global") != model:
        decoder.fail("hidden_size_global", f"is not the {model} of the network on patches")
    r.sizes["byte_width"] = (width, encoder.origin("hidden_size"))
    r.sizes["model"] = (model, world.origin("hidden_size"))
    r.sizes["source_vocab"] = (encoder.whole("vocab_size"), encoder.origin("vocab_size"))
    return width


def sizes_of(mark: str, width: str) -> dict[str, Poly]:
    """What the axes of a layer mean in one of the networks."""
    found = {axis: Poly.of(dim(f"{mark}{axis}")) for axis in AXES}
    return {"model": Poly.of(dim(width)), **found}


def towers(r: Reader, decoder: Keys, encoder: Keys) -> tuple[Tower, ...]:
    """The encoder, what patches read of it, and the decoder in one or two parts."""
    layers = [
        Layer(Use(grouped_attention), Use(gated_feed_forward, {"activation": activation(each)}))
        for each in (encoder, decoder)
    ]
    outer, inner = sizes_of("encoder_", "byte_width"), sizes_of("byte_", "byte_width")
    once, count = Poly.of(1), Poly.of(dim("byte_layers"))
    read = {**outer, "time": Poly.of(dim("patches")) * Poly.of(dim("folds"))}
    found = (
        Tower("time", "byte_width", Poly.of(dim("encoder_layers")), layers[0], outer),
        Tower("pieces", "byte_width", once, None, read, "bytes"),
    )
    if decoder.flag("cross_attn_all_layers"):
        return (*found, Tower("time", "byte_width", count, layers[1], inner, "pieces"))
    first = Tower("time", "byte_width", once, layers[1], inner, "pieces")
    if r.sizes["byte_layers"][0] == 1:
        return (*found, first)
    return (*found, first, Tower("time", "byte_width", count - 1, layers[1], inner))


def world_tower(k: Keys) -> Tower:
    """The network on patches, which keeps nothing."""
    feed = Use(gated_feed_forward, {"activation": activation(k)})
    sizes = {**sizes_of("", "model"), "time": Poly.of(dim("patches"))}
    return Tower(
        "patches", "model", Poly.of(dim("layers")), Layer(Use(whole_attention), feed), sizes
    )


def activation(k: Keys) -> str:
    """The elementwise function of one network."""
    return Reader(k, {}).activation()


def hashed(r: Reader) -> int:
    """How many tables of groups of bytes there are: one for each length and function."""
    k = r.k
    groups = k.numbers("encoder_hash_byte_group_size")
    if any(each < 1 for each in groups):
        k.fail("encoder_hash_byte_group_size", "must be positive")
    r.size("hash_vocab", "encoder_hash_byte_group_vocab")
    return k.whole("encoder_hash_byte_group_nb_functions") * (len(groups) or GROUPS)


def cutter(r: Reader) -> dict[str, Poly] | None:
    """The sizes of the network that cuts a text up; each byte is a patch without it."""
    k = r.k
    mode = k.text("patching_mode")
    if not k.flag("patch_in_forward"):
        k.raw("patcher_config")
        rows = Poly.of(dim("time")) + 1
        r.relations.append(Relation(dim("patches"), rows, "each byte is a patch, and one more"))
        return None
    if mode != "entropy":
        k.fail("patching_mode", f"= {mode!r:.40} leaves the network that cuts idle: not understood")
    part = network(r, "patcher", "blt_patcher", "patcher_")
    if part.has("hidden_act") and part.text("hidden_act") != "silu":
        part.fail("hidden_act", "must be 'silu'")
    r.sizes["patcher_width"] = (part.whole("hidden_size"), part.origin("hidden_size"))
    r.sizes["source_bytes"] = (part.whole("vocab_size"), part.origin("vocab_size"))
    part.refuse_unread()
    if k.optional("patch_size") is None:
        reason = "without patch_size each byte is a patch"
        r.relations.append(Relation(dim("patches"), Poly.of(dim("time")), reason))
    return {**sizes_of("patcher_", "patcher_width"), "bytes": Poly.of(dim("source_bytes"))}


def ties(r: Reader, encoder: Keys) -> bool:
    """Whether the table of bytes makes the logits."""
    if not r.k.flag("tie_word_embeddings"):
        return False
    if encoder.whole("vocab_size") != r.sizes["vocab"][0]:
        encoder.fail("vocab_size", "other than outside cannot be tied")
    del r.sizes["source_vocab"]
    return True

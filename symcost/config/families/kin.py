"""Types that are BERT with one difference: it is read here, all else by the BERT family."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from symcost.algebra.dim import define, dim
from symcost.algebra.identity import Relation
from symcost.algebra.poly import Poly, called
from symcost.components.bottleneck import bottleneck_block, logits_of_two_tables, neighbouring_rows
from symcost.components.box_rows import box_rows
from symcost.components.bucketed_attention import DISTANCES, bucket_scores
from symcost.components.encoder_attention import encoder_attention
from symcost.components.grouped_products import squeezed_attention, squeezed_feed_forward
from symcost.components.idle_entities import idle_entities, idle_entity_queries
from symcost.config.activations import activation_of
from symcost.config.built import Built
from symcost.config.families import bert
from symcost.config.families.changes import Kin
from symcost.config.families.disentangled import first_version, second_version
from symcost.graph.component import Use
from symcost.graph.tensor import Role
from symcost.models.bert import Bert
from symcost.models.decoder import Layer, Stack

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from symcost.config.keys import Keys

MOST_TABLES = MOST_INNER = 64


def read(keys: Keys, options: Mapping[str, Any]) -> Built:
    """The model of the BERT family, with the difference that the type's entry names.

    None of these types keeps anything for later tokens, even if its layers can read another text.
    """
    for key in ("is_decoder", "add_cross_attention"):
        if key not in keys.facts.defaults and key in keys.config and keys.flag(key):
            keys.fail(key, "= true is not known to this model type")

    def difference(kin: Kin) -> None:
        kin.layers(mixer=Use(encoder_attention))
        DIFFERENCES[options["difference"]](kin)

    return changed(keys, options, difference)


def changed(keys: Keys, options: Mapping[str, Any], difference: Callable[[Kin], None]) -> Built:
    """The model of the BERT family, with one difference."""
    built = bert.read(keys, options)
    spec = built.flags["spec"]
    assert isinstance(spec, Bert)
    kin = Kin(keys, built, spec)
    difference(kin)
    return replace(built, flags={"spec": kin.spec})


def only_words(_kin: Kin) -> None:
    """DistilBERT: only the keys have other names."""


def groups(kin: Kin) -> None:
    """ALBERT: layers come in groups, and a group is passed several times."""
    k = kin.k
    count, layers = kin.size("layer_groups", "num_hidden_groups"), k.whole("num_hidden_layers")
    inner = k.whole("inner_group_num")
    if count > layers:
        k.fail("num_hidden_groups", f"= {count}: with {layers} layers, some would do no work")
    if inner > MOST_INNER:
        k.fail("inner_group_num", f"must be at most {MOST_INNER}, not {inner}")
    (stack,) = kin.spec.stacks
    total, many = Poly.of(dim("layers")), Poly.of(dim("layer_groups"))
    if layers % count == 0:
        each = Stack("group", "layer_groups", stack.layer, total / many, inner)
        kin.change(stacks=(each,))
        return
    rounds = called("floor", [total / many])
    longer = total - many * rounds
    kin.change(
        stacks=(
            Stack("longer_group", longer, stack.layer, rounds + 1, inner),
            Stack("group", many - longer, stack.layer, rounds, inner),
        )
    )


def quantised(kin: Kin) -> None:
    """I-BERT: tables of a class of its own, which the library does not call embeddings.

    Products of whole numbers (`quant_mode`) are as many and as large.
    """
    kin.k.flag("quant_mode")
    if kin.k.text("hidden_act") != "gelu":
        kin.k.fail("hidden_act", "must be 'gelu' in this model type")
    kin.change(table_role=Role.SCALE)


def boxes(kin: Kin) -> None:
    """LayoutLM: rows for the box around a word."""
    kin.size("page", "max_2d_position_embeddings")
    kin.change(added=Use(box_rows))


def cells(kin: Kin) -> None:
    """TAPAS: a table for everything a token may be in a table of cells."""
    k = kin.k
    sizes = k.numbers("type_vocab_sizes")
    least = 3 if k.flag("reset_position_index_per_cell") else 1
    if not least <= len(sizes) <= MOST_TABLES or min(sizes) < 1:
        k.fail("type_vocab_sizes", f"must be {least} to {MOST_TABLES} positive whole numbers")
    words = []
    for number, size in enumerate(sizes, 1):
        word = f"cell_kinds_{number}"
        define(word, f"n_cell{number}", meaning=f"kinds that table {number} of a cell tells apart")
        kin.built.sizes[word] = (size, k.origin("type_vocab_sizes"))
        words.append(word)
    kin.change(tables=tuple(words))


def buckets(kin: Kin) -> None:
    """MPNet: one table of scores for distances serves all layers."""
    kin.size("buckets", "relative_attention_num_buckets")
    kin.change(relative=Use(bucket_scores, {}, {"seen": Poly.of(dim("time"))}))
    mixer = Use(encoder_attention, {"offsets": True})
    kin.layers(mixer=mixer, beside=((DISTANCES[0], "heads time seen"),))


def entities(kin: Kin) -> None:
    """LUKE: tables and queries for entities stand by; the table of tokens is not tied."""
    k = kin.k
    tied, head = k.flag("tie_word_embeddings"), bool(kin.spec.head)
    kin.size("entities", "entity_vocab_size")
    narrow = k.whole("entity_emb_size") != k.whole("hidden_size")
    if narrow:
        kin.size("entity_width", "entity_emb_size")
    idle = Use(idle_entities, {"narrow": narrow, "head": head, "tied": tied})
    kin.change(idle=idle, tied=False, spare_bias=head and not tied)
    if k.flag("use_entity_aware_attention"):
        kin.layers(idle=Use(idle_entity_queries))


def squeezed(kin: Kin) -> None:
    """SqueezeBERT: products keep groups of channels apart."""
    k = kin.k
    hidden, feed = k.whole("hidden_size"), k.whole("intermediate_size")
    if k.whole("embedding_size") != hidden:
        k.fail("embedding_size", "must equal hidden_size in this model type")
    for word, key, widths in (
        ("groups_q", "q_groups", (hidden,)),
        ("groups_k", "k_groups", (hidden,)),
        ("groups_v", "v_groups", (hidden,)),
        ("groups_o", "post_attention_groups", (hidden,)),
        ("groups_1", "intermediate_groups", (hidden, feed)),
        ("groups_2", "output_groups", (hidden, feed)),
    ):
        count = kin.size(word, key)
        if any(width % count for width in widths):
            k.fail(key, f"= {count} does not divide {' and '.join(map(str, widths))}")
    flags = {"activation": activation_of(k, "hidden_act", k.raw("hidden_act"))}
    kin.layers(mixer=Use(squeezed_attention), feed=Use(squeezed_feed_forward, flags))


def bottleneck(kin: Kin) -> None:
    """MobileBERT: narrow layers, and narrow rows of the token and those beside it."""
    k, sizes = kin.k, kin.built.sizes
    hidden, rows = k.whole("hidden_size"), kin.size("row_width", "embedding_size")
    if not k.flag("use_bottleneck"):
        k.fail("use_bottleneck", "= false is not understood here; only true is")
    width = kin.size("narrow", "intra_bottleneck_size")
    heads = kin.size("heads", "num_attention_heads")
    if width % heads:
        k.fail("num_attention_heads", f"= {heads} does not divide intra_bottleneck_size = {width}")
    sizes["head"] = (width // heads, "intra_bottleneck_size over heads")
    tile = Poly.of(dim("narrow")) / Poly.of(dim("heads"))
    relation = Relation(dim("head"), tile, "heads fill the bottleneck")
    kin.built.relations = (*kin.built.relations, relation)
    values, own = k.flag("use_bottleneck_attention"), k.flag("key_query_shared_bottleneck")
    if not values and not own:
        k.fail("key_query_shared_bottleneck", "= false needs use_bottleneck_attention")
    three = k.flag("trigram_input")
    if rows > hidden or (rows == hidden and not three):
        k.fail("embedding_size", f"= {rows} is not understood beside hidden_size = {hidden}")
    norms = {"no_norm": "affine", "layer_norm": "layer"}
    kind = norms.get(k.text("normalization_type"))
    if kind is None:
        k.fail("normalization_type", f"is not one of {', '.join(norms)}")
    kin.size("feeds", "num_feedforward_networks")
    inside = k.whole("intra_bottleneck_size" if k.flag("use_bottleneck") else "hidden_size")
    if k.config.get("true_hidden_size", inside) != inside:
        k.fail("true_hidden_size", f"must be {inside}, as the other sizes say")
    flags = {"kind": kind, "own_asking": own, "narrow_values": values}
    activation = activation_of(k, "hidden_act", k.raw("hidden_act"))
    block = Use(bottleneck_block, {**flags, "activation": activation})
    kin.change(
        stacks=tuple(
            replace(each, layer=Layer(block, None, "", kind, "", "", norm_sums=True))
            for each in kin.spec.stacks
        ),
        row="row_width",
        row_norm=kind,
        widened=Use(neighbouring_rows, {"neighbours": 3 if three else 1}),
        logits=Use(logits_of_two_tables, {"tied": kin.spec.tied}),
    )
    if not k.flag("classifier_activation"):
        kin.change(pooled=False)


DIFFERENCES: dict[str, Callable[[Kin], None]] = {
    "": only_words,
    "groups": groups,
    "quantised": quantised,
    "boxes": boxes,
    "cells": cells,
    "buckets": buckets,
    "entities": entities,
    "squeezed": squeezed,
    "bottleneck": bottleneck,
    "disentangled": first_version,
    "disentangled_2": second_version,
}

"""The BERT family: which tables, norms and heads each type and class has."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from symcost.algebra.dim import dim
from symcost.algebra.identity import Relation
from symcost.algebra.poly import Poly
from symcost.components.encoder_attention import encoder_attention
from symcost.components.fourier import fourier_mixing
from symcost.components.grouped_attention import grouped_attention
from symcost.components.neck import narrow_neck
from symcost.components.past_attention import past_attention
from symcost.components.whole_attention import whole_attention
from symcost.config.activations import activation_of
from symcost.config.built import Built
from symcost.config.decoders import Reader
from symcost.config.families.classic import crossed
from symcost.config.families.sparse import MIXERS, Sparse
from symcost.graph.architecture import AtMost
from symcost.graph.component import Use
from symcost.models.adapted import Adapter
from symcost.models.bert import Bert, bert
from symcost.models.decoder import Layer

if TYPE_CHECKING:
    from collections.abc import Mapping

    from symcost.config.keys import Keys

USUAL = {
    "norm": "layer",
    "norms": "post_sum",
    "gated": False,
    "mlp_bias": True,
    "head_dim": "",
    "kv": "",
    "activation": "hidden_act",
    "row_norm": "layer",
    "last_norm": "",
    "qkv_bias": True,
    "width": "",
    "always_projected": False,
    "positions": "max_position_embeddings",
    "position_offset": 0,
    "tables": {"segments": "type_vocab_size"},
    "transform": True,
    "out": "",
    "spare_bias": True,
    "language_models": [],
    "bare": "",
    "bare_pooled": True,
    "pooled": False,
    "mixer": "",
    "attention": "plain",
    "ungrouped": False,
    "divides": False,
    "mlp_out_bias": False,
    "norm_shift": "",
    "first_normed": False,
    "pre_last_norm": "layer",
    "may_lack_tables": False,
    "tied": "tie_word_embeddings",
    "tied_unsaid": False,
    "head_activation": "",
    "transform_bias": True,
    "neck": "",
    "head_bias": True,
    "headless": False,
}

# Work that is no product of matrices, and that a reader might look for.
FREE = {
    "fourier": [
        "The Fourier transforms are counted as no work: the fast algorithm multiplies no matrices."
    ]
}


def read(keys: Keys, options: Mapping[str, Any]) -> Built:
    """The language model, or the bare model where the file names that class."""
    o = {**USUAL, **options}
    if o["norm_shift"]:
        kind = "layer" if keys.flag(o["norm_shift"]) else "layer_scale"
        o |= {"norm": kind, "row_norm": kind, "last_norm": kind}
    r = Reader(keys, o)
    r.size("vocab", "vocab_size")
    if keys.has("asm") and (keys.flag("asm") or not keys.flag("is_encoder")):
        keys.fail("asm", "= true, or is_encoder = false, is not understood here")
    hidden, layers = r.size("model", "hidden_size"), r.size("layers", "num_hidden_layers", 0)
    r.read_harmless(layers)
    r.attention_sizes(hidden)
    bare = _is_bare(keys, o) or bool(o["headless"])
    parts = {**_rows(r, o, hidden), **(_headless(r, o) if bare else _head(r, o))}
    kinds = [("", _layer(r, o))] * layers
    if o["first_normed"] and layers:  # what comes in is normed already
        kinds[0] = ("first", replace(kinds[0][1], before_mixer=""))
    sparse = MIXERS[o["mixer"]](r, kinds) if o["mixer"] else Sparse(kinds)
    spec = Bert(
        stacks=r.stacks(sparse.kinds),
        row_norm=o["row_norm"],
        last_norm=o["pre_last_norm" if _is_pre(keys) else "last_norm"],
        activation=_head_activation(r, o),
        pooled=bool(o["bare_pooled"] if bare else o["pooled"]),
        adapted=_adapted(r, hidden) if keys.has("adapter_reduction_factor") else None,
        padded=sparse.padded,
        **parts,
    )
    limits = _sparse(r) if keys.has("attention_type") else ()
    notes = [*sparse.notes, *FREE.get(o["attention"], [])]
    return Built(bert, {"spec": spec}, r.sizes, tuple(r.relations), notes, limits)


def _sparse(r: Reader) -> tuple[AtMost, ...]:
    """Block-sparse attention is full up to a length; beyond it, it is not described here."""
    k = r.k
    blocks, size = k.whole("num_random_blocks", 0), k.whole("block_size")
    kind = k.text("attention_type")
    if kind == "original_full":
        return ()
    if kind != "block_sparse":
        k.fail("attention_type", f"= {kind!r:.40} is not 'block_sparse' or 'original_full'")
    r.sizes["reach"] = ((5 + 2 * blocks) * size, k.origin("num_random_blocks", "block_size"))
    return (AtMost("time", "reach", "beyond it attention is sparse, and not described here"),)


def _is_bare(keys: Keys, o: Mapping[str, Any]) -> bool:
    """Whether the file names the class without a head over the vocabulary."""
    named = keys.words("architectures") if "architectures" in keys.config else None
    if not named:
        return False
    known = [*o["language_models"], o["bare"]]
    if len(named) != 1 or named[0] not in known:
        keys.fail("architectures", f"= {named!r:.80} is not understood; {', '.join(known)} are")
    return bool(named[0] == o["bare"])


def _layer(r: Reader, o: Mapping[str, Any]) -> Layer:
    """One layer; a decoder sees what came before and keeps it, an encoder sees everything."""
    k = r.k
    bias = r.k.flag(o["qkv_bias"]) if isinstance(o["qkv_bias"], str) else bool(o["qkv_bias"])
    decodes = bool(o.get("decodes")) or (k.has("is_decoder") and k.flag("is_decoder"))
    if decodes:
        each = dict.fromkeys(("q_bias", "k_bias", "v_bias"), bias)
        mixer = Use(grouped_attention, {**each, "o_bias": True})
    else:
        mixer = _seen(r, o, bias)
    idle = crossed(k)["idle"] if k.has("add_cross_attention") and not o["mixer"] else None
    if idle is not None and not decodes:
        k.fail("add_cross_attention", "needs is_decoder")
    norms = o["norms"]
    if k.has("pre_norm"):
        norms = "pre" if k.flag("pre_norm") else "post_sum"
    before = o["norm"] if norms == "pre" else ""
    after = o["norm"] if norms == "post_sum" else ""
    feed = r.dense()
    if o["mlp_out_bias"]:
        feed = replace(feed, flags={**feed.flags, "out_bias": True})
    return Layer(mixer, feed, before, after, before, after, norm_sums=bool(after), idle=idle)


def _seen(r: Reader, o: Mapping[str, Any], bias: bool) -> Use:
    """What lets a token of an encoder see all others."""
    if o["attention"] == "fourier":
        if r.k.flag("use_tpu_fourier_optimizations"):
            r.k.fail("use_tpu_fourier_optimizations", "= true is not understood here")
        return Use(fourier_mixing)
    if o["attention"] == "past":
        return Use(past_attention)
    if o["attention"] == "plain":
        return Use(encoder_attention, {"bias": bias})
    groups, heads = r.sizes["groups"][0], r.k.whole(r.o["heads"])
    if o["divides"] and r.k.whole(r.o["hidden"]) % heads:
        r.k.fail(r.o["heads"], f"= {heads} must divide {r.o['hidden']} in this model type")
    if o["ungrouped"] and groups != heads:
        r.k.fail(o["kv"], f"= {groups} must be {r.o['heads']} = {heads} in this model type")
    each = {f"{name}_bias": r.choice(f"{name}_bias") for name in "qkvo"}
    return Use(
        whole_attention, {**each, "qk_norm": r.o["qk_norm"], "qk_norm_over": r.o["qk_norm_over"]}
    )


def _is_pre(keys: Keys) -> bool:
    """Whether the file asks for norms before the blocks."""
    return keys.has("pre_norm") and keys.flag("pre_norm")


def _head_activation(r: Reader, o: Mapping[str, Any]) -> str:
    """The function before the logits: a key's, a fixed one, or that of the layers."""
    key = o["head_activation"]
    if not key:
        return r.activation()
    name = r.k.text(key) if r.k.has(key) else key
    return activation_of(r.k, key, name)


def _rows(r: Reader, o: Mapping[str, Any], hidden: int) -> dict[str, Any]:
    """The tables, and whether their rows have another width than the model."""
    k = r.k
    found: dict[str, Any] = {"tables": [], "positions": bool(o["positions"])}
    for word, key in o["tables"].items():
        if o["may_lack_tables"] and not k.optional(key, 0):
            continue
        r.size(word, key)
        found["tables"].append(word)
    if k.has("use_task_id") and k.flag("use_task_id"):
        r.size("tasks", "task_type_vocab_size")
        found["tables"].append("tasks")
    if k.has("n_langs") and k.whole("n_langs") > 1 and k.flag("use_lang_emb"):
        r.size("languages", "n_langs")
        found["tables"].append("languages")
    found["tables"] = tuple(found["tables"])
    if o["positions"]:
        rows = k.whole(o["positions"]) + int(o["position_offset"])
        r.sizes["positions"] = (rows, k.origin(o["positions"]))
    if o.get("rotations"):
        r.size("positions", o["rotations"])
        found["rotations"] = True
    if o["width"]:
        width = k.optional(o["width"])
        if width is not None and (width != hidden or o["always_projected"]):
            r.sizes["row_width"] = (width, k.origin(o["width"]))
            found |= {"row": "row_width", "projected": True}
            if o["width"] == r.o["hidden"]:
                same = Poly.of(dim("model"))
                r.relations.append(Relation(dim("row_width"), same, "rows have the model's width"))
    if k.has("concat_input"):
        found["joined"] = _joined(r)
    return found


def _adapted(r: Reader, hidden: int) -> Adapter:
    """The adapters of the languages, and which norm they read."""
    k = r.k
    languages = k.words("languages") or []
    if not languages or len(set(languages)) != len(languages):
        k.fail("languages", "must be a list of different words")
    r.sizes["languages"] = (len(languages), k.origin("languages"))
    factor = k.whole("adapter_reduction_factor")
    if factor > hidden:
        k.fail("adapter_reduction_factor", "leaves no width")
    r.sizes["bottleneck"] = (hidden // factor, k.origin("adapter_reduction_factor"))
    return Adapter(
        own_norm=k.flag("adapter_layer_norm"),
        shared_norm=k.flag("adapter_reuse_layer_norm"),
        norm_first=k.flag("ln_before_adapter"),
    )


def _joined(r: Reader) -> tuple[tuple[str, str, bool], ...]:
    """Tables of pronunciations and of written shapes, beside the token's row."""
    k = r.k
    if not k.flag("concat_input"):
        k.fail("concat_input", "= false is not understood; only true is")
    r.size("sounds", "pronunciation_vocab_size")
    r.size("sound_width", "pronunciation_embed_dim")
    r.size("shapes", "shape_vocab_size")
    r.size("shape_width", "shape_embed_dim")
    return (
        ("sounds", "sound_width", k.flag("enable_pronunciation")),
        ("shapes", "shape_width", k.flag("enable_shape")),
    )


def _headless(r: Reader, o: Mapping[str, Any]) -> dict[str, Any]:
    """No head: what the file says of it changes nothing."""
    for key in (o[word] for word in ("neck", "head_bias", "transform_bias")):
        if isinstance(key, str) and key and r.k.has(key):
            r.k.raw(key)
    return {"head": ""}


def _head(r: Reader, o: Mapping[str, Any]) -> dict[str, Any]:
    """What makes the logits. An untied table has a bias of its own; the other one stands by."""
    unsaid = isinstance(o["tied"], str) and not r.k.has(o["tied"])
    tied = bool(o["tied_unsaid"]) if unsaid else r.choice("tied")
    width = "row_width" if "row_width" in r.sizes else "model"
    if o["out"]:
        r.size("out_width", o["out"])
        width, tied = "out_width", False
    spare = bool(o["spare_bias"]) and not tied
    found = {"head": width, "tied": tied, "transform": bool(o["transform"]), "spare_bias": spare}
    found |= {"head_bias": r.choice("head_bias"), "transform_bias": r.choice("transform_bias")}
    if o["norm_shift"]:
        found["transform_norm"] = o["norm"]
    if o["neck"]:
        r.size("neck", o["neck"])
        found["neck"] = Use(narrow_neck)
    return found

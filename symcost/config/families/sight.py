"""Classifiers of images by a transformer: what each type and class has."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from symcost.algebra.dim import dim
from symcost.algebra.identity import Relation
from symcost.algebra.poly import Poly
from symcost.config.activations import activation_of
from symcost.config.built import Built
from symcost.config.decoders import Reader
from symcost.config.families.towers import layered, mixed_layers, towered
from symcost.models.vision_transformer import Vision, vision_transformer

if TYPE_CHECKING:
    from collections.abc import Mapping

    from symcost.config.keys import Keys

CLASSES = 2


def read(keys: Keys, options: Mapping[str, Any]) -> Built:
    """The model of the class that the file names."""
    r = Reader(keys, options)
    kind = options["kind"] if "kind" in options else task(keys, options)
    spec = sight(r, options, kind)
    return Built(vision_transformer, {"spec": spec}, r.sizes, tuple(r.relations))


def sight(r: Reader, options: Mapping[str, Any], kind: str) -> Vision:
    """What a vision transformer for this task is made of."""
    keys = r.k
    parts: dict[str, Any] = {"tall": _sides(r, options)}
    r.size("colours", "num_channels")
    hidden = r.size("model", "hidden_size")
    layers = 0 if options.get("layerless") else r.size("layers", "num_hidden_layers", 0)
    _heads(r, hidden, options)
    gated = keys.has("use_swiglu_ffn") and keys.flag("use_swiglu_ffn")
    _feed(r, hidden, gated)
    layer: dict[str, Any] = {"gated": gated, **_biases(keys), **_extras(keys)}
    layer |= layered(r, options)
    for key in ("hidden_act", "pooler_act"):
        if keys.has(key) and keys.raw(key) is not None:
            activation_of(keys, key, keys.raw(key))
    classify = kind in ("classify", "teach")
    parts["heads"] = {"classify": 1, "teach": 2}.get(kind, 0)
    if kind == "detect" and not classes(r):
        keys.fail("num_labels", "= 0 leaves nothing to tell things by")
    if classify:
        parts["heads"] *= bool(classes(r))
    parts |= towered(r, options, kind)
    if kind == "bare" and options.get("pooler"):
        parts["pooled"] = True
        key = "pooler_output_size"
        width = keys.optional(key) if keys.has(key) else None
        origin = keys.origin(key) if width else "the width of the model"
        r.sizes["pool_width"] = (width or hidden, origin)
    for key in ("pooler_output_size", "encoder_stride"):
        if keys.has(key):
            keys.raw(key)
    for key in options.get("harmless", []):
        if keys.has(key):
            keys.raw(key)
    parts = {**_tokens(keys, options), **_norms(keys, options, kind), **parts}
    return Vision(layers, layer, **parts, stacks=mixed_layers(r, options, layer, layers))


def _sides(r: Reader, options: Mapping[str, Any]) -> bool:
    """The sides of the image and of a patch; whether the image is not a square."""
    k = r.k
    patch = _tube(r) if options.get("film") == "tubes" else square(r, "patch", "patch_size")
    if options.get("flat"):
        r.size("sight_places", "num_patches")
        return False
    sides = k.raw("image_size")
    tall = bool(options.get("tall")) and isinstance(sides, list) and len(sides) == 2
    if tall:
        rows, columns = k.numbers("image_size")
        tall = rows != columns
        least = min(rows, columns)
    if tall:
        r.sizes |= {"image_rows": (rows, k.origin("image_size"))}
        r.sizes |= {"image": (columns, k.origin("image_size"))}
    else:
        least = square(r, "image", "image_size")
    if least < patch:
        k.fail("patch_size", "is more than image_size")
    return tall


def _tube(r: Reader) -> int:
    """A patch through several pictures."""
    k = r.k
    if isinstance(k.raw("tubelet_size"), int):
        if r.size("tube", "tubelet_size") > k.whole("num_frames"):
            k.fail("tubelet_size", "is more than there are pictures")
        return square(r, "patch", "patch_size")
    sides = k.numbers("tubelet_size")
    if len(sides) != 3 or min(sides) < 1 or sides[1] != sides[2]:
        k.fail("tubelet_size", f"= {sides!r:.40}; only square tubes are understood here")
    if k.whole("num_frames") < sides[0]:
        k.fail("num_frames", "is less than tubelet_size has")
    r.sizes |= {"tube": (sides[0], k.origin("tubelet_size"))}
    r.sizes |= {"patch": (sides[1], k.origin("tubelet_size"))}
    return sides[1]


def task(keys: Keys, options: Mapping[str, Any]) -> str:
    """What the class named in the file is for."""
    named = keys.words("architectures") if "architectures" in keys.config else None
    tasks = options["tasks"]
    if not named or len(named) != 1 or named[0] not in tasks:
        keys.fail("architectures", f"must name one of {', '.join(tasks)}, not {named!r:.80}")
    return str(tasks[named[0]])


def square(r: Reader, word: str, key: str) -> int:
    """A side in pixels; two sides must be equal."""
    k = r.k
    if not isinstance(k.raw(key), list):
        return r.size(word, key)
    sides = k.numbers(key)
    if len(sides) != 2 or sides[0] != sides[1] or sides[0] < 1:
        k.fail(key, f"= {sides!r:.40}; only squares are understood here")
    r.sizes[word] = (sides[0], k.origin(key))
    return sides[0]


def classes(r: Reader) -> int:
    """How many classes: the file lists them, counts them, or there are two."""
    k = r.k
    listed, counted = k.config.get("id2label"), k.config.get("num_labels")
    if listed is not None and (not isinstance(listed, dict) or not listed):
        k.fail("id2label", "must be an object with an entry for every class")
    if counted is not None:
        counted = k.whole("num_labels", 0)
        if listed is not None and len(listed) != counted:
            k.fail("num_labels", f"= {counted}, but id2label has {len(listed)} entries")
    if counted is None and k.has("num_labels"):
        counted = k.whole("num_labels")
        if listed is not None and len(listed) != counted:
            k.fail("num_labels", f"is {counted} unless given; give the length of id2label")
    if listed is not None:
        r.sizes["classes"] = (len(listed), "entries of id2label")
    elif counted is not None:
        if counted:
            r.sizes["classes"] = (counted, "num_labels")
        return int(counted)
    else:
        r.sizes["classes"] = (CLASSES, "two where the file lists none")
    return 1


def _heads(r: Reader, hidden: int, options: Mapping[str, Any]) -> None:
    k = r.k
    heads = r.size("heads", "num_attention_heads")
    plain = bool(options.get("plain_heads"))
    if "head_dim" in k.config and not plain:
        r.size("head", "head_dim")
        return
    if hidden < heads or ((plain or options.get("even")) and hidden % heads):
        k.fail("num_attention_heads", f"= {heads} does not divide hidden_size = {hidden}")
    r.sizes["head"] = (hidden // heads, "hidden size over heads, rounded down")
    if hidden % heads == 0:
        shared = Poly.of(dim("model")) / Poly.of(dim("heads"))
        r.relations.append(Relation(dim("head"), shared, "no head width is given"))


def _feed(r: Reader, hidden: int, gated: bool) -> None:
    """The inner width: its key, or a ratio, cut and rounded as the class does."""
    k = r.k
    if k.has("mlp_dim") and k.optional("mlp_dim") is not None:
        k.raw("mlp_ratio")
        r.size("feed", "mlp_dim")
        return
    if not k.has("mlp_ratio"):
        r.size("feed", "intermediate_size")
        return
    width = int(hidden * k.number("mlp_ratio"))
    if gated:
        width = (int(width * 2 / 3) + 7) // 8 * 8
    if width < 1:
        k.fail("mlp_ratio", "leaves no inner width")
    r.sizes["feed"] = (width, k.origin("mlp_ratio"))


def _biases(k: Keys) -> dict[str, bool]:
    if not k.has("qkv_bias"):
        return {"k_bias": False}
    return dict.fromkeys(("q_bias", "k_bias", "v_bias"), k.flag("qkv_bias"))


def _extras(k: Keys) -> dict[str, bool]:
    """Vectors that scale, and tables of offsets."""
    found: dict[str, bool] = {}
    if k.has("layer_scale_init_value"):
        start = k.raw("layer_scale_init_value")
        found["scaled"] = start is not None and k.number("layer_scale_init_value") > 0
    elif k.has("layerscale_value"):
        k.raw("layerscale_value")
        found["scaled"] = True
    if k.has("use_relative_position_bias"):
        found["distances"] = k.flag("use_relative_position_bias")
    return found


def _tokens(k: Keys, o: Mapping[str, Any]) -> dict[str, Any]:
    tokens = int(o.get("tokens", 1))
    found: dict[str, Any] = {"placed": tokens}
    if k.has("num_register_tokens"):
        tokens += k.whole("num_register_tokens", 0)
    found["tokens"] = tokens
    found["masks"] = bool(o.get("masks"))
    if k.has("use_mask_token"):
        found["masks"] = k.flag("use_mask_token")
    if k.has("use_absolute_position_embeddings"):
        found["positions"] = k.flag("use_absolute_position_embeddings")
    if k.has("use_shared_relative_position_bias"):
        found["shared_offsets"] = k.flag("use_shared_relative_position_bias")
    return found


def _norms(k: Keys, o: Mapping[str, Any], kind: str) -> dict[str, Any]:
    """The last norm, over every row or over the mean; the bare class may lack the second."""
    if k.has("use_mean_pooling"):
        mean = k.flag("use_mean_pooling")
        bare = kind == "bare" and not o.get("bare_mean", True)
        return {"last_norm": not mean, "mean_norm": mean and not bare}
    return {"both": kind == "classify" and k.has("layerscale_value")}

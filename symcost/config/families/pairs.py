"""Pairs of towers over images and texts: the parts of one file, each read as its own type."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from symcost.algebra.dim import dim
from symcost.algebra.identity import Relation
from symcost.algebra.poly import Poly
from symcost.config.built import Built
from symcost.config.decoders import Reader
from symcost.config.families.sight import classes, task
from symcost.config.read import part_of, read_part
from symcost.models.two_towers import Pair, Texts, two_towers
from symcost.models.vision_transformer import OWN, Vision, vision_transformer

if TYPE_CHECKING:
    from collections.abc import Mapping

    from symcost.config.keys import Keys


def read(keys: Keys, options: Mapping[str, Any]) -> Built:
    """`text` and `sight` are the types inside; `projected`: both ends get a matrix.

    `replaced`: old files hold a part once more, under another name, and that one counts.
    """
    kind = task(keys, options)
    keys = _replaced(keys, bool(options.get("replaced")))
    projected = bool(options.get("projected"))
    seen = _part(keys, "vision_config", options["sight"])
    ends = "project" if projected and kind == "pair" else "bare"
    images = read_part(seen, kind=ends, joint="outer")
    spec = images.flags["spec"]
    assert isinstance(spec, Vision)
    if kind == "classify":
        return _classifier(keys, options, images, spec)
    text = read_part(
        _part(keys, "text_config", options["text"]), projected=projected, joint="outer"
    )
    texts = text.flags["spec"]
    assert isinstance(texts, Texts)
    sizes = dict(text.sizes)
    words = {**{word: axis for axis, word in OWN.items()}, "sight_layers": "layers"}
    inner = {axis: word for word, axis in words.items()}
    sizes |= {inner.get(word, word): size for word, size in images.sizes.items()}
    if projected:
        sizes["joint"] = (keys.whole("projection_dim"), keys.origin("projection_dim"))
    elif not spec.pool:
        keys.fail("vision_config", "leaves out the vector of an image, which texts are compared to")
    elif sizes["text_width"][0] != sizes["sight_width"][0]:
        keys.fail("text_config", "ends with another width than the tower over images")
    pair = Pair(texts, replace(spec, apart=True), int(options.get("scales", 1)))
    shared = Poly.of(dim("sight_width")) / Poly.of(dim("sight_heads"))
    relations = [
        Relation(dim("sight_head"), shared, each.reason)
        for each in images.relations
        if each.dim is dim("head")
    ]
    notes = [*text.notes, *images.notes]
    return Built(two_towers, {"spec": pair}, sizes, (*text.relations, *relations), notes)


def _replaced(keys: Keys, understood: bool) -> Keys:
    """The keys with the parts that old files hold in place of those they stand for."""
    config = dict(keys.config)
    for key in ("text_config", "vision_config"):
        old = f"{key}_dict"
        if config.get(old) is None:
            continue
        if not understood:
            keys.fail(old, "is not understood here")
        config[key] = config[old]
        keys.origins[old] = keys.origins[key] = f"{keys.where}: {old}"
    return replace(keys, config=config)


def _part(keys: Keys, key: str, model_type: str) -> Keys:
    """One of the parts, which must be of the type that belongs here."""
    part = part_of(keys, key, model_type, {})
    if part.config.get("model_type", model_type) != model_type:
        part.fail("model_type", f"must be '{model_type}' here")
    return part


def _classifier(keys: Keys, options: Mapping[str, Any], built: Built, spec: Vision) -> Built:
    """The tower over images alone, and a score for every class."""
    r = Reader(keys, options)
    head = bool(classes(r))
    for key in ("text_config", "projection_dim"):
        if keys.has(key):
            keys.raw(key)
    flags = {"spec": replace(spec, heads=int(head))}
    return replace(built, declaration=vision_transformer, flags=flags, sizes=built.sizes | r.sizes)

"""Towers over texts, which stand beside a tower over images."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from symcost.config.built import Built
from symcost.config.families import bert
from symcost.config.families.sight import task
from symcost.models.bert import Bert
from symcost.models.two_towers import Texts, text_tower

if TYPE_CHECKING:
    from collections.abc import Mapping

    from symcost.config.keys import Keys


def read(keys: Keys, options: Mapping[str, Any]) -> Built:
    """The tower; `projected` says that the whole model adds a matrix to the shared width."""
    project, alone = bool(options.get("projected")), "joint" not in options
    named: dict[str, Any] = {"bare_pooled": alone and bool(options.get("pooled_alone"))}
    if alone:
        project = task(keys, options) == "project"
        named["bare"] = keys.config["architectures"][0]
    built = bert.read(keys, {**options, **named, "headless": True})
    words, sizes = built.flags["spec"], dict(built.sizes)
    assert isinstance(words, Bert)
    turned = str(options.get("turned", ""))
    if turned:
        key = options["turned_width"]
        width = keys.optional(key)
        sizes["text_width"] = (width, keys.origin(key)) if width else sizes["model"]
    if project and alone:
        sizes["joint"] = (keys.whole("projection_dim"), keys.origin("projection_dim"))
    spec = Texts(words, turned, project)
    return replace(built, declaration=text_tower, flags={"spec": spec}, sizes=sizes)

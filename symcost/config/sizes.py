"""The sizes of a decoder: each from its key, or by the rule of the model type."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from symcost.algebra.dim import dim
from symcost.algebra.identity import Relation
from symcost.algebra.phrase import say
from symcost.algebra.poly import Poly
from symcost.config.usual import USUAL
from symcost.graph.architecture import Size

if TYPE_CHECKING:
    from collections.abc import Mapping

    from symcost.config.keys import Keys


class Sizes:
    """Binds the dimensions of one configuration."""

    def __init__(self, keys: Keys, options: Mapping[str, Any]) -> None:
        """`options` is the entry of the model type, laid over the usual choices."""
        self.k = keys
        self.o = {**USUAL, **options}
        self.sizes: dict[str, tuple[Size, str]] = {}
        self.relations: list[Relation] = []

    def choice(self, name: str) -> bool:
        """An option that is true, false, or the name of a switch in the file."""
        value = self.o[name]
        return self.k.flag(value) if isinstance(value, str) else bool(value)

    def size(self, word: str, key: str, least: int = 1) -> int:
        """Binds a dimension to the value of a key."""
        value = self.k.whole(key, least)
        self.sizes[word] = (value, self.k.origin(key))
        return value

    def attention_sizes(self, hidden: int) -> None:
        """Heads, groups, head width: each from its key, or by the rule of the model type."""
        k, o = self.k, self.o
        if not o["heads"]:
            return
        heads = self.size("heads", o["heads"])
        groups = self.groups(heads)
        if heads % groups:
            k.fail(o["heads"], f"= {heads} is not a multiple of the {groups} key and value heads")
        self.sizes["share"] = (
            heads // groups,
            say("{0} query heads over {1}", str(heads), str(groups)),
        )
        if o["latent"]:
            self.latent_sizes(hidden, heads)
            return
        width = k.optional(o["head_dim"]) if o["head_dim"] and k.has(o["head_dim"]) else None
        if width is not None:
            self.sizes["head"] = (width, k.origin(o["head_dim"]))
        elif o["head_dim_null"] == "refuse":
            k.fail(o["head_dim"] or "head_dim", "is missing, and this model type defines no rule")
        elif o["head_dim_null"] == "floor" and hidden % heads and hidden > heads:
            self.sizes["head"] = (hidden // heads, say("hidden size over heads, rounded down"))
        else:
            if hidden % heads:
                k.fail(
                    o["heads"],
                    f"= {heads} does not divide {o['hidden']} = {hidden}, and no head "
                    "width is given",
                )
            self.sizes["head"] = (
                hidden // heads,
                say("hidden size over heads, as no width is given"),
            )
            tile = Poly.of(dim("model")) / Poly.of(dim("heads"))
            self.relations.append(Relation(dim("head"), tile, "no head width is given"))
        if o["heads_fill"] and self.sizes["head"][0] * heads != hidden:
            k.fail(o["head_dim"], f"must be {o['hidden']} over {o['heads']} in this model type")
        self.check_rotation(self.sizes["head"][0])

    def check_rotation(self, width: Size) -> None:
        """Refuses an odd number of rotated places in a head, where the type would widen it."""
        share = self.o["rotated"]
        if not share or not isinstance(width, int):
            return
        key = "partial_rotary_factor"
        for place in (self.k.config.get("rope_parameters"), self.k.config):
            if isinstance(place, dict) and key in place:
                share = place[key]
        if not isinstance(share, int | float) or int(width * share) % 2:
            self.k.fail(key, f"rotates an odd number of the {width} places of a head")

    def groups(self, heads: int) -> int:
        """Key and value heads. Equal to the query heads they need no symbol of their own."""
        k, o = self.k, self.o
        key = o["kv"]
        found = k.optional(key) if key and k.has(key) else None
        if o["multi_query"]:
            found = 1 if k.flag(o["multi_query"]) else found
        if found is None or found == heads:
            self.relations.append(
                Relation(dim("groups"), Poly.of(dim("heads")), "every query head has its own keys")
            )
            self.sizes["groups"] = (heads, say("as many as query heads"))
            self.relations.append(Relation(dim("share"), Poly.of(1), "one query head for each"))
            return heads
        origin = k.origin(key) if key in k.origins else k.origin(o["multi_query"])
        self.sizes["groups"] = (found, origin)
        rule = Poly.of(dim("heads")) / Poly.of(dim("groups"))
        self.relations.append(Relation(dim("share"), rule, "query heads for each key head"))
        return found

    def latent_sizes(self, hidden: int, heads: int) -> None:
        """The widths of latent attention."""
        k = self.k
        for word, key in (
            ("latent", "kv_lora_rank"),
            ("nope", "qk_nope_head_dim"),
            ("rope", "qk_rope_head_dim"),
            ("value_head", "v_head_dim"),
        ):
            if word == "value_head" and self.o["value_null"] and k.optional(key) is None:
                self.sizes[word] = (
                    hidden // heads,
                    say("hidden size over heads, as no width is given"),
                )
            else:
                self.size(word, key)
        key = self.o["query_rank"]
        rank = k.optional(key) if key else None
        if rank is not None:
            self.sizes["query_rank"] = (rank, k.origin(key))

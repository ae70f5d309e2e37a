"""Decoders with mixtures of experts: which layers have experts, a window, how many heads.

The rules a model type has are named in its entry; the lists in a file, where the class reads them,
come first.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from symcost.algebra.dim import Dim, define, dim
from symcost.algebra.poly import Poly
from symcost.components.grouped_attention import grouped_attention
from symcost.components.mixture_of_all import mixture_of_all
from symcost.config.built import Built
from symcost.config.decoders import Reader
from symcost.graph.component import Use
from symcost.models.decoder import Layer

if TYPE_CHECKING:
    from collections.abc import Mapping

    from symcost.config.keys import Keys

WINDOWED = ("sliding_attention", "chunked_attention")
FULL, SLIDING = "full_attention", "sliding_attention"


class ExpertsReader(Reader):
    """Reads a decoder whose feed-forward blocks are mixtures, in all layers or in some."""

    def __init__(self, keys: Keys, options: Mapping[str, Any]) -> None:
        """The options of `EXPERTS` come on top of the usual ones."""
        super().__init__(keys, {**EXPERTS, **options})
        self.words: dict[str, list[str]] = {}
        if self.o["norm_if"]:
            found = keys.raw(self.o["norm_if"])
            self.o["norm"] = self.o["norm"] if found is None else "rms"
        if self.o["gate"] == "gating":
            self.o["gate"] = "head" if keys.raw("gating") in (True, "per-head") else "element"
        if self.o["feed_else"] and keys.raw(self.o["feed"]) is None:
            self.o["feed"] = self.o["feed_else"]

    def read_harmless(self, layers: int) -> None:
        """Keys of kinds of layers that a configuration happens not to have."""
        super().read_harmless(layers)
        k = self.k
        listed = k.words("layer_types") if k.has("layer_types") else None
        if listed and not self.o["listed"] and (self.o["windowed"] or set(listed) != {FULL}):
            k.fail("layer_types", "is nothing that the class of this model type reads")
        for option in SPARE:
            key = self.o[option]
            if isinstance(key, str) and key and self.k.has(key):
                self.k.raw(key)

    # -- which layers ----------------------------------------------------------------------

    def is_windowed(self, index: int, layers: int) -> bool:
        """Whether a layer forgets what lies before its window."""
        if self.attention_words(layers)[index] not in WINDOWED:
            return False
        if self.o["windowed"] == "below" and not self.k.flag("use_sliding_window"):
            self.k.fail("layer_types", "has windows, but use_sliding_window is false")
        if self.k.whole(self.o["window"]) == 1:
            self.k.fail(self.o["window"], "= 1 keeps no token, which is not understood")
        return True

    def attention_words(self, layers: int) -> list[str]:
        """The kind of attention of each layer, in words."""
        if "attention" not in self.words:
            k = self.k
            listed = k.words("layer_types") if self.o["listed"] and k.has("layer_types") else None
            if listed is None:
                listed = [self.attention_word(index, layers) for index in range(layers)]
            if len(listed) != layers:
                k.fail("layer_types", f"has {len(listed)} entries for {layers} layers")
            self.words["attention"] = listed
        return self.words["attention"]

    def attention_word(self, index: int, layers: int) -> str:
        """The kind of one layer, where the file has no list."""
        rule, k = self.o["windowed"], self.k
        if not rule:
            return FULL
        if rule == "all":
            return SLIDING if k.optional(self.o["window"], 0) is not None else FULL
        if rule == "switch":
            return SLIDING if k.flag("use_sliding_window") else FULL
        if rule == "below":  # every second layer below a limit, where a switch is on
            on = k.flag("use_sliding_window") and index < k.whole("max_window_layers", 0)
            return SLIDING if on and (index + 1) % 2 else FULL
        if rule == "above":  # from a limit on
            on = k.optional(self.o["window"], 0) is not None
            return SLIDING if on and index >= k.whole("max_window_layers", 0) else FULL
        if rule == "rotated":  # chunks where there is rotation
            rotated = k.numbers("no_rope_layers")
            if not rotated:
                return SLIDING if (index + 1) % k.whole("no_rope_layer_interval") else FULL
            if len(rotated) != layers:
                k.fail("no_rope_layers", f"has {len(rotated)} entries for {layers} layers")
            return SLIDING if rotated[index] else FULL
        if rule == "prefixed":  # the dense layers at the bottom have a period of their own
            dense = self.first_dense()
            early = index < dense
            key = "prefix_dense_sliding_window_pattern" if early else "sliding_window_pattern"
            return SLIDING if ((index if early else index - dense) + 1) % k.whole(key) else FULL
        return self.periodic(rule, index, layers)

    def periodic(self, rule: Mapping[str, Any], index: int, layers: int) -> str:
        """Full attention at a period, among the first few, at the end; windows elsewhere."""
        every = rule["every"]
        period = self.k.whole(every) if isinstance(every, str) else int(every)
        place = layers - 1 - index if rule.get("back", False) else index
        full = (
            place % period == rule.get("at", period - 1) % period
            or index < rule.get("first", 0)
            or (rule.get("last", False) and index == layers - 1)
        )
        return FULL if full else SLIDING

    def is_mixture(self, index: int, layers: int) -> bool:
        """Whether a layer has experts, by the layout of the model type."""
        layout, k = self.o["moe"], self.k
        if layout == "all":
            return True
        if self.o["mlp_types"]:
            kinds = k.words("mlp_layer_types") if k.has("mlp_layer_types") else None
            if kinds is not None:
                word = self.of_layer(kinds, "mlp_layer_types", index, layers)
                if word not in ("sparse", "dense"):
                    k.fail("mlp_layer_types", f"has '{word[:40]}', which this model type lacks")
                return word == "sparse"
        if layout == "first_dense":
            return index >= self.first_dense() and index % self.dense_step() == 0
        if layout == "interval":
            return self.in_interval(index, layers)
        if layout == "listed":
            return self.is_listed(index, layers)
        if layout == "sparse_step":
            unset = k.raw("mlp_only_layers") is None
            return not (unset and index in self.o["dense_else"]) and super().is_mixture(
                index, layers
            )
        return super().is_mixture(index, layers)

    def first_dense(self) -> int:
        """How many layers at the bottom are dense."""
        key = self.o["first_dense"]
        if isinstance(key, int):
            return key
        if not self.k.has(key):
            return int(self.o["first_dense_else"])
        return self.k.whole(key, 0)

    def dense_step(self) -> int:
        """Old files: of the later layers only every n-th has experts."""
        key = self.o["dense_step"]
        return self.k.whole(key) if key and self.k.has(key) else 1

    def in_interval(self, index: int, layers: int) -> bool:
        """Every n-th layer between a first and a last one."""
        k = self.k
        last = k.whole("moe_layer_end_index", -1)
        last = layers - 1 if last == -1 else last
        fits = (index + 1) % k.whole("moe_layer_interval") == 0
        return fits and k.whole("moe_layer_start_index", 0) <= index <= last

    def is_listed(self, index: int, layers: int) -> bool:
        """The layers in a list; without one, every n-th."""
        k = self.k
        step = k.whole("interleave_moe_layer_step")
        if k.raw("moe_layers") is None:
            return index in range(step - 1, layers, step)
        return index in k.numbers("moe_layers")

    # -- what a layer is -------------------------------------------------------------------

    def kind(self, index: int, layers: int) -> tuple[str, Layer]:
        """(name, layer) of one layer; layers with other numbers of heads are kinds of their own."""
        name, layer = super().kind(index, layers)
        if self.o["mixed_after"] and self.is_mixture(index, layers):
            layer = replace(layer, after_feed=self.o["mixed_after"])
        per_layer = self.o["heads_per_layer"]
        if not per_layer or self.k.raw(per_layer) is None:
            return name, layer
        counts = self.k.numbers(per_layer)
        if len(counts) != layers:
            self.k.fail(per_layer, f"has {len(counts)} entries for {layers} layers")
        if counts[index] == self.sizes["heads"][0]:
            return name, layer
        assert layer.mixer is not None
        share = self.share_of(counts[index], per_layer)
        mixer = replace(layer.mixer, sizes={"share": Poly.of(share)})
        mark = f"heads_{counts[index]}"
        return f"{name}_{mark}" if name else mark, replace(layer, mixer=mixer)

    def share_of(self, heads: int, key: str) -> Dim:
        """A dimension for another number of query heads over each key head."""
        groups = self.sizes["groups"][0]
        assert isinstance(groups, int)
        if heads < 1 or heads % groups:
            self.k.fail(key, f"has {heads}, no multiple of the {groups} key and value heads")
        share = heads // groups
        found = define(f"share_{share}", f"r_{share}", meaning=f"{share} query heads a key head")
        self.sizes[found.word] = (share, self.k.origin(key))
        return found

    def mixer(self, windowed: bool) -> Use:
        """Attention; in some types windowed layers have more key heads, and sinks of their own."""
        use = super().mixer(windowed)
        o = self.o
        if use.component is not grouped_attention:
            return use
        flags, sizes = dict(use.flags), dict(use.sizes)
        if windowed and o["window_before"] and self.k.has(o["window_before"]):
            key = o["window_before"]  # counts the tokens before the one at hand
            self.sizes["window"] = (self.k.whole(key) + 1, self.k.origin(key))
        if o["value_head"]:
            self.size("value_head", o["value_head"])
            flags["value"] = "value_head"
        if windowed and o["window_groups"] != 1:
            times = int(o["window_groups"])
            share = self.sizes["share"][0]
            assert isinstance(share, int)
            if share % times:
                self.k.fail(o["heads"], f"is not a multiple of {times} {o['kv']}, as windows need")
            sizes["groups"] = Poly.of(dim("groups")) * times
            sizes["share"] = Poly.of(dim("share")) / Poly.of(times)
        if o["window_sinks"]:
            flags["sinks"] = windowed
        return Use(use.component, flags, sizes)

    def chosen_size(self, experts: int) -> None:
        """How many experts a token is sent to; old files give a list, new ones may leave it out."""
        key = self.o["chosen"]
        value = self.k.raw(key)
        if value is None:
            return  # parameters do not need it, and work is not known without it
        if isinstance(value, list) and self.o["chosen_list"]:
            if not value or any(each != value[0] for each in value):
                self.k.fail(key, "must be the same in every layer")
            value = value[0]
        if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= experts:
            self.k.fail(key, f"must be a whole number from 1 to {experts}, the number of experts")
        if self.o["chosen_only"] not in (0, value):
            self.k.fail(key, f"must be {self.o['chosen_only']} in this model type")
        self.sizes["chosen"] = (value, self.k.origin(key))

    def shared_width(self) -> tuple[int, str] | None:
        """The inner width of the shared expert; in some types it is not that of the others."""
        key = self.o["shared_width"]
        if not key:
            found = super().shared_width()
            if found is None and self.o["shared_else"]:  # no width of its own: that of the dense
                return self.k.whole(self.o["feed"]), self.k.origin(self.o["feed"])
            return found
        count = self.k.whole(self.o["shared_count"])
        return count * self.k.whole(key), self.k.origin(self.o["shared_count"], key)

    def mixture(self) -> Use:
        """The mixture, with what only some types have."""
        use, o = super().mixture(), self.o
        if o["shared_gate"] and not use.flags["shared"]:
            self.k.fail(o["shared_feed"], "= 0 leaves a gate without an expert, which is not read")
        if o["every_expert"]:
            return Use(mixture_of_all, {"activation": self.activation()})
        return use


def read(keys: Keys, options: Mapping[str, Any]) -> Built:
    """A decoder with mixtures of experts."""
    return ExpertsReader(keys, options).build()


# Keys that may go unread where no layer is of the kind that needs them.
SPARE = (
    *("feed", "feed_else", "experts", "chosen", "expert_feed"),
    *("shared_feed", "shared_count", "window", "first_dense"),
)


EXPERTS: dict[str, Any] = {
    "head_dim_null": "floor",
    "listed": False,
    "mlp_types": False,
    "first_dense_else": 1,
    "dense_step": "",
    "dense_else": [],
    "chosen_list": False,
    "chosen_only": 0,
    "norm_if": "",
    "feed_else": "",
    "heads_per_layer": "",
    "value_head": "",
    "window_groups": 1,
    "window_sinks": False,
    "every_expert": False,
    "mixed_after": "",
    "shared_width": "",
    "shared_else": False,
    "window_before": "",
}

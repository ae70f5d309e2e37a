"""Which layers of a decoder have experts, and which forget what lies before a window."""

from __future__ import annotations

from symcost.config.sizes import Sizes


class Places(Sizes):
    """Tells the kinds of layers apart, by the layout of the model type."""

    def is_mixture(self, index: int, layers: int) -> bool:
        """Whether a layer has experts, by the layout of the model type."""
        layout, k = self.o["moe"], self.k
        if not layout:
            return False
        if layout == "all":
            return True
        if layout == "first_dense":
            kinds = k.words("mlp_layer_types") if k.has("mlp_layer_types") else None
            if kinds is not None:
                return self.of_layer(kinds, "mlp_layer_types", index, layers) == "sparse"
            first = self.o["first_dense"]
            return index >= (first if isinstance(first, int) else k.whole(first, 0))
        if layout == "sparse_step":
            step = k.whole("decoder_sparse_step")
            dense = k.numbers("mlp_only_layers")
            return index not in dense and (index + 1) % step == 0 and self.experts() > 0
        raise ValueError(f"'{layout}' is not a layout of experts")

    def experts(self) -> int:
        """How many experts there are; none is possible."""
        return self.k.whole(self.o["experts"], 0)

    def is_windowed(self, index: int, layers: int) -> bool:
        """Whether a layer forgets what lies before its window."""
        rule, k = self.o["windowed"], self.k
        if not rule and "sliding_window" in k.config and "sliding_window" not in k.facts.defaults:
            rule = "all"  # a window that the class does not ask for shortens its cache all the same
        if not rule or k.optional(self.o["window"], 0) in (None, 0):
            return False
        kinds = k.words("layer_types") if k.has("layer_types") else None
        if kinds is not None:
            kind = self.of_layer(kinds, "layer_types", index, layers)
            return kind in ("sliding_attention", "chunked_attention")
        if rule == "all":
            return True
        if rule == "listed":  # only where layer_types says so
            return False
        if isinstance(rule, str) and rule.startswith("use"):
            return k.flag("use_sliding_window") and self.is_windowed_in_use(rule, index)
        if isinstance(rule, int):  # every rule-th layer is full, and perhaps the last
            every = self.o["window_every"]
            rule = k.whole(every) if every and k.has(every) else rule
            if self.o["window_not_last"] and index == layers - 1:
                return False
            return bool((index + self.o["window_from"]) % rule)
        raise ValueError(f"'{rule}' is not a rule for windows")

    def is_windowed_in_use(self, rule: str, index: int) -> bool:
        """Whether a layer has a window, in a type with use_sliding_window, where that is on."""
        k = self.k
        if rule == "use":  # qwen2: from max_window_layers on
            return index >= k.whole("max_window_layers", 0)
        if rule == "use_below":  # qwen2_moe: every other layer below max_window_layers
            return index % 2 == 0 and index < k.whole("max_window_layers", 0)
        if rule == "use_all":
            return True
        if rule == "use_unrotated":  # smollm3: the layers without rotation
            rotated = k.numbers("no_rope_layers")
            if rotated:
                return index < len(rotated) and not rotated[index]
            return (index + 1) % k.whole("no_rope_layer_interval") == 0
        raise ValueError(f"'{rule}' is not a rule for windows")

    def of_layer(self, kinds: list[str], key: str, index: int, layers: int) -> str:
        """The entry of a list with one word for each layer."""
        if len(kinds) != layers:
            self.k.fail(key, f"has {len(kinds)} entries for {layers} layers")
        return kinds[index]

"""Inkling 2: Inkling's attention with bounded heads, and blocks that look back over layers."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from symcost.config.built import Built, count_of
from symcost.config.families.classic import only
from symcost.config.families.inkling import SLIDING, InklingReader
from symcost.models.historied import Historied, HistoryLayer, historied_decoder

if TYPE_CHECKING:
    from collections.abc import Mapping

    from symcost.config.keys import Keys


def read(keys: Keys, options: Mapping[str, Any]) -> Built:
    """An Inkling 2 decoder."""
    only(keys, "Inkling2ForCausalLM")
    r = InklingReader(keys, options)
    r.size("vocab", "vocab_size")
    hidden, layers = r.size("model", "hidden_size"), r.size("layers", "num_hidden_layers")
    r.read_harmless(layers)
    r.attention_sizes(hidden)
    r.mixture()
    group = keys.whole("n_layers_per_attn_res_block")
    counts: Counter[str] = Counter()
    looks: Counter[tuple[int, bool]] = Counter()
    kinds: dict[str, HistoryLayer] = {}
    for index, word in enumerate(r.attention_words(layers)):
        window, starts = word == SLIDING, index % group == 0
        sizes = r.window_sizes() if window else {}
        if not window:
            r.size("distances", "rel_extent")
        name = f"{'window' if window else 'full'}{'_start' if starts else ''}"
        counts[name] += 1
        kinds[name] = HistoryLayer(starts, window, r.activation(), sizes)
        # Sums of layers before this one, sums with what it may begin, and the stream itself.
        if index:
            looks[-(-index // group) + 1, not window] += 1
        looks[index // group + 2, False] += 1
    looks[-(-layers // group) + 1, False] += 1
    total = r.sizes.pop("layers")[0]
    stacks = []
    for name, count in counts.items():
        word = count_of(name).word
        r.sizes[word] = (count, f"{name} layers among {total}")
        stacks.append((f"{name}_layer", word, kinds[name]))
    seen = tuple((many, thrice, count) for (many, thrice), count in sorted(looks.items()))
    spec = Historied(tuple(stacks), seen)
    return Built(historied_decoder, {"spec": spec}, r.sizes, tuple(r.relations))

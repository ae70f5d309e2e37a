"""Which block each layer of a hybrid stack holds: one rule for each way configurations say it.

A rule returns a pair for every layer: the block that looks at other tokens, and the one that does
not ("dense", "moe"); "" stands for none.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable

    from symcost.config.decoders import Reader
    from symcost.config.keys import Keys

Layout: TypeAlias = "list[tuple[str, str]]"

# Names of kinds of layers, old and new, and what they stand for here.
WORDS = {
    "mamba": "state_space",
    "linear_attention": "state_space",
    "attention": "attention",
    "full_attention": "attention",
}
DELTA = {**WORDS, "mamba": "delta", "linear_attention": "delta"}
CONVOLUTION = {"full_attention": "attention", "attention": "attention", "conv": "conv"}
LETTERS = {"M": "linear_attention", "E": "moe", "*": "full_attention", "-": "mlp"}


def kinds(k: Keys, key: str, words: dict[str, str], count: int | None = None) -> list[str] | None:
    """The list of kinds under a key, or None; every word must be known."""
    found = k.words(key) if k.has(key) else None
    if found is None:
        return None
    for word in found:
        if word not in words:
            k.fail(key, f"has '{word[:40]}', which this model type lacks")
    if count is not None and len(found) != count:
        k.fail(key, f"has {len(found)} entries for {count} layers")
    return [words[word] for word in found]


def every(k: Keys, period: str, offset: str) -> Callable[[int], bool]:
    """Whether a layer is the `offset`-th of its period."""
    step, first = k.whole(period), k.whole(offset, 0)
    if first >= step:
        k.fail(offset, f"= {first} must be smaller than {period} = {step}")
    return lambda index: index % step == first


def periods(r: Reader) -> Layout:
    """Jamba: attention and experts each at a period with an offset."""
    k = r.k
    layers = k.whole("num_hidden_layers", 0)
    looks = every(k, "attn_layer_period", "attn_layer_offset")
    routes = every(k, "expert_layer_period", "expert_layer_offset")
    many = k.whole("num_experts") > 1
    return _agrees(
        k,
        [
            (
                "attention" if looks(index) else "state_space",
                "moe" if many and routes(index) else "dense",
            )
            for index in range(layers)
        ],
    )


def indices(r: Reader) -> Layout:
    """Bamba: a list of the layers with attention."""
    k = r.k
    layers = k.whole("num_hidden_layers", 0)
    looks = k.numbers("attn_layer_indices")
    names = ["attention" if index in looks else "state_space" for index in range(layers)]
    return _agrees(k, [(name, "dense") for name in names])


def both(r: Reader) -> Layout:
    """Falcon H1: attention and state space beside each other in every layer."""
    return [("both", "dense")] * r.k.whole("num_hidden_layers", 0)


def listed(r: Reader) -> Layout:
    """Granite: a list of kinds, without it no attention; experts everywhere or nowhere."""
    k = r.k
    layers = k.whole("num_hidden_layers", 0)
    names = kinds(k, "layer_types", WORDS, layers) or ["state_space"] * layers
    feed = "moe" if k.optional("num_local_experts", 0) else "shared"
    return [(name, feed) for name in names]


def single(r: Reader) -> Layout:
    """Nemotron H: one block for each layer, by a list or a string of letters."""
    k = r.k
    blocks = {
        **{word: (kind, "") for word, kind in WORDS.items()},
        "moe": ("", "moe"),
        "mlp": ("", "dense"),
    }
    names = k.words("layers_block_type")
    key = "hybrid_override_pattern"
    if key in k.config:
        text = k.text(key)
        if any(letter not in LETTERS for letter in text):
            k.fail(key, f"may hold the letters {' '.join(LETTERS)}, not {text[:40]!r}")
        names = names or [LETTERS[letter] for letter in text]
    if names is None:
        names = list(LETTERS.values())
    for word in names:
        if word not in blocks:
            k.fail("layers_block_type", f"has '{word[:40]}', which this model type lacks")
    return [blocks[word] for word in names]


def interval(r: Reader) -> Layout:
    """Qwen: a list of kinds, or attention in every so many layers; feed-forward as usual."""
    k = r.k
    layers = k.whole("num_hidden_layers", 0)
    names = kinds(k, "layer_types", DELTA, layers)
    if names is None:
        key = "full_attention_interval"
        step = k.whole(key) if key in k.config else 4
        names = ["delta" if (index + 1) % step else "attention" for index in range(layers)]
    return _fed(r, names)


def fourth(r: Reader) -> Layout:
    """Olmo: a list of kinds, or attention in every fourth layer, at least in the last."""
    k = r.k
    layers = k.whole("num_hidden_layers")
    names = kinds(k, "layer_types", DELTA, layers)
    if names is None:
        names = ["attention" if index % 4 == 3 else "delta" for index in range(layers)]
        if "attention" not in names:
            names[-1] = "attention"
    if len(set(names)) < 2:
        k.fail("layer_types", "must have both linear and full attention")
    return _fed(r, names)


def kimi(r: Reader) -> Layout:
    """Kimi: a list of kinds, or two lists of places, or attention in every fourth layer."""
    k = r.k
    layers = k.whole("num_hidden_layers", 0)
    names = kinds(k, "layer_types", DELTA, layers)
    inside = k.raw("linear_attn_config") if "linear_attn_config" in k.config else None
    if (
        names is None
        and isinstance(inside, dict)
        and {"full_attn_layers", "kda_layers"} <= set(inside)
    ):
        full, delta = inside["full_attn_layers"], inside["kda_layers"]
        if sorted([*full, *delta]) != list(range(1, layers + 1)):
            k.fail("linear_attn_config", f"does not name each of the {layers} layers once")
        names = ["attention" if place in full else "delta" for place in range(1, layers + 1)]
    if names is None:
        names = ["attention" if index and index % 4 == 0 else "delta" for index in range(layers)]
    return _sparse(r, names, 1)


def grouped(r: Reader) -> Layout:
    """Bailing: a list of kinds, or attention at the end of every group of layers."""
    k = r.k
    layers = k.whole("num_hidden_layers", 0)
    step = k.whole("layer_group_size")
    names = kinds(k, "layer_types", DELTA, layers) or [
        "delta" if (index + 1) % step else "attention" for index in range(layers)
    ]
    return _sparse(r, names, 1)


def cycle(r: Reader) -> Layout:
    """Griffin: a short list of kinds, over and over."""
    k = r.k
    layers = k.whole("num_hidden_layers", 0)
    words = {"recurrent": "recurrent", "attention": "local"}
    names = kinds(k, "block_types", words) or []
    if layers > 100 * len(names):
        k.fail("block_types", f"repeated 100 times is too short for {layers} layers")
    return [(names[index % len(names)], "dense") for index in range(layers)]


def places(r: Reader) -> Layout:
    """Lfm2: a list of kinds, or the places of attention, without either attention everywhere."""
    k = r.k
    layers = k.whole("num_hidden_layers", 0)
    names = kinds(k, "layer_types", CONVOLUTION, layers)
    if names is None:
        found = range(layers) if k.raw("full_attn_idxs") is None else k.numbers("full_attn_idxs")
        names = ["attention" if index in found else "conv" for index in range(layers)]
    return _fed(r, names)


def fours(r: Reader) -> Layout:
    """Lfm3: a list of kinds, or full attention third and a window first among each four."""
    k = r.k
    layers = k.whole("num_hidden_layers", 0)
    names = kinds(k, "layer_types", {**CONVOLUTION, "sliding_attention": "local"}, layers)
    if names is None:
        four = {0: "local", 2: "attention"}
        names = [four.get(index % 4, "conv") if index else "conv" for index in range(layers)]
    return _fed(r, names)


def _fed(r: Reader, names: list[str]) -> Layout:
    """Each layer's other block by the usual rules."""
    layers = len(names)
    return [
        (name, "moe" if r.is_mixture(index, layers) else "dense")
        for index, name in enumerate(names)
    ]


def _sparse(r: Reader, names: list[str], dense: int) -> Layout:
    """A list that says which layers have experts, or all after the first few."""
    k = r.k
    feeds = kinds(k, "mlp_layer_types", {"dense": "dense", "sparse": "moe"}, len(names))
    if feeds is None:
        first = k.whole("first_k_dense_replace", 0) if k.has("first_k_dense_replace") else dense
        feeds = ["dense" if index < first else "moe" for index in range(len(names))]
    return list(zip(names, feeds, strict=True))


def _agrees(k: Keys, found: Layout) -> Layout:
    """A list of kinds in the file repeats what the periods say, or it is refused."""
    for key in ("layers_block_type", "layer_types"):
        if key in k.config and kinds(k, key, WORDS) != [mixer for mixer, _ in found]:
            k.fail(key, "differs from what the other keys say")
    return found


LAYOUTS: dict[str, Callable[[Reader], Layout]] = {
    "periods": periods,
    "indices": indices,
    "both": both,
    "listed": listed,
    "single": single,
    "interval": interval,
    "fourth": fourth,
    "kimi": kimi,
    "grouped": grouped,
    "cycle": cycle,
    "places": places,
    "fours": fours,
}

"""What a line of somebody's work may be about: every part of a model, in every quantity and scope.

A target is a closed form with words. A line is about the target that it equals; a line that equals
none is about the one whose words fit its name, its comment and the heading it stands under.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass, replace
from functools import cache, cached_property
from itertools import pairwise
from typing import TYPE_CHECKING, Any, final

from symcost.algebra.phrase import say
from symcost.checking.pieces import Piece, total
from symcost.files import packaged

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from symcost.algebra.ratio import Ratio
    from symcost.checking.subject import Subject

QUANTITIES = (
    ("params", ("",)),
    ("params_non_embedding", ("",)),
    ("params_embedding", ("",)),
    ("params_active", ("",)),
    ("flops_forward", ("batch", "sequence", "token")),
    ("flops_backward", ("batch", "sequence", "token")),
    ("flops_train", ("batch", "sequence", "token")),
    ("flops_train_6n", ("token", "batch")),
    ("kv_cache_bytes", ("batch", "sequence", "token")),
    ("weight_bytes", ("",)),
)
WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|\d+")
WHOLE_ONLY = frozenset({"flops_train_6n", "weight_bytes", "params_non_embedding"})
BOTH_WAYS = re.compile(
    r"\b(?:the\s+)?forward(?:\s+pass)?\s*(?:and|plus|[+&,])\s*(?:the\s+)?backward\b", re.IGNORECASE
)
LEVELS = frozenset({"all_layers", "layer", "one_head", "one_expert"})
WHOLE = re.compile(r"[A-Za-z]+")
WEIGHT = re.compile(
    r"(?<![A-Za-z])"
    r"(W_[A-Za-z0-9]+|b_[A-Z0-9]{1,2}|w_[a-z0-9]|(?:gamma|beta)(?:_[A-Za-z0-9]+)?)"
    r"(?![A-Za-z0-9])"
)


@final
@dataclass(frozen=True)
class Target:
    """A part of a model in one quantity: its pieces, and the words that are used for it."""

    quantity: str
    scope: str
    label: str
    words: frozenset[str]
    pieces: tuple[Piece, ...]

    @cached_property
    def value(self) -> Ratio:
        """The closed form."""
        return total(self.pieces)

    @cached_property
    def of_part(self) -> frozenset[str]:
        """The words that say which part it is, apart from what is counted and for how much."""
        levels = self.words & LEVELS
        own = self.words - terms_of(self.quantity) - LEVELS - {"with_biases"}
        return own - {f"per_{self.scope}"} or levels

    @cached_property
    def called(self) -> frozenset[str]:
        """The words of which a line has to say one, to be about this part and none around it."""
        if re.search(r"attention\.head(?![.\w])", self.label):
            return frozenset({"one_head", "qkv"})
        around = {"attention", "feed_forward", "expert", "several"}
        inside = self.of_part - around | self.words & {"one_expert"}
        if self.of_part & {"core", "norm"}:  # people call the two products attention
            inside |= self.of_part - {"several"}
        return inside or self.of_part

    @cached_property
    def weights(self) -> frozenset[str]:
        """The weights that it counts."""
        last = (each.where[-1] for each in self.pieces if each.where)
        return frozenset(each for each in last if each.startswith("W_"))

    @property
    def is_of_one_layer(self) -> bool:
        """Whether it is of one layer, and there are several."""
        return "layer" in self.words

    @property
    def depth(self) -> int:
        """How many parts it is inside of."""
        return self.label.count(".")

    @cached_property
    def dims(self) -> frozenset[str]:
        """The words of its sizes."""
        return frozenset(each.word for each in self.value.dims())


@cache
def _table() -> dict[str, Any]:
    text = packaged("checking", "synonyms.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


# The terms that name a part of a model, which a line either speaks of or does not.
PARTS = frozenset(_table()["parts"])
TERMS = frozenset(_table()["synonyms"])
# A remark that has one of these is about a part, or about all of a model.
NAMES_A_PART = PARTS | {"total", "all_layers"}


@cache
def _synonyms() -> Mapping[str, frozenset[str]]:
    """Word to the terms it may stand for: mlp to feed_forward."""
    found: dict[str, set[str]] = {}
    for term, words in _table()["synonyms"].items():
        for word in (*words, term):
            found.setdefault(word, set()).add(term)
    return {word: frozenset(terms) for word, terms in found.items()}


def terms_of(text: str) -> frozenset[str]:
    """The terms in a name or a remark: `attn_params` says attention and params.

    A part of two words is not each of them: `feed_forward` says nothing of forward and backward.
    W_Q is the weight of this name.
    """
    known = _synonyms()
    found = {each if each[0] != "w" else each.upper() for each in WEIGHT.findall(text)}
    if any(each.startswith(("gamma", "beta")) for each in found):
        found.add("norm")
    text = WEIGHT.sub(" ", BOTH_WAYS.sub("training", text))
    for pattern in (WORD, WHOLE):  # FLOPs is one word
        words = [each.lower() for each in pattern.findall(text)]
        pairs = [f"{a}_{b}" for a, b in pairwise(words)]
        inside = {
            at + step
            for at, pair in enumerate(pairs)
            if known.get(pair, frozenset()) & PARTS
            for step in (0, 1)
        }
        words = [word for at, word in enumerate(words) if at not in inside]
        found |= {term for word in (*words, *pairs) for term in known.get(word, ())}
    return frozenset(found)


def targets(subject: Subject, wanted: str | None) -> Iterator[Target]:
    """Every target of a model; with `wanted` of this quantity first."""
    listed = (
        [each for each in QUANTITIES if each[0] == wanted] or [(wanted, ("",))] if wanted else []
    )
    for name, scopes in (*listed, *(each for each in QUANTITIES if each[0] != wanted)):
        for scope in scopes:
            try:
                pieces = subject.pieces(str(name), scope or None)
            except ValueError:
                continue  # a network without this quantity, such as a cache
            yield from _parts(str(name), scope, pieces)


def _parts(name: str, scope: str, pieces: tuple[Piece, ...]) -> Iterator[Target]:
    base = terms_of(name) | ({f"per_{scope}"} if scope else set())
    yield Target(name, scope, say("model"), base | {"total"}, pieces)
    if name in WHOLE_ONLY:
        return  # parts of these are parts of params, times a number
    depth = max((len(each.where) for each in pieces), default=0)
    seen: set[tuple[str, ...]] = set()
    for length in range(1, depth + 1):
        for place in dict.fromkeys(each.where[:length] for each in pieces):
            inside = tuple(each for each in pieces if each.where[:length] == place)
            # Keys without values are no cache.
            if place not in seen and not place[-1].startswith("remember_"):
                seen.add(place)
                yield from _levels(name, scope, base, place, inside)
    for place, some in _together(pieces):
        yield from _levels(name, scope, base, place, some)


GROUP_WORDS = (
    ("norms", "several"),
    ("experts", "all_experts"),
    ("tables", "embedding"),
    ("tables", "logits"),
)
# Operations that people count together, though no part of a model is just these.
GROUPS = {
    "qkv": frozenset({"W_Q", "W_K", "W_V"}),
    "kv": frozenset({"W_K", "W_V"}),
    "projections": frozenset({"W_Q", "W_K", "W_V", "W_O"}),
    "core": frozenset({"scores", "mix"}),
}


def _together(pieces: tuple[Piece, ...]) -> Iterator[tuple[tuple[str, ...], tuple[Piece, ...]]]:
    """Places with a name for the group, and what is counted together there."""
    beside: dict[tuple[str, ...], list[Piece]] = {}
    around: dict[tuple[str, ...], list[Piece]] = {}
    for each in pieces:
        home = each.where[:-2] if each.where[-2:-1] == ("head",) else each.where[:-1]
        beside.setdefault(home, []).append(each)
        around.setdefault(each.where[:-2], []).append(each)
    for place, inside in beside.items():
        for label, names in GROUPS.items():
            some = tuple(each for each in inside if each.classes & names)
            if len(some) > 1:
                yield (*place, label), some
                yield from _with_biases((*place, label), some, inside)
        for each in inside:
            yield from _with_biases(each.where, (each,), inside)
        experts = tuple(each for each in inside if {"expert", "matrix"} <= each.classes)
        if experts:
            yield (*place, "experts"), experts
    for place, inside in around.items():
        norms = tuple(each for each in inside if "norm" in each.classes)
        if place and len({each.where[:-1] for each in norms}) > 1:
            yield (*place, "norms"), norms
    norms = tuple(each for each in pieces if "norm" in each.classes)
    if len({each.where[:-1] for each in norms}) > 1:
        yield ("norms",), norms
    tables = tuple(each for each in pieces if each.where[-1] in ("W_E", "W_U"))
    if len(tables) > 1:
        yield ("tables",), tables


def _with_biases(
    place: tuple[str, ...], some: tuple[Piece, ...], inside: list[Piece]
) -> Iterator[tuple[tuple[str, ...], tuple[Piece, ...]]]:
    """Matrices with the biases that belong to them, where there are any."""
    wanted = {f"b{each.where[-1][1:]}" for each in some if each.where[-1].startswith("W_")}
    biases = [each for each in inside if each.where[-1] in wanted]
    if biases:
        yield (*place, "biases"), (*some, *biases)


def _levels(
    name: str, scope: str, base: frozenset[str], place: tuple[str, ...], pieces: tuple[Piece, ...]
) -> Iterator[Target]:
    """A part in all layers, in one layer, and of one head."""
    label = ".".join(place)
    own = frozenset(
        term for part in place for term in ({part} if part in PARTS else terms_of(part) or {part})
    )
    own |= PARTS.intersection(*(each.classes for each in pieces))
    own |= {word for label, word in GROUP_WORDS if place[-1] == label}
    own -= {"layer", "one_head"}  # said by how often it is counted, not by where it stands
    biases = sum("bias" in each.classes for each in pieces)
    if 0 < biases < len(pieces):
        own = own - {"bias"} | {"with_biases"}
    layers = without(pieces, "layers")
    repeated = layers is not None
    of_all = say("{0} in all layers", label) if repeated else say("{0}", label)
    all_of_it = frozenset({"all_layers"} if repeated else ())
    yield Target(name, scope, of_all, base | own | all_of_it, pieces)
    if layers is not None:
        yield Target(name, scope, say("{0} in one layer", label), base | own | {"layer"}, layers)
        heads = without(layers, "heads")
        if heads is not None:
            words = base | own | {"one_head"}
            yield Target(name, scope, say("{0} of one head", label), words, heads)
        one = without(layers, "experts") if place[-1] == "experts" else None
        if one is not None:
            words = base | own | {"one_expert"}
            yield Target(name, scope, say("{0} of one expert", label), words, one)


def without(pieces: tuple[Piece, ...], word: str) -> tuple[Piece, ...] | None:
    """The pieces once, where all of them are repeated along a size."""
    found = []
    for each in pieces:
        at = next(
            (
                place
                for place, slot in enumerate(each.slots)
                if slot.power > 0 and slot.dim is not None and slot.dim.word.startswith(word)
            ),
            None,
        )
        if at is None:
            return None
        found.append(replace(each, slots=(*each.slots[:at], *each.slots[at + 1 :])))
    return tuple(found)


def speaks_of(
    target: Target,
    own: Collection[str],
    near: Collection[str],
    far: Collection[str],
    asked: Collection[str],
    *,
    with_tokens: bool = False,
) -> bool:
    """Whether a line may be about a target: what its words say of quantity and part binds.

    The nearest words that name a quantity decide, the one that was asked for last. A part that the
    line's own name speaks of has to be the target's. Where nothing names a quantity, a part is
    about parameters, or about work if the line grows `with_tokens`; else only whole models fit.
    """
    said = next((found for some in (own, near, far, asked) if (found := kinds_in(some))), ())
    if not asked_for(target, {*own, *near, *far, *asked}):
        return False
    if "projections" in target.words and not PROJECTIONS.intersection({*own, *near}):
        return False  # all of an attention without its biases is called so on a condition
    if {"several", "norm"} <= {*own, *near} and target.of_part & {"norm", "several"} == {"norm"}:
        return False
    if said:
        if not target.quantity.startswith(tuple(kind for each in said for kind in KINDS[each])):
            return False
    elif target.label != "model":
        usual = ("flops_forward", "kv_cache") if with_tokens else ("params",)
        if not set(own) & NAMES_A_PART or not target.quantity.startswith(usual):
            return False
    parts = set(own) & (PARTS - {"layer", "one_head"})
    if parts:
        return bool(parts & target.words)
    return True


PROJECTIONS = frozenset({"projections", "W_Q", "W_K", "W_V", "W_O"})


def kinds_in(words: Collection[str]) -> frozenset[str]:
    """The words that name a quantity, without those of which another one says more."""
    said = frozenset(words) & KINDS.keys()
    for more, less in SAYS_MORE:
        if said & more:
            said -= less
    return said


def is_of(target: Target, words: Collection[str]) -> bool:
    """Whether a target is none of another part of a layer than that which words speak of."""
    parts = PARTS - {"layer", "one_head"}
    said, has = parts.intersection(words), parts & target.words
    return not said or not has or bool(said & has)


def is_whole(
    target: Target, own: Collection[str], near: Collection[str], asked: Collection[str]
) -> bool:
    """Whether a target is all of a model, and of a quantity that a line's words do not exclude."""
    said = kinds_in(own) or kinds_in(near) or kinds_in(asked)
    kinds = tuple(kind for each in said for kind in KINDS[each])
    meant = not kinds or target.quantity.startswith(kinds)
    return target.label == "model" and meant and not {*own, *near} & PARTS


def asked_for(target: Target, words: Collection[str]) -> bool:
    """Backward and training work, and active parameters, are meant only where a word says so."""
    return all(word in words for word, name in ONLY_WHERE_SAID if target.quantity.startswith(name))


ONLY_WHERE_SAID = (
    ("backward", "flops_backward"),
    ("train", "flops_train"),
    ("active", "params_active"),
)
# Of the bytes of weights it is the bytes that count; training FLOPs are training.
SAYS_MORE = (
    (frozenset({"forward", "backward", "train"}), frozenset({"flops"})),
    (frozenset({"bytes", "cache", "active"}), frozenset({"params"})),
)
# A word of a quantity, and how the names of the quantities begin that it may mean.
KINDS: dict[str, tuple[str, ...]] = {
    "params": ("params",),
    "active": ("params_active",),
    "flops": ("flops",),
    "forward": ("flops_forward",),
    "backward": ("flops_backward",),
    "train": ("flops_train",),
    "cache": ("kv_cache",),
    "bytes": ("weight_bytes", "kv_cache"),
}


def _is_part(word: str) -> bool:
    return word in PARTS or word.startswith("W_")


INSIDE = frozenset({"qkv", "kv", "projections", "scores", "mix"})


def fit(
    target: Target,
    own: Collection[str],
    near: Collection[str],
    far: Collection[str],
    dims: Collection[str] = (),
    beside: int = 3,
) -> int:
    """How well a target fits the name of a line, its remark, and the heading above it.

    `dims` are the sizes in the line: what is not multiplied by the layers is hardly about all.
    `beside` is how much a word of the remark counts.
    """
    lacks = target.dims - set(dims)
    unsaid = not {"every_layer"} & {*own, *near}
    score = -5 * ("layers" in lacks and unsaid) - 2 * ("batch" in lacks)
    weights = {word for word in near if word.startswith("W_") or word in INSIDE}
    if len(weights) > 1:  # gate, up and down: said of all of them, and of none alone
        near = set(near) - weights
    for word in target.words:
        score += 6 * (word in own) + beside * (word in near) + 2 * (word in far)
    score -= sum(2 for word in own if word in PARTS and word not in target.words)
    score -= sum(1 for word in target.words if _is_part(word) and word not in {*own, *near, *far})
    if target.label == "model" and not any(map(_is_part, own)):
        score += 4  # a name that speaks of no part, such as params, is about all of it
    return score

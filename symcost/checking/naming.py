"""What a change is called, how likely it is, and how it is said: from fingerprints to sentences."""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property
from typing import TYPE_CHECKING, final

from symcost.algebra.poly import Poly
from symcost.algebra.ratio import Ratio
from symcost.checking.mistakes import Look, Mistake, mistake, named
from symcost.checking.shown import show

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from symcost.checking.changes import Change, Truth
    from symcost.checking.pieces import Piece

BINARY = {Fraction(1024, 1000) ** power for power in (-4, -3, -2, -1, 1, 2, 3, 4)}
CONVENTION = 2
ONE = Fraction(1)
HEADS = {"heads", "groups"}


@final
@dataclass(frozen=True)
class Part:
    """One error inside a change: the entry that names it, and the factor it stands for.

    `convention` says that it is no error but a way to count, where these are open.
    """

    mistake: Mistake
    number: Fraction = Fraction(1)
    ups: tuple[Ratio, ...] = ()
    downs: tuple[Ratio, ...] = ()
    convention: str = ""

    @cached_property
    def factor(self) -> Ratio:
        """What the terms are multiplied by."""
        product = Ratio.of(self.number)
        for each in self.ups:
            product = product * each
        for each in self.downs:
            product = product / each
        return product


@final
class Namer:
    """Names changes of one truth, for one quantity.

    With `free` a named convention is no error and costs little. What is `barred` is not named.
    """

    def __init__(
        self,
        truth: Truth,
        quantity: frozenset[str],
        *,
        free: bool = False,
        barred: frozenset[str] = frozenset(),
    ) -> None:
        self.truth = truth
        self.quantity = quantity
        self.free = free
        self.barred = barred
        self.context = frozenset(
            tag for each in truth.pieces for tag in truth.letters.of_ratio(each.amount)
        )
        self._parts: dict[int, tuple[tuple[Part, ...], int]] = {}

    def cost(self, change: Change) -> int:
        """How unlikely a change is as an error."""
        return self._named(change)[1]

    def parts(self, change: Change) -> tuple[Part, ...]:
        """The errors that a change consists of."""
        return self._named(change)[0]

    def _named(self, change: Change) -> tuple[tuple[Part, ...], int]:
        found = self._parts.get(id(change))
        if found is None:
            parts = self._as_convention(change, self._find(change))
            # Errors in one of several equal terms are less likely than in all of their kind.
            cost = sum(CONVENTION if each.convention else each.mistake.cost for each in parts)
            cost += 2 * (len(parts) - 1)
            found = self._parts[id(change)] = parts, cost + self._oddness(change, parts)
        return found

    def _as_convention(self, change: Change, parts: tuple[Part, ...]) -> tuple[Part, ...]:
        """The parts, marked where they are a way to count: all terms of a kind, or the whole."""
        one = len(parts) == 1 and parts[0].mistake.is_convention
        if not self.free or not one or "activations" in self.quantity:
            return parts
        if not self._whole_kind(change, parts[0].mistake):
            return parts
        phrase = parts[0].mistake.fields["convention"]
        return (replace(parts[0], convention=phrase),)

    def _whole_kind(self, change: Change, kind: Mistake) -> bool:
        """Whether a change concerns every term of the kinds that an entry is about."""
        wanted = set(kind.fields.get("on", ()))
        mask = sum(1 << at for at, each in enumerate(self.truth.pieces) if wanted & each.classes)
        return not wanted or change.mask == mask

    def _name(self, look: Look, change: Change) -> Mistake | None:
        """The likeliest entry; a way to count only where it is applied to all terms of its kind."""
        if self.free:
            found = named(look, self.quantity, free=True, barred=self.barred)
            if found is None or not found.is_convention:
                return found
            if self._whole_kind(change, found):
                return found
        return named(look, self.quantity, barred=self.barred)

    def _oddness(self, change: Change, parts: tuple[Part, ...]) -> int:
        likely = {name for each in parts for name in each.mistake.fields.get("likely", ())}
        odd = int(change.once)
        if likely and any(likely.isdisjoint(each) for each in self._classes(change)):
            odd += 1
        if change.op == "scale" and not self._tags(change):
            odd += 2  # a bare number times a size: more likely something else is wrong
        if change.op in ("scale", "swap") and self._strange(change):
            odd += 8  # a letter that nobody knows is hardly the size of something known
        if self._some_of_equal(change) or self._beside_its_equal(change):
            odd += 3  # some of several equal terms: more likely all of them, or a whole kind
        if change.op == "missing" and self._part_of_a_kind(change, parts[0].mistake):
            odd += 2
        return odd

    def _strange(self, change: Change) -> bool:
        """Whether a change brings in a letter that neither the truth nor the words know."""
        return any(
            each.is_foreign and each not in self.truth.letters.tags for each in change.factor.dims()
        )

    def _some_of_equal(self, change: Change) -> bool:
        places = change.pieces()
        kinds = {id(self.truth.pieces[at].slots) for at in places}
        if len(kinds) != 1:
            return False
        (kind,) = kinds
        return len(places) < sum(id(each.slots) == kind for each in self.truth.pieces)

    def _beside_its_equal(self, change: Change) -> bool:
        """Whether one of two terms that cost the same, side by side, is multiplied by a number."""
        places = set(change.pieces())
        if change.op != "scale" or change.factor.dims():
            return False
        beside = {
            (self.truth.pieces[at].where[:-1], self.truth.amounts[at])
            for at in range(len(self.truth.pieces))
            if at not in places
        }
        return (
            any(
                (self.truth.pieces[at].where[:-1], self.truth.amounts[at]) in beside
                for at in places
            )
            and len(self.truth.pieces[next(iter(places))].where) > 2
        )

    def _part_of_a_kind(self, change: Change, kind: Mistake) -> bool:
        """Whether biases or norms are missing, but not all that stand in the same place."""
        wanted = set(kind.fields.get("on", ()))
        if not wanted & {"bias", "norm"}:
            return False
        tops = {self.truth.pieces[at].where[:1] for at in change.pieces()}
        mask = sum(
            1 << at
            for at, each in enumerate(self.truth.pieces)
            if wanted & each.classes and each.where[:1] in tops
        )
        return mask != change.mask

    def _classes(self, change: Change) -> tuple[frozenset[str], ...]:
        return tuple(self.truth.pieces[at].classes for at in change.pieces())

    def _tags(self, change: Change) -> frozenset[str]:
        if change.op == "extra":
            return self.truth.letters.of_ratio(change.factor)
        return frozenset(
            tag
            for at in change.pieces()
            for tag in self.truth.letters.of_ratio(self.truth.pieces[at].amount)
        )

    def _find(self, change: Change) -> tuple[Part, ...]:
        classes, tags = self._classes(change), self._tags(change)
        everything = change.mask == self.truth.everything
        if change.op == "causal":
            return (Part(mistake("causal_pairs")),)
        if change.op in ("missing", "extra"):
            if change.op == "extra":
                classes = (frozenset(_shape(tags, self.quantity)),)
            look = Look(
                change.op,
                classes=classes,
                tags=tags,
                everything=everything,
                context=self.context,
            )
            return (Part(self._name(look, change) or mistake("term_missing")),)
        if change.swapped is not None:
            swap = (change.swapped[0].tag, change.swapped[1].tag)
            look = Look("swap", classes=classes, tags=tags, swapped=swap, everything=everything)
            by_swap = self._name(look, change)
            if by_swap is None or not self._many_times(change):
                by_factor = self._by_factor(change, classes, tags, everything)
                _, above, below = taken_apart(change.factor)
                plain = len(change.factor.top.terms) == 1
                # A factor that is missing, or one too many, rather than a size for another.
                one_sided = plain and (not above or not below)
                cost = sum(each.mistake.cost for each in by_factor) - 2 * one_sided
                if by_swap is None or cost < by_swap.cost:
                    return by_factor
            ups, downs = (change.swapped[1].value,), (change.swapped[0].value,)
            return (Part(by_swap, Fraction(1), ups, downs),)
        return self._by_factor(change, classes, tags, everything)

    def _many_times(self, change: Change) -> bool:
        """Whether a swapped size stands in some term more than once: then it is no factor."""
        assert change.swapped is not None
        print_ = change.swapped[0].print
        return not change.once and any(
            sum(self.truth.slot_print(slot) == print_ for slot in self.truth.pieces[at].slots) > 1
            for at in change.pieces()
        )

    def _by_factor(
        self,
        change: Change,
        classes: tuple[frozenset[str], ...],
        tags: frozenset[str],
        everything: bool,
    ) -> tuple[Part, ...]:
        number, ups, downs = taken_apart(change.factor)
        squares = len(ups) == len(downs) == 2 and _twice(ups) and _twice(downs)
        heads = {self.truth.letters.value_tag(each) for each in (*ups, *downs)} == HEADS
        alone = everything and len(self.truth.pieces) < 3
        if squares and number == 1 and (alone or heads):
            return (Part(mistake("quotient_upside_down"), number, ups, downs),)
        best: tuple[Part, ...] | None = None
        for option in _partitions(number, ups, downs):
            parts = []
            for some, up, down in option:
                look = Look(
                    "scale",
                    some,
                    tuple(self.truth.letters.value_tag(each) for each in up),
                    tuple(self.truth.letters.value_tag(each) for each in down),
                    classes,
                    tags,
                    everything=everything,
                )
                found = (
                    mistake("binary_for_decimal")
                    if some in BINARY and not up and not down
                    else self._name(look, change)
                )
                if found is None:
                    break
                parts.append(Part(found, some, up, down))
            else:
                made = tuple(parts)
                if best is None or _sum(made) < _sum(best):
                    best = made
        return best or (Part(mistake("sizes_mixed"), number, ups, downs),)


def _twice(sizes: tuple[Ratio, ...]) -> bool:
    return sizes[0] == sizes[1]


def _sum(parts: tuple[Part, ...]) -> int:
    return sum(each.mistake.cost for each in parts) + 2 * (len(parts) - 1)


Some = tuple[Fraction, tuple[Ratio, ...], tuple[Ratio, ...]]


def _partitions(
    number: Fraction, ups: tuple[Ratio, ...], downs: tuple[Ratio, ...]
) -> Iterator[tuple[Some, ...]]:
    """Ways to take a factor for several errors: as one, sizes paired up, the number by itself."""
    yield ((number, ups, downs),)
    if len(ups) + len(downs) > 5:
        return
    numbers = list(_numbers(number))
    if ups or downs:
        for alone in numbers:
            if alone:
                yield (*alone, (ONE, ups, downs))
            for paired in (*_pairings(ups, downs), *_one_apart(ups, downs)):
                if len(paired) + len(alone) > 1:
                    yield (*paired, *alone)
        return
    yield from (each for each in numbers if len(each) > 1)


def _numbers(number: Fraction) -> Iterator[tuple[Some, ...]]:
    """A number as one error, or as two: 4 is bits for bytes and a half."""
    if number == 1:
        yield ()
        return
    yield ((number, (), ()),)
    for one in (Fraction(8), Fraction(2), Fraction(1, 2), Fraction(3), Fraction(1, 3)):
        if number / one not in (1, one):
            yield ((one, (), ()), (number / one, (), ()))


def _one_apart(ups: tuple[Ratio, ...], downs: tuple[Ratio, ...]) -> Iterator[tuple[Some, ...]]:
    """One size by itself, the others together."""
    if len(ups) + len(downs) < 3:
        return
    for at, each in enumerate(ups):
        yield ((ONE, (each,), ()), (ONE, (*ups[:at], *ups[at + 1 :]), downs))
    for at, each in enumerate(downs):
        yield ((ONE, (), (each,)), (ONE, ups, (*downs[:at], *downs[at + 1 :])))


def _pairings(ups: tuple[Ratio, ...], downs: tuple[Ratio, ...]) -> Iterator[tuple[Some, ...]]:
    one = Fraction(1)
    if not ups:
        yield tuple((one, (), (each,)) for each in downs)
        return
    first, rest = ups[0], ups[1:]
    for at, below in enumerate(downs):
        for others in _pairings(rest, (*downs[:at], *downs[at + 1 :])):
            yield ((one, (first,), (below,)), *others)
    for others in _pairings(rest, downs):
        yield ((one, (first,), ()), *others)


def taken_apart(factor: Ratio) -> tuple[Fraction, tuple[Ratio, ...], tuple[Ratio, ...]]:
    """A factor as an exact number, and sizes above and below the bar."""
    number = Fraction(1)
    ups: list[Ratio] = []
    downs: list[Ratio] = []
    for poly, above, below in ((factor.top, ups, downs), (factor.bottom, downs, ups)):
        if len(poly.terms) != 1:
            above.append(Ratio.of(poly))
            continue
        ((monomial, coefficient),) = poly.terms.items()
        number = number * coefficient if above is ups else number / coefficient
        for atom, power in monomial:
            (above if power > 0 else below).extend([Ratio.of(Poly.of(atom))] * abs(power))
    return Fraction(number), tuple(ups), tuple(downs)


def _shape(tags: frozenset[str], quantity: frozenset[str]) -> Iterator[str]:
    if "params" in quantity and len(tags - {"layers"}) == 1 and tags & WIDTHS:
        yield "vector"
    if "vocab" in tags:
        yield "vocabulary"
    if tags & TOKENS and tags & WIDTHS and quantity & {"forward", "train"} and "vocab" not in tags:
        yield "core"


def classes_of_product(
    sizes: Sequence[tuple[str, int]], quantity: frozenset[str], number: Fraction = ONE
) -> frozenset[str]:
    """What a product of a reference formula is, by the tags and powers of its sizes."""
    ups = [part for tag, power in sizes if power > 0 for part in tag.split("+")]
    found = set()
    tokens = [tag for tag in ups if tag in TOKENS]
    widths = [tag for tag in ups if tag in WIDTHS]
    work = quantity & {"forward", "train"}
    few = tokens and ("attention" in quantity or (work and len(widths) == 1))
    if number > 0 and (len(tokens) > 1 or few):
        found.add("core")
    if tokens and widths == ["model"] and (number < 0 or "params" in quantity):
        found.add("position")  # a table of rows, counted or subtracted
    if "params" in quantity and len(widths) > 1 and not tokens:
        found.add("matrix_product")
    if "vocab" in ups:
        found.add("vocabulary")
    if "feed" in ups:
        found.add("feed")
    if {"experts", "chosen", "expert_feed", "shared_feed", "interval"} & set(ups):
        found.add("expert")
    others = set(ups) - {"layers", "number"}
    if "params" in quantity and len(widths) == 1 and len(others) == 1 and "vocab" not in ups:
        found.add("vector")
    if "look" in quantity:
        found.add("vocabulary")
    return frozenset(found)


TOKENS = frozenset({"time", "cached", "new_tokens", "window", "patches", "context", "positions"})
WIDTHS = frozenset({"model", "feed", "head", "value_head", "inner", "expert_feed"})


def quantity_classes(words: str) -> frozenset[str]:
    """What a quantity is, in the words of the table: `flops_train (attention)` is train."""
    text = words.lower().replace("_", " ")
    found: set[str] = set()
    memory = any(word in text for word in ("byte", "memory", " gb", "gib", "weights to load"))
    states = "state" in text or "optimizer" in text or "gradient" in text
    if "cache" in text or "k and v" in text:
        found |= {"cache", "bytes"}
    if memory:
        found.add("bytes")
    if states:
        found |= {"states", "bytes"}
    if "activation" in text and ("bytes" in found or "elements" in text):
        found |= {"activations", "bytes"}
    if not found:
        found |= _of_work(text)
    if "attention" in text or "qk" in text or "pairs" in text:
        found.add("attention")
    if "peak" in text:
        found = {"peak"}
    if "ratio" in text or "multiplier" in text:
        found.add("ratio")
    if any(word in text for word in ("hour", "day", "second", "time")):
        found.add("time")
    if "vocabulary" in text or "embedding" in text:
        found.add("look")
    return frozenset(found or {"other"})


def _of_work(text: str) -> set[str]:
    found = set()
    if "param" in text:
        found.add("params")
    if "train" in text or "backward" in text:
        found.add("train")
    elif any(word in text for word in ("flop", "macs", "ops", "forward", "compute", "operations")):
        found.add("forward")
    if "macs" in text or "mac" in text.split():
        found.add("macs")
    return found


# -- sentences -------------------------------------------------------------------------------------


def terms_in_words(truth: Truth, change: Change) -> str:
    """The terms that a change concerns, as short as they can be said."""
    if change.op == "extra":
        return show(change.factor)
    pieces = [truth.pieces[at] for at in change.pieces()]
    if len({id(each.slots) for each in pieces}) == 1 and not _placed(pieces[0]):
        return show(_total(pieces))
    if len(pieces) == len(truth.pieces):
        return "everything" if len(pieces) > 1 else places(pieces)
    if not _placed(pieces[0]):
        return show(_total(pieces))
    return places(pieces)


def _placed(piece: Piece) -> bool:
    """Whether a piece has a place in a model, and is no term of a reference formula."""
    return bool(piece.where) and not piece.where[0].startswith("term ")


def places(pieces: Sequence[Piece]) -> str:
    """Where pieces stand: the parts or weights by name, a common beginning said once."""
    names = list(dict.fromkeys(each.name for each in pieces))
    if len(names) == 1:
        return names[0]
    common = _common([each.where for each in pieces])
    rest = list(dict.fromkeys(".".join(each.where[len(common) :]) for each in pieces))
    front = ".".join(common)
    shown = ", ".join(rest) if len(rest) <= 6 else f"{', '.join(rest[:5])} and {len(rest) - 5} more"
    return f"{front} ({shown})" if front else shown


def _common(paths: Sequence[tuple[str, ...]]) -> tuple[str, ...]:
    first, last = min(paths), max(paths)
    count = 0
    for a, b in zip(first, last, strict=False):
        if a != b:
            break
        count += 1
    return first[:count]


def _total(pieces: Sequence[Piece]) -> Ratio:
    return sum((each.amount for each in pieces), Ratio.of(0))


def sentence(truth: Truth, change: Change, part: Part) -> str:
    """The explanation of one error, its template filled in."""
    terms = terms_in_words(truth, change)
    ups = " ".join(map(show, part.ups))
    downs = " ".join(map(show, part.downs))
    true = "" if change.op == "extra" else show(_total([truth.pieces[a] for a in change.pieces()]))
    fields = {
        "terms": terms,
        "factor": "0" if change.op == "missing" else _factor_text(part),
        "up": ups or show(Ratio.of(part.number)),
        "down": downs or "1",
        "to": ups or "1",
        "from": downs or "1",
        "true": true,
        "given": show(change.factor) if change.op == "extra" else "",
        "n_of": _n_of(change, part, ups, downs),
        "width": "",
    }
    text = part.mistake.text
    if terms == "everything":  # it goes without saying
        text = text.removeprefix("{terms}: ")
    return text.format(**fields)


def _factor_text(part: Part) -> str:
    return show(part.factor) if part.ups or part.downs else str(part.number)


def _n_of(change: Change, part: Part, ups: str, downs: str) -> str:
    if change.op == "missing":
        return "it is missing"
    if change.op == "extra":
        return "it does not belong there"
    if ups and downs:
        return f"{ups} stands where {downs} belongs"
    if ups:
        more = "" if part.number == 1 else f" ({part.number} of it)"
        return f"a factor {ups} too many{more}"
    if downs:
        return f"the factor {downs} is missing"
    return f"counted {part.number} times"

"""From a ledger to a figure: terms gathered into components, evaluated exactly over one symbol."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property
from typing import TYPE_CHECKING, final

from symcost.algebra.dim import Dim, DimensionError, find
from symcost.algebra.phrase import say
from symcost.algebra.poly import Poly, UnboundError
from symcost.algebra.typed import GROUPS, whole
from symcost.graph.architecture import AtMost
from symcost.graph.choices import REASON
from symcost.graph.tensor import PRODUCTS, Role
from symcost.plot.figure import MOST, Figure, Mark, PlotError, Series, colours

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from symcost.graph.architecture import Architecture
    from symcost.graph.component import Component
    from symcost.quantities.ledger import Ledger, Term

POINTS = 128  # enough for smooth edges at the width of a page
REST = "everything else"
RANGE = re.compile(r"\s*(\w+)\s*=\s*([0-9_,]+)\s*:\s*([0-9_,]+)\s*(?::\s*([0-9_,]+)\s*)?")
NAMED = {
    Role.EMBEDDING: "embeddings",
    Role.POSITION: "embeddings",
    Role.HEAD: "logits",
    Role.ROUTER: "router",
    Role.NORM: "norms",
    Role.BIAS: "biases",
    Role.SOFTMAX: "softmax",
}
WORDS = {
    "attention": "attention: projections",
    "feed_forward": "feed-forward",
    "shared_expert": "shared expert",
    "prediction": "prediction modules",
}


@final
@dataclass(frozen=True)
class Range:
    """The symbol below the figure, and the places where it is looked at."""

    dim: Dim
    places: tuple[int, ...]
    even: bool


def read_range(text: str) -> Range:
    """`s=128:65536` in equal ratios, or `d=768:12288:256` in steps.

    Raises `PlotError` for what cannot be read.
    """
    found = RANGE.fullmatch(text)
    if found is None:
        raise PlotError(f"--against {text}: write s=128:65536, or with a step d=768:12288:256")
    name, *numbers = found.groups()
    try:
        dim = find(name)
    except DimensionError as error:
        raise PlotError(f"--against {text}: {error}") from None
    first, last, step = (whole(each) if each else None for each in numbers)
    if any(each is not None and whole(each) is None for each in numbers):
        raise PlotError(f"--against {text}: {GROUPS}")
    if first is None or last is None or not 1 <= first < last or last > 10**15:
        raise PlotError(f"--against {text}: from 1 on, and the second number the larger one")
    if step is not None:
        if not 1 <= step <= last - first or (last - first) // step > 10_000:
            raise PlotError(f"--against {text}: the step gives none or more than 10,000 places")
        return Range(dim, tuple(range(first, last + 1, step)), True)
    return Range(dim, geometric(first, last), False)


def geometric(first: int, last: int, count: int = POINTS) -> tuple[int, ...]:
    """Whole numbers in nearly equal ratios, found without a float: roots of whole numbers."""
    found = [root(first ** (count - i) * last**i, count) for i in range(count + 1)]
    return tuple(dict.fromkeys(found))


def root(number: int, degree: int) -> int:
    """The largest n with n^degree <= number."""
    low, high = 1, 1 << (number.bit_length() // degree + 1)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if middle**degree <= number else (low, middle - 1)
    return low


def component(term: Term) -> str:
    """What a term belongs to, in the words of the field."""
    parts = term.path[:-1]
    if parts[:1] == ("prediction",) or parts[:1] == ("first_prediction",):
        return WORDS["prediction"]
    if term.role is Role.ATTENTION:
        return "attention: scores and mix"
    if term.role in NAMED:
        return NAMED[term.role]
    if term.role not in PRODUCTS:
        return "elementwise"
    inner = parts[1] if len(parts) > 1 else parts[0] if parts else term.path[-1]
    return WORDS.get(inner, inner.replace("_", " "))


@final
class Shares:
    """The components of one ledger, evaluated exactly wherever they are asked for."""

    def __init__(
        self,
        ledger: Ledger,
        architecture: Architecture,
        root_: Component,
        given: Mapping[Dim, int],
        over: Dim,
    ) -> None:
        """`given` are sizes beside the symbol `over`; limits of tables do not hold in a figure."""
        self.ledger, self.over = ledger, over
        self.limits = [each for each in architecture.limits if _is_of(each, over)]
        self._free = replace(architecture, limits=())
        self._root, self._given = root_, dict(given)
        if over in self._given:
            raise PlotError(f"{over.symbol} is set and plotted against; leave one out")
        self.groups: dict[str, list[Term]] = {}
        for term in ledger.terms:
            self.groups.setdefault(component(term), []).append(term)

    def sizes(self, place: int) -> dict[Dim, int]:
        """All sizes at a place."""
        bound = self._free.bind({**self._given, self.over: place}, self._root)
        return {each: held.value for each, held in bound.items()}

    def at(self, place: int) -> dict[str, Fraction]:
        """What each component adds at a place, exactly."""
        if self._curves is not None:
            return {
                label: Fraction(curve.at({self.over: place}))
                for label, curve in self._curves.items()
            }
        values = self._known(place)
        return {
            label: Fraction(sum(term.at(values) for term in terms))
            for label, terms in self.groups.items()
        }

    def _known(self, place: int) -> dict[Dim, int]:
        """The same as `sizes`. Raises `UnboundError` where the ledger has a symbol without one."""
        values = self.sizes(place)
        missing = set(self.ledger.total.dims()) - set(values)
        if missing:
            raise UnboundError(missing)
        return values

    @cached_property
    def _curves(self) -> dict[str, Poly] | None:
        """The components as polynomials in the symbol alone, where no other size depends on it."""
        held = self._free
        rules = [size for size, _ in held.sizes.values() if isinstance(size, Poly)]
        rules += [Poly.of(each.dim) - each.value for each in held.relations]
        rules += [count for count, _ in held.counts]
        if any(self.over in rule.dims() for rule in rules):
            return None
        values = {each: n for each, n in self._known(1).items() if each is not self.over}
        return {
            label: Poly.sum(term.amount.substitute(values) for term in terms)
            for label, terms in self.groups.items()
        }

    def limit(self, place: int) -> int | None:
        """How far a table reaches, if it ends before this place."""
        values = self.sizes(place)
        ends = [values[find(each.large)] for each in self.limits if find(each.large) in values]
        return min((end for end in ends if end < place), default=None)


def _is_of(limit: AtMost, over: Dim) -> bool:
    return limit.small == over.word


def draw(shares: Shares, chosen: Range, title: str, *, stacked: bool) -> Figure:
    """The figure of a ledger over a range, with the places where the order changes."""
    table = [shares.at(place) for place in chosen.places]
    totals = [sum(row.values(), Fraction(0)) for row in table]
    if not all(totals):
        raise PlotError(f"{shares.ledger.quantity} is zero here: there is nothing to draw")
    kept = _kept(table, totals)
    rows = [_gathered(row, kept) for row in table]
    labels = [*kept, *([REST] if any(REST in row for row in rows) else [])]
    paint = colours(labels, REST)
    series = [
        Series(
            label,
            paint[label],
            tuple(
                row.get(label, Fraction(0)) / (total if stacked else 1)
                for row, total in zip(rows, totals, strict=True)
            ),
        )
        for label in labels
    ]
    over = shares.over
    scope = "" if shares.ledger.scope == "model" else f" per {shares.ledger.scope}"
    notes = [f"{shares.ledger.quantity}{scope}, convention {shares.ledger.convention.name}"]
    end = shares.limit(chosen.places[-1])
    if end is not None:
        chosen_ends = any(each.reason == REASON for each in shares.limits)
        ends = f"{REASON}: it" if chosen_ends else "the published table of positions"
        notes.append(f"{ends} ends at {over.symbol} = {end:,}")
    return Figure(
        title,
        say("{0} ({1})", over.symbol, say(over.meaning)),
        say("share of {0}s", shares.ledger.unit) if stacked else f"{shares.ledger.unit}s{scope}",
        chosen.places,
        tuple(series),
        tuple(_marks(shares, chosen.places, table)),
        tuple(notes),
        stacked,
        not chosen.even and chosen.places[-1] >= 4 * chosen.places[0],
    )


def _kept(table: Sequence[Mapping[str, Fraction]], totals: Sequence[Fraction]) -> list[str]:
    """The components that are ever one per cent, the largest ones if too many; in their order."""
    peak = {
        label: max(row[label] / total for row, total in zip(table, totals, strict=True))
        for label in table[0]
    }
    seen = [label for label in peak if peak[label] >= Fraction(1, 100)]
    largest = sorted(seen, key=lambda label: (-peak[label], label))[:MOST]
    return [label for label in peak if label in largest]


def _gathered(row: Mapping[str, Fraction], kept: Sequence[str]) -> dict[str, Fraction]:
    found = {label: row[label] for label in kept}
    rest = sum((value for label, value in row.items() if label not in kept), Fraction(0))
    return found | ({REST: rest} if rest else {})


def _marks(
    shares: Shares, places: Sequence[int], table: Sequence[Mapping[str, Fraction]]
) -> list[Mark]:
    """Where another component becomes the largest, and where one passes half of the whole.

    Between two neighbouring places the last whole number before the change is found by halving.
    """
    found: list[Mark] = []
    symbol = shares.over.symbol
    for tells, words, tied_waits in (
        (_largest, "above {0} = {1} the largest part is {2}", True),
        (_half, "above {0} = {1} more than half is {2}", False),
    ):
        before = tells(table[0])
        for at in range(1, len(places)):
            told = tells(table[at])
            # Where two are equally large nothing has changed yet.
            changed, before = told not in ("", before), told or (before if tied_waits else "")
            if not changed:
                continue
            low, high = places[at - 1], places[at]
            while high - low > 1:
                middle = (low + high) // 2
                same = tells(shares.at(middle)) == told
                low, high = (low, middle) if same else (middle, high)
            found.append(Mark(low, say(words, symbol, low, say(told))))
    return sorted(found, key=lambda mark: (mark.at, mark.text))


def _largest(row: Mapping[str, Fraction]) -> str:
    """The component that is larger than every other one, if there is one."""
    most = max(row.values())
    found = [label for label, value in row.items() if value == most]
    return found[0] if len(found) == 1 else ""


def _half(row: Mapping[str, Fraction]) -> str:
    """The component that is more than all others together, if one is."""
    label = _largest(row)
    return label if label and 2 * row[label] > sum(row.values()) else ""

"""Published closed forms, held against a truth that is not themselves.

The entries are data: a file of `symcost/papers/published/` for each topic, found by its place. An
entry says where a formula stands, what its letters mean, the formula as printed (`latex`) and as
typed (`formula`), and what it is held against:

- `model`, `count`, `scope`: a network that is declared and counted (`checking.declared`);
- `parts`: tensors or operations, each a name and the factors of its size, over those in `over`;
- nothing, where the verdict is "definition": a choice or a definition, with nothing to check.

`verdict` is what the check must find. `conditions` say in words under what the formula is right, or
what an approximation leaves out. `given` puts an expression for a letter, as N = 12 L d^2. `within`
bounds the share by which an approximation may be off at each of the `sizes`; without it, the
approximation only leaves terms out. `whole` is the count without the conditions.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import cache
from typing import TYPE_CHECKING, Any, final

from symcost.algebra.dim import foreign
from symcost.algebra.poly import Poly
from symcost.algebra.ratio import Ratio
from symcost.checking.claims import Claim, check_claim, exact_number
from symcost.checking.declared import declare
from symcost.checking.expressions import replaced
from symcost.checking.formula import read_formula
from symcost.checking.shown import form_of
from symcost.checking.tree import Add, Name, Node, Over, Times, meaning, python
from symcost.checking.verdict import Status, Verdict
from symcost.files import packaged

if TYPE_CHECKING:
    from collections.abc import Mapping

    from symcost.algebra.dim import Dim
    from symcost.algebra.poly import Number as Exact

DEFINITION = "definition"
NOTHING_TO_CHECK = "a definition; nothing to check"
NAME = re.compile(r"[A-Za-z_]\w*")
VERDICTS = (DEFINITION, *(each.value for each in Status))


class LiteratureError(ValueError):
    """An entry that does not say what it has to, or says something nobody reads."""


@final
@dataclass(frozen=True)
class Against:
    """What a formula is held against: a declaration, or parts (a name and factors) over parts."""

    model: Mapping[str, Any] | None = None
    count: Mapping[str, Any] = field(default_factory=dict)
    scope: str = "COUNT"
    parts: tuple[tuple[str, ...], ...] = ()
    over: tuple[tuple[str, ...], ...] = ()
    words: str = ""


@final
@dataclass(frozen=True)
class Entry:
    """A published closed form. `letters` are the letters of `symbols` as the source prints them."""

    id: str
    topic: str
    source: str
    where: str
    about: str
    quantity: str
    symbols: Mapping[str, str]
    latex: str
    formula: str
    verdict: str
    sizes: tuple[Mapping[str, Any], ...]
    letters: Mapping[str, str] = field(default_factory=dict)
    conditions: tuple[str, ...] = ()
    within: Fraction | None = None
    given: Mapping[str, str] = field(default_factory=dict)
    truth: Against | None = None
    whole: Against | None = None
    note: str = ""

    @property
    def is_definition(self) -> bool:
        """Whether it says what something is called, and nothing that could be false."""
        return self.verdict == DEFINITION


@cache
def entries() -> tuple[Entry, ...]:
    """Every entry, topic after topic, as they stand in their files."""
    folder = packaged("papers", "published")
    tables = [
        tomllib.loads(path.read_text("utf-8"))
        for path in folder.iterdir()
        if path.name.endswith(".toml")
    ]
    tables.sort(key=lambda each: (each["order"], each["title"]))
    found = tuple(entry_of(each["title"], row) for each in tables for row in each["entry"])
    known: set[str] = set()
    for each in found:
        if each.id in known:
            raise LiteratureError(f"two entries are called {each.id!r}")
        known.add(each.id)
    return found


def entry_of(topic: str, row: Mapping[str, Any]) -> Entry:
    """One entry, as its file has it. Raises `LiteratureError` for what no entry has or lacks."""
    given = dict(row)
    whole = given.pop("whole", None)
    held: dict[str, Any] = {
        key: given.pop(key)
        for key in ("model", "count", "scope", "parts", "over", "words")
        if key in given
    }
    if "within" in given:
        given["within"] = Fraction(given["within"])
    for key in ("conditions", "sizes"):
        given[key] = tuple(given.get(key, ()))
    try:
        made = Entry(topic=topic, truth=_against(held), whole=_against(whole), **given)
    except TypeError as error:
        raise LiteratureError(f"the entry {row.get('id')!r}: {error}") from None
    if made.verdict not in VERDICTS:
        raise LiteratureError(f"{made.id}: the verdict is one of {', '.join(VERDICTS)}")
    if made.is_definition != (made.truth is None):
        raise LiteratureError(f"{made.id}: a truth to be held against, or a definition")
    return made


def _against(held: Mapping[str, Any] | None) -> Against | None:
    if not held:
        return None
    lists = {key: tuple(map(tuple, held.get(key, ()))) for key in ("parts", "over")}
    return Against(**{**held, **lists})


def checked(entry: Entry) -> Verdict:
    """The verdict of the checker; a right formula with conditions is right under them.

    An approximation is one that only leaves terms out, or stays within its bound.
    """
    blank = Verdict(Status.UNKNOWN, entry.formula, quantity=entry.quantity)
    if entry.truth is None:
        return replace(blank, remark=NOTHING_TO_CHECK)
    found = check_claim(_claim(entry, entry.truth))
    if found.status in (Status.RIGHT, Status.RIGHT_UNDER) and entry.conditions:
        return replace(found, status=Status.RIGHT_UNDER, conditions=entry.conditions)
    if entry.verdict == Status.APPROXIMATION.value and _approximates(entry, found):
        dropped = form_of(remainder(entry))
        return replace(
            found, status=Status.APPROXIMATION, conditions=entry.conditions, dropped=dropped
        )
    return found


def _approximates(entry: Entry, found: Verdict) -> bool:
    """Whether the formula is the truth but for what it leaves out, or for little."""
    if found.status not in (Status.WRONG, Status.UNKNOWN):
        return False
    if entry.within is None:
        return bool(found.edits) and all(each.factor == "0" for each in found.edits)
    return all(abs(share(entry, at)) <= entry.within for at in range(len(entry.sizes)))


def _claim(entry: Entry, against: Against) -> Claim:
    """The entry as a claim; what is `given` is put into the formula, and nowhere else."""
    reference = "" if against.model is not None else python(_reference(entry, against))
    return Claim(
        formula=python(_put_in(entry, _read(entry, entry.formula))),
        symbols=entry.symbols,
        quantity=entry.quantity,
        model=against.model,
        count=against.count,
        scope=against.scope,
        reference=reference,
        sizes=entry.sizes,
    )


def formula(entry: Entry) -> Ratio:
    """The closed form as it was published, in the letters of the source."""
    return meaning(_put_in(entry, _read(entry, entry.formula)), _letter)


def truth(entry: Entry, against: Against | None = None) -> Ratio:
    """What the entry is held against (its truth, or its `whole`), in the letters of the source."""
    against = against or entry.truth
    if against is None:
        raise LiteratureError(f"{entry.id} is {NOTHING_TO_CHECK}")
    if against.model is None:
        return meaning(_reference(entry, against), _letter)
    found = declare(against.model, against.count, against.scope, entry.symbols)
    back: dict[Dim, Poly] = {each: _letter(name) for name, each in found.letters.items()}
    return found.truth().substitute(back)


def remainder(entry: Entry, against: Against | None = None) -> Ratio:
    """What the formula leaves out: truth minus formula."""
    return truth(entry, against) - formula(entry)


def share(entry: Entry, at: int, against: Against | None = None) -> Fraction:
    """The remainder over the truth, at one of the entry's sizes."""
    values = _values(entry, at)
    true = Fraction(truth(entry, against).at(values))
    return Fraction(remainder(entry, against).at(values)) / true if true else Fraction(0)


def over_counts(entry: Entry) -> bool:
    """Whether the formula is larger than the truth, at the first of its sizes where they differ."""
    left = remainder(entry)
    found = (Fraction(left.at(_values(entry, at))) for at in range(len(entry.sizes)))
    return next((each < 0 for each in found if each), False)


def truth_at(entry: Entry, at: int) -> Fraction:
    """The truth as a number, at one of the entry's sizes."""
    return Fraction(truth(entry).at(_values(entry, at)))


def formula_at(entry: Entry, at: int) -> Fraction:
    """The formula as a number: every letter has the value of the entry, N among them.

    The values stand in the text before it is read, so that an exponent is a number.
    """
    values = {name: f"({each})" for name, each in _numbers(entry, at).items()}
    text = NAME.sub(lambda found: values.get(found[0], found[0]), entry.formula)
    return Fraction(meaning(_read(entry, text), _letter).at({}))


def _values(entry: Entry, at: int) -> Any:
    return {foreign(name): each for name, each in _numbers(entry, at).items()}


def _numbers(entry: Entry, at: int) -> dict[str, Exact]:
    found = {name: exact_number(each) for name, each in entry.sizes[at].items()}
    return {name: each for name, each in found.items() if each is not None}


def _read(entry: Entry, text: str) -> Node:
    return read_formula(text, tuple(entry.symbols)).chains[0].sides[0]


def _put_in(entry: Entry, node: Node) -> Node:
    given = {name: _read(entry, text) for name, text in entry.given.items()}
    return replaced(node, lambda name: given.get(name, Name(name)))


def _reference(entry: Entry, against: Against) -> Node:
    """The parts, multiplied and summed."""
    top = _put_in(entry, _sum(entry, against.parts))
    return Over(top, _put_in(entry, _sum(entry, against.over))) if against.over else top


def _sum(entry: Entry, parts: tuple[tuple[str, ...], ...]) -> Node:
    made = [
        Times(tuple(_read(entry, each) for each in factors))
        if len(factors) > 1
        else _read(entry, factors[0])
        for _, *factors in parts
    ]
    return Add(tuple(made)) if len(made) > 1 else made[0]


def _letter(name: str) -> Poly:
    return Poly.of(foreign(name))

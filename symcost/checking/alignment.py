"""Names in a formula, aligned with the dimensions of a model.

A name may stand for several things: `h` for heads or for the hidden width. Every reading is kept,
the likeliest first, with the reason; whoever judges tries them and says which was taken.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from itertools import islice, product
from typing import TYPE_CHECKING, final

from symcost.algebra.dim import Dim, DimensionError, all_dims, find, foreign
from symcost.algebra.near import nearest
from symcost.algebra.phrase import Phrase, say
from symcost.algebra.poly import Poly
from symcost.checking.words import tag_of
from symcost.files import packaged

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

STRANGE = "nothing known has this name"
NEAR = "not known: {0}. Did you mean {1}? If not, say what it is, as in --let {2}=heads"
MOST_READINGS = 36
INSTEAD = {"feed": "expert_feed"}  # where every block is a mixture, its width is an expert's


class AlignmentError(ValueError):
    """A `--let` that names something nobody knows."""


@final
@dataclass(frozen=True)
class Meant:
    """What a name may stand for, and why; `dim` where that is a dimension, or a letter alone."""

    name: str
    value: Poly
    word: str
    why: str
    dim: Dim | None = None


@final
@dataclass(frozen=True)
class Aligned:
    """One reading of all names of a formula."""

    meant: tuple[Meant, ...]

    def table(self) -> dict[str, Poly]:
        """Name to closed form."""
        return {each.name: each.value for each in self.meant}


def not_known(strangers: Sequence[str], dims: Iterable[Dim]) -> Phrase:
    """What to say of names that nobody knows: the size that the first is near to, or how to say."""
    known = [name for each in dims for name in (each.symbol, *each.aliases) if len(name) > 2]
    close = nearest(strangers[0], known)
    names = ", ".join(strangers)
    if close:
        return say(NEAR, names, f"'{close}'", strangers[0])
    return say("not known: {0}; say what it is, as in --let {1}=heads", names, strangers[0])


@cache
def _short() -> Mapping[str, list[str]]:
    text = packaged("checking", "letters.toml").read_text(encoding="utf-8")
    found: dict[str, list[str]] = tomllib.loads(text)["letters"]
    return found


@cache
def _bare_names() -> Mapping[str, Dim]:
    """Every name of the registry without underscores and in small letters: dmodel, numlayers."""
    found: dict[str, Dim] = {}
    for each in all_dims():
        for name in (each.word, each.symbol, *each.aliases):
            if len(name) > 2:
                found.setdefault(_bare(name), each)
    return found


def _bare(name: str) -> str:
    return re.sub(r"[_\-]|\d+$", "", name).lower()


# Names for what one number takes.
OF_AN_ELEMENT = re.compile(
    r"bytes?_?per|per_?(?:param|element|value|number|weight)|bytes_of|(?:n|dtype|elem)_?bytes"
    r"|(?:item|dtype|elem|element)_?size",
    re.I,
)


def alignments(
    names: Sequence[str],
    relevant: Iterable[Dim],
    standing: Mapping[str, Sequence[Poly]],
    let: Mapping[str, str],
    values: Mapping[str, int],
    sizes: Mapping[Dim, int],
    words: Mapping[str, str] | None = None,
    *,
    notations: bool = False,
) -> list[Aligned]:
    """Readings of the names, the likeliest first.

    `relevant` are the dimensions that the truth and the model have, `standing` closed forms for
    what is no dimension (`params`, `tokens`), `let` the user's own choices, `values` numbers that
    the writer gave to names, `sizes` those of the model, `words` what the writer says of a name.
    With `notations` a size may have a letter and a word, as in a page with formulas and code.
    """
    known = set(relevant)
    options = [
        _options(name, known, standing, let, values, sizes, (words or {}).get(name, ""))
        for name in names
    ]
    found = []
    for chosen in islice(_by_likelihood(options, notations=notations), MOST_READINGS * 4):
        if _tells_apart(chosen, notations=notations) and _is_usual(chosen, known):
            found.append(Aligned(chosen))
        if len(found) >= MOST_READINGS:
            break
    return found or [Aligned(tuple(each[0] for each in options))]


def _tells_apart(chosen: Sequence[Meant], *, notations: bool) -> bool:
    """Whether no two names are one size, or no two letters and no two words where these differ."""
    named = [(each.dim, notations and each.name in _short()) for each in chosen if each.dim]
    return len(set(named)) == len(named)


def _shared(chosen: Sequence[Meant]) -> int:
    """How many names are a size that another name is too."""
    dims = [each.dim for each in chosen if each.dim is not None]
    return len(dims) - len(set(dims))


def _is_usual(chosen: Sequence[Meant], known: set[Dim]) -> bool:
    """A letter takes some of its rarer meanings only where another name has the usual one."""
    words = {each.dim.word: each.name for each in chosen if each.dim is not None}
    for each in chosen:
        usual = ONLY_BESIDE.get((each.name, each.word))
        absent = usual is not None and all(dim.word != usual for dim in known)
        if usual is not None and not absent and words.get(usual, each.name) == each.name:
            return False
    return True


# d is the width of a head only where something else is the width of the model.
ONLY_BESIDE = {
    ("d", "head"): "model",
    ("h", "head"): "heads",
    ("H", "head"): "heads",
    ("L", "time"): "layers",
    ("n", "heads"): "time",
}


def _by_likelihood(
    options: Sequence[Sequence[Meant]], *, notations: bool
) -> Iterator[tuple[Meant, ...]]:
    """Choices of one reading for each name, those with the fewest unlikely ones first."""

    def unlikely(some: tuple[tuple[int, Meant], ...]) -> int:
        shared = _shared([each for _, each in some]) if notations else 0
        return sum(rank for rank, _ in some) + shared

    ranked = product(*(list(enumerate(each)) for each in options))
    ordered = sorted(islice(ranked, 4096), key=unlikely)
    for some in ordered:
        yield tuple(each for _, each in some)


def _options(
    name: str,
    known: set[Dim],
    standing: Mapping[str, Sequence[Poly]],
    let: Mapping[str, str],
    values: Mapping[str, int],
    sizes: Mapping[Dim, int],
    words: str,
) -> list[Meant]:
    if name in let:
        return [_by_let(name, let[name], standing)]
    if name in values and (OF_AN_ELEMENT.search(name) or not values[name]):  # bytes_per_param = 2
        given = say("it is given {0}", str(values[name]))
        return [Meant(name, Poly.of(values[name]), "number", given)]
    found: dict[object, Meant] = {}

    def take(dim: Dim, why: str) -> None:
        found.setdefault(dim, Meant(name, Poly.of(dim), dim.word, why, dim))

    for dim in _by_value(name, known, values, sizes):
        take(dim, say("it is given {0}, which is {1} here", values[name], dim.symbol))
    letters = _short().get(name, [])
    for dim, why in _by_name(name, words):
        # What is no dimension has its place among the meanings of a letter.
        if dim.word in letters:
            _take_standing(found, name, letters[: letters.index(dim.word)], standing)
        take(dim, why)
    _take_standing(found, name, letters, standing)
    if tag_of(_spaced(name)) == "params" and len(name) > 1:
        for poly in standing.get("params", ()):
            found.setdefault(poly, Meant(name, poly, "params", "a number of parameters"))
    if name in values:  # a name with a value is rather what has that value
        other = {
            key: each
            for key, each in found.items()
            if each.dim is None or sizes.get(each.dim, values[name]) == values[name]
        }
        found = other or found
    for dim in [each for each in found if isinstance(each, Dim)]:
        instead = _dim_of_tag(INSTEAD.get(dim.word, ""))
        if dim not in known and instead is not None and instead in known:
            take(instead, say("{0}: here {1}", say(dim.meaning), say(instead.meaning)))
    inside = [each for each in found.values() if each.dim is None or each.dim in known]
    outside = [each for each in found.values() if each not in inside]
    if inside:
        return inside
    if outside:
        return outside[:1]
    own = foreign(re.sub(r"\W", "_", name) if name[:1].isalpha() else f"x_{name}")
    return [Meant(name, Poly.of(own), "", STRANGE, own)]


def _take_standing(
    found: dict[object, Meant],
    name: str,
    words: Sequence[str],
    standing: Mapping[str, Sequence[Poly]],
) -> None:
    for word in words:
        for poly in standing.get(word, ()):
            found.setdefault(poly, Meant(name, poly, word, "its usual meaning"))


def _by_let(name: str, wanted: str, standing: Mapping[str, Sequence[Poly]]) -> Meant:
    if wanted in standing:
        return Meant(name, standing[wanted][0], wanted, "as you say")
    try:
        dim = find(wanted)
    except DimensionError as error:
        raise AlignmentError(f"--let {name}={wanted[:40]}: {error}") from None
    return Meant(name, Poly.of(dim), dim.word, "as you say", dim)


def _by_value(
    name: str, known: set[Dim], values: Mapping[str, int], sizes: Mapping[Dim, int]
) -> Iterator[Dim]:
    """The one dimension of the model that has the value which the writer gives to the name."""
    if name not in values:
        return
    fitting = [dim for dim in known if sizes.get(dim) == values[name]]
    named = [dim for dim, _ in _by_name(name, "") if dim in fitting]
    if named:
        yield named[0]
    elif len(fitting) == 1 and values[name] > 16:
        yield fitting[0]


def _by_name(name: str, words: str) -> Iterator[tuple[Dim, str]]:
    by_words = _dim_of_tag(tag_of(words)) if words else None
    if by_words is not None:
        yield by_words, say("the writer's words: {0}", words[:60])
    short = [_dim_of_tag(word) for word in _short().get(name, [])]
    if short:
        for dim in short:
            if dim is not None:
                yield dim, "its usual meaning"
        return
    try:
        dim = find(name)
        yield dim, "a name that it is known by"
        return
    except DimensionError:
        pass
    bare = _bare_names().get(_bare(name))
    if bare is not None:
        yield bare, "a name that it is known by"
        return
    tagged = _dim_of_tag(tag_of(_spaced(name))) if len(name) > 2 else None
    if tagged is not None:
        yield tagged, "the words of its name"


def _spaced(name: str) -> str:
    return re.sub(r"[_\-]+", " ", name)


def _dim_of_tag(tag: str) -> Dim | None:
    return next((each for each in all_dims() if each.word == tag), None) if tag else None

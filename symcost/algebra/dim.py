"""The dimensions of a network: symbols with a meaning, made here and nowhere else.

A `Dim` has the word used in declarations (`model`), the symbol used in formulas (`d`), its LaTeX
form, one line of meaning and the aliases under which the world knows it. Printing, parsing and
error messages all look here. Every dimension is a positive integer.
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Any, final

from symcost.algebra.dims import KNOWN
from symcost.algebra.near import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterable

NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,39}")


class DimensionError(ValueError):
    """A dimension is unknown, defined twice, or has no legal name."""


@final
class Dim:
    """One dimension. There is a single object for each word, so equality is identity.

    `order` places the symbol in a product: `2 B L s d` and not `2 d s L B`.

    >>> from symcost.algebra.dim import find
    >>> width = find("n_embd")
    >>> width, width.meaning, width.aliases[:2]
    (Dim('model', 'd'), 'width of the model', ('d_model', 'n_embd'))
    """

    __slots__ = ("aliases", "key", "latex", "meaning", "order", "symbol", "word")

    def __init__(
        self, word: str, symbol: str, latex: str, meaning: str, aliases: tuple[str, ...], order: int
    ) -> None:
        """Use `define`, which keeps words and symbols unique."""
        self.word = word
        self.symbol = symbol
        self.latex = latex
        self.meaning = meaning
        self.aliases = aliases
        self.order = order
        # Sorts dimensions the same way on every run and platform.
        self.key: tuple[int, str] = (order, symbol)

    @property
    def sympy(self) -> Any:
        """The positive-integer SymPy symbol; SymPy is loaded only now."""
        import sympy

        return sympy.Symbol(self.symbol, positive=True, integer=True)

    @property
    def stands_in(self) -> bool:
        """Whether it stands for a named closed form while what is around that is rewritten."""
        return self.order >= STAND_INS

    @property
    def is_foreign(self) -> bool:
        """Whether it is a letter of somebody's formula that stands for no dimension here."""
        return self.order == FOREIGN

    def __repr__(self) -> str:
        return f"Dim({self.word!r}, {self.symbol!r})"

    def __reduce__(self) -> tuple[Any, ...]:
        if self in _powers:
            return (powered, _powers[self])
        if self in _primes:
            return (primed, (_primes[self],))
        if self.stands_in:
            return (stand_in, (self.symbol, self.order - STAND_INS))
        if self.order == FOREIGN:
            return (foreign, (self.symbol, self.meaning))
        return (define, (self.word, self.symbol, self.latex, self.meaning, self.aliases))


FOREIGN = 10**5
STAND_INS = 10**6

_by_word: dict[str, Dim] = {}
_by_symbol: dict[str, Dim] = {}
_by_alias: dict[str, Dim] = {}
_foreign: dict[str, Dim] = {}


def define(
    word: str,
    symbol: str,
    latex: str | None = None,
    meaning: str = "",
    aliases: Iterable[str] = (),
    beside: str = "",
) -> Dim:
    """Makes a dimension, or returns the one that already is exactly this.

    `beside` is the word of a dimension at whose place it stands in a product: counts of kinds of
    layers stand where the number of layers does.

    Raises `DimensionError` where the word or the symbol already means something else, because two
    letters for one thing, or one letter for two, is how wrong formulas are written.

    >>> symcost.define("model", "d")
    Dim('model', 'd')
    >>> symcost.define("width", "d")
    Traceback (most recent call last):
    symcost.algebra.dim.DimensionError: the symbol 'd' already stands for 'model' ...
    """
    for name in (word, symbol):
        if not NAME.fullmatch(name):
            raise DimensionError(
                f"{name!r} cannot name a dimension: a letter, then letters, digits or '_', "
                "at most 40 in all"
            )
    known = _by_word.get(word)
    if known is not None:
        differs = (
            known.symbol != symbol
            or (meaning and known.meaning != meaning)
            or (latex is not None and known.latex != latex)
            or not set(aliases) <= set(known.aliases)
        )
        if differs:
            raise DimensionError(
                f"the dimension '{word}' is already '{known.symbol}' ({known.meaning}); "
                "choose another word"
            )
        return known
    taken = _by_symbol.get(symbol)
    if taken is not None:
        raise DimensionError(
            f"the symbol '{symbol}' already stands for '{taken.word}' ({taken.meaning}); "
            f"choose another symbol for '{word}'"
        )
    aliases = tuple(aliases)
    for alias in aliases:
        other = _by_alias.get(alias)
        if other is not None:
            raise DimensionError(
                f"'{alias}' is already another name of '{other.word}' ({other.meaning})"
            )
    order = dim(beside).order if beside else len(_by_word)
    made = Dim(word, symbol, latex or _default_latex(symbol), meaning, aliases, order)
    _by_word[word] = made
    _by_symbol[symbol] = made
    for alias in made.aliases:
        _by_alias.setdefault(alias, made)
    return made


@cache
def stand_in(symbol: str, index: int) -> Dim:
    """A dimension that nobody can look up, the last in every product; see `Dim.stands_in`."""
    return Dim(symbol, symbol, symbol, "", (), STAND_INS + index)


def foreign(letter: str, meaning: str = "") -> Dim:
    """A letter of somebody's formula that stands for no dimension here, behind all dimensions.

    There is a single object for each letter, and nobody can look it up. Its meaning is what was
    said of it last.
    """
    found = _foreign.get(letter)
    if found is None:
        if not NAME.fullmatch(letter):
            raise DimensionError(
                f"{letter[:40]!r} cannot name a size: a letter, then letters, digits or '_'"
            )
        found = Dim(letter, letter, _default_latex(letter), meaning, (), FOREIGN)
        _foreign[letter] = found
    found.meaning = meaning or found.meaning
    return found


_primes: dict[Dim, Dim] = {}


@cache
def primed(each: Dim) -> Dim:
    """d' beside d: the same dimension of a second network, at the same place in a product."""
    made = Dim(f"{each.word}'", f"{each.symbol}'", f"{each.latex}'", each.meaning, (), each.order)
    _primes[made] = each
    return made


_powers: dict[Dim, tuple[int, Dim]] = {}


@cache
def powered(base: int, exponent: Dim) -> Dim:
    """base^exponent, as 2^n: a symbol of its own that algebra multiplies like any other."""
    symbol = f"{base}**{exponent.symbol}"
    made = Dim(
        f"{base}**{exponent.word}",
        symbol,
        f"{base}^{{{exponent.latex}}}",
        f"{base} to the power {exponent.symbol}",
        (),
        exponent.order,
    )
    _powers[made] = base, exponent
    return made


def power_of(each: Dim) -> tuple[int, Dim] | None:
    """The base and the exponent of what `powered` made, None for any other symbol."""
    return _powers.get(each)


def dim(word: str) -> Dim:
    """The dimension with this word (`model`); `DimensionError` names the nearest one."""
    try:
        return _by_word[word]
    except KeyError:
        raise DimensionError(
            f"there is no dimension '{word[:60]}'.{did_you_mean(word, _by_word)}"
        ) from None


def find(name: str) -> Dim:
    """The dimension with this symbol, word or alias (`d`, `model`, `n_embd`), in that order."""
    for table in (_by_symbol, _by_word, _by_alias):
        if name in table:
            return table[name]
    if re.fullmatch(r"[^']+'", name):
        return primed(find(name[:-1]))
    near = did_you_mean(name, [*_by_symbol, *_by_word, *_by_alias])
    raise DimensionError(f"'{name[:60]}' is not a known symbol.{near}")


def all_dims() -> tuple[Dim, ...]:
    """Every dimension, in the order in which symbols stand in a product."""
    return tuple(_by_word.values())


def _default_latex(symbol: str) -> str:
    head, _, tail = symbol.partition("_")
    tail = tail.replace("_", ",")
    base = head if len(head) == 1 else rf"\mathrm{{{head}}}"
    if not tail:
        return base
    return f"{base}_{tail}" if len(tail) == 1 else rf"{base}_{{\mathrm{{{tail}}}}}"


for _known in KNOWN:
    define(*_known)

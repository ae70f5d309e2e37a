"""The dimensions of a network: symbols with a meaning, made here and nowhere else.

A `Dim` has the word used in declarations (`model`), the symbol used in formulas (`d`), its LaTeX
form, one line of meaning and the aliases under which the world knows it. Printing, parsing and
error messages all look here. Every dimension is a positive integer.
"""

from __future__ import annotations

import difflib
import re
from typing import TYPE_CHECKING, Any, final

if TYPE_CHECKING:
    from collections.abc import Iterable

NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,39}")


class DimensionError(ValueError):
    """A dimension is unknown, defined twice, or has no legal name."""


@final
class Dim:
    """One dimension. There is a single object for each word, so equality is identity.

    `order` places the symbol in a product: `2 B L s d` and not `2 d s L B`.
    """

    __slots__ = ("aliases", "latex", "meaning", "order", "symbol", "word")

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

    @property
    def key(self) -> tuple[int, str]:
        """Sorts dimensions the same way on every run and platform."""
        return (self.order, self.symbol)

    @property
    def sympy(self) -> Any:
        """The positive-integer SymPy symbol; SymPy is loaded only now."""
        import sympy

        return sympy.Symbol(self.symbol, positive=True, integer=True)

    def __repr__(self) -> str:
        return f"Dim({self.word!r}, {self.symbol!r})"

    def __reduce__(self) -> tuple[Any, ...]:
        return (define, (self.word, self.symbol, self.latex, self.meaning, self.aliases))


_by_word: dict[str, Dim] = {}
_by_symbol: dict[str, Dim] = {}
_by_alias: dict[str, Dim] = {}


def define(
    word: str,
    symbol: str,
    latex: str | None = None,
    meaning: str = "",
    aliases: Iterable[str] = (),
) -> Dim:
    """Makes a dimension, or returns the one that already is exactly this.

    Raises `DimensionError` where the word or the symbol already means something else, because two
    letters for one thing, or one letter for two, is how wrong formulas are written.
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
    made = Dim(
        word, symbol, latex or _default_latex(symbol), meaning, tuple(aliases), len(_by_word)
    )
    _by_word[word] = made
    _by_symbol[symbol] = made
    for alias in made.aliases:
        _by_alias.setdefault(alias, made)
    return made


def dim(word: str) -> Dim:
    """The dimension with this word (`model`); `DimensionError` names the nearest one."""
    try:
        return _by_word[word]
    except KeyError:
        raise DimensionError(f"there is no dimension '{word}'.{_nearest(word, _by_word)}") from None


def find(name: str) -> Dim:
    """The dimension with this symbol, word or alias (`d`, `model`, `n_embd`), in that order."""
    for table in (_by_symbol, _by_word, _by_alias):
        if name in table:
            return table[name]
    raise DimensionError(
        f"'{name}' is not a known symbol.{_nearest(name, [*_by_symbol, *_by_word, *_by_alias])}"
    )


def all_dims() -> tuple[Dim, ...]:
    """Every dimension, in the order in which symbols stand in a product."""
    return tuple(_by_word.values())


def _nearest(name: str, names: Iterable[str]) -> str:
    close = difflib.get_close_matches(name, list(names), n=1)
    return f" Did you mean '{close[0]}'?" if close else ""


def _default_latex(symbol: str) -> str:
    head, _, tail = symbol.partition("_")
    tail = tail.replace("_", ",")
    base = head if len(head) == 1 else rf"\mathrm{{{head}}}"
    if not tail:
        return base
    return f"{base}_{tail}" if len(tail) == 1 else rf"{base}_{{\mathrm{{{tail}}}}}"


# The order of this list is the order of symbols in a product.
define(
    "batch", "B", meaning="sequences in the batch", aliases=("batch_size", "b", "bsz", "n_batch")
)
define(
    "layers",
    "L",
    meaning="layers",
    aliases=("n_layer", "n_layers", "num_layers", "num_hidden_layers", "l"),
)
define(
    "time",
    "s",
    meaning="sequence length in tokens",
    aliases=("seq", "seq_len", "seq_length", "sequence_length", "T", "S", "t", "n"),
)
define(
    "experts",
    "E",
    meaning="experts in a mixture-of-experts layer",
    aliases=("n_experts", "num_experts", "num_local_experts", "n_routed_experts"),
)
define(
    "chosen",
    "k",
    meaning="experts each token is sent to",
    aliases=("top_k", "topk", "num_experts_per_tok", "moe_topk"),
)
define(
    "heads",
    "h",
    meaning="query heads",
    aliases=("n_head", "n_heads", "num_heads", "num_attention_heads", "H", "a"),
)
define(
    "groups",
    "h_kv",
    r"h_{\mathrm{kv}}",
    "key and value heads",
    aliases=("n_kv_heads", "num_key_value_heads", "n_kv_head", "n_query_groups"),
)
define(
    "share",
    "r",
    meaning="query heads for each key and value head",
    aliases=("n_rep", "group_size", "kv_groups"),
)
define(
    "vocab",
    "V",
    meaning="entries of the vocabulary",
    aliases=("vocab_size", "n_vocab", "v", "padded_vocab_size"),
)
define(
    "positions",
    "n_ctx",
    r"n_{\mathrm{ctx}}",
    "rows of the learned position table",
    aliases=("n_positions", "max_position_embeddings", "block_size", "context_length"),
)
define(
    "model",
    "d",
    meaning="width of the model",
    aliases=("d_model", "n_embd", "hidden_size", "dim", "dim_embd", "d_embd", "hidden"),
)
define(
    "head",
    "d_h",
    meaning="width of one head",
    aliases=("head_dim", "d_head", "head_size", "dim_head", "d_k"),
)
define(
    "feed",
    "d_ff",
    r"d_{\mathrm{ff}}",
    "inner width of the feed-forward block",
    aliases=("n_inner", "intermediate_size", "ffn_hidden_size", "d_mlp", "ffn_dim", "dim_ff"),
)

"""Inputs that get past a parser: what is written is parsed, changed in one place, written back.

A grammar is how the inputs of a target are written:

- `text`: words, numbers and signs, cut and joined as such;
- `json`, `toml`: a tree of values, whose values and keys are changed, moved, dropped, doubled;
- `words`: one word of a command line on each line; changed are the words, or one inside.

What does not parse is treated as text. Words and values come from the seeds of the target, from the
table of what has often gone wrong, and from other places of the same input.
"""

from __future__ import annotations

import json
import re
import tomllib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from random import Random

TOKEN = re.compile(r"\\[A-Za-z]+|[^\W\d]\w*|\d+(?:\.\d+)?|\s+|.", re.DOTALL)
LINE = re.compile(r"[^\n]+")
DEEPEST = 60
AGAIN = 0.7  # of the inputs begin at a seed again
WORDS = (
    *("", " ", "\n", "\t", "\r", "\0", "\x1b[2J", "\x85", "\u2028", "\u202e", "\ufeff", "\ufffd"),
    *("0", "-1", "1", "2", "007", "1e400", "1e-400", "9" * 70, str(2**63), str(-(2**31)), "0.1"),
    *("nan", "inf", "Infinity", "None", "null", "true", "1_000", "1,000", "١٢", "²", "½", "∞", "−"),
    *("dh", "ԁ", "ｄ", "d\u0301", "λ", "模型", "é", "ﬁ", "__class__", "self", "import", "lambda"),
    *("(", ")", "[", "]", "{", "}", "**", "//", "%", "^", "_", "=", "==", "<=", ",", ";", ":", "#"),
    *("&", "$", "\\", "\\\\", "'", '"', "`", "|", "<", ">", "/", "../", "/etc/passwd", "-"),
    *("\\input{/etc/passwd}", "\\write18{id}", "\\frac{", "\\sum_{i=1}^{n}", "$$"),
    *("<script>alert(1)</script>", "</script>", "]]>", "<!--", "{{", "}}", "{%", "%}", "```", "%%"),
    *("=1+1", "@SUM(1)", "$(id)", "; id", "*)", "(*", "#read(1)", "open('x', 'w')", "a" * 300),
)  # fmt: skip
VALUES: tuple[Any, ...] = (
    *(0, 1, -1, 2, 3, 7, 12, 64, 128, 4096, 2**31, 2**63, -(2**63), 10**30, 10**300, 9**400),
    *(0.0, -0.0, 0.5, 1.5, 1e308, 1e-308, float("nan"), float("inf"), float("-inf")),
    *(True, False, None, "", [], {}, [[]], [None], {"": ""}, [0], ["a", 1], {"a": {"a": {}}}),
)  # fmt: skip


@dataclass
class Mutator:
    """What is known of one target: the words and the trees of its seeds."""

    grammar: str
    seeds: list[bytes]
    words: list[str] = field(default_factory=list)
    texts: list[list[str]] = field(default_factory=list)
    trees: list[Any] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        decoded = [seed.decode("utf-8", "replace") for seed in self.seeds]
        token = LINE if self.grammar == "words" else TOKEN
        self.texts = [token.findall(text) for text in decoded] or [[""]]
        self.words = sorted({word for tokens in self.texts for word in tokens})[:5_000] or [""]
        if self.grammar in READ:
            self.trees = [tree for text in decoded if (tree := self._tree(text)) is not None]
            self.keys = sorted({key for tree in self.trees for key in _keys(tree)}) or [""]

    def __call__(self, data: bytes, most: int, chance: Random) -> bytes:
        """An input near this one, or near a seed, of at most so many bytes.

        What reaches new code is mostly wrong, so that the way from there to what is right is long.
        """
        if self.seeds and chance.random() < AGAIN:
            data = chance.choice(self.seeds)
        text = data.decode("utf-8", "replace")
        tree = self._tree(text) if self.grammar in READ else None
        if tree is None or chance.random() < 0.15:
            made = self.changed_text(text, chance)
        else:
            try:
                holder = [tree]
                for _ in range(1 if chance.random() < 0.7 else chance.randrange(2, 6)):
                    self._change(holder, chance)
                made = WRITE[self.grammar](holder[0])
            except (TypeError, ValueError, RecursionError):  # too deep, or without end
                made = self.changed_text(text, chance)
        return made.encode("utf-8", "replace")[:most]

    def _tree(self, text: str) -> Any:
        try:
            return READ[self.grammar](text)
        except (ValueError, RecursionError):
            return None

    # -- texts ---------------------------------------------------------------------------------

    def changed_text(self, text: str, chance: Random) -> str:
        """A text with some of its words changed."""
        if self.grammar == "words":
            words = LINE.findall(text)
            if words and chance.random() < 0.4:
                at = chance.randrange(len(words))
                words[at] = self._changed(words[at], TOKEN, "", chance)
                return "\n".join(words)
            return self._changed(text, LINE, "\n", chance)
        return self._changed(text, TOKEN, "", chance)

    def _changed(self, text: str, token: re.Pattern[str], glue: str, chance: Random) -> str:
        tokens = token.findall(text)
        for _ in range(1 if chance.random() < 0.6 else chance.randrange(2, 9)):
            chance.choice(TEXT_CHANGES)(self, tokens, chance)
        return glue.join(tokens)

    def word(self, chance: Random) -> str:
        """A word of the seeds, or one of the table."""
        return chance.choice(self.words if chance.random() < 0.7 else WORDS)

    def _put(self, tokens: list[str], chance: Random) -> None:
        tokens.insert(chance.randint(0, len(tokens)), self.word(chance))

    def _replace(self, tokens: list[str], chance: Random) -> None:
        if tokens:
            tokens[chance.randrange(len(tokens))] = self.word(chance)

    def _drop(self, tokens: list[str], chance: Random) -> None:
        start, stop = _stretch(tokens, chance)
        del tokens[start:stop]

    def _double(self, tokens: list[str], chance: Random) -> None:
        start, stop = _stretch(tokens, chance)
        times = 1 if chance.random() < 0.8 else chance.choice((2, 10, 100))
        tokens[start:start] = tokens[start:stop] * times

    def _swap(self, tokens: list[str], chance: Random) -> None:
        if tokens:
            one, other = chance.randrange(len(tokens)), chance.randrange(len(tokens))
            tokens[one], tokens[other] = tokens[other], tokens[one]

    def _graft(self, tokens: list[str], chance: Random) -> None:
        other = chance.choice(self.texts)
        start, stop = _stretch(other, chance, 40)
        at = chance.randint(0, len(tokens))
        tokens[at:at] = other[start:stop]

    def _number(self, tokens: list[str], chance: Random) -> None:
        places = [at for at, each in enumerate(tokens) if each.isdecimal() and len(each) < 100]
        if places:
            at = chance.choice(places)
            tokens[at] = str(_near(int(tokens[at]), chance))

    def _wrap(self, tokens: list[str], chance: Random) -> None:
        start, stop = _stretch(tokens, chance, 20)
        left, right = chance.choice(("()", "[]", "{}", "$$", "``", '""', "<>"))
        times = 1 if chance.random() < 0.9 else chance.choice((20, 100))
        tokens[start:stop] = [left * times, *tokens[start:stop], right * times]

    # -- trees ---------------------------------------------------------------------------------

    def _change(self, holder: list[Any], chance: Random) -> None:
        """One change somewhere in the tree that a list of one holds."""
        places = list(_places(holder))
        inside, key = chance.choice(places)
        act = chance.randrange(9)
        if act <= 2:
            inside[key] = self._value(inside[key], chance)
        elif act == 3 and inside is not holder:
            del inside[key]
        elif act == 4:
            other, at = chance.choice(places)
            if key in _keys_of(inside) and at in _keys_of(other):
                inside[key], other[at] = _copy(other[at]), _copy(inside[key])
        elif act == 5 and isinstance(inside, dict):
            inside[self._key(chance)] = inside.pop(key) if chance.random() < 0.5 else inside[key]
        elif act == 6:
            tree = chance.choice(self.trees)
            owner, at = chance.choice(list(_places([tree])))
            inside[key] = _copy(owner[at])
        elif act == 7 and isinstance(inside, list) and inside is not holder:
            inside.insert(key, _copy(inside[key]))
        elif act == 8 and isinstance(inside[key], dict):
            inside[key][self._key(chance)] = self._value(None, chance)
        else:
            inside[key] = self._value(inside[key], chance)

    def _key(self, chance: Random) -> str:
        return chance.choice(self.keys) if chance.random() < 0.8 else chance.choice(WORDS)

    def _value(self, old: Any, chance: Random) -> Any:
        """A value for the place of another: one near it, one of the table, one that is deep."""
        if isinstance(old, bool) and chance.random() < 0.5:
            return not old
        if isinstance(old, int) and chance.random() < 0.6:
            return _near(old, chance)
        if isinstance(old, str) and chance.random() < 0.6:
            return self.changed_text(old, chance)
        kind = chance.random()
        if kind < 0.05:
            deep = old
            for _ in range(chance.choice((3, DEEPEST, 900))):
                deep = [deep] if chance.random() < 0.5 else {"a": deep}
            return deep
        if kind < 0.4:
            return self.word(chance)
        return _copy(chance.choice(VALUES))


TEXT_CHANGES = (
    *(Mutator._put, Mutator._replace, Mutator._replace, Mutator._drop, Mutator._double),
    *(Mutator._swap, Mutator._graft, Mutator._number, Mutator._wrap),
)


def _near(number: int, chance: Random) -> int:
    return chance.choice(
        (number + 1, number - 1, -number, 2 * number, number // 2, 0, 1, number * 10**9, number**2)
    )


def _stretch(tokens: list[str], chance: Random, longest: int = 8) -> tuple[int, int]:
    start = chance.randint(0, len(tokens))
    return start, min(len(tokens), start + chance.randint(1, longest))


def _places(inside: Any) -> Iterator[tuple[Any, Any]]:
    """Every (container, key) of a tree; found without recursion."""
    waiting = [inside]
    while waiting:
        each = waiting.pop()
        for key in _keys_of(each):
            yield each, key
            if isinstance(each[key], dict | list):
                waiting.append(each[key])


def _keys_of(inside: Any) -> Iterable[Any]:
    return list(inside) if isinstance(inside, dict) else range(len(inside))


def _keys(tree: Any) -> Iterator[str]:
    return (key for inside, key in _places([tree]) if isinstance(inside, dict))


def _copy(value: Any) -> Any:
    """The value again: no two places of a tree may be one."""
    if isinstance(value, dict):
        return {key: _copy(each) for key, each in value.items()}
    return [_copy(each) for each in value] if isinstance(value, list) else value


def toml(value: Any) -> str:
    """A table as TOML, tables inside it on one line."""
    if not isinstance(value, dict):
        return _toml(value)
    return "".join(f"{_text(key)} = {_toml(each)}\n" for key, each in value.items())


def _toml(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_text(key)} = {_toml(each)}" for key, each in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_toml, value)) + "]"
    return _text(value) if isinstance(value, str) else str(value)


def _text(value: object) -> str:
    """A basic string of TOML, which is one of JSON but for what it must escape as well."""
    return json.dumps(str(value)).replace("\x7f", "\\u007f")


READ: dict[str, Callable[[str], Any]] = {"json": json.loads, "toml": tomllib.loads}
WRITE: dict[str, Callable[[Any], str]] = {"json": json.dumps, "toml": toml}

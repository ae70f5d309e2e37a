"""`symcost completion`: a script that completes commands, options and names in a shell.

The script asks `symcost complete -- WORDS...`, where the last word is the one to complete; what is
possible there follows from the parsers of the commands. An answer is one word a line; a single
line `:files` leaves the word to the shell.
"""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from symcost.commands.parser import ASKED, Parser
from symcost.files import packaged

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

SHELLS = ("bash", "zsh", "fish")
FILES = ":files"


def add(commands: Any) -> None:
    """Declares the arguments."""
    command = commands.add_parser(
        "completion",
        summary="print a script that completes words in bash, zsh or fish",
        description="Prints a script for a shell; its first lines say where it goes. Completed are "
        "commands, options, models, quantities, conventions, devices, symbols of the model, files.",
        examples=("completion bash", "completion zsh", "completion fish"),
    )
    command.group(ASKED).add_argument(
        "shell", metavar="SHELL", choices=SHELLS, help=", ".join(SHELLS)
    )
    command.set_defaults(run=run)
    asking = commands.add_parser("complete", description="Answers the script of a shell.")
    asking.add_argument("words", nargs=argparse.REMAINDER)
    asking.set_defaults(run=complete)


def run(chosen: argparse.Namespace) -> int:
    """Prints the script of a shell."""
    script = packaged("commands", "shells", f"symcost.{chosen.shell}")
    print(script.read_text(encoding="utf-8"), end="")
    return 0


def complete(chosen: argparse.Namespace) -> int:
    """Prints what may stand at the last word."""
    words = chosen.words[1:] if chosen.words[:1] == ["--"] else chosen.words
    try:
        found = list(candidates(chosen.root, words or [""]))
    except (ValueError, OSError):
        found = []  # a line that is still being written may name what there is not
    for each in found:
        print(each)
    return 0


def candidates(root: Parser, words: Sequence[str]) -> Iterator[str]:
    """What may stand at the last of the words behind `symcost`."""
    *before, word = words
    if not before:
        listed = (name for name, each in root.commands.items() if each.summary)
        yield from _beginning(word, [*listed, *_options(root)])
        return
    command = root.commands.get(before[0])
    if command is None or not command.summary:
        return
    line = _Line(command, before[1:])
    name, equals, value = word.partition("=")
    if line.open is not None:
        yield from _values(line.open, word, line)
    elif equals and name in _options(command):
        action = next(each for each in command.declared if name in each.option_strings)
        yield from (f"{name}={each}" for each in _values(action, value, line))
    elif word.startswith("-"):
        yield from _beginning(word, _options(command))
    else:
        place = line.place()
        yield from () if place is None else _values(place, word, line)


class _Line:
    """The words before the one to complete: what they fill, and what is open."""

    def __init__(self, command: Parser, words: Sequence[str]) -> None:
        by_name = {name: each for each in command.declared for name in each.option_strings}
        self.open: argparse.Action | None = None
        self.given: dict[str, str] = {}
        self._places = [each for each in command.declared if not each.option_strings]
        self._filled = 0
        for word in words:
            if self.open is not None:
                self.given[self.open.dest] = word
                self.open = None
            elif word.startswith("-") and word.partition("=")[0] in by_name:
                name, equals, value = word.partition("=")
                action = by_name[name]
                if equals:
                    self.given[action.dest] = value
                elif action.nargs != 0:
                    self.open = action
            else:
                place = self.place()
                if place is not None:
                    self.given[place.dest] = word
                self._filled += 1

    def place(self) -> argparse.Action | None:
        """The argument without a name that comes next."""
        for at, each in enumerate(self._places):
            if at == self._filled or each.nargs in ("*", "+"):
                return each
        return None


# -- what may be written as the value of an argument -----------------------------------------------


def _models(_: _Line) -> list[str]:
    from symcost.catalog import find

    return [*find.architectures(), *find.presets()]


def _quantities(_: _Line) -> list[str]:
    from symcost.catalog import find

    return [*find.quantities(), *find.quotients()]


def _conventions(_: _Line) -> list[str]:
    from symcost.catalog import find

    return [*find.conventions()]


def _devices(_: _Line) -> list[str]:
    from symcost.quantities.devices import devices

    return [*devices()]


def _types(line: _Line) -> list[str]:
    from symcost.quantities.devices import ELEMENT_BYTES, devices

    device = devices().get(line.given.get("device", ""))
    return [*ELEMENT_BYTES] if device is None else [*device.peaks]


def _optimizers(_: _Line) -> list[str]:
    from symcost.quantities.optimizers import OPTIMIZERS

    return [each.name for each in OPTIMIZERS]


def _symbols(line: _Line) -> list[str]:
    """The symbols of the model on the line; without one all that there are."""
    from symcost.algebra.dim import all_dims
    from symcost.graph.architecture import dims_of_model
    from symcost.model import load

    named = line.given.get("model")
    # A declaration of one's own is code, and a key on the keyboard runs none.
    known = named is not None and ":" not in named
    dims = dims_of_model(load(str(named)).root) if known else all_dims()
    return [each.symbol for each in dims]


def _stages(_: _Line) -> list[str]:
    from symcost.quantities.plan import STAGES

    return [*STAGES]


def _collectives(_: _Line) -> list[str]:
    from symcost.quantities.plan import COLLECTIVES

    return [*COLLECTIVES]


def _degrees(_: _Line) -> list[str]:
    from symcost.quantities.plan import DEGREES

    return [*DEGREES, "sp"]


def _included(_: _Line) -> list[str]:
    from symcost.quantities.convention import GROUPS

    return [*GROUPS]


def _formats(_: _Line) -> list[str]:
    from symcost.commands.derive import FORMATS

    return [*FORMATS]


def _languages(_: _Line) -> list[str]:
    from symcost.render.language import languages

    return [*languages()]


# By the destination of an argument. `=` behind a name: a value follows; `,`: several are taken.
NAMES: dict[str, tuple[str, Callable[[_Line], list[str]]]] = {
    "model": ("", _models),
    "other": ("", _models),
    "quantity": (",", _quantities),
    "convention": ("", _conventions),
    "conventions": (",", _conventions),
    "device": ("", _devices),
    "dtype": ("", _types),
    "optimizer": ("", _optimizers),
    "sizes": ("=", _symbols),
    "grid": ("=", _symbols),
    "against": ("=", _symbols),
    "unknown": ("", _symbols),
    "symbols": (",", _symbols),
    "order": (",", _symbols),
    "stage": ("", _stages),
    "collective": ("", _collectives),
    "parallel": (",", _degrees),
    "include": (",", _included),
    "exclude": (",", _included),
    "format": (",", _formats),
    "language": ("", _languages),
}
NAMED_OR_FILE = {"model", "language"}
PATHS = {"files", "output", "listed", "template"}
# What people think of themselves: numbers, formulas, words of their own.
FREE = {
    "element_bytes", "zero", "pad_vocab", "prefix", "line_width",
    "freeze", "train_only", "lora", "prediction",
    "table", "depth", "formula", "number", "let", "left", "right", "question", "lengths",
    "tokens_per_second", "devices", "rule", "within",
}  # fmt: skip


def _values(action: argparse.Action, word: str, line: _Line) -> Iterator[str]:
    """What may stand as the value of an argument, where `word` stands already."""
    if action.choices is not None:
        yield from _beginning(word, map(str, action.choices))
        return
    kind, names = NAMES.get(action.dest, ("", None))
    if names is None:
        if action.dest in PATHS:
            yield FILES
        return
    if kind == "=":
        if "=" not in word:
            yield from _beginning(word, (f"{each}=" for each in names(line)))
        return
    head, comma, tail = word.rpartition(",") if kind == "," else ("", "", word)
    yield from (f"{head}{comma}{each}" for each in _beginning(tail, names(line)))
    if action.dest in NAMED_OR_FILE and not comma:
        yield FILES


def _options(parser: Parser) -> list[str]:
    return [
        name
        for each in parser.declared
        for name in each.option_strings
        if each.help != argparse.SUPPRESS
    ]


def _beginning(word: str, known: Iterable[str]) -> Iterator[str]:
    return (each for each in known if each.startswith(word))

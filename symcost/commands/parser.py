"""The parser of the command line: options in groups, examples below, mistakes in one line."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any, NoReturn

from symcost.algebra.near import did_you_mean
from symcost.algebra.typed import whole

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from symcost.commands.parser import Parser as Itself

LONGEST = 300  # characters of a mistake that are repeated
FORCE = "--force"
LEFT = 26  # columns of the options before their words begin
ASKED, MODEL, COUNTING, TRAINED, DEVICES, OUTPUT = TITLES = (
    "what is asked",
    "the model and its sizes",
    "how it is counted",
    "what is trained",
    "devices and optimizer",
    "output",
)


class UsageError(ValueError):
    """Input that cannot be used. Its message is all the user sees."""


def whole_number(text: str) -> int:
    """What an option takes that is a count; as `int`, but for digits of other scripts."""
    number = whole(text.removeprefix("-"))
    if number is None:
        raise argparse.ArgumentTypeError(f"{text[:40]!r} is no whole number")
    return -number if text.startswith("-") else number


class _Layout(argparse.RawDescriptionHelpFormatter):
    """Descriptions are wrapped, examples stay as they are."""

    def __init__(self, prog: str) -> None:
        super().__init__(prog, max_help_position=LEFT)

    def _fill_text(self, text: str, width: int, indent: str) -> str:
        if "\n" in text:
            return super()._fill_text(text, width, indent)
        return argparse.HelpFormatter._fill_text(self, text, width, indent)


class Parser(argparse.ArgumentParser):
    """A command: its one line among the others, its examples, its options by group.

    `examples` are command lines without `symcost`, each with `  # exit code 1` behind it where
    the answer is no. `hint` ends every complaint.
    """

    def __init__(
        self,
        *,
        summary: str = "",
        examples: Sequence[str] = (),
        hint: str = "",
        **options: Any,
    ) -> None:
        """Takes what `argparse.ArgumentParser` takes besides."""
        if examples:
            options["epilog"] = "\n".join(
                ["examples:", *(f"  symcost {each}" for each in examples)]
            )
        super().__init__(formatter_class=_Layout, add_help=False, **options)
        self.summary, self.examples, self.hint = summary, tuple(examples), hint
        # All at once, so that every command shows its groups in the same order; empty ones are not
        # shown.
        self._titled = {title: self.add_argument_group(title) for title in TITLES}

    def group(self, title: str) -> Any:
        """The options under this title."""
        return self._titled[title]

    @property
    def declared(self) -> tuple[argparse.Action, ...]:
        """Every argument of the command, in order."""
        return tuple(self._actions)

    @property
    def commands(self) -> dict[str, Itself]:
        """The commands below this one, by name."""
        for each in self._actions:
            if isinstance(each, argparse._SubParsersAction):
                return dict(each.choices)
        return {}

    def about(self, groups: Mapping[str, Sequence[str]]) -> None:
        """Lists the commands below this one under the titles of their groups."""
        held = {name: each for name, each in self.commands.items() if each.summary}
        wide = max(map(len, held)) + 2
        lines = []
        for title, names in groups.items():
            rows = (f"  {name:{wide}}{held[name].summary}" for name in names if name in held)
            lines += [f"{title}:", *rows, ""]
        self.description = "\n".join([self.description or "", "", *lines]).rstrip()

    def format_help(self) -> str:
        """The help; its first line names what must be given, not all that can be."""
        if self.usage is None and not self.commands:
            self.usage = " ".join([self.prog, *map(_shown, _needed(self.declared)), "[options]"])
        return super().format_help()

    def error(self, message: str) -> NoReturn:
        """Raises `UsageError`: the whole complaint is one line."""
        name = self.prog.partition(" ")[2]
        start = f"{name}: " if name else ""
        said = message[:LONGEST].removesuffix(".")
        end = "" if said.endswith("?") else f" (see {self.prog} --help)"
        raise UsageError(f"{start}{said}{self.hint or end}")

    def refuse(self, extra: Sequence[str]) -> NoReturn:
        """Raises `UsageError` for words that no argument takes."""
        for word in extra:
            if word.startswith("-"):
                name = word.partition("=")[0][:60]
                known = [each for action in self.declared for each in action.option_strings]
                known = [each for each in known if each != FORCE]  # nobody is talked into that
                # Words of one option are short and look alike; people know how they begin.
                alike = [each for each in known if each[:3] == name[:3]]
                self.error(f"there is no option {name}.{did_you_mean(name, alike)}")
        quantity = any("-q" in each.option_strings for each in self.declared)
        hint = f"; a quantity is asked for as in -q {extra[0][:60]}" * quantity
        self.error(f"one word too many: {extra[0][:60]!r}{hint}")

    def _check_value(self, action: argparse.Action, value: Any) -> None:
        """One of the choices, or a complaint that names the nearest."""
        if action.choices is None or value in action.choices:
            return
        known = list(map(str, action.choices))
        near = did_you_mean(str(value), known)
        what = "command" if isinstance(action, argparse._SubParsersAction) else _shown(action)
        if what == "command":
            self.error(f"{value[:60]!r} is no {what}.{near}")
        raise argparse.ArgumentError(
            None, f"{what} {str(value)[:60]}: choose {', '.join(known)}.{near}"
        )


def _needed(actions: Iterable[argparse.Action]) -> list[argparse.Action]:
    """What must be given: options that are required, then everything without a name."""
    options = [each for each in actions if each.option_strings and each.required]
    return [*(each for each in actions if not each.option_strings), *options]


def _shown(action: argparse.Action) -> str:
    """An argument as it is written down: --for SYMBOL, MODEL, [FILE ...]."""
    if action.option_strings:
        metavar = action.metavar or action.dest.upper()
        name = action.option_strings[-1]
        return f"{name} {metavar}" if action.required else name
    name = str(action.metavar or action.dest)
    if action.nargs == "?":
        return f"[{name}]"
    if action.nargs == "*":
        return f"[{name} ...]"
    return f"{name} ..." if action.nargs == "+" else name

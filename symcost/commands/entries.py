"""What earlier runs of `symcost eval` left: compiled closed forms, evaluated at new sizes.

An entry is made by `kept.py` after a run that answered, and is keyed by everything on the command
line but the values of sizes that nothing else depends on. It is used only while the code of symcost
and the model's file are what they were, and only if its checksum is right. Little is imported here,
because a run from an entry loads nothing else.

The entries are under `$XDG_CACHE_HOME/symcost` (`~/.cache/symcost`) and may be deleted at any time.
SYMCOST_CACHE is another folder for them, or `off`.
"""

from __future__ import annotations

import json
import os
import stat
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

FORMAT = 1
LARGEST = 2_000_000  # bytes of an entry
LARGEST_MODEL = 1_000_000  # bytes of a model's file
MOST_DIGITS = 30
MOST_BITS = 14_000  # of a result on the way; Python prints no longer ones
OPERATIONS: dict[str, Callable[[int, int], int]] = {
    "add": int.__add__,
    "sub": int.__sub__,
    "mul": int.__mul__,
    "floor": int.__floordiv__,
    "exact": int.__floordiv__,
    "min": min,
    "max": max,
}
COLOURS = ("auto", "always", "never")
OPTIONS = ("--set", "--json", "--color")


class Asked:
    """An `eval` command line: what stays, and the sizes and choices of output that may change."""

    def __init__(self, arguments: Sequence[str]) -> None:
        self.fixed: list[str] = []
        self.sizes: dict[str, int] = {}
        self.json, self.color = False, "auto"
        self.plain = True  # whether every word of it was understood here
        rest = iter(arguments)
        for word in rest:
            option, equals, value = word.partition("=")
            if option == "--set":
                self._set(value if equals else next(rest, ""))
            elif option == "--color":
                self.color = value if equals else next(rest, "")
                self.plain = self.plain and self.color in COLOURS
            elif word == "--json":
                self.json = True
            else:
                self.fixed.append(word)
                # `--js` is `--json` to the command, and behind `--` there are no options.
                short = option.startswith("--") and any(each.startswith(option) for each in OPTIONS)
                self.plain = self.plain and not short

    def _set(self, setting: str) -> None:
        name, equals, value = setting.partition("=")
        digits = value.strip()
        number = digits.isdecimal() and digits.isascii() and len(digits) <= MOST_DIGITS
        if not (equals and number) or name.strip() in self.sizes:
            self.plain = False
        else:
            self.sizes[name.strip()] = int(digits)


def folder() -> str | None:
    """Where entries are kept; None where they are not wanted or there is no home."""
    chosen = os.environ.get("SYMCOST_CACHE", "")
    if chosen:
        return None if chosen == "off" else chosen
    base = os.environ.get("XDG_CACHE_HOME", "")
    if not os.path.isabs(base):
        home = os.path.expanduser("~")
        if not os.path.isabs(home):
            return None
        base = f"{home}/.cache"
    return f"{base}/symcost"


def place(asked: Asked) -> str | None:
    """The file of the entry of a command line."""
    where = folder()
    if where is None:
        return None
    # Two command lines may share a name; the entry says which one it is of.
    name = checksum(json.dumps([asked.fixed, list(asked.sizes)]))
    return f"{where}/{name}.json"


def checksum(text: str) -> str:
    """A text's sum, to notice a file that is not whole."""
    from binascii import crc32

    data = text.encode("utf-8", "surrogatepass")
    return f"{crc32(data):08x}{crc32(data[::-1]):08x}"


def code() -> str:
    """What tells one version or state of the code from another: size and time of every file."""
    count = size = newest = 0
    waiting = [os.path.dirname(os.path.dirname(os.path.abspath(__file__)))]
    while waiting:
        with os.scandir(waiting.pop()) as entries:
            for each in entries:
                if each.is_dir():
                    if each.name != "__pycache__":
                        waiting.append(each.path)
                    continue
                found = each.stat()
                count, size = count + 1, size + found.st_size
                newest = max(newest, found.st_mtime_ns)
    return f"{count} files, {size} bytes, {newest}"


def file_of(model: str) -> str | None:
    """The content of the model's file in short; None for a model that is no file."""
    if os.path.isdir(model):
        model = f"{model}/config.json"
    try:
        with open(model, "rb", opener=_at_once) as file:
            data = file.read(LARGEST_MODEL + 1)
    except (OSError, ValueError):
        return None
    from hashlib import sha256

    return sha256(data).hexdigest()


def _at_once(path: str, flags: int) -> int:
    """Opens a file; of a pipe it does not wait for somebody who writes."""
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))


def _is_own(handle: int) -> bool:
    """Whether a file is nobody else's: another user may not choose what we compute."""
    found = os.fstat(handle)
    mine = not hasattr(os, "geteuid") or found.st_uid == os.geteuid()
    return mine and stat.S_ISREG(found.st_mode) and not found.st_mode & 0o022


def entry(asked: Asked) -> dict[str, Any] | None:
    """The entry of a command line, if there is one that still holds."""
    path = place(asked)
    if path is None:
        return None
    try:
        with open(path, encoding="utf-8", opener=_at_once) as file:
            text = file.read(LARGEST) if _is_own(file.fileno()) else ""
        head, _, body = text.partition("\n")
        if head != checksum(body):
            return None
        found: dict[str, Any] = json.loads(body)
        same = (found["format"], found["fixed"], found["names"]) == (
            FORMAT, asked.fixed, list(asked.sizes),
        )  # fmt: skip
        if not (isinstance(found["free"], dict) and isinstance(found["variants"], dict)):
            return None
        if not same or found["code"] != code() or found["file"] != file_of(asked.fixed[0]):
            return None
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return None
    return found


def variant(asked: Asked, free: Mapping[str, Any]) -> str:
    """The key of the sizes that other things depend on: those that are not free."""
    return json.dumps([[name, value] for name, value in asked.sizes.items() if name not in free])


def report_of(found: Mapping[str, Any], asked: Asked) -> dict[str, Any] | None:
    """The report with the sizes asked for; None where the entry does not reach that far."""
    free: dict[str, Any] = found["free"]
    held = found["variants"].get(variant(asked, free))
    if held is None:
        return None
    report: dict[str, Any] = held["report"]
    for name, symbol in free.items():
        most = held["most"].get(symbol)
        value = asked.sizes[name]
        if value < 1 or (most is not None and value > most):
            return None
        report["sizes"][symbol]["value"] = value
    sizes = {symbol: each["value"] for symbol, each in report["sizes"].items()}
    for name, program in held["programs"].items():
        report["values"][name] = evaluate(program, sizes)
    return report if _can_be_shown(report) else None


def _can_be_shown(report: Mapping[str, Any]) -> bool:
    """Whether all that is printed is there; an entry may be from anybody's hand."""
    values = report["values"]
    texts = [report["model"], report["convention"], report["counted"]]
    for name, form in report["expressions"].items():
        missing = () if name in values else report["unbound"][name]
        texts += [form, report["units"][name], report["scopes"][name], *missing]
    numbers = [*values.values(), *(each["value"] for each in report["sizes"].values())]
    return all(isinstance(each, str) for each in texts) and all(
        isinstance(each, int) for each in numbers
    )


def is_whole(report: Mapping[str, Any]) -> bool:
    """Whether a report has everything that is printed of it, each of the right kind."""
    words = [report["model"], report["convention"], report["counted"]]
    for name, form in report["expressions"].items():
        words += [name, form, report["scopes"][name]]
        words += [report["units"][name]] if name in report["values"] else report["unbound"][name]
    numbers = [each["value"] for each in report["sizes"].values()]
    return all(isinstance(each, str) for each in words) and all(
        isinstance(each, int) for each in (*numbers, *report["values"].values())
    )


def evaluate(program: Sequence[Any], sizes: Mapping[str, int]) -> int | None:
    """The whole number that a program comes to; None where something does not divide.

    A program lists values and says which one is the result. A value is a number, the symbol of a
    size, or [operation, place, place].
    """
    values: list[int] = []
    result: int = program[1]
    for each in program[0]:
        if isinstance(each, int):
            values.append(each)
        elif isinstance(each, str):
            values.append(sizes[each])
        else:
            left, right = values[each[1]], values[each[2]]
            if each[0] == "exact" and left % right:
                return None
            made = OPERATIONS[each[0]](left, right)
            if made.bit_length() > MOST_BITS:
                return None
            values.append(made)
    return values[result]

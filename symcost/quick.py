"""The command `symcost`: `eval` is answered from an entry where there is one, all else by the cli.

A run from an entry loads next to nothing: see `symcost.commands.entries`.
"""

from __future__ import annotations

import gc
import sys
from typing import TYPE_CHECKING

from symcost.commands import entries

if TYPE_CHECKING:
    from collections.abc import Sequence


def answer(arguments: Sequence[str]) -> int | None:
    """Runs an `eval` from an entry; None where the command has to take the long way."""
    asked = entries.Asked(arguments[1:])
    if not asked.plain or not asked.fixed:
        return None
    found = entries.entry(asked)
    if found is None:
        return None
    try:
        report = entries.report_of(found, asked)
        if report is None or not entries.is_whole(report):
            return None
    except (AttributeError, LookupError, TypeError, ValueError, ArithmeticError):
        return None
    from symcost.commands import console, evaluated

    return console.guarded(lambda: evaluated.show(report, as_json=asked.json, color=asked.color))


def main() -> int:
    """The command `symcost`."""
    # What a command makes dies by its reference counts. Looking for cycles as often as Python does
    # by default costs a third of the time of a long derivation, and the more the longer it is.
    gc.set_threshold(50_000, 20, 20)
    code_ = answer(sys.argv[1:]) if sys.argv[1:2] == ["eval"] else None
    if code_ is not None:
        return code_
    from symcost.cli import main as long_way

    return long_way()

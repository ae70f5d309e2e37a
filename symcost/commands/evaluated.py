"""What `symcost eval` prints: every quantity with its value, its unit and its closed form."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from symcost.commands import console
from symcost.render.breaking import GLUE, glued, wrapped

if TYPE_CHECKING:
    from symcost.render.screen import Screen

WIDE = 70  # columns from which on values stand in a column of their own


def show(report: dict[str, Any], *, as_json: bool, color: str) -> int:
    """Prints a report; returns the exit code."""
    if as_json:
        console.put_json(report)
        return 0
    on = console.screen(color)
    console.say(f"{report['model']}, convention {report['convention']}: {report['counted']}", on)
    if report["sizes"]:
        held = report["sizes"].items()
        console.say_list("sizes: ", (f"{name} = {each['value']:,}" for name, each in held), on)
    _print(report, on)
    return 0


def _print(report: dict[str, Any], on: Screen) -> None:
    """Every quantity: its value, its unit, its closed form below."""
    for name, form in report["expressions"].items():
        if name in report["values"]:
            value = report["values"][name]
            shown = f"{value:,}" if isinstance(value, int) else value
            unit = report["units"][name]
        else:
            missing = " ".join(glued(f"--set {symbol}=...") for symbol in report["unbound"][name])
            shown, unit = "open:", missing
        scope = report["scopes"][name]
        per = "" if scope == "model" else f" per {scope}"
        said = f"{unit}{per if name in report['values'] else ''}"
        _print_value(name, f"{shown:>24}" if on.width >= WIDE else shown, said, on)
        margin = f"{'':22} = " if on.width >= WIDE else "  = "
        console.say_formula(margin, form, on, "result")


def _print_value(name: str, value: str, said: str, on: Screen) -> None:
    """A name, a value and its unit on one line, or below each other where there is no room."""
    head = f"{name:22} {value}" if on.width >= WIDE else f"{name}  {value}"
    if len(head) + len(said) < on.width:
        print(f"{head} {said.replace(GLUE, ' ')}")
        return
    print(head)
    for line in wrapped(said, on.width - 4):
        print(f"    {line}")

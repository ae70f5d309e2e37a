"""What `symcost eval` prints: every quantity with its value, its unit and its closed form."""

from __future__ import annotations

from typing import Any

from symcost.commands import console
from symcost.render.breaking import GLUE, glued, wrapped

WIDE = 70  # columns from which on values stand in a column of their own


def show(report: dict[str, Any], *, as_json: bool, color: str) -> int:
    """Prints a report; returns the exit code."""
    console.settle(color)
    if as_json:
        console.put_json(report)
        return 0
    console.say(f"{report['model']}, convention {report['convention']}: {report['counted']}")
    if report["sizes"]:
        held = report["sizes"].items()
        console.say_list("sizes: ", (f"{name} = {each['value']:,}" for name, each in held))
    _print(report)
    return 0


def _print(report: dict[str, Any]) -> None:
    """Every quantity: its value, its unit, its closed form below."""
    roomy = console.screen().width >= WIDE
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
        _print_value(name, f"{shown:>24}" if roomy else shown, said)
        margin = f"{'':22} = " if roomy else "  = "
        console.say_formula(margin, form, "result")


def _print_value(name: str, value: str, said: str) -> None:
    """A name, a value and its unit on one line, or below each other where there is no room."""
    room = console.screen().width
    head = f"{name:22} {value}" if room >= WIDE else f"{name}  {value}"
    if len(head) + len(said) < room:
        print(f"{head} {said.replace(GLUE, ' ')}")
        return
    print(head)
    for line in wrapped(said, room - 4):
        print(f"    {line}")

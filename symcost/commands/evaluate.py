"""`symcost eval`: closed forms and their exact values."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from symcost.commands import console
from symcost.commands.common import add_model, convention, model, sizes
from symcost.commands.parser import COUNTING, OUTPUT
from symcost.render.breaking import GLUE, glued, wrapped

if TYPE_CHECKING:
    import argparse

    from symcost.render.screen import Screen


WIDE = 70  # columns from which on values stand in a column of their own


def add(commands: Any) -> None:
    """Declares the arguments."""
    evaluate = commands.add_parser(
        "eval",
        summary="evaluate closed forms exactly",
        description="Evaluates the quantities of a model in exact integers.",
        examples=(
            "eval gpt2 --set B=1 --set s=1024",
            "eval gpt2 -q params --convention kaplan-2020",
            "eval llama-3-8b -q kv_cache_bytes --set B=1 --set s=8192 --json",
            "eval deepseek-v3 -q params -q params_active --style expanded",
        ),
    )
    add_model(evaluate)
    evaluate.group(COUNTING).add_argument(
        "--cite", action="store_true", help="put the published proportions in, such as d_ff = 4 d"
    )
    evaluate.group(OUTPUT).add_argument("--json", action="store_true", help="one JSON object")
    evaluate.set_defaults(run=run)


def run(chosen: argparse.Namespace) -> int:
    """Runs the command; returns the exit code."""
    report = model(chosen).report(
        *chosen.quantity,
        convention=convention(chosen),
        scope=chosen.scope,
        style=chosen.style,
        cite=chosen.cite,
        **sizes(chosen.sizes),
    )
    if chosen.json:
        console.put_json(report)
        return 0
    on = console.screen(chosen)
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

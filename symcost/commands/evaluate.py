"""`symcost eval`: closed forms and their exact values."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from symcost.commands.common import add_model, convention, model, sizes

if TYPE_CHECKING:
    import argparse


def add(commands: Any) -> None:
    """Declares the arguments."""
    evaluate = commands.add_parser(
        "eval",
        help="evaluate closed forms exactly",
        description="Evaluates the quantities of a model in exact integers.",
        epilog="example: symcost eval gpt2 --set B=1 --set s=1024 --json",
    )
    add_model(evaluate)
    evaluate.add_argument(
        "--cite", action="store_true", help="put the published proportions in, such as d_ff = 4 d"
    )
    evaluate.add_argument("--json", action="store_true", help="one JSON object")
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
        print(json.dumps(report, indent=2, ensure_ascii=False))
        return 0
    print(f"{report['model']}, convention {report['convention']}: {report['counted']}")
    if report["sizes"]:
        print("sizes: " + ", ".join(f"{k} = {v['value']:,}" for k, v in report["sizes"].items()))
    for name, form in report["expressions"].items():
        if name in report["values"]:
            value = report["values"][name]
            shown = f"{value:,}" if isinstance(value, int) else value
            unit = report["units"][name]
        else:
            missing = " ".join(f"--set {symbol}=..." for symbol in report["unbound"][name])
            shown, unit = "open:", missing
        scope = report["scopes"][name]
        per = "" if scope == "model" else f" per {scope}"
        print(f"{name:22} {shown:>24} {unit}{per if name in report['values'] else ''}")
        print(f"{'':22} = {form}")
    return 0

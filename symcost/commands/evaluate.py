"""`symcost eval`: closed forms and their exact values."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any

from symcost.commands import evaluated
from symcost.commands.common import add_model, convention, model, sizes
from symcost.commands.data import add_data, put_rows
from symcost.commands.parser import COUNTING, OUTPUT

if TYPE_CHECKING:
    import argparse


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
    evaluate.group(OUTPUT).add_argument(
        "--json", action="store_true", help="the same as --format json: one object"
    )
    add_data(evaluate)
    evaluate.set_defaults(run=run)


def run(chosen: argparse.Namespace) -> int:
    """Runs the command; returns the exit code."""
    network, counted = model(chosen), convention(chosen)
    report = network.report(
        *chosen.quantity,
        convention=counted,
        scope=chosen.scope,
        style=chosen.style,
        cite=chosen.cite,
        **sizes(chosen.sizes),
    )
    if chosen.format == "csv":
        return put_rows("csv", [_row(name, report) for name in report["expressions"]])
    as_json = chosen.json or chosen.format == "json"
    code = evaluated.show(report, as_json=as_json, color=chosen.color)
    if chosen.format == "text":  # what an entry is printed as
        from symcost.commands import kept

        kept.keep(report, network, counted, chosen)
    return code


def _row(name: str, report: dict[str, Any]) -> dict[str, Any]:
    """A quantity: value, unit, scope, closed form, and the symbols that have no value."""
    value = report["values"].get(name)
    return {
        "quantity": name,
        "value": Fraction(value) if value is not None else None,
        "unit": report["units"][name],
        "scope": report["scopes"][name],
        "form": report["expressions"][name],
        "open": " ".join(report["unbound"].get(name, ())),
    }

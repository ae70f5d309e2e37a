"""The command line. It parses, calls `symcost.model`, prints; it computes nothing itself.

Exit codes: 0 done, 2 unusable input, in one line that says what to do.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from symcost import __version__

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from symcost.model import Model
    from symcost.quantities.convention import Convention

FORMATS = ("latex", "markdown", "html", "text")
FILES = {
    "latex": "derivation.tex",
    "markdown": "derivation.md",
    "html": "derivation.html",
    "text": "derivation.txt",
}
WHOLE = re.compile(r"-?[0-9]+")
LISTS = ("models", "quantities", "components", "conventions", "symbols")


class UsageError(ValueError):
    """Input that cannot be used. Its message is all the user sees."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs a command; returns the exit code."""
    try:
        code = _run(arguments)
        sys.stdout.flush()
    except BrokenPipeError:
        _drop_output()  # the reader (head, less) has gone; there is nobody left to tell
        return 0
    except (ValueError, OSError) as error:
        print(f"symcost: {_one_line(error)}", file=sys.stderr)
        if isinstance(error, OSError):
            _drop_output()
        return 2
    return code


def _run(arguments: Sequence[str] | None) -> int:
    parser = _parser()
    try:
        chosen = parser.parse_args(arguments)
    except SystemExit as stop:  # after --help, --version or a usage error, all printed already
        return stop.code if isinstance(stop.code, int) else 2
    run: Callable[[argparse.Namespace], int] | None = getattr(chosen, "run", None)
    if run is None:
        parser.print_help()
        return 0
    return run(chosen)


def _drop_output() -> None:
    """Sends what is left in the buffer nowhere: flushing it at exit would fail once more."""
    try:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except (OSError, ValueError):
        return  # the output is no file of the system, so nothing is flushed at exit


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="symcost",
        description="Closed forms, proofs and exact numbers for the cost of a neural network.",
    )
    parser.add_argument("--version", action="version", version=f"symcost {__version__}")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND")
    _add_derive(commands)
    _add_eval(commands)
    _add_explain(commands)
    _add_list(commands)
    return parser


def _add_derive(commands: Any) -> None:
    derive = commands.add_parser(
        "derive",
        help="derive closed forms, line by line",
        description="Derives the cost of a model: notation, declaration, proofs, numbers.",
        epilog="examples: symcost derive gpt2 -q params | symcost derive gpt2 --set B=1 "
        "--set s=1024 --format latex,html -o notes",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    _add_model(derive)
    derive.add_argument(
        "--format",
        default="text",
        help=f"one or more of {', '.join(FORMATS)}, separated by commas (default: text)",
    )
    derive.add_argument("-o", "--output", type=Path, help="folder to write derivation.* into")
    derive.add_argument(
        "--fragment", action="store_true", help="LaTeX without a preamble, for \\input"
    )
    derive.set_defaults(run=_derive)


def _add_eval(commands: Any) -> None:
    evaluate = commands.add_parser(
        "eval",
        help="evaluate closed forms exactly",
        description="Evaluates the quantities of a model in exact integers.",
        epilog="example: symcost eval gpt2 --set B=1 --set s=1024 --json",
    )
    _add_model(evaluate)
    evaluate.add_argument(
        "--cite", action="store_true", help="put the published proportions in, such as d_ff = 4 d"
    )
    evaluate.add_argument("--json", action="store_true", help="one JSON object")
    evaluate.set_defaults(run=_eval)


def _add_explain(commands: Any) -> None:
    explain = commands.add_parser("explain", help="say where every size of a model comes from")
    explain.add_argument("model", help="a config.json, or a name (symcost list models)")
    explain.set_defaults(run=_explain)


def _add_list(commands: Any) -> None:
    listing = commands.add_parser(
        "list", help="list what there is", description="Lists what symcost knows."
    )
    listing.add_argument("what", choices=LISTS)
    listing.set_defaults(run=_list)


def _add_model(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("model", help="a name, a config.json, or package.module:function")
    parser.add_argument(
        "-q",
        "--quantity",
        action="append",
        default=[],
        metavar="NAME",
        help="a quantity (symcost list quantities); may be given several times",
    )
    parser.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="SYMBOL=VALUE",
        dest="sizes",
        help="a size, such as s=1024; may be given several times",
    )
    parser.add_argument(
        "--style",
        choices=("expanded", "factored", "collected", "leading"),
        help="how closed forms are written (default: the shortest)",
    )
    parser.add_argument("--scope", choices=("batch", "sequence", "token"), help="count per what")
    parser.add_argument(
        "--convention",
        default="torch",
        metavar="NAME",
        help="how to count (symcost list conventions; default: torch)",
    )
    parser.add_argument(
        "--causal",
        choices=("none", "half", "exact"),
        help="pairs counted under a causal mask: s^2, s^2/2 or s(s+1)/2",
    )
    parser.add_argument(
        "--count", choices=("flop", "mac"), help="1 multiply-add is 2 FLOPs, or 1 MAC"
    )
    parser.add_argument(
        "--include",
        default="",
        metavar="WORDS",
        help="also count embeddings, head, biases, norms, attention, elementwise",
    )
    parser.add_argument("--exclude", default="", metavar="WORDS", help="the same words, left out")


def _derive(chosen: argparse.Namespace) -> int:
    formats = _words(chosen.format)
    for each in formats:
        if each not in FORMATS:
            raise UsageError(f"'{each}' is not a format: choose {', '.join(FORMATS)}")
    if not formats:
        raise UsageError(f"--format is empty: choose {', '.join(FORMATS)}")
    if len(formats) > 1 and chosen.output is None:
        raise UsageError("several formats need a folder: add -o DIR")
    if chosen.fragment and formats != ["latex"]:
        raise UsageError("a fragment is LaTeX: add --format latex")
    derived = _model(chosen).derive(
        *chosen.quantity,
        convention=_convention(chosen),
        scope=chosen.scope,
        style=chosen.style,
        **_sizes(chosen.sizes),
    )
    for each in formats:
        text = derived.to_latex(fragment=True) if chosen.fragment else derived.to(each)
        if chosen.output is None:
            sys.stdout.write(text)
            continue
        if chosen.output.exists() and not chosen.output.is_dir():
            raise UsageError(f"-o {chosen.output}: there is a file of that name; give a folder")
        chosen.output.mkdir(parents=True, exist_ok=True)
        path = chosen.output / ("fragment.tex" if chosen.fragment else FILES[each])
        path.write_text(text, encoding="utf-8", newline="\n")
        print(path)
    return 0


def _eval(chosen: argparse.Namespace) -> int:
    report = _model(chosen).report(
        *chosen.quantity,
        convention=_convention(chosen),
        scope=chosen.scope,
        style=chosen.style,
        cite=chosen.cite,
        **_sizes(chosen.sizes),
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


def _explain(chosen: argparse.Namespace) -> int:
    from symcost.explain import explain, written

    sys.stdout.write(written(explain(chosen.model)))
    return 0


def _list(chosen: argparse.Namespace) -> int:
    from symcost.algebra.dim import all_dims
    from symcost.catalog import find

    if chosen.what == "models":
        rows = [(each.name, each.title, each.source) for each in find.architectures().values()]
        kept = {name: find.preset(name) for name in find.presets()}
        rows += [(name, each["title"], each["source"]) for name, each in kept.items()]
    elif chosen.what == "quantities":
        rows = [(each.name, each.unit, each.meaning) for each in find.quantities().values()]
    elif chosen.what == "conventions":
        rows = [(each.name, each.sentence(), each.source) for each in find.conventions().values()]
    elif chosen.what == "components":
        rows = [
            (name, (each.__doc__ or "").split("\n", 1)[0], each.__module__)
            for name, each in find.components().items()
        ]
    else:
        rows = [(each.symbol, each.meaning, ", ".join(each.aliases)) for each in all_dims()]
    wide = max(len(row[0]) for row in rows)
    for first, second, third in rows:
        print(f"{first:{wide}}  {second}")
        if third:
            print(f"{'':{wide}}    {third}")
    return 0


def _model(chosen: argparse.Namespace) -> Model:
    from symcost.model import load

    if ":" in chosen.model:
        # A declaration of one's own lies where the user stands, as with `python -m`.
        sys.path.insert(0, str(Path.cwd()))
    return load(chosen.model)


def _convention(chosen: argparse.Namespace) -> Convention:
    from symcost.catalog import find
    from symcost.quantities.convention import changed

    return changed(
        find.convention(chosen.convention),
        causal=chosen.causal,
        mac=None if chosen.count is None else chosen.count == "mac",
        include=_words(chosen.include),
        exclude=_words(chosen.exclude),
    )


def _words(text: str) -> list[str]:
    return [word.strip() for word in text.split(",") if word.strip()]


def _sizes(settings: Sequence[str]) -> dict[str, int]:
    found: dict[str, int] = {}
    for setting in settings:
        name, equals, value = setting.partition("=")
        digits = value.strip().replace("_", "").replace(",", "")
        if not equals or not WHOLE.fullmatch(digits):
            raise UsageError(f"--set {setting}: write a symbol, '=', a whole number, as in s=1024")
        if len(digits) > 30:
            raise UsageError(f"--set {name}=...: {len(digits)} digits; at most 30 are taken")
        if found.setdefault(name.strip(), int(digits)) != int(digits):
            raise UsageError(f"--set {name} is given twice with different values")
    return found

"""`symcost sweep`: a quantity at every configuration of a grid or a list, exact."""

from __future__ import annotations

import sys
from contextlib import ExitStack
from io import TextIOWrapper
from pathlib import Path
from typing import TYPE_CHECKING, Any

from symcost.commands.common import add_model, convention, model, sizes
from symcost.commands.output import add_output, claim, tell, writing
from symcost.commands.parser import ASKED, OUTPUT, UsageError
from symcost.commands.progress import progress

if TYPE_CHECKING:
    import argparse
    from collections.abc import Mapping, Sequence

    from symcost.model import Model
    from symcost.sweep.files import Sink
    from symcost.sweep.run import Runner, Table

ENDINGS = (".csv", ".jsonl", ".parquet")


def add(commands: Any) -> None:
    """Declares the arguments."""
    parser = commands.add_parser(
        "sweep",
        summary="exact values on a grid or a list of configurations",
        description="Computes quantities at many configurations: int64 where a bound shows that "
        "every step fits, big integers elsewhere; nothing overflows unseen. Needs NumPy.",
        examples=(
            "sweep gpt2 -q params --grid L=6,12,24",
            "sweep gpt2 -q flops_forward --set B=1 --grid d=768:8448:768 --grid s=512,1024 "
            "-o out.csv",
        ),
    )
    add_model(parser)
    asked = parser.group(ASKED)
    asked.add_argument(
        "--grid",
        action="append",
        default=[],
        metavar="SYMBOL=VALUES",
        help="FROM:TO:STEP (TO included) or A,B,C; several grids are crossed",
    )
    asked.add_argument(
        "--list",
        type=Path,
        metavar="FILE",
        dest="listed",
        help="a CSV file: symbols in the first row, a configuration in each other",
    )
    output = parser.group(OUTPUT)
    output.add_argument(
        "--refuse-big",
        action="store_true",
        help="refuse what 64 bits cannot be shown to hold, instead of using big integers",
    )
    add_output(parser, "FILE", ".csv, .jsonl or .parquet (default: CSV, printed)")
    parser.set_defaults(run=run)


def run(chosen: argparse.Namespace) -> int:
    """Runs the command; returns the exit code."""
    from symcost.sweep.files import Csv, Lines, Parquet, bounds, stream
    from symcost.sweep.grids import crossed, grid
    from symcost.sweep.listed import Listed

    if not chosen.grid and chosen.listed is None:
        raise UsageError("nothing to sweep: add --grid d=256:8192:64, or --list configs.csv")
    if chosen.output is not None and chosen.output.suffix not in ENDINGS:
        raise UsageError(f"-o {chosen.output}: the ending is one of {', '.join(ENDINGS)}")
    if chosen.output is not None:
        claim(chosen, [chosen.output])
    listed = None if chosen.listed is None else Listed(chosen.listed)
    held = crossed(listed, [grid(text) for text in chosen.grid])
    runners = _runners(chosen, held)
    names = [*(each.symbol for each in held.columns), *runners]
    if chosen.output is None:
        stream(held, runners, Csv(sys.stdout, names))
        _tell_unasked(runners)
        return 0
    with writing(chosen, chosen.output) as file, ExitStack() as stack:
        sink: Sink
        if chosen.output.suffix == ".parquet":
            sink = Parquet(file, names, bounds(held, runners.values()))
            stack.callback(sink.close)
        else:
            rows_of_text = TextIOWrapper(file, encoding="utf-8", newline="\n")
            stack.callback(rows_of_text.detach)
            sink = (Lines if chosen.output.suffix == ".jsonl" else Csv)(rows_of_text, names)
        count = stack.enter_context(progress("sweep"))
        stream(held, runners, sink, count)
    kinds = ", ".join(f"{name} {_kind(runner)}" for name, runner in runners.items())
    tell(chosen.output, f": {held.rows:,} rows; {kinds}")
    _tell_unasked(runners)
    return 0


def _runners(chosen: argparse.Namespace, held: Table) -> Mapping[str, Runner]:
    from symcost.sweep.run import Runner, split

    found: Model = model(chosen)
    counted = convention(chosen)
    _, fixed = split(sizes(chosen.sizes))
    twice = [each.symbol for each in fixed if each in held.columns]
    if twice:
        raise UsageError(f"{', '.join(twice)}: both set and swept; leave one out")
    quantities: Sequence[str] = chosen.quantity or ["params"]
    runners: dict[str, Runner] = {}
    for name in dict.fromkeys(quantities):
        made = found.sweep_plan(name, held.columns, fixed, convention=counted, scope=chosen.scope)
        runners[name] = Runner(made, held, big=not chosen.refuse_big)
    return runners


def _tell_unasked(runners: Mapping[str, Runner]) -> None:
    """What is taken for granted, beside the rows and not among them."""
    dims = dict.fromkeys(each for runner in runners.values() for each in runner.plan.unasked)
    if dims:
        names = ", ".join(each.symbol for each in dims)
        print(
            f"symcost: taken to fit every row, as no closed form has them: {names}; "
            "set them too, and rows against them are refused",
            file=sys.stderr,
        )


def _kind(runner: Runner) -> str:
    return "in big integers" if runner.exceeds else "in 64 bits"

"""`symcost plot`: components of a quantity against one symbol, and rooflines."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from symcost.commands.common import add_counting, add_scope, add_source, convention, model, sizes
from symcost.commands.output import add_output, claim, put
from symcost.commands.parser import ASKED, DEVICES, UsageError

if TYPE_CHECKING:
    import argparse

    from symcost.plot.figure import Figure
    from symcost.plot.roofs import Roof

ROOFLINE = "roofline"
KINDS = ("shares", "values", ROOFLINE)
ENDINGS = (".svg", ".png", ".tex")


def add(commands: Any) -> None:
    """Declares the arguments."""
    plot = commands.add_parser(
        "plot",
        summary="draw components against a symbol, or a roofline",
        description="Draws what each component takes of a quantity, and marks the crossovers; or "
        "every operation under the roof of a device.",
        examples=(
            "plot gpt2 --of shares --against s=128:65536 -o shares.svg",
            "plot gpt2 --of values --against s=128:65536 -o values.tex",
            "plot gpt2 --of roofline --device a100 --set B=8 --set s=1024 -o roofline.svg",
        ),
    )
    add_source(plot)
    asked = plot.group(ASKED)
    asked.add_argument(
        "--of",
        choices=KINDS,
        default="shares",
        help="shares of the whole, values (log axes), or operations under a device's roof",
    )
    asked.add_argument(
        "--against",
        metavar="SYMBOL=FROM:TO[:STEP]",
        help="the symbol below the figure; without a step in equal ratios",
    )
    asked.add_argument(
        "-q", "--quantity", metavar="NAME", help="of shares and values (default: flops_forward)"
    )
    add_scope(plot, " (of shares and values; default: sequence)")
    devices = plot.group(DEVICES)
    devices.add_argument(
        "--device", metavar="NAME", help="of a roofline, such as a100 (symcost list devices)"
    )
    devices.add_argument(
        "--dtype", metavar="TYPE", help="of a roofline: type of number (default: bf16)"
    )
    add_output(plot, "FILE", "a file ending in .svg, .png or .tex", required=True)
    add_counting(plot)
    plot.set_defaults(run=run)


def run(chosen: argparse.Namespace) -> int:
    """Runs the command; returns the exit code."""
    if chosen.output.suffix not in ENDINGS:
        raise UsageError(f"-o {chosen.output}: the name must end in {', '.join(ENDINGS)}")
    claim(chosen, [chosen.output])
    if chosen.of == ROOFLINE:
        return _roofline(chosen)
    _refuse(chosen, "device", "dtype")
    if chosen.against is None:
        raise UsageError(f"--of {chosen.of} needs --against, such as --against s=128:65536")
    figure = _figure(chosen)
    put(chosen, chosen.output, _drawn(figure, chosen.output.suffix))
    for mark in figure.marks:
        print(f"  {mark.text}")
    return 0


def _refuse(chosen: argparse.Namespace, *names: str) -> None:
    for name in names:
        if getattr(chosen, name) is not None:
            raise UsageError(f"--{name} means nothing with --of {chosen.of}: leave it out")


def _roofline(chosen: argparse.Namespace) -> int:
    from symcost.commands.roofline import hold
    from symcost.plot.roofs import roof

    _refuse(chosen, "against", "quantity", "scope")
    if chosen.device is None:
        raise UsageError("--of roofline needs --device, such as --device a100")
    chosen.dtype = chosen.dtype or "bf16"
    held = hold(chosen)
    title = f"Roofline: {held.model.architecture.title}, {chosen.phase or 'prefill'}"
    made = roof(held.result, held.ledgers(chosen.phase), held.device, chosen.dtype, title)
    put(chosen, chosen.output, _roof_drawn(made, chosen.output.suffix))
    for note in made.notes:
        print(f"  {note}")
    return 0


def _roof_drawn(made: Roof, ending: str) -> bytes:
    if ending == ".png":
        from symcost.plot.roof_png import roof_png

        return roof_png(made)
    if ending == ".tex":
        from symcost.plot.roof_tikz import roof_tikz

        return roof_tikz(made).encode()
    from symcost.plot.roof_svg import roof_svg

    return roof_svg(made).encode()


def _figure(chosen: argparse.Namespace) -> Figure:
    from symcost.catalog.sizes import named_sizes
    from symcost.plot.collect import Shares, draw, read_range

    network, over = model(chosen), read_range(chosen.against)
    quantity, scope = chosen.quantity or "flops_forward", chosen.scope or "sequence"
    ledger = network.ledger(quantity, convention=convention(chosen), scope=scope)
    given = named_sizes(sizes(chosen.sizes))
    shares = Shares(ledger, network.architecture, network.root, given, over.dim)
    what = "Where the work goes" if ledger.unit in ("FLOP", "MAC") else f"Where {ledger.unit}s go"
    return draw(
        shares, over, f"{what}: {network.architecture.title}", stacked=chosen.of == "shares"
    )


def _drawn(figure: Figure, ending: str) -> bytes:
    if ending == ".png":
        from symcost.plot.png import png

        return png(figure)
    if ending == ".tex":
        from symcost.plot.tikz import tikz

        return tikz(figure).encode()
    from symcost.plot.svg import svg

    return svg(figure).encode()

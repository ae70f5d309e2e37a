"""`symcost roofline`: which operations a device computes on, and which it waits for bytes in."""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from symcost.commands import console
from symcost.commands.common import add_counting, add_source, convention, model, sizes
from symcost.commands.data import add_data, counted_as, put_rows
from symcost.commands.parser import DEVICES
from symcost.commands.traffic import named, place, quotient_of

if TYPE_CHECKING:
    import argparse
    from collections.abc import Mapping

    from symcost.algebra.dim import Dim
    from symcost.commands.parser import Parser
    from symcost.model import Model
    from symcost.quantities.convention import Convention
    from symcost.quantities.devices import Device
    from symcost.quantities.ledger import Ledger
    from symcost.quantities.roofline import Bounded, Roofline


def add(commands: Any) -> None:
    """Declares the arguments."""
    command = commands.add_parser(
        "roofline",
        summary="compute- or memory-bound on a device, and a lower bound of time",
        description="Holds the work and the bytes of every operation against one device.",
        examples=(
            "roofline gpt2 --device a100 --set B=8 --set s=1024",
            "roofline gpt2 --device a100 --phase decode --set B=8 --set t=1023",
        ),
    )
    add_source(command)
    add_counting(command)
    add_device(command)
    add_data(command)
    command.set_defaults(run=run)


def add_device(parser: Parser) -> None:
    """A device and the type of number that it works with."""
    devices = parser.group(DEVICES)
    devices.add_argument(
        "--device", required=True, metavar="NAME", help="such as a100 (symcost list devices)"
    )
    devices.add_argument(
        "--dtype",
        default="bf16",
        metavar="TYPE",
        help="type of number: its peak, its bytes (default: bf16)",
    )


@dataclass(frozen=True)
class Held:
    """A model held against a device: what was counted, at which sizes, and what came out."""

    model: Model
    counted: Convention
    values: Mapping[Dim, int]
    device: Device
    result: Roofline

    def ledgers(self, phase: str | None) -> tuple[Ledger, Ledger]:
        """The terms of work and of bytes."""
        from symcost.catalog import find

        return find.quotient(quotient_of(phase)).ledgers(self.model.root, self.counted)


def hold(chosen: argparse.Namespace) -> Held:
    """Holds every operation of the chosen model against the chosen device."""
    from symcost.catalog import find
    from symcost.quantities import devices
    from symcost.quantities.roofline import operations, roofline

    device = devices.device(chosen.device)
    device.peak(chosen.dtype)
    found = model(chosen)
    counted = replace(convention(chosen), element_bytes=devices.ELEMENT_BYTES[chosen.dtype])
    values = {each: bound.value for each, bound in found.binding(**sizes(chosen.sizes)).items()}
    intensity = find.quotient(quotient_of(chosen.phase))
    result = roofline(operations(found.root, counted, intensity), values, device, chosen.dtype)
    return Held(found, counted, values, device, result)


def run(chosen: argparse.Namespace) -> int:
    """Runs the command; returns the exit code."""
    held = hold(chosen)
    if chosen.format != "text":
        return put_rows(chosen.format, *_data(held, chosen))
    found, counted, values, device = held.model, held.counted, held.values, held.device
    how = f"{counted.sentence()}; {counted.element_bytes} bytes an element"
    console.say(f"{found.name}, {chosen.phase or 'prefill'}, convention {counted.name}: {how}")
    console.say_list("sizes: ", (f"{each.symbol} = {n:,}" for each, n in values.items()))
    print_device(device, chosen.dtype)
    _print(held.result)
    _print_memory(found, counted, values, device)
    return 0


def _data(held: Held, chosen: argparse.Namespace) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """A row for each operation, the last for all of them; and what they were held against."""
    rows = [{**named(row.operation), **_exact(row)} for row in held.result.rows]
    rows.append({"operation": "in all", "times": "1", **_exact(held.result.whole)})
    device, dtype = held.device, chosen.dtype
    about = {
        **counted_as(held.model.name, held.counted),
        "phase": chosen.phase or "prefill",
        "element_bytes": held.counted.element_bytes,
        "sizes": {each.symbol: value for each, value in held.values.items()},
        "device": device.title,
        "dtype": dtype,
        "peak": Fraction(device.peak(dtype)),
        "bandwidth": Fraction(device.bandwidth),
        "memory": device.memory,
        "one_by_one": held.result.one_by_one,
        "at_once": held.result.at_once,
    }
    return rows, about


def _exact(row: Bounded) -> dict[str, Any]:
    """Work, bytes, FLOP per byte and seconds, none of them rounded."""
    return {
        "flops": row.flops,
        "bytes": row.moved,
        "intensity": row.flops / row.moved if row.moved else None,
        "bound_by": row.bound if row.flops or row.moved else None,
        "seconds": row.time,
    }


def print_device(device: Device, dtype: str) -> None:
    """The numbers that a device is taken to have, and where they are printed."""
    from symcost.commands.figures import about

    tera = 10**12
    console.say(
        f"{device.title}: {about(Fraction(device.peak(dtype), tera))} TFLOP/s dense {dtype}, "
        f"{about(Fraction(device.bandwidth, tera), 3)} TB/s, "
        f"ridge point {about(device.ridge(dtype))} FLOP per byte"
    )
    console.say(f"  source: {device.source}", 4)


def _print(result: Roofline) -> None:
    from symcost.commands.figures import seconds

    head = ("operation", "FLOPs", "bytes", "FLOP/byte", "bound by", "at least")
    rows = [_row(place(row.operation), row) for row in result.rows]
    console.say("FLOP/byte and times are rounded; --format json and csv have them exact")
    console.say_table(head, "lrrrrr", [*rows, _row("in all", result.whole)])
    exact, once = result.one_by_one, result.at_once
    console.say(f"at least {seconds(exact)} one operation after the other ({exact} s)")
    console.say(f"at least {seconds(once)} if work and bytes overlap ({once} s)")


def _row(name: str, row: Bounded) -> tuple[str, ...]:
    from symcost.commands.figures import decimal, seconds
    from symcost.questions.cost import exactly

    ratio = decimal(row.flops / row.moved) if row.moved else "-"
    bound = row.bound if row.flops or row.moved else "nothing"
    counts = (exactly(row.flops), exactly(row.moved))
    return (name, *counts, ratio, bound, seconds(row.time))


def _print_memory(
    found: Model, counted: Convention, values: Mapping[Dim, int], device: Device
) -> None:
    """How many devices it takes to hold the weights and the cache, whatever else they hold."""
    weights = found.ledger("params").at(values) * counted.element_bytes
    kept = found.ledger("kv_cache_bytes", convention=counted).at(values)
    need = Fraction(weights + kept)
    count = -(-need // device.memory)
    enough = "one device holds them" if count == 1 else f"at least {count} devices hold them"
    console.say(
        f"weights {weights:,} bytes, cache {kept:,} bytes: {enough} ({device.memory:,} bytes each)"
    )

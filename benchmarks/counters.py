"""Against the usual way to the same number: torch's FlopCounterMode on the meta device."""

from __future__ import annotations

import json
import statistics
from importlib.util import find_spec

from commands import caches, notes
from lines import Line
from timing import in_turn, process, told

MODEL = "Llama-2-70B, 4,096 tokens"
EVAL = ("-m", "symcost", "eval", "llama-2-70b", "-q", "flops_forward")
SIZES = ("--set", "B=1", "--set", "s=4096")
FASTER, SMALLER = 10, 4


def counters(pairs: int) -> list[Line]:
    """Whole processes and in process: transformers' model, and the same layers in torch alone.

    Raises `RuntimeError` where the numbers differ.
    """
    found: list[Line] = []
    ours = int(told("llama.py", "symcost"))
    for way, module in (("torch", "torch"), ("transformers", "transformers")):
        if find_spec(module) is None:
            print(f"{way}: not measured: it needs the extra `oracles`", flush=True)
            continue
        theirs = int(told("llama.py", way))
        print(f"{MODEL}: {ours:,} FLOPs by symcost, {theirs:,} by {way}", flush=True)
        if ours != theirs:
            raise RuntimeError(f"{way} counts {theirs}, symcost {ours}")
        found += _processes(way, max(3, pairs // 5))
        found += _inside(way, 3)
    return found


def _processes(way: str, pairs: int) -> list[Line]:
    lines = []
    for first in (False, True):
        with caches(emptied=first) as more:
            ours = process(*EVAL, *SIZES, more=more)
            found = in_turn(process("benchmarks/llama.py", way), ours, pairs)
        says = f"{MODEL}, whole process: {way} / symcost eval{', no entry' if first else ''}"
        name = f"{way}-first" if first else way
        lines += [
            Line(f"{name}-time", says, found.ratio("cpu"), FASTER, most=False, notes=notes(found)),
            Line(f"{name}-memory", says, found.ratio("memory"), SMALLER, most=False),
        ]
    return lines


def _inside(way: str, runs: int) -> list[Line]:
    says = f"{MODEL}, without imports: model and counted pass in {way} / load and value"
    spent = {
        each: [json.loads(told("llama.py", each, "--inside")) for _ in range(runs)]
        for each in (way, "symcost")
    }

    def medians(what: str) -> tuple[float, float]:
        first, second = (statistics.median(run[what] for run in runs) for runs in spent.values())
        return first, max(second, 4) if what == "memory" else second  # a page at least

    cpu, wall, memory = medians("cpu"), medians("wall"), medians("memory")
    times = (
        f"processor {cpu[0] * 1000:,.1f} ms / {cpu[1] * 1000:,.1f} ms; "
        f"wall {wall[0] * 1000:,.1f} ms / {wall[1] * 1000:,.1f} ms"
    )
    held = f"memory grows by {memory[0]:,.0f} KiB / {memory[1]:,.0f} KiB"
    return [
        Line(f"{way}-inside-time", says, cpu[0] / cpu[1], FASTER, most=False, notes=(times,)),
        Line(
            f"{way}-inside-memory", says, memory[0] / memory[1], SMALLER, most=False, notes=(held,)
        ),
    ]

"""Sweeps into files: memory and time for each row do not grow with the rows."""

from __future__ import annotations

import tempfile
from pathlib import Path

from lines import Line
from timing import Spent, process

BAR = 1.1
SHORT, LONG = 1_000_000, 10_000_000
BILLION = 1_000_000_000
SWEEP = ("-m", "symcost", "sweep", "gpt2", "-q", "flops_forward", "--set", "B=1")


def streams(_: int) -> list[Line]:
    """Two grids in CSV, JSON lines and Parquet, one long range, and a long list with a grid."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        found = []
        for ending in ("csv", "jsonl", "parquet"):
            grids = {rows: ["d=64:64000:64", f"s=1:{rows // 1000}"] for rows in (SHORT, LONG)}
            asked = {rows: _grids(two) for rows, two in grids.items()}
            found += _lines(f"sweep-{ending}", "a grid of two sizes", asked, folder, ending)
        asked = {rows: _grids(["L=12", f"s=1:{rows}"]) for rows in (SHORT, LONG)}
        found += _lines("sweep-range", "one long range", asked, folder, "parquet")
        asked = {rows: _listed(folder, rows // 5) for rows in (SHORT, LONG)}
        found += _lines("sweep-list", "a list crossed with 5 lengths", asked, folder, "parquet")
    return found


def _grids(grids: list[str]) -> list[str]:
    return [word for each in grids for word in ("--grid", each)]


def _listed(folder: Path, count: int) -> list[str]:
    path = folder / f"{count}.csv"
    with path.open("w") as file:
        file.write("d,L\n")
        file.writelines(f"{12 * (at % 1000 + 1)},{at % 96 + 1}\n" for at in range(count))
    return ["--list", str(path), "--grid", "s=400:2000:400"]


def _lines(
    name: str, says: str, asked: dict[int, list[str]], folder: Path, ending: str
) -> list[Line]:
    out = folder / f"out.{ending}"
    runs: dict[int, Spent] = {}
    for rows, words in asked.items():
        runs[rows] = process(*SWEEP, *words, "-o", str(out), "--force")()
    short, long = runs[SHORT], runs[LONG]
    each = (long.cpu - short.cpu) / (LONG - SHORT)
    more = (long.memory - short.memory) * 1024 / (LONG - SHORT)
    hours = BILLION * each / 3600
    notes = (
        f"{SHORT:,} rows: {short.cpu:.2f} s, {short.memory / 1024:,.0f} MiB; "
        f"{LONG:,} rows: {long.cpu:.2f} s, {long.memory / 1024:,.0f} MiB, "
        f"{out.stat().st_size / 2**20:,.0f} MiB on disk",
        f"extrapolated to a billion rows, not measured: {hours * 60:,.0f} minutes of one core, "
        f"{(short.memory + max(more, 0) * BILLION / 1024) / 1024:,.0f} MiB",
    )
    out.unlink()
    says = f"{says} into .{ending}, {LONG:,} rows / {SHORT:,}"
    per_row = (long.cpu / LONG) / (short.cpu / SHORT)
    return [
        Line(
            f"{name}-memory",
            f"{says}: peak of memory",
            long.memory / short.memory,
            BAR,
            notes=notes,
        ),
        Line(f"{name}-row", f"{says}: processor time for each row", per_row, BAR),
    ]

"""The same ten million rows in DuckDB by the exported macro, and here: same numbers, what time."""

from __future__ import annotations

import json
import sys
from importlib.util import find_spec
from typing import Any

from lines import Line
from timing import here, told

WIDTHS, LENGTHS = 1_000, 10_000
QUERY = (
    "SELECT count(*), min(flops), max(flops), sum(flops) FROM ("
    "SELECT gpt2_flops_forward(s.range, 64 * d.range, 256 * d.range) AS flops "
    f"FROM range(1, {WIDTHS + 1}) AS d CROSS JOIN range(1, {LENGTHS + 1}) AS s)"
)


def measured() -> dict[str, Any]:
    """Both on one core, three times; the sums in Python's numbers."""
    import duckdb
    import numpy as np

    import symcost

    model = symcost.load("gpt2")
    base = duckdb.connect()
    base.execute("SET threads = 1")
    base.execute(model.export("flops_forward", "sql", B=1, L=12, V=50257))
    widths = 64 * np.arange(1, WIDTHS + 1)[:, None]
    found: list[tuple[int, ...]] = []

    def theirs() -> None:
        row = base.execute(QUERY).fetchone()
        found.append(tuple(map(int, row)))

    def ours() -> None:
        rows = low = high = total = 0
        for start in range(1, LENGTHS + 1, 100):  # in pieces, as the engine does
            lengths = np.arange(start, start + 100)
            flops = model.sweep("flops_forward", B=1, d=widths, s=lengths)
            rows += flops.size
            low, high = min(low or 2**63, int(flops.min())), max(high, int(flops.max()))
            # Halves of 32 bits: a sum of whole numbers may not fit in 64.
            total += (int((flops >> 32).sum()) << 32) + int((flops & 0xFFFF_FFFF).sum())
        found.append((rows, low, high, total))

    times = [[here(work)().cpu for _ in range(3)] for work in (theirs, ours)]
    return {"same": len(set(found)) == 1, "rows": found[0], "theirs": times[0], "ours": times[1]}


def engines(_: int) -> list[Line]:
    """Raises `RuntimeError` where a row differs."""
    if find_spec("duckdb") is None or find_spec("numpy") is None:
        print("duckdb: not measured: it needs the extra `test`", flush=True)
        return []
    found = json.loads(told("engines.py"))
    if not found["same"]:
        raise RuntimeError("DuckDB and the sweep differ")
    theirs, ours = (sorted(found[side])[1] for side in ("theirs", "ours"))
    rows, _, _, total = found["rows"]
    notes = (
        f"processor {theirs:.2f} s / {ours:.2f} s; the same count, least, most and sum {total:,}",
    )
    says = f"{rows:,} rows counted and added up, one core: DuckDB with the exported macro / sweep"
    return [Line("duckdb", says, theirs / ours, notes=notes)]


if __name__ == "__main__":
    sys.stdout.write(json.dumps(measured()))

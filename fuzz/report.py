"""The table of a long run: python -m fuzz.report report.jsonl --into docs/fuzzing.md

Lines of one target are taken together: inputs add up, of times and memory the largest counts.
Without --into the table is printed.
"""

from __future__ import annotations

import argparse
import json
import re
from pathlib import Path
from typing import Any

HEAD = (
    "| target | what it reads | inputs | answered | refused | slowest | memory | findings |\n"
    "|---|---|--:|--:|--:|--:|--:|--:|\n"
)
PLACE = re.compile(r"(?<=<!-- the long run -->\n).*?(?=<!-- end -->)", re.DOTALL)


def gathered(lines: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """What was found for each target, over all of its runs."""
    found: dict[str, dict[str, Any]] = {}
    for line in lines:
        held = found.setdefault(line["target"], {"slowest": 0, "megabytes": 0, "found": []})
        for key in ("inputs", "answered", "refused"):
            held[key] = held.get(key, 0) + line[key]
        for key in ("slowest", "megabytes"):
            held[key] = max(held[key], line[key])
        held["found"] += line["found"]
    return found


def table(lines: list[dict[str, Any]], reads: dict[str, str]) -> str:
    """The table in Markdown; `reads` says what each target reads, in the order of the rows."""
    found = gathered(lines)
    rows = []
    for name, about in reads.items():
        if name not in found:
            continue
        held = found[name]
        rows.append(
            f"| {name} | {about} | {held['inputs']:,} | {held['answered']:,} | "
            f"{held['refused']:,} | {held['slowest']:.2f} s | {held['megabytes']} MB | "
            f"{len(held['found']) or 'none'} |\n"
        )
    return HEAD + "".join(rows)


def main() -> None:
    """The command line."""
    from fuzz.targets import TARGETS

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("files", nargs="+", type=Path)
    parser.add_argument("--into", type=Path, metavar="PAGE", help="put it between its marks")
    chosen = parser.parse_args()
    texts = [path.read_text(encoding="utf-8") for path in chosen.files]
    lines = [json.loads(line) for text in texts for line in text.splitlines()]
    made = table(lines, {name: each.reads for name, each in TARGETS.items()})
    if chosen.into is None:
        print(made, end="")
        return
    page = chosen.into.read_text(encoding="utf-8")
    chosen.into.write_text(PLACE.sub(lambda _: made, page), encoding="utf-8")


if __name__ == "__main__":
    main()

"""The figures of a sample: how many were killed, and how far the share may be off."""

from __future__ import annotations

from collections import Counter
from math import sqrt
from typing import Any

Z = 1.96  # of the normal distribution, for 95 %


def interval(killed: int, of: int) -> tuple[float, float]:
    """Wilson's interval for a share: in 95 of 100 samples the true share is inside."""
    share, square = killed / of, Z * Z
    middle = (share + square / (2 * of)) / (1 + square / of)
    half = Z * sqrt(share * (1 - share) / of + square / (4 * of * of)) / (1 + square / of)
    return middle - half, middle + half


def table(answers: dict[str, list[dict[str, Any]]], sizes: dict[str, int]) -> str:
    """One line for each package. What compiles to the same code, or not at all, is no mutant."""
    head = ("package", "mutants", "sample", "killed", "timeout", "survived", "share", "95 %")
    lines = [head]
    for package, rows in answers.items():
        count = Counter(row["verdict"] for row in rows)
        dead, of = count["killed"] + count["timeout"], count["survived"]
        of += dead
        if not of:
            continue
        low, high = interval(dead, of)
        lines.append((
            package, f"{sizes[package]:,}", f"{of:,}", f"{count['killed']:,}",
            f"{count['timeout']:,}", f"{count['survived']:,}", f"{100 * dead / of:.1f} %",
            f"{100 * low:.1f} to {100 * high:.1f} %",
        ))  # fmt: skip
    widths = [max(len(line[at]) for line in lines) for at in range(len(head))]
    rows = [
        " | ".join(f"{cell:<{width}}" for cell, width in zip(line, widths, strict=True))
        for line in lines
    ]
    rule = "-|-".join("-" * width for width in widths)
    return "\n".join(f"| {row} |" for row in (rows[0], rule, *rows[1:])) + "\n"


def survivors(answers: dict[str, list[dict[str, Any]]]) -> str:
    """What no test noticed, file by file: the place, the line before and after."""
    rows = [row for each in answers.values() for row in each if row["verdict"] == "survived"]
    rows.sort(key=lambda row: (row["path"], row["line"]))
    return "".join(
        f"{row['path']}:{row['line']} {row['where']}, {row['tests']} groups of tests\n"
        f"  - {row['before']}\n  + {row['after']}\n"
        for row in rows
    )

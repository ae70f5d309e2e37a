"""A measured number beside its bar, and how both are printed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

UNITS = {"x": " x", "seconds": " s", "exponent": "", "bytes": " B"}


@dataclass(frozen=True)
class Line:
    """What was measured; without a bar it is there for information.

    `most` says whether the bar is the most or the least that is wanted. `notes` are lines of
    figures behind the number.
    """

    name: str
    says: str
    value: float
    bar: float | None = None
    most: bool = True
    unit: str = "x"
    notes: tuple[str, ...] = ()

    @property
    def kept(self) -> bool | None:
        """Whether the bar is kept; None without one."""
        if self.bar is None:
            return None
        return self.value <= self.bar if self.most else self.value >= self.bar

    @property
    def verdict(self) -> str:
        """In a word."""
        return {None: "for information", True: "kept", False: "MISSED"}[self.kept]

    @property
    def limit(self) -> str:
        """The bar as it is printed."""
        if self.bar is None:
            return ""
        return f"{'at most' if self.most else 'at least'} {self.bar:g}{UNITS[self.unit]}"

    @property
    def shown(self) -> str:
        """The number as it is printed."""
        digits = 3 if self.unit == "exponent" or abs(self.value) < 0.1 else 2
        return f"{self.value:,.{digits}f}{UNITS[self.unit]}"

    def text(self) -> str:
        """What is printed as soon as it is known."""
        head = f"{self.name}: {self.shown}   {self.limit}   {self.verdict}".replace("      ", "   ")
        return "\n".join([head, f"    {self.says}", *(f"    {note}" for note in self.notes)])

    def plain(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "name": self.name,
            "measured": self.says,
            "value": self.value,
            "unit": self.unit,
            "bar": self.bar,
            "bar_is": None if self.bar is None else "most" if self.most else "least",
            "kept": self.kept,
            "notes": list(self.notes),
        }


def table(lines: list[Line]) -> str:
    """All of them at the end of a run, in Markdown too."""
    rows = [
        ("name", "measured", "bar", ""),
        *((e.name, e.shown, e.limit, e.verdict) for e in lines),
    ]
    widths = [max(len(row[at]) for row in rows) for at in range(4)]
    said = [
        "| " + " | ".join(cell.ljust(w) for cell, w in zip(row, widths, strict=True)) + " |"
        for row in rows
    ]
    said.insert(1, "|" + "|".join("-" * (w + 2) for w in widths) + "|")
    return "\n".join(said)

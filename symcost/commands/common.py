"""What several commands take: a model, sizes, a way to count. Their errors name what to write."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

    from symcost.model import Model
    from symcost.quantities.convention import Convention

WHOLE = re.compile(r"-?[0-9]+")


class UsageError(ValueError):
    """Input that cannot be used. Its message is all the user sees."""


def add_model(parser: argparse.ArgumentParser) -> None:
    """The arguments of a command that counts something of a model."""
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


def model(chosen: argparse.Namespace) -> Model:
    """The model that the user names."""
    from symcost.model import load

    if ":" in chosen.model:
        # A declaration of one's own lies where the user stands, as with `python -m`.
        sys.path.insert(0, str(Path.cwd()))
    return load(chosen.model)


def convention(chosen: argparse.Namespace) -> Convention:
    """The way to count that the user chose."""
    from symcost.catalog import find
    from symcost.quantities.convention import changed

    return changed(
        find.convention(chosen.convention),
        causal=chosen.causal,
        mac=None if chosen.count is None else chosen.count == "mac",
        include=words(chosen.include),
        exclude=words(chosen.exclude),
    )


def words(text: str) -> list[str]:
    """Words separated by commas."""
    return [word.strip() for word in text.split(",") if word.strip()]


def sizes(settings: Sequence[str]) -> dict[str, int]:
    """Sizes as they were set, by symbol or alias."""
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

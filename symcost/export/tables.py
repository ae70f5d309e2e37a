"""Spreadsheets: a closed form in a cell."""

from __future__ import annotations

from typing import TYPE_CHECKING

from symcost.algebra.whole import Const, majorant, natural, plus
from symcost.export.expression import Divides, ExportError, Notation, Subject, identifiers

if TYPE_CHECKING:
    from collections.abc import Sequence

    from symcost.algebra.whole import Whole

# What one cell of a spreadsheet takes, and how many sizes have a column.
LONGEST = 8_000
COLUMNS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def _cell_call(way: str, args: Sequence[str]) -> str:
    match way:
        case "floor":
            return f"INT({args[0]}/{args[1]})"
        case "ceil":
            return f"(-INT((-{args[0]})/{args[1]}))"
    return f"{way.upper()}({', '.join(args)})"


def spreadsheet(subject: Subject) -> str:
    """Two rows to paste at A1: the names of the sizes, and below them room and a formula.

    Spreadsheets compute in 64-bit floats, whole numbers exact up to 2^53. A bound on every
    intermediate value is computed beside the result, and above 2^53 the cell shows #N/A; so it does
    for sizes that are no whole numbers of at least 1, and for sizes that do not divide. More than
    15 digits are kept but not shown. LET needs Excel 2021, LibreOffice 24.8 or Google Sheets.
    """
    if len(subject.dims) >= len(COLUMNS):
        raise ExportError(f"{len(subject.dims)} sizes: at most {len(COLUMNS) - 1} have a column")
    names = identifiers(
        subject.dims, (subject.name, "top_", "bottom_", "bound_"), any_case=True, cells=True
    )
    write = Notation(_cell_call, names, _short)
    pairs = [f"{name}, {COLUMNS[at]}2" for at, name in enumerate(names.values())]
    wrong = [f"{name}<1, {name}<>INT({name})" for name in names.values()]
    bound = majorant(plus((subject.top, subject.bottom)))
    whole = _all_added(subject.top) and subject.bottom == Const(1)
    pairs.append(f"top_, {write.write(subject.top)}")
    if not whole:
        pairs.append(f"bound_, {write.write(bound)}")
    wrong.append(f"{'top_' if whole else 'bound_'}>=2^53")
    for rule in subject.rules:
        if isinstance(rule, Divides):
            top, bottom = write.factor(rule.top), write.factor(rule.bottom)
            wrong.append(f"INT({top}/{bottom})*{bottom}<>{top}")
        else:
            wrong.append(f"{write.write(rule.left)}<0")
    result = "top_"
    if subject.bottom != Const(1):
        pairs.append(f"bottom_, {write.write(subject.bottom)}")
        wrong.append("INT(top_/bottom_)*bottom_<>top_")
        result = "top_/bottom_"
    formula = f"=LET({', '.join(pairs)}, IF(OR({', '.join(wrong)}), NA(), {result}))"
    if len(formula) > LONGEST:
        raise ExportError(f"the formula has {len(formula)} characters: a cell takes {LONGEST}")
    header = [*(each.symbol for each in subject.dims), subject.name]
    room = ["" for _ in subject.dims]
    return "\t".join(header) + "\n" + "\t".join([*room, formula]) + "\n"


def _all_added(node: Whole) -> bool:
    """Whether the number is its own bound: nothing is subtracted, divided or compared."""
    return natural(node) and node == majorant(node)


def _short(value: int) -> str:
    if abs(value) >= 10**15:
        raise ExportError("a number of this closed form has more than 15 digits: no cell holds it")
    return str(value)

"""A question in one line: `QUANTITY OP NUMBER[UNIT]`, read exactly.

    params = 1e9          kv_cache_bytes <= 80 GiB          flops_train < 2.5 PFLOP

1e9 is the whole number 10^9: nothing is read as a float. kB, MB, GB, TB are powers of 1000, KiB,
MiB, GiB, TiB powers of 1024. Of parameters and FLOPs K, M, B, T are powers of 1000, so `params =
7B` asks for seven billion; behind bytes `B` alone means bytes.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, final

from symcost.algebra.poly import tidy
from symcost.algebra.typed import GROUPS
from symcost.algebra.typed import whole as typed
from symcost.questions.cost import QuestionError

if TYPE_CHECKING:
    from symcost.algebra.poly import Number

SENSES = ("<=", ">=", "==", "<", ">", "=")
QUESTION = re.compile(
    r"\s*([A-Za-z][A-Za-z0-9_]{0,60})\s*(<=|>=|==|<|>|=)\s*"
    r"([0-9][0-9_,]{0,60})(\.[0-9]{1,60})?(?:[eE]([+-]?[0-9]{1,3}))?\s*([A-Za-z]{0,8})\s*"
)
MOST_DIGITS = 60
DECIMAL = {"": 1, "k": 10**3, "M": 10**6, "G": 10**9, "T": 10**12, "P": 10**15, "E": 10**18}
BINARY = {"Ki": 2**10, "Mi": 2**20, "Gi": 2**30, "Ti": 2**40, "Pi": 2**50}
COUNTED = {"K": 10**3, "M": 10**6, "B": 10**9, "T": 10**12}


@final
@dataclass(frozen=True)
class Target:
    """A quantity and what it is to be: `sense` is one of =, <, <=, >, >=."""

    quantity: str
    sense: str
    number: Number
    suffix: str = ""


def read(question: str) -> Target:
    """The question, its unit not looked at yet: what a suffix means depends on the quantity.

    Raises `QuestionError` for anything else than `QUANTITY OP NUMBER[UNIT]`.
    """
    found = QUESTION.fullmatch(question)
    if found is None:
        raise QuestionError(
            f"{question[:80]!r} is not understood: write QUANTITY OP NUMBER[UNIT], such as "
            "'params = 1e9' or 'kv_cache_bytes <= 80GiB', OP one of <, <=, =, >=, >"
        )
    name, sense, whole, part, power, suffix = found.groups()
    exponent = int(power or 0)
    counted = typed(whole)
    if counted is None:
        raise QuestionError(f"{question[:80]!r}: {GROUPS}")
    digits = str(counted)
    if abs(exponent) + len(digits) > MOST_DIGITS:
        raise QuestionError(f"{question[:80]!r}: more than {MOST_DIGITS} digits are not taken")
    number = Fraction(digits + (part or "")) * Fraction(10) ** exponent
    if number <= 0:
        raise QuestionError(f"{question[:80]!r}: nothing costs 0; write a positive number")
    return Target(name, "=" if sense == "==" else sense, tidy(number), suffix)


def in_units(target: Target, unit: str) -> Target:
    """The target as a plain number of the quantity's unit. Raises `QuestionError` for others."""
    if not target.suffix:
        return target
    known = _suffixes(unit)
    if target.suffix not in known:
        words = ", ".join(known) or "no suffix"
        raise QuestionError(
            f"'{target.suffix}' is no unit of {target.quantity}, counted in {unit}: write {words}"
        )
    return Target(target.quantity, target.sense, tidy(target.number * known[target.suffix]))


def _suffixes(unit: str) -> dict[str, int]:
    if unit == "byte":
        both = {**DECIMAL, **BINARY}
        return {f"{prefix}B": times for prefix, times in both.items()}
    if unit in ("FLOP", "MAC"):
        named = {f"{prefix}{unit}": times for prefix, times in DECIMAL.items()}
        return {**COUNTED, **named, **{f"{name}s": times for name, times in named.items()}}
    return dict(COUNTED) if unit == "parameter" else {}

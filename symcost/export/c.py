"""C: 64-bit numbers, and every step watched for overflow."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from symcost.algebra.program import Instruction, program
from symcost.algebra.whole import Const, Over
from symcost.export.expression import (
    Divides,
    ExportError,
    Notation,
    Room,
    Subject,
    identifiers,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from symcost.algebra.dim import Dim
    from symcost.algebra.program import Program

LARGEST = 2**63 - 1
TAKEN = re.findall(
    r"\w+",
    "auto break case char const continue default do double else enum extern float for goto if "
    "inline int long register restrict return short signed sizeof static struct switch "
    "typedef union unsigned void volatile while bool true false asm typeof alignas alignof "
    "constexpr nullptr static_assert thread_local int64_t INT64_MIN INT64_MAX result "
    "floor_div ceil_div least most signal errno stdin stdout stderr NULL ",
)
HELPERS = (
    "static inline int64_t floor_div(int64_t a, int64_t b) { return a / b - (a % b < 0); }",
    "static inline int64_t ceil_div(int64_t a, int64_t b) { return a / b + (a % b > 0); }",
    "static inline int64_t least(int64_t a, int64_t b) { return b < a ? b : a; }",
    "static inline int64_t most(int64_t a, int64_t b) { return b > a ? b : a; }",
)
FUNCTIONS = {"floor": "floor_div", "ceil": "ceil_div", "min": "least", "max": "most"}


def c(subject: Subject) -> str:
    """Two functions. `NAME` returns 0 and stores an exact result, or says why it does not.

    1: a step would leave 64 bits; 2: the sizes do not divide or fit; 3: a size below 1.
    `NAME_unchecked` is one expression, right wherever `NAME` returns 0. For gcc and clang, which
    know `__builtin_mul_overflow`.
    """
    names = identifiers(subject.dims, (*TAKEN, subject.name, f"{subject.name}_unchecked"))
    listed = [f"int64_t {name}" for name in names.values()]
    found = program(Over(subject.top, 1, (subject.bottom,)))
    if any(isinstance(value, int) and abs(value) > LARGEST for value in found.values):
        raise ExportError(
            "a number of this closed form has more than 64 bits: C has no type for it"
        )
    write = Notation(_call, names)
    top, bottom = write.write(subject.top), write.factor(subject.bottom)
    plain = top if subject.bottom == Const(1) else f"({top}) / {bottom}"
    used = [text for text in HELPERS if text.split("(")[0].split()[-1] in plain]
    every = [found, *(each for rule in subject.rules for each in _programs(rule))]
    floors = any("floor" in _names(each) for each in every)
    used += [HELPERS[0]] if floors and HELPERS[0] not in used else []
    lines = [
        *(f"/* {line} */" for line in subject.comment(names)),
        "#include <stdint.h>",
        "",
        *used,
        *([""] if used else []),
        "/* Right only where the checked function returns 0. */",
        f"static inline int64_t {subject.name}_unchecked({', '.join(listed) or 'void'}) {{",
        f"  return {plain};",
        "}",
        "",
        "/* 0: *result is exact; 1: more than 64 bits; 2: the sizes do not divide or fit; "
        "3: a size below 1. */",
        f"static inline int {subject.name}({', '.join(['int64_t *result', *listed])}) {{",
        *_below_one(names),
        *(line for at, rule in enumerate(subject.rules) for line in _rule(rule, names, f"_r{at}_")),
        *_computed(found, names, "_v"),
        f"  *result = {_place(found, names, found.result, '_v')};",
        "  return 0;",
        "}",
    ]
    return "\n".join(lines) + "\n"


def _call(way: str, args: Sequence[str]) -> str:
    written = args[0]
    for each in args[1:]:
        written = f"{FUNCTIONS[way]}({written}, {each})"
    return written


def _names(found: Program) -> set[str]:
    return {each.name for each in found.values if isinstance(each, Instruction)}


def _below_one(names: Mapping[Dim, str]) -> list[str]:
    tests = " || ".join(f"{name} < 1" for name in names.values())
    return [f"  if ({tests}) return 3;"] if names else []


def _rule(rule: Divides | Room, names: Mapping[Dim, str], prefix: str) -> list[str]:
    """Statements that return 2 where sizes are against a rule."""
    lines: list[str] = []
    places: list[str] = []
    for at, found in enumerate(_programs(rule)):
        lines += _computed(found, names, f"{prefix}{at}_")
        places.append(_place(found, names, found.result, f"{prefix}{at}_"))
    test = " % ".join(places) if isinstance(rule, Divides) else f"{places[0]} < 0"
    return [*lines, f"  if ({test}) return 2;"]


def _programs(rule: Divides | Room) -> list[Program]:
    parts = (rule.top, rule.bottom) if isinstance(rule, Divides) else (rule.left,)
    return [program(Over(part, 1, ())) for part in parts]


def _place(found: Program, names: Mapping[Dim, str], at: int, prefix: str) -> str:
    """How a value of a program is written; no name of a size starts with an underscore."""
    value = found.values[at]
    if isinstance(value, int):
        return f"INT64_C({value})"
    return f"{prefix}{at}" if isinstance(value, Instruction) else names[value]


def _computed(found: Program, names: Mapping[Dim, str], prefix: str) -> list[str]:
    """One statement for each instruction."""
    lines: list[str] = []
    for at, value in enumerate(found.values):
        if isinstance(value, Instruction):
            left = _place(found, names, value.left, prefix)
            right = _place(found, names, value.right, prefix)
            lines.append(f"  int64_t {prefix}{at};")
            lines.append(f"  {_statement(value, f'{prefix}{at}', left, right)}")
    return lines


def _statement(instruction: Instruction, to: str, left: str, right: str) -> str:
    match instruction.name:
        case "add" | "sub" | "mul":
            return f"if (__builtin_{instruction.name}_overflow({left}, {right}, &{to})) return 1;"
        case "exact":
            return f"if ({left} % {right}) return 2;\n  {to} = {left} / {right};"
        case "floor":
            return f"{to} = floor_div({left}, {right});"
        case "min":
            return f"{to} = {left} < {right} ? {left} : {right};"
        case "max":
            return f"{to} = {left} > {right} ? {left} : {right};"

"""Python, NumPy and JavaScript: languages with whole numbers of any length."""

from __future__ import annotations

import keyword
import re
from typing import TYPE_CHECKING

from symcost.algebra.whole import Const, majorant, plus
from symcost.export.expression import Divides, Notation, Subject, identifiers, nested

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

PYTHON_TAKEN = (
    *(*keyword.kwlist, *keyword.softkwlist, "ValueError", "ceil_div", "int", "max", "min"),
    *("index", "map"),
)
NUMPY_TAKEN = (
    *(*PYTHON_TAKEN, "np", "object", "sizes", "top", "bottom", "each", "bool"),
    *("whole", "one", "all", "any", "type"),
)
JAVASCRIPT_TAKEN = re.findall(
    r"\w+",
    "abstract arguments await boolean break byte case catch char class const continue "
    "debugger default delete do double else enum eval export extends false final finally "
    "float for function goto if implements import in instanceof int interface let long module "
    "native new null package private protected public return short static super switch "
    "synchronized this throw throws transient true try typeof undefined var void volatile "
    "while with yield BigInt Error top bottom least most floorDiv ceilDiv size ",
)


def _python_call(way: str, args: Sequence[str]) -> str:
    match way:
        case "floor":
            return f"({args[0]} // {args[1]})"
        case "ceil":
            return f"(-(-{args[0]} // {args[1]}))"
    return f"{way}({', '.join(args)})"


def python(subject: Subject) -> str:
    """A function of whole numbers, exact at any size.

    Numbers of NumPy become Python's own, which do not wrap around. It raises `TypeError` for what
    is no whole number, `ValueError` for sizes below 1 and sizes against a relation.
    """
    names = identifiers(subject.dims, (*PYTHON_TAKEN, subject.name, "top", "bottom"))
    write = Notation(_python_call, names)
    listed = ", ".join(names.values())
    lines = ["from operator import index", "", ""] if names else []
    lines += [f"# {line}" for line in subject.comment(names)]
    lines.append(f"def {subject.name}({listed}):")
    if names:
        several = len(names) > 1
        lines += [
            f"    {listed} = map(index, ({listed}))"
            if several
            else f"    {listed} = index({listed})",
            f"    if {f'min({listed})' if several else listed} < 1:",
            '        raise ValueError("sizes are at least 1")',
        ]
    for test, says in _tests(subject, write):
        lines += [f"    if {test}:", f'        raise ValueError("{says}")']
    if subject.bottom == Const(1):
        lines.append(f"    return {write.write(subject.top)}")
    else:
        lines += [
            f"    top = {write.write(subject.top)}",
            f"    bottom = {write.write(subject.bottom)}",
            "    if top % bottom:",
            '        raise ValueError("these sizes do not divide")',
            "    return top // bottom",
        ]
    return "\n".join(lines) + "\n"


def _tests(subject: Subject, write: Notation, zero: str = "0") -> Iterator[tuple[str, str]]:
    """For each rule what is true where it is broken, and what the rule says."""
    for rule in subject.rules:
        if isinstance(rule, Divides):
            yield f"{write.factor(rule.top)} % {write.factor(rule.bottom)} != {zero}", rule.says
        else:
            yield f"{write.write(rule.left)} < {zero}", rule.says


def _numpy_call(way: str, args: Sequence[str]) -> str:
    if way in ("min", "max"):
        return nested(f"np.{way}imum")(args)
    return _python_call(way, args)


def numpy(subject: Subject) -> str:
    """A function of arrays: 64-bit where a bound shows that all fits, else Python's own numbers.

    The bound is taken at the largest sizes, before anything is computed, and covers every
    intermediate value. It raises `ValueError` for sizes that are not whole numbers of at least 1.
    """
    names = identifiers(subject.dims, (*NUMPY_TAKEN, subject.name))
    write = Notation(_numpy_call, names)
    parts = [subject.top, subject.bottom]
    for rule in subject.rules:
        parts += [rule.top, rule.bottom] if isinstance(rule, Divides) else [rule.left]
    bound = Notation(_python_call, names).write(majorant(plus(parts)))
    listed = ", ".join(names.values())
    lines = ["import numpy as np", "", ""]
    lines += [f"# {line}" for line in subject.comment(names)]
    lines.append(f"def {subject.name}({listed}):")
    if names:
        unpacked = f"({listed},)" if len(names) == 1 else f"({listed})"
        lines += [
            f"    sizes = [np.asarray(each) for each in {unpacked}]",
            "    for each in sizes:",
            '        whole = each.dtype.kind in "iu" or all(type(one) is int for one in each.flat)',
            "        if not (whole and (each > 0).all()):",
            '            raise ValueError("sizes are whole numbers of at least 1")',
            f"    {unpacked} = [int(each.max(initial=1)) for each in sizes]",
            f"    fits = {bound} < 2**63",
            '    sizes = [each.astype("int64" if fits else object) for each in sizes]',
            f"    {unpacked} = sizes",
        ]
    for test, says in _tests(subject, write):
        lines += [f"    if np.any({test}):", f'        raise ValueError("{says}")']
    if subject.bottom == Const(1):
        lines.append(f"    return {write.write(subject.top)}")
    else:
        lines += [
            f"    top = {write.write(subject.top)}",
            f"    bottom = {write.write(subject.bottom)}",
            "    if np.any(top % bottom != 0):",
            '        raise ValueError("some sizes do not divide")',
            "    return top // bottom",
        ]
    return "\n".join(lines) + "\n"


HELPERS = {
    "floorDiv": "const floorDiv = (a, b) => a / b - (a % b < 0n ? 1n : 0n);",
    "ceilDiv": "const ceilDiv = (a, b) => a / b + (a % b > 0n ? 1n : 0n);",
    "least": "const least = (...all) => all.reduce((a, b) => (b < a ? b : a));",
    "most": "const most = (...all) => all.reduce((a, b) => (b > a ? b : a));",
}
JAVASCRIPT = {"floor": "floorDiv", "ceil": "ceilDiv", "min": "least", "max": "most"}


def javascript(subject: Subject) -> str:
    """A function of numbers or BigInts that answers with a BigInt, exact at any size.

    It throws an `Error` for what is no whole number, for numbers from 2^53 on, which a double may
    have rounded before, for sizes below 1 and for sizes against a relation.
    """
    names = identifiers(subject.dims, (*JAVASCRIPT_TAKEN, subject.name))
    write = Notation(
        lambda way, args: f"{JAVASCRIPT[way]}({', '.join(args)})", names, lambda value: f"{value}n"
    )
    body = [
        "  const size = (value) => {",
        '    if (typeof value !== "bigint" && !Number.isSafeInteger(value)) {',
        '      throw new Error("sizes are whole numbers, from 2^53 on BigInts");',
        "    }",
        "    const whole = BigInt(value);",
        '    if (whole < 1n) throw new Error("sizes are at least 1");',
        "    return whole;",
        "  };",
        *(f"  {name} = size({name});" for name in names.values()),
    ]
    for test, says in _tests(subject, write, "0n"):
        body.append(f'  if ({test.replace(" != ", " !== ")}) throw new Error("{says}");')
    top, bottom = write.write(subject.top), write.write(subject.bottom)
    if subject.bottom == Const(1):
        body.append(f"  return {top};")
    else:
        body += [
            f"  const top = {top};",
            f"  const bottom = {bottom};",
            '  if (top % bottom !== 0n) throw new Error("these sizes do not divide");',
            "  return top / bottom;",
        ]
    used = [text for name, text in HELPERS.items() if f"{name}(" in "".join([*body, top, bottom])]
    lines = [
        *(f"// {line}" for line in subject.comment(names)),
        f"function {subject.name}({', '.join(names.values())}) {{",
        *(f"  {line}" for line in used),
        *body,
        "}",
        f'if (typeof module !== "undefined") module.exports = {{ {subject.name} }};',
    ]
    return "\n".join(lines) + "\n"

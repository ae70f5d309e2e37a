"""What the tests of the checker share: an evaluator of their own, and a verdict checked twice.

A formula is evaluated here by walking Python's own tree with exact fractions; nothing of the
package is used, so that what a verdict says of itself can be decided again.
"""

from __future__ import annotations

import ast
import random
import re
from fractions import Fraction
from math import ceil, floor
from typing import TYPE_CHECKING, Any

import symcost
from symcost.checking.verdict import Verdict

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

RELATION = re.compile(r"^(\w+) = (.+)$")

# Totals of released weights (presets.jsonl), and what torch's counter says of GPT-2 at 1 x 1,024.
PUBLISHED = {
    ("gpt2", "params"): 124_439_808,
    ("lecture", "params"): 84_934_656,
    ("llama-2-70b", "params"): 68_976_648_192,
    ("mixtral-8x7b", "params"): 46_702_792_704,
    ("deepseek-v3", "params"): 671_026_404_352,
    ("mamba-130m", "params"): 129_135_360,
    ("gpt2", "flops_forward"): 291_648_307_200,
    ("gpt2", "flops_train"): 3 * 291_648_307_200,
    # 2 bytes x 2 tensors x 80 layers x 8 heads x 128, for each token.
    ("llama-2-70b", "kv_cache_bytes"): 327_680 * 1024,
}


def value(text: str, sizes: Mapping[str, Fraction]) -> Fraction:
    """A formula in Python's notation, at exact sizes."""
    return _value(ast.parse(text, mode="eval").body, sizes)


def _value(node: ast.expr, sizes: Mapping[str, Fraction]) -> Fraction:
    match node:
        case ast.Constant(value=int(number)):
            return Fraction(number)
        case ast.Name(id=name):
            return sizes[name]
        case ast.UnaryOp(op=ast.USub(), operand=inside):
            return -_value(inside, sizes)
        case ast.Call(func=ast.Name(id="floor"), args=[inside]):
            return Fraction(floor(_value(inside, sizes)))
        case ast.Call(func=ast.Name(id="ceil"), args=[inside]):
            return Fraction(ceil(_value(inside, sizes)))
        case ast.BinOp(left=left, op=op, right=right):
            return _both(op, _value(left, sizes), _value(right, sizes))
    raise ValueError(ast.dump(node))


def _both(op: ast.operator, left: Fraction, right: Fraction) -> Fraction:
    match op:
        case ast.Add():
            return left + right
        case ast.Sub():
            return left - right
        case ast.Mult():
            return left * right
        case ast.Div():
            return left / right
        case ast.FloorDiv():
            return Fraction(left // right)
        case ast.Pow():
            assert right.denominator == 1
            return left**right.numerator
    raise ValueError(ast.dump(op))


def names_in(*texts: str | None) -> set[str]:
    """The names of sizes in some formulas."""
    trees = [ast.parse(text, mode="eval") for text in texts if text]
    found = {each.id for tree in trees for each in ast.walk(tree) if isinstance(each, ast.Name)}
    return found - {"floor", "ceil"}


def points(
    names: set[str], conditions: tuple[str, ...], count: int = 3
) -> Iterator[dict[str, Fraction]]:
    """Random sizes at which heads tile the width, and at which the conditions hold."""
    dice = random.Random(20)
    for _ in range(count):
        known = {"h_kv", "h", "d_h", "d", "r"}
        sizes = {each: Fraction(dice.randint(2, 97)) for each in sorted(names | known)}
        sizes["r"] = Fraction(dice.randint(2, 9))
        sizes["h"] = sizes["h_kv"] * sizes["r"]
        sizes["d"] = sizes["h"] * sizes["d_h"]
        for each in conditions:
            related = RELATION.match(each)
            if related:
                sizes[related[1]] = value(related[2].replace(" ", "*"), sizes)
            if each == "for one sequence":
                sizes["B"] = Fraction(1)
        yield sizes


def said(found: Verdict) -> str:
    """A verdict in one line: the status, then its conditions, what it drops, or its errors."""
    data = found.as_data()
    edits = "; ".join(" ".join((e["kind"], e["term"], e["factor"])) for e in data["edits"])
    more = {
        "right_under": ", ".join(found.conditions),
        "approximation": data["dropped"],
        "wrong": edits,
        "unusable": found.remark.partition(":")[0],
    }.get(data["status"])
    return f"{data['status']}: {more}" if more else str(data["status"])


def deltas(found: Verdict) -> list[tuple[str, str]]:
    """What the errors make of the terms concerned, (given, true), each change once."""
    once = {}
    for each in found.as_data()["edits"]:
        once[each["term"], each["given"], each["true"]] = each["given"] or "0", each["true"] or "0"
    return list(once.values())


def judged(formula: str, model: str, quantity: str, **asked: Any) -> Verdict:
    """The verdict on a single formula."""
    found = symcost.check(formula, model=model, quantity=quantity, **asked)
    assert isinstance(found, Verdict), "one formula, one verdict"
    return found


def assert_verdict(
    formula: str,
    says: str,
    model: str,
    quantity: str,
    *,
    typed: str | None = None,
    left_out: str = "0",
    **asked: Any,
) -> None:
    """The verdict is this one, and is true: decided again with exact numbers at random sizes.

    `typed` is the formula in Python's notation and in the model's symbols, where it is written in
    another way. `left_out` is what conventions leave out beside the errors.
    """
    found = judged(formula, model, quantity, **asked)
    assert said(found) == says
    if found.status.value != "unusable":
        assert_consistent(found, typed or formula, left_out)
        assert_published(found, model, quantity)


def assert_consistent(found: Verdict, formula: str, left_out: str = "0") -> None:
    """formula + dropped = truth where it is right or nearly, formula - difference = truth always,
    and the truth with the edits applied is the formula.
    """
    data = found.as_data()
    given, true, dropped = data["given"], data["true"], data["dropped"] or "0"
    difference = data["difference"]
    changed = [text for pair in deltas(found) for text in pair]
    names = names_in(formula, given, true, dropped, difference, left_out, *changed)
    for sizes in points(names, found.conditions):
        truth, mine = value(true, sizes), value(formula, sizes)
        assert mine == value(given, sizes)
        assert mine - truth == value(difference, sizes)
        if data["status"] in ("right", "right_under"):
            assert mine + value(dropped, sizes) == truth
        if data["status"] == "right":
            assert dropped == "0"
            assert found.conditions == ()
        if data["status"] == "approximation":
            assert value(dropped, sizes) > 0
        if data["status"] == "wrong":
            applied = sum(value(g, sizes) - value(t, sizes) for g, t in deltas(found))
            assert truth + applied - value(left_out, sizes) == mine
        if data["status"] in ("wrong", "unknown"):
            assert mine != truth


def assert_published(found: Verdict, model: str, quantity: str) -> None:
    """The truth that a formula is held against has the published value at the model's sizes."""
    wanted = PUBLISHED.get((model, quantity))
    if wanted is None or found.scope not in ("model", "batch"):
        return
    data = found.as_data()
    names = names_in(data["true"])
    sizes = {each: Fraction(size) for each, size in data["numbers"]["sizes"].items()}
    sizes = {"B": Fraction(1), "s": Fraction(1024), **sizes}
    assert names <= set(sizes)
    assert value(data["true"], sizes) == wanted

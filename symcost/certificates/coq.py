"""A certificate as goals for Coq: each step is an equation of real numbers that `field` proves.

    coqc gpt2.v

Sizes are positive real numbers; the equations that a step uses are its hypotheses. floor, ceil, min
and max of numbers are proved to be the number that stands for them; else they are numbers of which
nothing is known but that equal arguments give equal ones.
"""

from __future__ import annotations

import re
from fractions import Fraction
from functools import reduce
from typing import Any, final

from symcost.certificates.checker import Reader

HEAD = """\
(* {title} *)
(* Written by symcost. Every line of every chain of equations, as a goal. *)
Require Import Reals Lra.
Open Scope R_scope.

(* What stands below a bar is a sum of products of positive numbers. *)
Ltac positive :=
  first [assumption | lra | apply Rplus_lt_0_compat; positive
        | apply Rmult_lt_0_compat; positive | apply pow_lt; positive].
(* floor, ceil, min and max of numbers. *)
Ltac known := intros; subst; unfold Rmin, Rmax;
  repeat match goal with |- context [Rle_dec ?a ?b] =>
    lazymatch a with context [Rle_dec _ _] => fail | _ => destruct (Rle_dec a b) end end; lra.
Ltac settle := intros; subst; field; repeat split; apply Rgt_not_eq; unfold Rgt; positive.
"""


@final
class _Goal:
    """One step: its sizes are numbered as they occur, so no name of theirs reaches Coq."""

    def __init__(self, data: dict[str, Any], given: list[Any]) -> None:
        self.names = data["names"]
        self.reader = Reader(set(data["sizes"]), self.names)
        self.reader.use(given)
        self.letters: dict[str, str] = {}
        self.facts: dict[str, None] = {}  # in the order of their first use

    def write(self, node: Any) -> str:
        """An expression as a term of type R."""
        if isinstance(node, int):
            return str(node) if node >= 0 else f"(-{-node})"
        if isinstance(node, str):
            return f"({node})" if re.match(r"-?[0-9]", node) else self.letter(node)
        sign, *args = node
        if sign == "name":
            return self.write(self.names[args[0]]["is"])
        if sign == "^":
            power = f"({self.write(args[0])} ^ {abs(args[1])})"
            return power if args[1] >= 0 else f"(/ {power})"
        if sign in ("+", "*", "/"):
            return f"({f' {sign} '.join(map(self.write, args))})"
        top, bottom = self.reader.read(node)
        if set(top) | set(bottom) == {()}:
            return self.number(sign, args, Fraction(top.get((), 0), bottom[()]))
        ((call, _),) = next(iter(top))
        return self.letter(call)

    def number(self, sign: str, args: list[Any], value: Fraction) -> str:
        """What a function of numbers comes to, and the fact that has to be proved."""
        shown = f"({value})"
        of = [self.write(each) for each in args]
        if sign == "floor":
            fact = f"{shown} <= {of[0]} < {shown} + 1"
        elif sign == "ceil":
            fact = f"{shown} - 1 < {of[0]} <= {shown}"
        else:
            least = reduce(lambda one, two: f"(R{sign} {one} {two})", of)
            fact = f"{least} = {shown}"
        self.facts[fact] = None
        return shown

    def letter(self, name: str) -> str:
        """The variable of a size or of an unknown function."""
        if name not in self.letters:
            readable = re.sub(r"[^A-Za-z0-9]+", "_", name).strip("_")
            self.letters[name] = f"x{len(self.letters)}_{readable}"
        return self.letters[name]


def coq_text(data: dict[str, Any]) -> str:
    """A certificate as a file of goals."""
    title = re.sub(r"[^A-Za-z0-9 .,:-]+", " ", data["title"])
    parts = [HEAD.format(title=title)]
    for chain in data["chains"]:
        label = re.sub(r"[^A-Za-z0-9:-]+", "-", chain["label"])
        for number, line in enumerate(chain["lines"][1:], 2):
            before = chain["lines"][number - 2]["is"]
            parts.append(f"(* {label}, line {number} *)\n{_goal(data, before, line)}")
    return "\n".join(parts)


def _goal(data: dict[str, Any], before: Any, line: dict[str, Any]) -> str:
    goal = _Goal(data, line["given"])
    claim = f"{goal.write(before)}\n  = {goal.write(line['is'])}"
    equations = [f"{goal.write(left)} = {goal.write(right)}" for left, right in line["given"]]
    letters = list(goal.letters.values())
    unknown = [f"0 < {each}" for each in letters]
    conditions = "".join(f"{each} -> " for each in (*unknown, *equations))
    forall = f"forall {' '.join(letters)} : R, {conditions}\n  " if letters else ""
    facts = "".join(f"({each}) /\\\n  " for each in goal.facts)
    proof = "intros. " + "split; [known |]. " * len(goal.facts) if goal.facts else ""
    return f"Goal {forall}{facts}{claim}.\nProof. {proof}settle. Qed.\n"

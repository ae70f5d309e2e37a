"""Words that select weights of a declaration: a group, a part, a weight, some layers of a stack."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, TypeAlias, final

from symcost.algebra.poly import Poly
from symcost.graph.tensor import Role, Tensor

if TYPE_CHECKING:
    from collections.abc import Iterable

GROUPS: dict[str, frozenset[Role]] = {
    "embeddings": frozenset({Role.EMBEDDING, Role.POSITION}),
    "head": frozenset({Role.HEAD}),
    "biases": frozenset({Role.BIAS}),
    "norms": frozenset({Role.NORM}),
    "routers": frozenset({Role.ROUTER}),
}
WORD = re.compile(r"([A-Za-z_][A-Za-z0-9_]*)(?:\[(-?[0-9]{1,9})?:(-?[0-9]{1,9})?\])?")
RANK_FIRST = re.compile(r"\s*r\s*=[^:\[]*:")
FIRST = "first_"  # what the author puts before the name of a chain's first copy

# A place in a chain: (0, n) is n copies from its start, (1, -n) n copies before its end.
Bound: TypeAlias = "tuple[int, int]"
START, END = (0, 0), (1, 0)


class VariantError(ValueError):
    """A variant that cannot be: nothing selected, nothing left to train, no matrix there."""


@final
@dataclass(frozen=True)
class Step:
    """One part on the way to a weight, and which of its copies: all of them between two bounds."""

    name: str
    start: Bound = START
    end: Bound = END


@final
@dataclass(frozen=True)
class Selector:
    """`text` as it was written; `steps` have to follow each other on the way to a weight."""

    text: str
    steps: tuple[Step, ...]

    def takes(self, path: tuple[Step, ...], weight: Tensor) -> bool:
        """Whether a weight at the end of a path is meant."""
        if len(self.steps) == 1 and weight.role in GROUPS.get(self.steps[0].name, ()):
            return True
        whole, wide = (*path, Step(weight.name)), len(self.steps)
        return any(
            all(map(_covers, self.steps, whole[at : at + wide]))
            for at in range(len(whole) - wide + 1)
        )

    def bounds(self, name: str) -> set[Bound]:
        """Where a chain of this name has to be cut for it."""
        return {
            bound for step in self.steps if step.name == name for bound in (step.start, step.end)
        }


def _covers(wanted: Step, step: Step) -> bool:
    return wanted.name == step.name and wanted.start <= step.start and step.end <= wanted.end


def read_selectors(text: str) -> tuple[Selector, ...]:
    """Selectors separated by commas: `embeddings, layer[:4], attention.W_Q`.

    A slice counts from 0 as Python's do, and from the end where it is negative. Raises
    `VariantError` for what cannot be read.
    """
    return tuple(_selector(each.strip()) for each in text.split(",") if each.strip())


def _selector(text: str) -> Selector:
    steps = []
    for word in re.split(r"\.(?![^\[]*\])", text):
        found = WORD.fullmatch(word)
        if found is None:
            raise VariantError(
                f"'{text[:60]}' selects nothing: write a group ({', '.join(GROUPS)}), a weight "
                "(W_Q), a part (attention), layers (layer[:4]), or a way (layer[:4].attention.W_Q)"
            )
        name, start, end = found.groups()
        step = Step(name, _bound(start, START), _bound(end, END))
        if step.start >= step.end:
            raise VariantError(f"'{text[:60]}' selects nothing: its slice is empty")
        steps.append(step)
    return Selector(text, tuple(steps))


def _bound(written: str | None, otherwise: Bound) -> Bound:
    if written is None:
        return otherwise
    # -0 is 0, as it is in Python.
    number = int(written)
    return (1, number) if number < 0 else (0, number)


def place(bound: Bound, times: Poly) -> Poly:
    """A bound as a number of copies from the start of a chain of `times`."""
    from_end, number = bound
    return times + number if from_end else Poly.of(number)


def cuts(selectors: Iterable[Selector], name: str) -> list[tuple[Bound, Bound]]:
    """The stretches that a chain falls into, in order."""
    every = sorted({START, END}.union(*(each.bounds(name) for each in selectors)))
    return list(pairwise(every))


def split_rank(text: str) -> tuple[int | None, str]:
    """The rank and the matrices of `r=16: W_Q, W_V`; without a rank it stays the symbol r_A."""
    head, colon, matrices = text.partition(":") if RANK_FIRST.match(text) else ("", "", text)
    if not colon:
        if "=" in text:
            raise VariantError(
                f"--lora {text[:60]}: write r=16:W_Q,W_V, or W_Q,W_V to keep r_A open"
            )
        return None, matrices
    number = head.partition("=")[2].strip()
    if not re.fullmatch(r"[1-9][0-9]{0,8}", number):
        raise VariantError(
            f"--lora {text[:60]}: the rank is a whole number from 1 on, not '{number[:40]}'"
        )
    if not read_selectors(matrices):
        raise VariantError(f"--lora {text[:60]}: name the matrices, as in r={number}:W_Q,W_V")
    return int(number), matrices

"""What is said of an error that was put into a term, word for word: tests/data/verdicts/put_in.

Whether the errors are found again is decided by tests/test_checker_power.py; here a change of what
is said has to be meant. `python -m tests.test_errors_put_in` writes them anew.
"""

from __future__ import annotations

import random
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import symcost
from symcost.algebra.poly import Poly
from tests.blocks import keep, kept
from tests.checked import judged
from tests.test_checker_cases import edits
from tests.test_checker_power import NAMES, Mutation, mutations, parts, printed, total

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.test_checker_power import Part

FOLDER = Path(__file__).parent / "data" / "verdicts" / "put_in"
TRUTHS = [
    ("lecture", "params"),
    ("lecture", "flops_train"),
    ("gpt2", "params"),
    ("gpt2", "activation_bytes"),
    ("llama-2-70b", "kv_cache_bytes"),
    ("llama-3-8b", "flops_forward"),
    ("mixtral-8x7b", "params"),
    ("mixtral-8x7b", "flops_forward"),
    ("deepseek-v3", "params"),
    ("deepseek-v3", "kv_cache_bytes"),
    ("mamba-130m", "flops_forward"),
    ("t5-small", "params"),
]
MOST = 40  # single errors of a truth; chosen at random where there are more
PAIRS = 6


def more(model: str, part: Part) -> Iterator[Mutation]:
    """What a term can suffer besides `mutations`: a number, a size, a power."""
    sizes = {each.word: Poly.of(each) for each in symcost.load(model).binding()}
    factors = {"half": Poly.of(1) / Poly.of(2), "twice_two": Poly.of(4)}
    for word in ("model", "batch", "sequence", "vocab"):
        if word in sizes:
            factors[f"times_{word}"] = sizes[word]
            factors[f"by_{word}"] = Poly.of(1) / sizes[word]
    for kind, by in factors.items():
        yield Mutation(kind, part, part.amount * by - part.amount)


@cache
def put_in(model: str, quantity: str) -> dict[str, tuple[Mutation, ...]]:
    """The errors, alone and two at a time, by what they are called."""
    dice = random.Random(f"{model} {quantity}")
    single = [
        (each,)
        for part in parts(model, quantity)
        for each in (*mutations(model, part), *more(model, part))
        if each.delta
    ]
    chosen = dice.sample(single, min(MOST, len(single)))
    pairs = [tuple(each for one in dice.sample(single, 2) for each in one) for _ in range(PAIRS)]
    return {
        ", ".join(
            f"{each.kind} {'.'.join(each.part.place)} ({each.part.amount})" for each in some
        ): some
        for some in [*chosen, *pairs]
    }


def told(model: str, quantity: str, name: str) -> str:
    """The status and the errors that are named, in lines."""
    wrong = sum(
        (each.delta for each in put_in(model, quantity)[name]), total(parts(model, quantity))
    )
    scope = "batch" if quantity != "params" else None
    found = judged(printed(wrong, NAMES), model, quantity, scope=scope).as_data()
    made = [f"{found['status']}: {found['difference']}", *found["conditions"], *found["notes"]]
    made += [found["remark"]] if found["remark"] else []
    made += edits(found["edits"])
    for some in found["alternatives"]:
        made += ["  or", *edits(some)]
    return "".join(f"{each}\n" for each in made)


def path_of(model: str, quantity: str) -> Path:
    return FOLDER / f"{model}.{quantity}.txt"


@pytest.mark.parametrize(
    ("model", "quantity", "name"), [(*truth, name) for truth in TRUTHS for name in put_in(*truth)]
)
def test_what_is_said_of_an_error_is_as_it_was(model: str, quantity: str, name: str) -> None:
    assert told(model, quantity, name) == kept(path_of(model, quantity))[name]


@pytest.mark.parametrize(("model", "quantity"), TRUTHS)
def test_every_error_that_is_kept_is_put_in(model: str, quantity: str) -> None:
    assert set(kept(path_of(model, quantity))) == set(put_in(model, quantity))


def main() -> None:
    """Writes what is said."""
    for model, quantity in TRUTHS:
        said = {name: told(model, quantity, name) for name in put_in(model, quantity)}
        keep(path_of(model, quantity), said)


if __name__ == "__main__":
    main()

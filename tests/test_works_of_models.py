"""What a model counts, written down as somebody's work in the names of its declaration.

Line for line it is right; with a number put before a line, that line is not.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

import symcost
from symcost.algebra.poly import Call
from symcost.checking.targets import without
from symcost.checking.verdict import Status
from symcost.marking import subject_of
from tests.test_checker_power import printed

if TYPE_CHECKING:
    from pathlib import Path

    from symcost.checking.verdict import Marked

GOOD = (Status.RIGHT, Status.RIGHT_UNDER)
MODELS = (
    "lecture", "gpt2", "llama-2-70b", "mixtral-8x7b", "deepseek-v3", "bert-base", "mamba-130m",
    "t5-small", "gemma-2-9b", "vit-b-16", "whisper-small", "jamba", "bart-large",
)  # fmt: skip
HEADINGS = {
    "params": "Parameters of one layer",
    "flops_forward": "FLOPs of the forward pass of one layer, one sequence",
}


def written(model: str, quantity: str, before: str = "") -> list[str]:
    """A line for each operation, of one layer where the layers repeat it."""
    scope = "sequence" if quantity == "flops_forward" else None
    made = []
    for piece in subject_of(symcost.load(model), None, None).pieces(quantity, scope):
        (one,) = without((piece,), "layers") or (piece,)
        poly = one.amount.poly
        assert poly is not None
        if any(isinstance(atom, Call) for monomial in poly.terms for atom, _ in monomial):
            continue  # a rounding is no name of a size
        name = "_".join(part.replace(".", "_") for part in piece.where)
        made.append(f"{name} = {before}({printed(poly, {})})")
    return made


def marked(folder: Path, model: str, quantity: str, before: str = "") -> Marked:
    path = folder / "work.py"
    lines = [f"# {HEADINGS[quantity]}", *written(model, quantity, before), ""]
    path.write_text("\n".join(lines), encoding="utf-8")
    return symcost.check_file(path, model=model)


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("quantity", HEADINGS)
def test_every_line_of_a_ledger_is_right(tmp_path: Path, model: str, quantity: str) -> None:
    found = marked(tmp_path, model, quantity)
    odd = [
        (each.source, each.why or each.verdict)
        for each in found.lines
        if each.verdict is None or each.verdict.status not in GOOD
    ]
    assert not odd
    assert found.lines


@pytest.mark.parametrize("model", ["lecture", "gpt2", "llama-2-70b", "mixtral-8x7b"])
@pytest.mark.parametrize("quantity", HEADINGS)
def test_no_line_is_right_with_a_number_before_it(
    tmp_path: Path, model: str, quantity: str
) -> None:
    found = marked(tmp_path, model, quantity, "7*")
    assert not [
        each.source
        for each in found.lines
        if each.verdict is not None and each.verdict.status in GOOD
    ]
    assert found.status is Status.WRONG

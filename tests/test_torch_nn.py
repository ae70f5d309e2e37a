"""Building blocks of torch.nn against recorded runs of torch: parameters, forward, backward."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import symcost.torch_nn as nn
from symcost.model import Model

ROWS = [
    json.loads(line)
    for line in (Path(__file__).parent / "data" / "blocks.jsonl").read_text().splitlines()
]
NAMES = {"F.scaled_dot_product_attention": "ScaledDotProductAttention"}


def module(row: dict[str, Any]) -> nn.Module:
    made: nn.Module = getattr(nn, NAMES.get(row["module"], row["module"]))(
        *row["args"], **row["kwargs"]
    )
    return made


def on(row: dict[str, Any], gradient: bool = False) -> Model:
    return module(row).on(*[shape for shape, _ in row["inputs"]], input_gradient=gradient)


def counted(row: dict[str, Any], backward: int) -> int:
    """Backward as torch's counter has it. Its gradient of grouped filters is counted as if there
    were one group, so it is `groups` times too much: what is too much is added here.
    """
    groups = row["kwargs"].get("groups", 1)
    return backward + (groups - 1) * int(row["fwd"]["flops"])


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["id"])
def test_block(row: dict[str, Any]) -> None:
    block = on(row)
    forward = row["fwd"]["flops"]
    assert block.value("params") == row["params"]
    assert block.value("flops_forward") == forward
    for key, gradient in (("fwd_bwd", False), ("fwd_bwd_input_grad", True)):
        if key in row:
            backward = int(on(row, gradient).value("flops_backward"))
            assert forward + counted(row, backward) == row[key]["flops"], key


def test_all_rows_are_there() -> None:
    assert len(ROWS) == 126
    assert {row["kwargs"].get("groups", 1) for row in ROWS} > {1, 2, 3}


@pytest.mark.parametrize(
    ("block", "quantity", "closed"),
    [
        (nn.Linear(3, 5).on((2, 3)), "params", "n_out*(1 + n_in)"),
        (nn.Linear(3, 5).on((2, 3)), "flops_forward", "2*n_vec*n_in*n_out"),
        (nn.Conv1d(4, 6, 3, bias=False).on((2, 4, 9)), "params", "c_in*c_out*k_1/g_c"),
        (nn.LayerNorm(7).on((2, 7)), "params", "2*n_in"),
    ],
)
def test_closed_forms(block: Model, quantity: str, closed: str) -> None:
    assert block.expr(quantity).equals(_sympy(closed))


def _sympy(closed: str) -> Any:
    import sympy

    from symcost.algebra.dim import all_dims

    names = {each.symbol: each.sympy for each in all_dims()}
    return sympy.parse_expr(closed, names)


@pytest.mark.parametrize(
    ("block", "shapes", "says"),
    [
        (nn.Linear(3, 5), [(2, 4)], "torch.nn.Linear: the shape [2, 4] must end with in_features"),
        (nn.Linear(3, 5), [(2, 3), (2, 3)], "torch.nn.Linear: takes 1 shapes, not 2"),
        (nn.Linear(3, 5), [(0, 3)], "must hold whole numbers from 1 on"),
        (nn.Linear(3, -5), [(2, 3)], "'features_out' must be at least 1"),
        (nn.Conv1d(4, 6, 3, groups=3), [(1, 4, 9)], "3 groups do not divide the channels"),
        (nn.Conv1d(4, 6, 9), [(1, 4, 5)], "the filter of 9 is longer than the input"),
        (nn.Conv2d(4, 6, 3, padding="same", stride=2), [(1, 4, 5, 5)], "needs a stride of 1"),
        (nn.MultiheadAttention(10, 3), [(2, 4, 10)], "3 heads do not divide the width 10"),
        (nn.GRU(3, 4, proj_size=2), [(2, 4, 3)], "in an LSTM"),
        (nn.GroupNorm(3, 7), [(2, 7)], "3 groups do not divide 7 channels"),
    ],
)
def test_refusals(block: nn.Module, shapes: list[tuple[int, ...]], says: str) -> None:
    with pytest.raises(nn.ShapeError) as caught:
        block.on(*shapes)
    assert says in str(caught.value)

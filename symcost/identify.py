"""What a number is: `symcost.which(124439808, "gpt2")`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from symcost.model import Model, load
from symcost.questions.which import ask

if TYPE_CHECKING:
    from collections.abc import Mapping


def which(
    number: int | str,
    model: Model | str | Path | Mapping[str, Any] | None = None,
    *,
    most: int | None = ask.MOST,
    **sizes: int,
) -> ask.Naming:
    """Every set of conventions and quantities that makes a number, fewest conventions first.

    `number` is a whole number, or a text such as "124M" or "2.5 GiB", which is met by what rounds
    to it. `model` is what `symcost.load` takes, or a loaded model; without it all known models are
    tried. `most` bounds the answers, None gives all. See docs/which.md. Raises `QuestionError` for
    what is no number, and what `symcost.load` and `Model.binding` raise.

    >>> answer = symcost.which("272 GFLOPs", "gpt2", s=1024).answers[0]
    >>> answer.quantity, answer.conventions
    ('flops_forward', ('half the attention square (causal half)',))
    >>> answer.formula
    '2*B*s*d*(L*(4*d + s + 2*d_ff) + V)'
    """
    found = model if model is None or isinstance(model, Model) else load(model)
    return ask.which(number, found, sizes, most)

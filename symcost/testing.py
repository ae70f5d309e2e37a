"""For the tests of a training framework: its formulas are held against the model they are for.

from symcost.testing import assert_cost

def test_flops_of_a_step():
    assert_cost("6*N*D + 12*L*h*d_h*s*D", "gpt2", "flops_train", scope="token", s=1024)
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from pathlib import Path

    from symcost.model import Model
    from symcost.quantities.convention import Convention

ALLOWED = ("right", "right_under")


def assert_cost(
    formula: str,
    model: str | Path | Mapping[str, Any] | Model,
    quantity: str,
    *,
    let: Mapping[str, str] | None = None,
    convention: str | Convention | None = None,
    scope: str | None = None,
    allow: Collection[str] = ALLOWED,
    **sizes: int,
) -> None:
    """Raises `AssertionError` with the marked report where the verdict is not allowed.

    `allow` holds verdicts: right, right_under, approximation. A name that stands for a size of the
    model may be given a value (`s=1024`); what letters stand for is said in `let`.

    >>> from symcost.testing import assert_cost
    >>> assert_cost("12*L*d**2", "gpt2", "params_non_embedding")
    >>> assert_cost("13*L*d**2", "gpt2", "params_non_embedding")
    Traceback (most recent call last):
    AssertionError: '13*L*d**2' is wrong...
    """
    __tracebackhide__ = True
    _known(allow)
    marking: Any = import_module("symcost.marking")
    found = marking.check(
        formula,
        model=model,
        quantity=quantity,
        let=let,
        sizes=sizes,
        convention=convention,
        scope=scope,
    )
    if found.status.value in allow:
        return
    from symcost.render.marked import render_marked

    raise AssertionError(f"{formula!r} is {found.status.value}\n\n{render_marked(found, 'text')}")


def _known(allow: Collection[str]) -> None:
    from symcost.checking.verdict import Status

    names = [each.value for each in Status]
    unknown = [each for each in allow if each not in names]
    if isinstance(allow, str) or unknown:
        raise ValueError(f"allow={allow!r}: write some of {', '.join(names)}, as in {ALLOWED}")

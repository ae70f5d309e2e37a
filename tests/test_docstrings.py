"""The examples in the docstrings of the public face are run, and everything public has one."""

from __future__ import annotations

import doctest
import importlib
from pathlib import Path

import pytest

import symcost

ROOT = Path(__file__).parent.parent
MODULES = (
    "symcost",
    "symcost.derived",
    "symcost.model",
    "symcost.marking",
    "symcost.identify",
    "symcost.testing",
    "symcost.checking.verdict",
    "symcost.quantities.convention",
    "symcost.quantities.ledger",
    "symcost.quantities.plan",
    "symcost.graph.author",
    "symcost.graph.tensor",
    "symcost.graph.architecture",
    "symcost.algebra.dim",
    "symcost.algebra.identity",
    "symcost.algebra.poly",
)


@pytest.mark.parametrize("name", MODULES)
def test_examples_in_docstrings(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    module = importlib.import_module(name)
    done = doctest.testmod(module, extraglobs={"symcost": symcost}, optionflags=doctest.ELLIPSIS)
    assert done.failed == 0
    assert done.attempted > 0


@pytest.mark.parametrize("name", symcost.__all__)
def test_everything_public_has_an_example(name: str) -> None:
    found = doctest.DocTestFinder().find(getattr(symcost, name), name)
    assert any(each.examples for each in found)

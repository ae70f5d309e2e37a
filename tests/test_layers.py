"""Imports go downwards only, one layer knows SymPy, nothing runs text, no file grows too long."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

PACKAGE = Path(__file__).parent.parent / "symcost"

# From the bottom up; a module may import what stands at its own place or before it.
LAYERS = (
    "symcost.files",
    "symcost.algebra",
    "symcost.graph",
    "symcost.quantities",
    "symcost.components",
    "symcost.models",
    "symcost.papers",
    "symcost.config",
    "symcost.catalog",
    "symcost.checking",
    "symcost.questions",
    # A figure is data, as the formulas of a page are; what draws it stands above the pages.
    "symcost.plot.figure",
    "symcost.plot.collect",
    "symcost.plot.svg",
    "symcost.render",
    "symcost.plot",
    "symcost.export",
    "symcost.certificates",
    "symcost.sweep",
    "symcost.derived",
    "symcost.model",
    "symcost.torch_nn",
    "symcost.explain",
    "symcost.marking",
    "symcost.testing",
    "symcost.identify",
    "symcost.display",
    "symcost.commands",
    "symcost.magic",
    "symcost",
    "symcost.cli",
    "symcost.quick",
    "symcost.__main__",
)
NAMES_A_MODULE = re.compile(r"symcost(\.\w+)+")
SOURCES = sorted(PACKAGE.rglob("*.py"))
LONGEST = 600

# Text turned into code, or a tree that SymPy is told not to look at.
RUNS_TEXT = {"eval", "exec", "__import__", "sympify", "S", "parse_expr", "lambdify"}
HEURISTIC = {"simplify", "nsimplify", "float"}


def module_name(path: Path) -> str:
    parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def layer(module: str) -> int:
    """The place of a module. A new package has none until somebody gives it one."""
    found = [
        at for at, name in enumerate(LAYERS) if module == name or module.startswith(f"{name}.")
    ]
    named = [at for at in found if LAYERS[at] != "symcost"]
    if named:
        return max(named, key=lambda at: len(LAYERS[at]))
    assert module == "symcost", f"{module} has no place among the layers"
    return LAYERS.index("symcost")


def imports(tree: ast.AST, known: frozenset[str]) -> Iterator[str]:
    """Every module of symcost that is imported: by a statement, or by its name in a text."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (each.name for each in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute"
            for each in node.names:
                inside = f"{node.module}.{each.name}"
                yield inside if inside in known else str(node.module)
        elif isinstance(node, ast.Constant) and NAMES_A_MODULE.fullmatch(str(node.value)):
            yield node.value


KNOWN = frozenset(map(module_name, SOURCES))


def upward(module: str, source: str) -> list[str]:
    """The imports of a module that lead to a layer above it."""
    found = imports(ast.parse(source), KNOWN)
    own = [each for each in found if each.split(".", 1)[0] == "symcost"]
    return [each for each in own if layer(each) > layer(module)]


def called(source: str) -> set[str]:
    """The last name of everything that is called, keyword `evaluate` included."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call):
            if isinstance(node.func, ast.Name):
                names.add(node.func.id)
            elif isinstance(node.func, ast.Attribute):
                names.add(node.func.attr)
            names.update(f"{keyword.arg}=" for keyword in node.keywords)
    return names


def text(path: Path) -> str:
    return path.read_text(encoding="utf-8")


every_file = pytest.mark.parametrize("path", SOURCES, ids=map(module_name, SOURCES))


@every_file
def test_imports_go_down(path: Path) -> None:
    assert upward(module_name(path), text(path)) == []


@every_file
def test_only_the_algebra_knows_sympy(path: Path) -> None:
    if not module_name(path).startswith("symcost.algebra."):
        found = imports(ast.parse(text(path)), KNOWN)
        assert "sympy" not in {each.split(".", 1)[0] for each in found}


@every_file
def test_nothing_runs_text_or_guesses(path: Path) -> None:
    assert not called(text(path)) & {*RUNS_TEXT, *HEURISTIC, "evaluate="}


@every_file
def test_numbers_are_exact(path: Path) -> None:
    """No floating-point number decides anything.

    The width of a page is none of algebra's, and a configuration's JSON holds ratios as floats,
    which its reader turns into whole numbers, as torch's arguments may.
    """
    if not module_name(path).startswith(("symcost.render", "symcost.config", "symcost.torch_nn")):
        constants = (n for n in ast.walk(ast.parse(text(path))) if isinstance(n, ast.Constant))
        floats = {each.value for each in constants if isinstance(each.value, float)}
        # difflib wants how alike two names are as a share.
        assert floats <= {0.5}


@every_file
def test_only_one_place_makes_symbols(path: Path) -> None:
    if module_name(path) != "symcost.algebra.dim":
        assert not called(text(path)) & {"Symbol", "Dummy", "Wild"}


@every_file
def test_no_file_is_too_long(path: Path) -> None:
    assert len(text(path).splitlines()) <= LONGEST


def test_there_is_something_to_check() -> None:
    assert {"symcost", "symcost.cli", "symcost.algebra.poly"} <= KNOWN
    assert all(layer(module) >= 0 for module in KNOWN)


@pytest.mark.parametrize(
    ("module", "source", "found"),
    [
        ("symcost.algebra.poly", "import symcost.graph.tensor", ["symcost.graph.tensor"]),
        ("symcost.graph.axes", "from symcost import quantities", ["symcost.quantities"]),
        (
            "symcost.graph.axes",
            "def late():\n    from symcost.quantities.ledger import Ledger",
            ["symcost.quantities.ledger"],
        ),
        (
            "symcost.components.norm",
            "if TYPE_CHECKING:\n    from symcost.models.gpt import gpt",
            ["symcost.models.gpt"],
        ),
        (
            "symcost.models.gpt",
            "from symcost.papers import lecture_counts",
            ["symcost.papers.lecture_counts"],
        ),
        (
            "symcost.quantities.ledger",
            "import_module('symcost.catalog.find')",
            ["symcost.catalog.find"],
        ),
        ("symcost.model", "import symcost.cli", ["symcost.cli"]),
        ("symcost.model", "import symcost.model, symcost.render.page", []),
        ("symcost.papers.lecture_counts", "from symcost.components.norm import layer_norm", []),
        ("symcost.cli", "from symcost import __version__", []),
        ("symcost.algebra.poly", "'see symcost.catalog for more'", []),
    ],
)
def test_an_upward_import_would_be_caught(module: str, source: str, found: list[str]) -> None:
    assert upward(module, source) == found


@pytest.mark.parametrize(
    ("source", "name"),
    [
        ("eval(text)", "eval"),
        ("sympy.sympify(text)", "sympify"),
        ("expr.simplify()", "simplify"),
        ("sympy.Add(a, b, evaluate=False)", "evaluate="),
        ("x = float(y)", "float"),
        ("sympy.Symbol('d')", "Symbol"),
    ],
)
def test_a_banned_call_would_be_caught(source: str, name: str) -> None:
    assert name in called(source)


def test_a_package_without_a_place_would_be_caught() -> None:
    with pytest.raises(AssertionError, match="has no place"):
        layer("symcost.new_package.module")

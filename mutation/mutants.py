"""The mutants: what mutmut's operators make of every expression and statement of a package.

mutmut itself passes over decorated functions, properties and whatever runs when a module is loaded;
here they are changed like the rest.
"""

from __future__ import annotations

import difflib
import hashlib
from collections import Counter
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import libcst as cst
from libcst.metadata import MetadataWrapper, PositionProvider
from mutmut.mutation.mutators import mutation_operators

from mutation.places import PACKAGES, ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator

# The table of the names and letters of sizes is data: there is nothing in it to do wrong.
DATA = {"symcost/algebra/dims.py"}
# As in mutmut: what is no code, and calls whose arguments cannot be changed without a crash.
SKIPPED = (cst.Annotation, cst.Decorator, cst.Import, cst.ImportFrom)
NEVER_CHANGED = {"len", "isinstance"}


@dataclass(frozen=True)
class Mutant:
    """One change: where it is, which kind of text it is made in, and how to make it."""

    name: str  # the same as long as the function and the change are
    package: str
    path: str
    where: str  # the function, with its class
    line: int
    column: int
    wording: bool  # the change is one of a sentence: of what is said, not of what is done
    node: cst.CSTNode
    other: cst.CSTNode

    def source(self) -> str:
        """The whole module, changed."""
        changed = _parsed(self.path).module.deep_replace(self.node, self.other)
        assert isinstance(changed, cst.Module)
        return changed.code

    def difference(self) -> tuple[str, str]:
        """The lines before and after."""
        before = (ROOT / self.path).read_text().splitlines()
        after = self.source().splitlines()
        lines = list(difflib.unified_diff(before, after, n=0, lineterm=""))[2:]
        return tuple(  # type: ignore[return-value]
            " ".join(line[1:].strip() for line in lines if line.startswith(sign)) for sign in "-+"
        )


def population(package: str) -> list[Mutant]:
    """Every mutant of a package, file by file."""
    paths = sorted(str(path.relative_to(ROOT)) for path in ROOT.glob(PACKAGES[package]))
    return [each for path in paths if path not in DATA for each in _of_file(package, path)]


def sample(mutants: list[Mutant], seed: int, size: int) -> list[Mutant]:
    """A random choice; a larger one of the same seed begins with the smaller one."""
    return sorted(mutants, key=lambda each: _digest(str(seed), each.name))[:size]


def _digest(*texts: str) -> str:
    return hashlib.sha256("\0".join(texts).encode()).hexdigest()[:12]


@dataclass
class _Parsed:
    module: cst.Module
    wrapper: MetadataWrapper


@cache
def _parsed(path: str) -> _Parsed:
    wrapper = MetadataWrapper(cst.parse_module((ROOT / path).read_text()))
    return _Parsed(wrapper.module, wrapper)


def _of_file(package: str, path: str) -> Iterator[Mutant]:
    parsed = _parsed(path)
    walk = _Walk(parsed.module)
    parsed.wrapper.visit(walk)
    seen: Counter[tuple[str, ...]] = Counter()
    for where, node, other, (line, column), wording in walk.found:
        key = (path, where, parsed.module.code_for_node(node), parsed.module.code_for_node(other))
        seen[key] += 1
        name = _digest(*key, str(seen[key]))
        yield Mutant(name, package, path, where, line, column, wording, node, other)


class _Walk(cst.CSTVisitor):
    """Collects (function, node, changed node, place, whether it is wording)."""

    METADATA_DEPENDENCIES = (PositionProvider,)

    def __init__(self, module: cst.Module) -> None:
        super().__init__()
        self.module = module
        self.inside: list[str] = []
        self.spoken = 0  # how many f-strings and raised errors are around
        self.found: list[tuple[str, cst.CSTNode, cst.CSTNode, tuple[int, int], bool]] = []

    def on_visit(self, node: cst.CSTNode) -> bool:
        if isinstance(node, SKIPPED) or _is_fixed_call(node) or _is_about_types(node):
            return False
        if isinstance(node, cst.FunctionDef | cst.ClassDef):
            self.inside.append(node.name.value)
        if isinstance(node, cst.Raise):
            self.spoken += 1
        start = self.get_metadata(PositionProvider, node, None)
        if start is not None:
            self._change(node, (start.start.line, start.start.column))
        return True

    def on_leave(self, original_node: cst.CSTNode) -> None:
        if isinstance(original_node, cst.FunctionDef | cst.ClassDef):
            self.inside.pop()
        if isinstance(original_node, cst.Raise):
            self.spoken -= 1

    def _change(self, node: cst.CSTNode, place: tuple[int, int]) -> None:
        for kind, operator in mutation_operators:
            if isinstance(node, kind):
                wording = isinstance(node, cst.BaseString) and self._is_wording(node)
                for other in operator(node):
                    where = ".".join(self.inside) or "<module>"
                    self.found.append((where, node, other, place, wording))

    def _is_wording(self, node: cst.BaseString) -> bool:
        """A string with a space in it is a sentence or part of one, as is any that is raised."""
        return bool(self.spoken) or " " in self.module.code_for_node(node)


def _is_fixed_call(node: cst.CSTNode) -> bool:
    return (
        isinstance(node, cst.Call)
        and isinstance(node.func, cst.Name)
        and node.func.value in NEVER_CHANGED
    )


def _is_about_types(node: cst.CSTNode) -> bool:
    """Imports for annotations alone, the variables of types, other names of types."""
    match node:
        case cst.If(test=cst.Name("TYPE_CHECKING")):
            return True
        case cst.Assign(value=cst.Call(func=cst.Name("TypeVar"))):
            return True
        case cst.AnnAssign(annotation=cst.Annotation(annotation=cst.Name("TypeAlias"))):
            return True
    return False

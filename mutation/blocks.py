"""Which test runs which code: blocks of statements that note that they were entered.

A tracer would make the tests several times slower; a byte set at the head of a block does not show.
"""

from __future__ import annotations

import ast
import importlib.util
import sys
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from types import CodeType, ModuleType

COMPOUND = (ast.If, ast.For, ast.While, ast.With, ast.Try, ast.Match)
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
AT_IMPORT = "<module>"  # what runs when the module is loaded has no block
MARK = "_mutation_mark"

Place = tuple[int, int]


class Blocks:
    """The blocks of one module, and its tree with the marks put in."""

    def __init__(self, path: str, source: str) -> None:
        self.path = path
        self.lines = source.splitlines()
        self.spans: list[tuple[Place, Place, str]] = []
        self.inside: list[str] = []
        self.counts: dict[str, int] = {}
        self.tree = ast.parse(source)
        self._statements(self.tree.body)
        ast.fix_missing_locations(self.tree)

    def of(self, line: int, column: int) -> str:
        """The innermost block around a place; empty for what runs when the module is loaded."""
        around = [each for each in self.spans if each[0] <= (line, column) < each[1]]
        return max(around)[2] if around else ""

    def _place(self, line: int, offset: int) -> Place:
        """Columns in characters; `ast` counts bytes."""
        return line, len(self.lines[line - 1].encode()[:offset].decode())

    def _mark(self, first: ast.expr | ast.stmt, last: ast.expr | ast.stmt) -> ast.expr:
        where = ".".join(self.inside)
        self.counts[where] = self.counts.get(where, 0) + 1
        name = f"{self.path}::{where}#{self.counts[where]}"
        assert last.end_lineno is not None
        assert last.end_col_offset is not None
        start = self._place(first.lineno, first.col_offset)
        end = self._place(last.end_lineno, last.end_col_offset)
        self.spans.append((start, end, name))
        call = ast.Call(ast.Name(MARK, ast.Load()), [ast.Constant(name)], [])
        return ast.copy_location(call, first)

    def _statements(self, body: list[ast.stmt]) -> None:
        """Looks for functions in statements that have no block of their own."""
        for statement in body:
            self._inner(statement)

    def _inner(self, node: ast.AST) -> None:
        """Marks the blocks below a node."""
        if isinstance(node, ast.ClassDef):
            self.inside.append(node.name)
            self._children(node)
            self.inside.pop()
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            for each in (*node.decorator_list, node.args):
                self._inner(each)
            self.inside.append(node.name)
            node.body = self._block(node.body, keep=ast.get_docstring(node) is not None)
            self.inside.pop()
        elif isinstance(node, ast.Lambda):
            self.inside.append("<lambda>")
            mark = self._mark(node.body, node.body)
            self._inner(node.body)
            node.body = ast.copy_location(ast.BoolOp(ast.Or(), [mark, node.body]), node.body)
            self.inside.pop()
        elif self.inside and isinstance(node, (*COMPOUND, ast.ExceptHandler, ast.match_case)):
            self._compound(node)
        else:
            self._children(node)

    def _children(self, node: ast.AST) -> None:
        for child in ast.iter_child_nodes(node):
            self._inner(child)

    def _compound(self, node: Any) -> None:
        for name, value in ast.iter_fields(node):
            if name in {"body", "orelse", "finalbody"} and value:
                setattr(node, name, self._block(value))
            elif isinstance(value, list):
                for each in value:
                    self._inner(each)
            elif isinstance(value, ast.AST):
                self._inner(value)

    def _block(self, body: list[ast.stmt], *, keep: bool = False) -> list[ast.stmt]:
        """A mark at the head, and one after every statement that may have left the block."""
        marked, rest = (body[:1], body[1:]) if keep else ([], body)
        fresh = True
        for statement in rest:
            if fresh:
                mark = ast.Expr(self._mark(statement, rest[-1]))
                marked.append(ast.copy_location(mark, statement))
            self._inner(statement)
            marked.append(statement)
            fresh = isinstance(statement, COMPOUND)
        return marked


def marked(path: str, source: str) -> ast.Module:
    """The tree of a module that calls MARK at the head of each block."""
    return Blocks(path, source).tree


class Loader(SourceFileLoader):
    """Loads a module from what `compiled` makes of its source."""

    compiled: Callable[[str, str], CodeType]

    def get_code(self, fullname: str) -> CodeType:
        path = self.get_filename(fullname)
        return self.compiled(path, self.get_data(path).decode())


class Finder(MetaPathFinder):
    """Loads some files through `compiled`, a function of path and source."""

    def __init__(self, paths: set[Path], compiled: Callable[[str, str], CodeType]) -> None:
        self.paths, self.compiled = paths, compiled

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if not fullname.startswith("symcost"):
            return None
        spec = PathFinder.find_spec(fullname, path, target)
        if spec is None or spec.origin is None or Path(spec.origin) not in self.paths:
            return None
        loader = Loader(fullname, spec.origin)
        loader.compiled = self.compiled
        return importlib.util.spec_from_loader(fullname, loader)

    def install(self) -> None:
        sys.meta_path.insert(0, self)

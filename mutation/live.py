"""Puts a changed function in the place of the live one, without loading anything again."""

from __future__ import annotations

import gc
import sys
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from types import CodeType, FunctionType
from typing import Any

Key = tuple[str, str, int]
Changes = list[tuple[FunctionType, CodeType]]


class Live:
    """Every function of some files that is in memory, by its code."""

    def __init__(self, paths: set[Path]) -> None:
        names = {str(path) for path in paths}
        self.functions: dict[Key, list[FunctionType]] = defaultdict(list)
        for each in gc.get_objects():
            if isinstance(each, FunctionType) and each.__code__.co_filename in names:
                self.functions[_key(each.__code__)].append(each)

    def changes(self, before: CodeType, after: CodeType) -> Changes | None:
        """Which function takes which code; None where something else than a function is changed."""
        if _own(before) != _own(after):
            return None
        found: Changes = []
        for old, new in zip(_inner(before), _inner(after), strict=True):
            if same(old, new):
                continue
            mine = self.functions.get(_key(old), [])
            if any(len(each.__code__.co_freevars) != len(new.co_freevars) for each in mine):
                return None
            deeper = self.changes(old, new)
            if deeper is None and not mine:
                return None
            found += [(each, new) for each in mine] + (deeper or [])
        return found


def forget(path: Path) -> None:
    """Empties the caches of a module, and those of the tests: what stands there is of before."""
    for name, module in list(sys.modules.items()):
        if name.startswith("tests.") or getattr(module, "__file__", None) == str(path):
            for each in list(vars(module).values()):
                if isinstance(clear := getattr(each, "cache_clear", None), Callable):
                    clear()


def same(before: CodeType, after: CodeType) -> bool:
    """Whether two codes do the same, on whatever lines they stand."""
    return _own(before) == _own(after) and all(
        same(old, new) for old, new in zip(_inner(before), _inner(after), strict=True)
    )


def _key(code: CodeType) -> Key:
    return code.co_filename, code.co_qualname, code.co_firstlineno


def _inner(code: CodeType) -> list[CodeType]:
    return [each for each in code.co_consts if isinstance(each, CodeType)]


def _own(code: CodeType) -> tuple[Any, ...]:
    constants = [repr(each) for each in code.co_consts if not isinstance(each, CodeType)]
    names = [each.co_name for each in _inner(code)]
    return (
        code.co_code, constants, names, code.co_names, code.co_varnames, code.co_freevars,
        code.co_cellvars, code.co_flags, code.co_exceptiontable, code.co_argcount,
        code.co_kwonlyargcount,
    )  # fmt: skip

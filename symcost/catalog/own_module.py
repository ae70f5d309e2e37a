"""A declaration of one's own, in a module that the user names."""

from __future__ import annotations

import importlib
import traceback
from typing import TYPE_CHECKING

from symcost.algebra.near import did_you_mean
from symcost.graph.architecture import Architecture
from symcost.graph.author import build
from symcost.graph.component import Component, DeclarationError

if TYPE_CHECKING:
    from types import ModuleType


class LoadError(ValueError):
    """Something that is no model: the message says what was looked for."""


def read_module(source: str) -> tuple[Architecture, Component | None]:
    """What stands at `package.module:function`: an `Architecture`, or a declaration, frozen.

    Raises `LoadError` for a module that cannot be imported or has no such declaration, and what
    `build` raises.
    """
    module_name, _, attribute = source.partition(":")
    if module_name.endswith(".py") and "/" not in module_name:
        module_name = module_name.removesuffix(".py")
    if not attribute:
        raise LoadError(f"{source}: name the function as well: {module_name}:FUNCTION")
    if not all(part.isidentifier() for part in (*module_name.split("."), attribute)):
        raise LoadError(f"{source}: write package.module:function")
    try:
        module = importlib.import_module(module_name)
    except ImportError as error:
        raise LoadError(f"{source}: cannot import {module_name}: {error}") from None
    declared = getattr(module, attribute, None)
    if isinstance(declared, Architecture):
        return declared, None
    if not callable(declared):
        near = did_you_mean(attribute, _declarations(module))
        raise LoadError(
            f"{source}: {module_name} has no function '{attribute}'{near and '.'}{near}"
        )
    try:
        root = build(declared, attribute)
    except DeclarationError:
        raise
    except Exception as error:  # whatever a function that is no declaration may raise
        raise LoadError(
            f"{source}: as a declaration it failed{_line(error, module)} with "
            f"{type(error).__name__}: {error}{_nearest(error)}"
        ) from error
    return Architecture(attribute, attribute, declared, source, {}), root


def _declarations(module: ModuleType) -> list[str]:
    """The functions that the module itself defines."""
    return [
        name
        for name, each in vars(module).items()
        if callable(each) and getattr(each, "__module__", None) == module.__name__
    ]


def _line(error: BaseException, module: ModuleType) -> str:
    """The last line of the user's own file that the error passed through."""
    file = getattr(module, "__file__", None)
    lines = [
        each.lineno for each in traceback.extract_tb(error.__traceback__) if each.filename == file
    ]
    return f" in line {lines[-1]}" if lines else ""


def _nearest(error: BaseException) -> str:
    """The nearest name where an attribute does not exist."""
    if not isinstance(error, AttributeError) or error.obj is None or not error.name:
        return ""
    near = did_you_mean(error.name, [each for each in dir(error.obj) if not each.startswith("_")])
    return f".{near}" if near else ""

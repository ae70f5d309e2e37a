"""A declaration of one's own, in a module that the user names."""

from __future__ import annotations

import importlib

from symcost.graph.architecture import Architecture
from symcost.graph.author import build
from symcost.graph.component import Component, DeclarationError


class LoadError(ValueError):
    """Something that is no model: the message says what was looked for."""


def read_module(source: str) -> tuple[Architecture, Component | None]:
    """What stands at `package.module:function`: an `Architecture`, or a declaration, frozen.

    Raises `LoadError` for a module that cannot be imported or has no such declaration, and what
    `build` raises.
    """
    module_name, _, attribute = source.partition(":")
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
        raise LoadError(f"{source}: {module_name} has no function '{attribute}'")
    try:
        root = build(declared, attribute)
    except DeclarationError:
        raise
    except Exception as error:  # whatever a function that is no declaration may raise
        raise LoadError(
            f"{source}: as a declaration it failed with {type(error).__name__}: {error}"
        ) from error
    return Architecture(attribute, attribute, declared, source, {}), root

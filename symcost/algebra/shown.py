"""How things show themselves in a notebook, without knowing how a page is set.

A class that mixes `Shown` in has the methods that notebooks look for. What they answer comes from
the module that the top of the package names with `shows`; it is loaded when something is shown.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

_where: list[str] = []


def shows(module: str) -> None:
    """Names the module whose `pictures` turns an object into its MIME types."""
    _where[:] = [module]


class Shown:
    """The methods by which Jupyter and its kin ask an object for something better than its text."""

    __slots__ = ()

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        found = _pictures(self)
        return {
            kind: text
            for kind, text in found.items()
            if (not include or kind in include) and (not exclude or kind not in exclude)
        }

    def _repr_html_(self) -> str | None:
        return _pictures(self).get("text/html")

    def _repr_latex_(self) -> str | None:
        return _pictures(self).get("text/latex")


def _pictures(shown: object) -> dict[str, str]:
    if not _where:
        return {}
    found: dict[str, str] = import_module(_where[0]).pictures(shown)
    return found

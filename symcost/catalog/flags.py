"""What the flags of components may be, read off the components themselves."""

from __future__ import annotations

import inspect
from functools import cache
from types import CodeType
from typing import TYPE_CHECKING

from symcost.algebra.dim import all_dims
from symcost.catalog.find import components
from symcost.components.norm import KINDS as NORMS
from symcost.graph.functions import FUNCTIONS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from symcost.graph.component import Declaration


@cache
def words_of_flags() -> frozenset[str]:
    """The words that components hold their flags against, and what flags may name besides.

    A flag that is compared with words takes any other for "none of them": a slip of the pen must
    not pass for that.
    """
    modules = {inspect.getmodule(each) for each in components().values()}
    code = [
        each.__code__ for one in modules for each in vars(one).values() if inspect.isfunction(each)
    ]
    found = {word for each in code for word in _constants(each)}
    return frozenset((*found, *NORMS, *FUNCTIONS, *(each.word for each in all_dims())))


def _constants(value: object) -> Iterator[str]:
    if isinstance(value, CodeType | tuple | frozenset):
        inside = value.co_consts if isinstance(value, CodeType) else value
        for each in inside:
            yield from _constants(each)
    elif isinstance(value, str):
        yield value


def needed_flags(component: Declaration) -> list[str]:
    """The flags without which a component is none."""
    parameters = inspect.signature(component).parameters.values()
    empty = inspect.Parameter.empty
    return [
        each.name
        for each in parameters
        if each.default is empty and each.kind is inspect.Parameter.KEYWORD_ONLY
    ]


@cache
def flags_of(component: Declaration) -> dict[str, str]:
    """The flags of a component and the kind of each."""
    parameters = inspect.signature(component).parameters.values()
    return {
        each.name: str(each.annotation)
        for each in parameters
        if each.kind is inspect.Parameter.KEYWORD_ONLY
    }

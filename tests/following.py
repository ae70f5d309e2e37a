"""A page followed to other sizes without any browser: cases chosen, numbers computed afresh."""

from __future__ import annotations

from dataclasses import fields, is_dataclass, replace
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from symcost.algebra.form import Num, dims_of, evaluate
from symcost.render.page import Cases, Origin, Page, Picture, Share, Value

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from symcost.algebra.dim import Dim
    from symcost.render.page import Block


def followed(page: Page, values: Mapping[Dim, int]) -> Page:
    """The page with these sizes in force, by what it says of itself alone; without figures."""
    return replace(page, content=_no_figures(_blocks(page.content, values)))


def without_origins(page: Page) -> Page:
    """What the page says now, without where its sizes come from; without figures."""
    return replace(page, content=_mapped(_no_figures(page.blocks), _no_origin))


def _no_figures(blocks: Iterable[Block]) -> tuple[Block, ...]:
    return tuple(block for block in blocks if not isinstance(block, Picture))


def _blocks(content: Any, values: Mapping[Dim, int]) -> Iterator[Block]:
    for block in content:
        if not isinstance(block, Cases):
            yield _mapped(block, lambda thing: _valued(thing, values))
            continue
        held = [case for case in block.cases if all(test.holds(values) for test in case.tests)]
        assert len(held) == 1, "exactly one case holds"
        yield from _blocks(held[0].make(), values)


def _no_origin(thing: Any) -> Any:
    return Origin("", thing.dim) if isinstance(thing, Origin) else None


def _valued(thing: Any, values: Mapping[Dim, int]) -> Any:
    """A number that knows its form, computed from that form."""
    if not isinstance(thing, (Num, Share, Value)) or thing.of is None:
        return _no_origin(thing)
    known = all(each in values for each in dims_of(thing.of))
    number = evaluate(thing.of, values) if known else None
    if isinstance(thing, Value):
        return Value(number, thing.of, thing.otherwise)
    assert number is not None
    return Share(Fraction(number)) if isinstance(thing, Share) else Num(number)


def _mapped(thing: Any, change: Callable[[Any], Any]) -> Any:
    """The thing with all that `change` changes exchanged."""
    changed = change(thing)
    if changed is not None:
        return changed
    if isinstance(thing, tuple):
        return tuple(_mapped(each, change) for each in thing)
    if is_dataclass(thing) and not isinstance(thing, type):
        parts = {each.name: _mapped(getattr(thing, each.name), change) for each in fields(thing)}
        return type(thing)(**parts)
    return thing

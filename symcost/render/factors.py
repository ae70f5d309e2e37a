"""What stands between the factors of a product: the same in every format that sets formulas."""

from __future__ import annotations

from enum import Enum, auto
from itertools import pairwise
from typing import TYPE_CHECKING, final

from symcost.algebra.form import Form, Num, Power, Product, Quotient, Sum, Sym

if TYPE_CHECKING:
    from collections.abc import Iterator


@final
class Gap(Enum):
    """A dot, nothing, or a thin space."""

    DOT = auto()
    NONE = auto()
    THIN = auto()


def with_gaps(factors: tuple[Form, ...]) -> Iterator[tuple[Gap, Form]]:
    """Each factor behind the first, with what stands before it."""
    # An index makes a letter wide: then all letters of the product stand a little apart.
    apart = any(isinstance(each, Sym) and "_" in each.dim.symbol for each in factors)
    for before, factor in pairwise(factors):
        close = not apart and not isinstance(before, Sum) and isinstance(factor, Sym | Power)
        if needs_dot(before, factor):
            yield Gap.DOT, factor
        elif close or is_digits(before) or isinstance(factor, Sum):
            yield Gap.NONE, factor
        else:
            yield Gap.THIN, factor


def needs_dot(before: Form, factor: Form) -> bool:
    """Whether two factors would be read as one number."""
    return is_digits(factor) or (is_digits(before) and _is_number(factor))


def is_digits(form: Form) -> bool:
    """Whether it is a number, or a power of one."""
    return isinstance(form, Num) or (isinstance(form, Power) and is_digits(form.base))


def _is_number(form: Form) -> bool:
    """Whether it is all digits: behind a number, a fraction of them looks like 2 and a half."""
    match form:
        case Quotient(top, bottom):
            return _is_number(top) and _is_number(bottom)
        case Product(parts):
            return all(map(_is_number, parts))
    return is_digits(form)

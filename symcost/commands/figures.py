"""Exact fractions as rounded figures: the only place where digits are dropped, for the eye."""

from __future__ import annotations

from fractions import Fraction

PREFIXES = ((Fraction(1), ""), (Fraction(1, 10**3), "m"), (Fraction(1, 10**6), "u"))
NANO = (Fraction(1, 10**9), "n")


def decimal(value: Fraction, digits: int = 2) -> str:
    """A fraction with so many digits behind the point, half rounded to even."""
    scaled = round(value * 10**digits)
    sign = "-" if scaled < 0 else ""
    whole, rest = divmod(abs(scaled), 10**digits)
    return f"{sign}{whole:,}.{rest:0{digits}d}" if digits else f"{sign}{whole:,}"


def about(value: Fraction, digits: int = 2) -> str:
    """The same, with the word in front where digits are dropped."""
    exact = (value * 10**digits).denominator == 1
    return f"{'' if exact else 'about '}{decimal(value, digits)}"


def rounded(value: Fraction, unit: str = "", digits: int = 2) -> str:
    """The same with its unit, and the word for it where digits are dropped."""
    exact = (value * 10**digits).denominator == 1
    return f"{decimal(value, digits)}{unit}{'' if exact else ' (rounded)'}"


def seconds(value: Fraction) -> str:
    """A time in s, ms, us or ns, with three digits behind the point."""
    for size, prefix in PREFIXES:
        if round(value / size, 3) >= 1:
            return f"{decimal(value / size, 3)} {prefix}s"
    return f"{decimal(value / NANO[0], 3)} {NANO[1]}s"

"""What a reader made of an input, as a short text: the same for the same thing, in any run."""

from __future__ import annotations

import dataclasses
import re
from fractions import Fraction

from symcost.checking.tree import Name, Number

# What another version of Python says in other words.
OTHERS = re.compile(r"(?<=no Python: ).*|(?<=no JSON: ).*", re.DOTALL)


def shown(value: object) -> str:
    """A value with all that it holds; fields that are empty are left out."""
    match value:
        case Name(text):
            return text
        case Number(number):
            return str(number)
        case str():
            return repr(OTHERS.sub("...", value))
        case int() | Fraction():
            return str(value)
        case dict():
            return f"{{{', '.join(f'{shown(k)}: {shown(v)}' for k, v in value.items())}}}"
        case set() | frozenset():
            return f"{{{', '.join(sorted(map(shown, value)))}}}"
        case list() | tuple():
            return f"({', '.join(map(shown, value))})"
    if dataclasses.is_dataclass(value):
        held = ((each.name, getattr(value, each.name)) for each in dataclasses.fields(value))
        inside = ", ".join(
            f"{name}={shown(each)}" for name, each in held if each not in ("", (), None)
        )
        return f"{type(value).__name__}({inside})"
    return repr(value)

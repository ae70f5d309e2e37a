"""Words about declarations: where one stands, what its docstring says, how axes are listed."""

from __future__ import annotations

import inspect
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from symcost.graph.axes import Axes
    from symcost.graph.component import Declaration


def place_of(declaration: Declaration) -> str:
    """components/attention.py for our own files, the bare file name for a user's."""
    path = Path(inspect.unwrap(declaration).__code__.co_filename)
    package = Path(__file__).parent.parent
    return path.relative_to(package).as_posix() if path.is_relative_to(package) else path.name


def docstring_of(declaration: Declaration) -> tuple[str, str]:
    """(first line, what stands behind `Source:`) of a declaration's docstring."""
    text = inspect.getdoc(declaration) or ""
    law = text.split("\n", 1)[0]
    _, found, source = text.partition("Source:")
    return law, " ".join(source.split("\n\n")[0].split()) if found else ""


def bias_name(weight: str) -> str:
    """b_Q for W_Q; any other weight keeps its whole name."""
    head, _, tail = weight.partition("_")
    return f"b_{tail}" if tail and len(head) == 1 else f"b_{weight}"


def listed(axes: Axes) -> str:
    """Axes separated by commas."""
    return ", ".join(axes) if axes else "none"


def counted(inputs: int) -> str:
    """How many inputs there are, with the verb that fits."""
    return "1 input is" if inputs == 1 else f"{inputs} inputs are"

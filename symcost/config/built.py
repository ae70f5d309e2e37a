"""What a reader makes of a configuration, and how kinds of layers are called in it."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import reduce
from typing import TYPE_CHECKING, final

from symcost.algebra.dim import Dim, define
from symcost.algebra.identity import Relation
from symcost.algebra.phrase import Phrase, say
from symcost.graph.architecture import AtMost, Size

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from symcost.graph.component import Declaration, Flag


@final
@dataclass
class Built:
    """What a reader makes of a configuration: a declaration and the sizes of its symbols."""

    declaration: Declaration
    flags: Mapping[str, Flag]
    sizes: dict[str, tuple[Size, str]]
    relations: tuple[Relation, ...] = ()
    notes: list[str] = field(default_factory=list)
    limits: tuple[AtMost, ...] = ()


def unnamed(kinds: Iterable[str]) -> str:
    """What layers without experts or window are called among layers that have some."""
    others = " ".join(kinds)
    return "dense" if "moe" in others else "full" if "window" in others else "plain"


def count_of(name: str) -> Dim:
    """The dimension that counts one kind of layer: L_moe, L_window, L_dense."""
    label = name or "plain"
    kinds: list[Phrase] = [say(each) for each in label.split("_")]
    words = reduce(lambda several, each: say("{0} and {1}", several, each), kinds)
    meaning = say("layers: {0}", words)
    return define(f"{label}_layers", f"L_{label}", meaning=meaning, beside="layers")

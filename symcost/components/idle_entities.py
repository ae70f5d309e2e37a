"""What LUKE has for entities, which stands by while a text names none."""

from __future__ import annotations

from typing import TYPE_CHECKING

from symcost.graph.tensor import Role

if TYPE_CHECKING:
    from symcost.graph.author import Author
    from symcost.graph.tensor import Tensor


def idle_entities(a: Author, *, narrow: bool, head: bool, tied: bool) -> Tensor:
    """Tables of entities, their places and kinds, and a head over the entities.

    `narrow`: rows of another width than the model's. Shapes: x is batch, time, model; so is the
    result. Source: Yamada et al. 2020, LUKE, arXiv 2010.01057, section 3.
    """
    x = a.input("batch time model")
    row = "entity_width" if narrow else a.axis("entity_row", "model")
    weights = [
        a.weight("W_E", f"entities {row}", Role.EMBEDDING),
        a.weight("W_P", "positions model", Role.POSITION),
        a.weight("W_S", "segments model", Role.EMBEDDING),
        a.weight("gamma", "model", Role.NORM),
        a.weight("beta", "model", Role.NORM),
    ]
    if narrow:
        weights.append(a.weight("W_in", f"{row} model"))
    if head:
        weights += [
            a.weight("W_T", f"model {row}"),
            a.weight("b_T", row, Role.BIAS),
            a.weight("gamma_T", row, Role.NORM),
            a.weight("beta_T", row, Role.NORM),
            a.weight("b_U", "entities", Role.BIAS),
        ]
    if head and not tied:
        weights.append(a.weight("W_U", f"{row} entities", Role.HEAD))
    return a.map("idle", x, *weights, name="no_entities", axes="batch time model")


def idle_entity_queries(a: Author) -> Tensor:
    """Queries from words to entities, from entities to words, and among entities.

    Shapes: x is batch, time, model; so is the result. Source: Yamada et al. 2020, LUKE, arXiv
    2010.01057, section 3.2.
    """
    x = a.input("batch time model")
    weights = []
    for name in ("we", "ew", "ee"):
        weights.append(a.weight(f"W_{name}", "model heads head"))
        weights.append(a.weight(f"b_{name}", "heads head", Role.BIAS))
    return a.map("idle", x, *weights, name="no_entities", axes="batch time model")

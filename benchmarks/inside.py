"""In one process: layers that repeat, and questions."""

from __future__ import annotations

import contextlib

from lines import Line
from timing import Pairs, here, in_turn, median

import symcost
from symcost.catalog import find


def ask_every_preset() -> None:
    """The width for a billion parameters, and where attention overtakes the rest."""
    for name in find.presets():
        model = symcost.load(name)
        for ask in (
            lambda each=model: each.solve("params = 1e9", "d"),
            lambda each=model: each.crossover("attention", "rest", "s"),
        ):
            with contextlib.suppress(ValueError):  # a model without this symbol refuses
                ask()


def load_every_preset() -> None:
    """What it takes to have the models at all."""
    for name in find.presets():
        _ = symcost.load(name).root


def derive_everything(layers: int) -> None:
    """Every quantity of a GPT-2 with this many layers: its ledger, its derivation, its page."""
    model = symcost.load("gpt2")
    for quantity in find.quantities():
        model.ledger(quantity)
        model.derive(quantity, B=1, s=1024, L=layers).to_text()


def layers(pairs: int) -> list[Line]:
    """A repeated layer is counted by its closed form and not one by one."""
    found = in_turn(
        here(lambda: derive_everything(1000)), here(lambda: derive_everything(12)), pairs // 3
    )
    says = "every quantity of gpt2 derived and written, 1,000 layers / 12 layers"
    return [Line("layers", says, found.ratio("cpu"), 1.1, notes=_notes(found))]


def questions(pairs: int) -> list[Line]:
    """What two questions to each preset cost."""
    found = in_turn(here(ask_every_preset), here(load_every_preset), max(3, pairs // 5))
    says = "two questions (solve, crossover) to each preset / loading each preset"
    return [Line("questions", says, found.ratio("cpu"), notes=_notes(found))]


def _notes(found: Pairs) -> tuple[str, ...]:
    times = [median(each, "cpu") for each in (found.measured, found.against)]
    return (f"processor {times[0] * 1000:,.0f} ms / {times[1] * 1000:,.0f} ms",)

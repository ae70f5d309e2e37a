"""Every quantity of models of every kind, and every list, as they were: tests/data/forms.

A change of a closed form has to be meant: what the numbers ought to be is held by the recorded
counts. `python -m tests.test_closed_forms` writes them anew.
"""

from __future__ import annotations

import contextlib
import io
from pathlib import Path

import pytest

import symcost
from symcost.algebra.form import dims_of
from symcost.algebra.plain import python
from symcost.algebra.poly import UnboundError
from symcost.algebra.ratio import Ratio
from symcost.catalog import find
from symcost.cli import main as command
from symcost.model import Model
from symcost.quantities.convention import ConventionError, changed
from symcost.quantities.ledger import LedgerError
from symcost.quantities.optimizers import OPTIMIZERS
from symcost.quantities.plan import Plan, PlanError
from symcost.quantities.spread import PLANNED

DATA = Path(__file__).parent / "data" / "forms"
MODELS = (
    *("lecture", "gpt2", "llama-3-8b", "mixtral-8x7b", "deepseek-v3", "mamba-130m", "mamba2-130m"),
    *("jamba", "qwen3-next-80b-a3b", "gemma-3-4b", "bert-base", "vit-b-16", "t5-small"),
    *("whisper-tiny", "resnet-18", "convnext-base"),
)
LISTS = ("quantities", "conventions", "devices", "optimizers", "components")
SIZES = {"B": 2, "s": 64, "t": 63, "s_e": 48, "n_dp": 2}
PLANS = {
    "alone": Plan(),
    "data": Plan(dp=8, zero=1),
    "tensor": Plan(dp=4, tp=2, sequence=True, zero=3, collective="tree"),
    "pipeline": Plan(pp=2, micro=8, tp=2, stage="last", uneven=True),
    "experts": Plan(dp=8, ep=4, zero=2),
}
REFUSED = (ConventionError, LedgerError, PlanError, UnboundError, find.UnknownNameError)


def told(model: Model, quantity: str, **chosen: object) -> str:
    """The closed form and the value at small sizes, or why there is none."""
    try:
        form = model.form(quantity, **chosen)  # type: ignore[arg-type]
        bound = {each.symbol for each in model.binding()}
    except REFUSED as error:
        return f"none: {error}"
    free = {each.symbol for each in dims_of(form)} - bound
    sizes = {name: value for name, value in SIZES.items() if name in free}
    try:
        value = model.value(quantity, **chosen, **sizes)  # type: ignore[arg-type]
    except REFUSED as error:
        return f"{python(form)}; {error}"
    return f"{python(form)} = {value}"


def forms(name: str) -> str:
    """All quantities of a model: plain, per token, otherwise counted, under plans."""
    model = symcost.load(name)
    lines = []
    for quantity in find.quantities():
        lines.append(f"{quantity}: {told(model, quantity)}")
        if quantity.startswith(("flops", "kv", "activation", "traffic")):
            lines += [
                f"{quantity} per {scope}: {told(model, quantity, scope=scope)}"
                for scope in ("sequence", "token")
            ]
    for quantity in find.quotients():
        lines.append(f"{quantity}: {told(model, quantity)}")
    for convention in find.conventions():
        for quantity in ("params", "flops_forward", "flops_train"):
            said = told(model, quantity, convention=convention)
            lines.append(f"{quantity} as {convention}: {said}")
    fused = changed(find.convention("torch"), fused=True)
    for quantity in ("activation_bytes", "traffic_bytes"):
        lines.append(f"{quantity}, fused: {told(model, quantity, convention=fused)}")
    for phase in ("prefill", "decode", "extend"):
        with contextlib.suppress(ValueError):
            then = model.in_phase(phase)
            for quantity in ("flops_forward", "kv_cache_bytes", "traffic_bytes"):
                lines.append(f"{quantity} in {phase}: {told(then, quantity)}")
    for title, plan in PLANS.items():
        planned = model.planned(plan)
        for quantity in (*sorted(PLANNED), *find.quotients()):
            lines.append(f"{quantity}, {title}: {told(planned, quantity)}")
    if name == "gpt2":
        for each in OPTIMIZERS:
            planned = model.planned(Plan(optimizer=each))
            said = told(planned, "training_state_bytes")
            lines.append(f"training_state_bytes, {each.name}: {said}")
    return "".join(f"{line}\n" for line in lines)


def listed(what: str) -> str:
    """What `symcost list` says, as data."""
    with contextlib.redirect_stdout(io.StringIO()) as printed:
        assert command(["list", what, "--format", "json"]) == 0
    return printed.getvalue()


@pytest.mark.parametrize("name", MODELS)
def test_closed_forms_are_as_they_were(name: str) -> None:
    assert forms(name) == (DATA / f"{name}.txt").read_text(encoding="utf-8")


@pytest.mark.parametrize("what", LISTS)
def test_a_list_is_as_it_was(what: str) -> None:
    assert listed(what) == (DATA / f"{what}.json").read_text(encoding="utf-8")


def test_ratios_are_written_with_a_bar() -> None:
    """The text above is what a person reads: a quotient is not multiplied out."""
    ratio = symcost.load("lecture").ratio("arithmetic_intensity")
    assert isinstance(ratio, Ratio)
    assert "/" in python(symcost.load("lecture").form("arithmetic_intensity"))


def main() -> None:
    """Writes them."""
    DATA.mkdir(exist_ok=True)
    for name in MODELS:
        (DATA / f"{name}.txt").write_text(forms(name), encoding="utf-8")
    for what in LISTS:
        (DATA / f"{what}.json").write_text(listed(what), encoding="utf-8")


if __name__ == "__main__":
    main()

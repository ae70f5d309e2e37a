"""What several commands take: a model, sizes, a way to count. Their errors name what to write."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from symcost.algebra.typed import GROUPS, whole
from symcost.commands.parser import (
    ASKED,
    COUNTING,
    DEVICES,
    MODEL,
    OUTPUT,
    TRAINED,
    UsageError,
    whole_number,
)

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

    from symcost.commands.parser import Parser
    from symcost.model import Model
    from symcost.quantities.convention import Convention
    from symcost.quantities.plan import Plan

MOST_DIGITS = 30
VARIANT = ("freeze", "train_only", "lora", "prediction")


def add_model(parser: Parser) -> None:
    """The arguments of a command that counts something of a model."""
    add_source(parser)
    asked = parser.group(ASKED)
    asked.add_argument(
        "-q",
        "--quantity",
        action="extend",
        type=quantities,
        default=[],
        metavar="NAME",
        help="a quantity, or several with commas (symcost list quantities)",
    )
    add_scope(parser)
    parser.group(COUNTING).add_argument(
        "--element-bytes",
        type=whole_number,
        metavar="N",
        help="of activations and caches (default: 2)",
    )
    add_counting(parser)
    add_plan(parser)
    parser.group(OUTPUT).add_argument(
        "--style",
        choices=("expanded", "factored", "collected", "leading"),
        help="how closed forms are written (default: the shortest)",
    )


def add_source(parser: Parser) -> None:
    """A model, its sizes, and which of its tokens are new."""
    parser.group(MODEL).add_argument(
        "model",
        metavar="MODEL",
        help="a name (symcost list models), a config.json, or package.module:function",
    )
    add_sizes(parser)
    add_variant(parser)


def add_sizes(parser: Parser) -> None:
    """Sizes, and which tokens are new."""
    sizes = parser.group(MODEL)
    sizes.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="SYMBOL=VALUE",
        dest="sizes",
        help="a size, such as s=1024; may be given several times",
    )
    sizes.add_argument(
        "--phase",
        choices=("train", "prefill", "decode", "extend"),
        help="prefill reads s tokens; decode one after t cached ones; extend s after t",
    )


def add_scope(parser: Parser, otherwise: str = "") -> None:
    """What a number is of."""
    parser.group(ASKED).add_argument(
        "--scope", choices=("batch", "sequence", "token"), help=f"count per what{otherwise}"
    )


def add_variant(parser: Parser) -> None:
    """The arguments that say what is trained."""
    trained = parser.group(TRAINED)
    trained.add_argument(
        "--freeze", metavar="WEIGHTS", help="not trained: embeddings, layer[:4], attention.W_Q, ..."
    )
    trained.add_argument("--train-only", metavar="WEIGHTS", help="nothing but these is trained")
    trained.add_argument(
        "--lora", metavar="r=RANK:MATRICES", help="low-rank updates; all else is frozen"
    )
    trained.add_argument("--prediction", metavar="N", help="modules that predict N further tokens")
    parser.group(MODEL).add_argument(
        "--absorbed", action="store_true", help="latent attention as in serving: nothing expanded"
    )


def add_counting(parser: Parser) -> None:
    """How to count."""
    counting = parser.group(COUNTING)
    counting.add_argument(
        "--convention",
        default="torch",
        metavar="NAME",
        help="how to count (symcost list conventions; default: torch)",
    )
    counting.add_argument(
        "--causal",
        choices=("none", "half", "exact"),
        help="pairs counted under a causal mask: s^2, s^2/2 or s(s+1)/2",
    )
    counting.add_argument(
        "--count", choices=("flop", "mac"), help="1 multiply-add is 2 FLOPs, or 1 MAC"
    )
    counting.add_argument(
        "--include",
        action="append",
        default=[],
        metavar="WORDS",
        help="also count embeddings, head, biases, norms, attention, elementwise",
    )
    counting.add_argument(
        "--exclude", action="append", default=[], metavar="WORDS", help="the same words, left out"
    )
    counting.add_argument(
        "--fused", action="store_true", help="attention scores never leave the chip (traffic)"
    )
    counting.add_argument(
        "--recompute",
        choices=("none", "selective", "full"),
        help="in backward, again: nothing, the core of attention, or whole layers",
    )


def model(chosen: argparse.Namespace) -> Model:
    """The model that the user names, in the phase that the user chose."""
    from symcost.model import load

    if ":" in chosen.model:
        # A declaration of one's own lies where the user stands, as with `python -m`.
        sys.path.insert(0, str(Path.cwd()))
    _refuse_two_ranks(chosen)
    found = load(chosen.model)
    found = found.variant(**_variant(chosen))
    if getattr(chosen, "absorbed", False):
        found = found.absorbed()
    phase = getattr(chosen, "phase", None)
    found = found if phase is None else found.in_phase(phase)
    plan = _plan(chosen)
    return found if plan is None else found.planned(plan)


def _refuse_two_ranks(chosen: argparse.Namespace) -> None:
    """`--lora r=8:W_Q --set r_A=4` says two ranks."""
    from symcost.algebra.dim import DimensionError, find
    from symcost.graph.selecting import split_rank

    rank = split_rank(getattr(chosen, "lora", None) or "")[0]
    for name, value in sizes(getattr(chosen, "sizes", [])).items() if rank is not None else ():
        try:
            same = find(name).word == "low_rank"
        except DimensionError:  # said where the sizes are bound
            continue
        if same and value != rank:
            raise UsageError(f"--lora says r={rank} and --set {name}={value}: leave one out")


def add_plan(parser: Parser) -> None:
    """The arguments that spread training over devices and name its optimizer."""
    plan = parser.group(DEVICES)
    plan.add_argument(
        "--parallel",
        metavar="DEGREES",
        help="dp=8,tp=4,pp=2,ep=2,sp,micro=16,chunks=2: degrees; one without value is a symbol",
    )
    plan.add_argument(
        "--optimizer", metavar="NAME", help="symcost list optimizers (default: adam-mixed)"
    )
    plan.add_argument("--zero", type=whole_number, metavar="STAGE", help="ZeRO: 0 to 3; 3 is FSDP")
    plan.add_argument(
        "--stage", metavar="NAME", help="of the pipeline: first (default), middle or last"
    )
    plan.add_argument(
        "--uneven-stages", action="store_true", default=None, help="take the longest stage"
    )
    plan.add_argument(
        "--pad-vocab",
        type=whole_number,
        metavar="N",
        help="pad the vocabulary to a multiple of N n_tp",
    )
    plan.add_argument(
        "--collective", metavar="NAME", help="how gradients are summed: ring (default) or tree"
    )


def _plan(chosen: argparse.Namespace) -> Plan | None:
    """The plan that the user wrote down, or None."""
    from symcost.quantities.plan import read_plan

    names = {
        "optimizer": "optimizer",
        "zero": "zero",
        "stage": "stage",
        "uneven": "uneven_stages",
        "pad": "pad_vocab",
        "collective": "collective",
    }
    options = {each: getattr(chosen, name, None) for each, name in names.items()}
    text = getattr(chosen, "parallel", None)
    if text is None and all(value is None for value in options.values()):
        return None
    return read_plan(text or "", options)


def _variant(chosen: argparse.Namespace) -> dict[str, Any]:
    """What the user wants trained; an argument that is given but empty is an error."""
    wanted = {name: getattr(chosen, name, None) for name in VARIANT}
    given = {name: text.strip() for name, text in wanted.items() if text is not None}
    for name, text in given.items():
        if not text:
            raise UsageError(f"--{name.replace('_', '-')} is empty: write what it is for")
    modules = given.pop("prediction", None)
    if modules is None:
        return dict(given)
    if not re.fullmatch(r"[1-9][0-9]{0,5}", modules):
        raise UsageError(f"--prediction {modules[:40]}: write a whole number from 1 on")
    return {**given, "prediction": int(modules)}


def convention(chosen: argparse.Namespace) -> Convention:
    """The way to count that the user chose."""
    from symcost.catalog import find
    from symcost.quantities.convention import changed

    return changed(
        find.convention(chosen.convention),
        causal=chosen.causal,
        mac=None if chosen.count is None else chosen.count == "mac",
        include=words(",".join(chosen.include)),
        exclude=words(",".join(chosen.exclude)),
        fused=chosen.fused,
        recompute=chosen.recompute,
        element_bytes=getattr(chosen, "element_bytes", None),
    )


def words(text: str) -> list[str]:
    """Words separated by commas."""
    return [word.strip() for word in text.split(",") if word.strip()]


def quantities(text: str) -> list[str]:
    """The quantities that one -q names; an empty one is kept, so that it is refused by name."""
    return words(text) or [text]


def sizes(settings: Sequence[str]) -> dict[str, int]:
    """Sizes as they were set, by symbol or alias."""
    found: dict[str, int] = {}
    for setting in settings:
        name, equals, value = setting.partition("=")
        digits = value.strip()
        number = whole(digits.removeprefix("-"))
        if not equals or number is None:
            shown = setting if len(setting) <= 100 else f"{setting[:100]}..."
            raise UsageError(
                f"--set {shown}: write a symbol, '=', a whole number, as in s=1024; {GROUPS}"
                if "," in digits
                else f"--set {shown}: write a symbol, '=', a whole number, as in s=1024"
            )
        if number >= 10**MOST_DIGITS:
            told = f"{len(str(number))} digits; at most {MOST_DIGITS} are taken"
            raise UsageError(f"--set {name}=...: {told}")
        number = -number if digits.startswith("-") else number
        if found.setdefault(name.strip(), number) != number:
            raise UsageError(f"--set {name} is given twice with different values")
    return found

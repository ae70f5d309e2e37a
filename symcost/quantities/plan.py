"""A plan: how training is spread over devices, and with which optimizer. It is data.

Degrees are symbols (n_dp, n_tp, n_pp, n_ep) with or without a value; what is not spread has no
symbol. Every quantity under a plan is of one device, in one step.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias, final

from symcost.algebra.dim import Dim, dim
from symcost.algebra.near import did_you_mean
from symcost.algebra.phrase import Phrase, joined, say
from symcost.algebra.poly import Poly
from symcost.quantities.optimizers import ADAM_MIXED, Optimizer, optimizer

if TYPE_CHECKING:
    from collections.abc import Mapping

OPEN = "open"
Degree: TypeAlias = "int | str"
DEGREES = {
    "dp": "data_ranks",
    "tp": "tensor_ranks",
    "pp": "stages",
    "ep": "expert_ranks",
    "micro": "micro_batches",
    "chunks": "stage_chunks",
}
STAGES = ("first", "middle", "last")
COLLECTIVES = ("ring", "tree")
KEPT = ("nothing", "optimizer states", "optimizer states and gradients", "all states")


class PlanError(ValueError):
    """A plan that cannot be: unknown words, or a degree that does not divide what it splits."""


@final
@dataclass(frozen=True)
class Plan:
    """Degrees of parallelism, ZeRO stage, optimizer, and which device is looked at.

    `dp`, `tp`, `pp`, `ep`, `micro` and `chunks` are whole numbers, or "open" for a symbol without
    a value. `sequence` also splits the activations between the blocks over the tensor ranks.
    Experts are spread over devices that share the data, so n_ep divides n_dp. `zero` 3 is FSDP.
    `stage` is the stage of the pipeline that the device belongs to. `pad` is the number whose
    multiple (times n_tp) the vocabulary is padded to; 0 pads nothing. `uneven` allows stages of
    different length and takes the longest. Sources: Rajbhandari et al. 2020, ZeRO, arXiv
    1910.02054; Shoeybi et al. 2019, Megatron-LM, arXiv 1909.08053; Narayanan et al. 2021, arXiv
    2104.04473; Korthikanti et al. 2022, arXiv 2205.05198; Rajbhandari et al. 2022, DeepSpeed-MoE,
    arXiv 2201.05596. Raises `PlanError` for a plan that contradicts itself.

    >>> symcost.Plan(dp=8, tp=4, zero=1).sentence().split("; ")[2:]
    ['per device, dp 8, tp 4', 'ZeRO 1: optimizer states spread, on the average of ranks']
    """

    dp: Degree = 1
    tp: Degree = 1
    pp: Degree = 1
    ep: Degree = 1
    micro: Degree = 1
    chunks: Degree = 1
    sequence: bool = False
    zero: int = 0
    optimizer: Optimizer = ADAM_MIXED
    stage: str = "first"
    pad: int = 0
    uneven: bool = False
    collective: str = "ring"

    def __post_init__(self) -> None:
        """Raises `PlanError` where two of the choices exclude each other."""
        for name in DEGREES:
            _check_degree(name, getattr(self, name))
        for value, known, what in (
            (self.zero, range(4), "the ZeRO stage"),
            (self.stage, STAGES, "the stage of the pipeline"),
            (self.collective, COLLECTIVES, "the collective"),
        ):
            if value not in known:
                listed = ", ".join(map(str, known))
                near = did_you_mean(str(value), map(str, known))
                raise PlanError(
                    f"{what} is one of {listed}; {str(value)[:40]!r} is none of them"
                    f"{near and '.'}{near}"
                )
        if not 0 <= self.pad <= 10**9:
            raise PlanError(f"the vocabulary cannot be padded to multiples of {self.pad}")
        self._check_together()

    def _check_together(self) -> None:
        """Refuses a choice that has nothing to act on, and choices that exclude each other."""
        for wrong, why in (*self._lonely(), *self._quarrels()):
            if wrong:
                raise PlanError(why)

    def _lonely(self) -> tuple[tuple[bool, str], ...]:
        return (
            (
                self.sequence and not self.on("tp"),
                "sequence parallelism splits over the tensor ranks: give tp too",
            ),
            (
                self.on("ep") and not self.on("dp"),
                "experts are spread over devices that share the data: give dp too",
            ),
            (
                bool(self.zero) and not self.on("dp"),
                "ZeRO spreads states over devices that share the data: give dp too",
            ),
            (
                self.stage != "first" and not self.on("pp"),
                f"without a pipeline there is no {self.stage} stage: give pp too",
            ),
            (
                self.uneven and not self.on("pp"),
                "without a pipeline there are no uneven stages: give pp too",
            ),
            (
                self.on("chunks") and not self.on("pp"),
                "without a pipeline nothing is cut into chunks: give pp too",
            ),
            (
                self.on("micro") and not self.on("pp"),
                "micro-batches change nothing but a pipeline's bubble: give pp too",
            ),
        )

    def _quarrels(self) -> tuple[tuple[bool, str], ...]:
        dp, ep = self.dp, self.ep
        return (
            (
                bool(self.zero) and not self.optimizer.elementwise,
                "ZeRO cuts the weights as one flat row of numbers, and the states of "
                f"{self.optimizer.name} do not follow that cut; choose --zero 0",
            ),
            (
                isinstance(dp, int) and isinstance(ep, int) and dp % ep != 0,
                f"ep = {ep} does not divide dp = {dp}; experts are spread over devices that share "
                "the data",
            ),
            (
                self.stage == "middle" and self.pp == 2,
                "a pipeline of 2 stages has no middle one: choose first or last",
            ),
            (
                self.on("chunks") and self.uneven,
                "interleaved chunks are worked out for even stages only",
            ),
            (
                self.zero > 1 and self.on("micro"),
                "ZeRO 2 and 3 reduce gradients after every micro-batch; their communication is "
                "worked out for one: leave micro out",
            ),
        )

    def degree(self, name: str) -> Poly:
        """A degree as a symbol; 1 where nothing is spread."""
        return Poly.of(1) if getattr(self, name) == 1 else Poly.of(dim(DEGREES[name]))

    def on(self, name: str) -> bool:
        """Whether something is spread in this way."""
        return bool(getattr(self, name) != 1)

    def values(self) -> dict[Dim, int]:
        """The degrees that have a value."""
        given = {word: getattr(self, name) for name, word in DEGREES.items()}
        return {dim(word): n for word, n in given.items() if isinstance(n, int) and n != 1}

    def dims(self) -> tuple[Dim, ...]:
        """The symbols of everything that is spread."""
        return tuple(dim(word) for name, word in DEGREES.items() if self.on(name))

    def sentence(self) -> Phrase:
        """The plan in words, for the top of every output."""
        words = [self.optimizer.sentence()]
        spread = [f"{name} {getattr(self, name)}" for name in DEGREES if self.on(name)]
        if spread:
            words.append(say("per device, {0}", ", ".join(spread)))
        else:
            words.append(say("one device"))
        if self.sequence:
            words.append(say("sequence parallel over the tensor ranks"))
        if self.on("pp"):
            longest = "longest of each kind of layer: a bound where there are several"
            length = longest if self.uneven else "even stages"
            words.append(say("{0} stage of the pipeline ({1})", say(self.stage), say(length)))
        if self.zero:
            kept = say(KEPT[self.zero])
            words.append(say("ZeRO {0}: {1} spread, on the average of ranks", str(self.zero), kept))
        if self.pad:
            words.append(say("vocabulary padded to a multiple of {0} n_tp", str(self.pad)))
        if self.collective != "ring":
            words.append(say("all-reduce by a double tree"))
        return joined("; ", words)


def _check_degree(name: str, value: object) -> None:
    if value == OPEN:
        return
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= 10**9:
        raise PlanError(
            f"{name} must be a whole number from 1 to 10^9, or {OPEN!r} for a symbol, "
            f"not {str(value)[:40]}"
        )


def read_plan(text: str, options: Mapping[str, str | int | bool | None]) -> Plan:
    """A plan as it is written: `"dp=8,tp=4,pp"`; a degree without a value stays a symbol.

    `sp` stands for sequence parallelism; where it has a value, that of tp. `options` are those of
    `Plan`, the optimizer by its name; None leaves one at its default. Raises `PlanError`.
    """
    degrees: dict[str, Degree] = {}
    for piece in (each.strip() for each in text.split(",") if each.strip()):
        name, equals, digits = (each.strip() for each in piece.partition("="))
        if name not in (*DEGREES, "sp"):
            known = ", ".join((*DEGREES, "sp"))
            raise PlanError(f"--parallel {piece[:40]}: write one of {known}, as in dp=8,tp=4")
        if name in degrees:
            raise PlanError(f"--parallel gives {name} twice")
        if equals and not (digits.isascii() and digits.isdigit() and len(digits) <= 10):
            raise PlanError(f"--parallel {piece[:40]}: write a whole number, as in {name}=8")
        degrees[name] = int(digits) if equals else OPEN
    sequence = degrees.pop("sp", None)
    if sequence is not None and "tp" in degrees and sequence not in (OPEN, degrees["tp"]):
        raise PlanError(
            f"sequence parallelism splits over the tensor ranks: sp = {sequence} must be tp"
        )
    chosen = {name: value for name, value in options.items() if value is not None}
    named = chosen.pop("optimizer", None)
    return Plan(
        **degrees,
        sequence=sequence is not None,
        optimizer=ADAM_MIXED if named is None else optimizer(str(named)),
        zero=int(chosen.get("zero", 0)),
        stage=str(chosen.get("stage", "first")),
        pad=int(chosen.get("pad", 0)),
        uneven=bool(chosen.get("uneven", False)),
        collective=str(chosen.get("collective", "ring")),
    )

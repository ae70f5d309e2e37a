"""The question itself: a number, a network or all of them, sizes where they are known."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, final

from symcost.algebra.dim import dim, find
from symcost.algebra.shown import Shown
from symcost.catalog import find as catalog
from symcost.graph.architecture import SizeError
from symcost.graph.author import build
from symcost.quantities.interpret import BYTE, FLOP
from symcost.questions.which.choices import at_length
from symcost.questions.which.claim import MAC, read_claim
from symcost.questions.which.network import Network, Setting
from symcost.questions.which.of_parameters import estimate_families, parameter_families
from symcost.questions.which.of_work import (
    cache_families,
    memory_families,
    state_families,
    work_families,
)
from symcost.questions.which.prove import Prover
from symcost.questions.which.search import matches

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from symcost.algebra.dim import Dim
    from symcost.graph.architecture import Architecture
    from symcost.graph.component import Component
    from symcost.questions.cost import Declared
    from symcost.questions.which.answers import Answer, Near
    from symcost.questions.which.claim import Claim
    from symcost.questions.which.families import Family
    from symcost.questions.which.search import Searched

MOST = 10
BATCH, TIME, PLACES = "batch", "time", "positions"
LENGTHS = tuple(2**power for power in range(7, 18))  # 128 to 131,072 tokens


@final
@dataclass(frozen=True)
class Naming(Shown):
    """What a number may be.

    `answers` are the sets that make it, fewest choices first; `more` how many counts meet it that
    were not looked at further; `near` the nearest misses where nothing makes it; `notes` what was
    assumed, and what was left out for want of a size.
    """

    claim: Claim
    answers: tuple[Answer, ...]
    more: int
    near: tuple[Near, ...]
    notes: tuple[str, ...]

    def __repr__(self) -> str:
        return f"<symcost naming of {self.claim.text}: {len(self.answers)} sets make it>"

    def __bool__(self) -> bool:
        """Whether anything was found."""
        return bool(self.answers)

    def report(self) -> dict[str, Any]:
        """All of it as plain data."""
        return {
            "number": self.claim.text,
            "exact": self.claim.exact,
            "found": bool(self),
            "answers": [each.report() for each in self.answers],
            "more": self.more,
            "near": [each.sentence for each in self.near],
            "notes": list(self.notes),
        }


def which(
    number: int | str,
    model: Declared | None = None,
    sizes: Mapping[str, int] | None = None,
    most: int | None = MOST,
) -> Naming:
    """Every set of conventions and quantities that makes a number; at most `most`, None for all.

    Without a model all published and declared ones are tried: their parameters and N, and the work
    of a token where sizes are given. Raises `QuestionError` for what is no number, and
    `SizeError` for sizes that the model, or every model, refuses.
    """
    claim, given = read_claim(number), dict(sizes or {})
    asked = _Of(claim) if model is None else _of_one(claim, model, given)
    found, near = matches(claim, asked.searched() if model else _of_all(asked, given))
    prover = Prover(least=most is not None and not claim.exact)
    looked_at = 0
    for match in found:
        full = most is not None and len(prover.answers) >= most
        if full and match.rank != found[looked_at - 1].rank:
            break  # matches of the same rank are other models with the same set
        prover.take(match)
        looked_at += 1
    return Naming(
        claim,
        tuple(prover.answers),
        len(found) - looked_at + prover.dropped,
        tuple(near),
        tuple(asked.notes),
    )


@final
@dataclass
class _Of:
    """What is searched: networks with the settings to try, and notes on both."""

    claim: Claim
    networks: list[tuple[Network, tuple[Setting, ...]]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def searched(self) -> Iterator[Searched]:
        """Everything that one network counts, setting by setting."""
        for network, settings in self.networks:
            for setting in settings:
                for family in self._everything(network, setting):
                    yield network, setting, family
            self.notes += _open(network, settings)

    def _everything(self, network: Network, setting: Setting) -> Iterator[Family]:
        yield from parameter_families(network, setting, wide=True)
        if self.is_work:
            yield from estimate_families(network, setting, wide=True)
            yield from work_families(network, setting, wide=True)
        if self.claim.fits(BYTE):
            yield from cache_families(network, setting, wide=True)
            if setting.choice is None or self.claim.exact:  # else anything comes near
                yield from memory_families(network, setting)
            if setting.choice is None:  # no length changes these
                yield from state_families(network, setting)

    def usual(self, network: Network, setting: Setting, *, sized: bool) -> Iterator[Family]:
        """What is counted of one network among many."""
        yield from parameter_families(network, setting, wide=False)
        if self.is_work:
            yield from estimate_families(network, setting, wide=False)
        if sized and self.is_work:
            yield from work_families(network, setting, wide=False)
        if sized and self.claim.fits(BYTE):
            yield from cache_families(network, setting, wide=False)

    @property
    def is_work(self) -> bool:
        """Whether the number may be one of operations."""
        return self.claim.fits(FLOP) or self.claim.fits(MAC)


def _open(network: Network, settings: tuple[Setting, ...]) -> Iterator[str]:
    """The sizes that stayed without a value, so that something was not counted."""
    tried = {each for setting in settings for each in setting.values}
    left = sorted(network.open - tried, key=lambda each: each.key)
    if left:
        flags = " ".join(f"--set {each.symbol}=..." for each in left)
        what = " and ".join(f"{each.symbol} ({each.meaning})" for each in left)
        yield f"not tried, what needs {what}: {flags}"


# -- one model -------------------------------------------------------------------------------------


def _of_one(claim: Claim, model: Declared, given: Mapping[str, int]) -> _Of:
    """Every count of one model: at the length that is set, or at its context and usual lengths."""
    network = Network(model.architecture, model.root)
    values = {each: bound.value for each, bound in model.binding(**given).items()}
    assumed: frozenset[Dim] = frozenset()
    notes: list[str] = []
    batch, time, places = dim(BATCH), dim(TIME), dim(PLACES)
    if batch in network.root.dims and batch not in values:
        values[batch] = 1
        assumed = frozenset({batch})
        notes.append("B = 1 assumed")
    settings = [Setting(values, assumed)]
    if time not in network.root.dims or time in values:
        return _Of(claim, [(network, tuple(settings))], notes)
    lengths: dict[int, bool] = dict.fromkeys(LENGTHS, False)
    if places in values:
        lengths = {values[places]: True, **lengths, values[places]: True}
    for length, is_own in lengths.items():
        try:
            model.binding(**{**given, time.symbol: length})
        except SizeError:
            continue  # beyond the position table
        choice = None if is_own else at_length(length)
        settings.append(Setting({**values, time: length}, assumed | {time}, choice))
    own = f"n_ctx = {values[places]:,} and " if places in values else ""
    usual = f"powers of two from {LENGTHS[0]} to {LENGTHS[-1]:,}"
    notes.append(f"s is not set: {own}{usual} were tried as far as they can be")
    return _Of(claim, [(network, tuple(settings))], notes)


# -- all models ------------------------------------------------------------------------------------


def _of_all(asked: _Of, given: Mapping[str, int]) -> Iterator[Searched]:
    """Parameters and N of every model that there is; with sizes also work and cache."""
    wanted = {find(name): value for name, value in given.items()}
    names = dict.fromkeys((*catalog.architectures(), *catalog.presets()))
    refused = 0
    for name in names:
        architecture = catalog.architecture(name)
        root = build(architecture.declaration, name, **architecture.flags)
        try:
            setting = _fitting(architecture, root, wanted)
        except SizeError:
            refused += 1
            continue
        network = Network(architecture, root)
        for family in asked.usual(network, setting, sized=bool(wanted)):
            yield network, setting, family
    if refused == len(names):
        raise SizeError("no model can have these sizes; name one with --model to learn why")
    what = (
        "all but elementwise work, activations and traffic"
        if wanted
        else ("parameters, their bytes, and numbers times N of a token")
    )
    asked.notes.append(f"no model is named: {what} of {len(names) - refused} models")
    asked.notes.append(
        "--model NAME tries everything" if wanted else "--set s=... or --model NAME tries more"
    )


def _fitting(architecture: Architecture, root: Component, wanted: Mapping[Dim, int]) -> Setting:
    """The sizes of a model with those that are given, and B = 1 where it is not among them.

    Raises `SizeError` for a model that cannot have them, or has no such symbol.
    """
    values = {each: held.value for each, held in architecture.bind(wanted, root).items()}
    batch = dim(BATCH)
    if wanted and batch in root.dims and batch not in values:
        return Setting({**values, batch: 1}, frozenset({batch}))
    return Setting(values)

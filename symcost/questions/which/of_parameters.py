"""Counts that are made of weights: parameters, their bytes, and numbers times N."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING

from symcost.algebra.dim import dim
from symcost.algebra.poly import tidy
from symcost.graph.tensor import PRODUCTS, Role
from symcost.quantities.convention import DEFAULT, ELEMENTWISE
from symcost.quantities.interpret import BYTE, PARAMETER
from symcost.quantities.params_parts import TABLES
from symcost.questions.which import choices as say
from symcost.questions.which.families import Family, Form
from symcost.questions.which.recipe import Recipe

if TYPE_CHECKING:
    from collections.abc import Iterator

    from symcost.algebra.poly import Number
    from symcost.questions.which.choices import Choice
    from symcost.questions.which.network import Network, Roles, Setting

EVERYTHING = replace(DEFAULT, name="everything", flops=PRODUCTS | ELEMENTWISE)


def parameter_families(network: Network, setting: Setting, *, wide: bool) -> Iterator[Family]:
    """Parameters and their bytes; also those of one layer where the search is wide."""
    sums = network.sums("params", EVERYTHING, "batch", setting.values)
    if not sums:
        return
    roles, untied = sums[()], network.untied(setting.values)
    yield _parameters(roles, Recipe("params", "params"))
    if untied is not None:
        own = Recipe("params", "params", choices=(say.UNTIED,), untied=True)
        yield _parameters(_with_head(roles, untied), own)
    if any(role in roles for role in TABLES):
        tables = {role: number for role, number in roles.items() if role in TABLES}
        rest = {role: number for role, number in roles.items() if role not in TABLES}
        yield _parameters(rest, Recipe("params_non_embedding", "params_non_embedding"))
        yield _parameters(tables, Recipe("params_embedding", "params_embedding"))
    met = network.sums("params_active", EVERYTHING, "batch", setting.values)
    if met and met[()] != roles:
        yield _parameters(met[()], Recipe("params_active", "params_active"))
    for layer, inside in sums.items() if wide else ():
        if layer:
            one = Recipe("params", "params", choices=(say.one_of(layer),), layer=layer)
            yield _parameters(inside, one)


def _parameters(roles: Roles, recipe: Recipe) -> Family:
    forms = [Form(recipe, PARAMETER)]
    if recipe.taken == "params":
        forms += [
            Form(
                replace(
                    recipe,
                    quantity="weight_bytes",
                    times=size,
                    choices=(*recipe.choices, *choices),
                ),
                BYTE,
                times=size,
            )
            for size, choices in say.WEIGHT_BYTES.items()
        ]
    return Family(roles, tuple(forms), say.OF_PARAMETERS, say.ALONE)


def estimate_families(network: Network, setting: Setting, *, wide: bool) -> Iterator[Family]:
    """A number times N, and 6 N with the work of attention's products added."""
    if dim("time") not in network.root.dims:
        return
    forms = [*_times_n(network, setting), *(_with_attention(network, setting) if wide else ())]
    for roles, recipe in _meanings_of_n(network, setting):
        owned = tuple(
            replace(
                form,
                recipe=replace(
                    form.recipe,
                    taken=recipe.taken,
                    left_out=recipe.left_out,
                    untied=recipe.untied,
                    choices=(*recipe.choices, *form.recipe.choices),
                ),
            )
            for form in forms
        )
        alone = {Role.MATRIX: say.N_OF_MATRICES} if not recipe.choices else {}
        yield Family(roles, owned, say.OF_PARAMETERS, alone)


def _meanings_of_n(network: Network, setting: Setting) -> Iterator[tuple[Roles, Recipe]]:
    """What N may be: the roles counted, and a recipe that counts them."""
    sums = network.sums("params", EVERYTHING, "batch", setting.values)
    if not sums:
        return

    def of(
        roles: Roles, taken: str, out: tuple[Role, ...], *choices: Choice, untied: bool = False
    ) -> tuple[Roles, Recipe]:
        kept = {role: number for role, number in roles.items() if role not in out}
        left = frozenset(out) & frozenset(roles)
        return kept, Recipe("", taken, choices=choices, left_out=left, untied=untied)

    roles, untied = sums[()], network.untied(setting.values)
    yield of(roles, "params", TABLES)
    if any(role in roles for role in TABLES):
        yield of(roles, "params", (), say.N_OF_ALL)
    if Role.POSITION in roles:
        yield of(roles, "params", (Role.POSITION,), say.N_WITHOUT_POSITIONS)
    if untied is not None:
        yield of(_with_head(roles, untied), "params", TABLES, say.N_UNTIED, untied=True)
    met = network.sums("params_active", EVERYTHING, "batch", setting.values)
    if met and met[()] != roles:
        yield of(met[()], "params_active", TABLES, say.N_ACTIVE)
        yield of(met[()], "params_active", (), say.N_ACTIVE, say.N_OF_ALL)


def _with_head(roles: Roles, untied: Number) -> Roles:
    before = roles.get(Role.HEAD, 0)
    return {**roles, Role.HEAD: None if before is None else before + untied}


def _times_n(network: Network, setting: Setting) -> Iterator[Form]:
    """6 N, 2 N, 4 N and 8 N, in FLOPs and MACs, of a token, a sequence, a batch."""
    for scope, tokens in _token_counts(network, setting):
        for times, (quantity, choices) in say.ESTIMATES.items():
            scopes = say.SCOPES_OF_SIX_N if quantity == "flops_train_6n" else say.SCOPES
            for mac in (False, True):
                factor = times // 2 if mac else times
                convention = replace(DEFAULT, mac=mac)
                words = (*choices, *((say.MAC,) if mac else ()), *scopes[scope])
                recipe = Recipe(quantity, "", scope, convention, words, times=factor, tokens=True)
                yield Form(recipe, convention.unit, times=factor * tokens)


def _with_attention(network: Network, setting: Setting) -> Iterator[Form]:
    """6 N + attention, as in PaLM's appendix B: 6 N + 12 L h d_h s of a token."""
    for scope, tokens in _token_counts(network, setting):
        for causal, choices in say.CAUSAL.items():
            counted = replace(EVERYTHING, causal=causal)
            sums = network.sums("flops_train", counted, scope, setting.values)
            plain = network.sums("flops_train", EVERYTHING, scope, setting.values)
            work = sums.get((), {}).get(Role.ATTENTION)
            if not work or (causal != "none" and sums == plain):
                continue
            for mac in (False, True):
                words = (
                    say.SIX_N_AND_ATTENTION,
                    *choices,
                    *((say.MAC,) if mac else ()),
                    *say.SCOPES[scope],
                )
                factor = 3 if mac else 6
                convention = replace(DEFAULT, causal=causal, mac=mac)
                recipe = Recipe(
                    "flops_train",
                    "",
                    scope,
                    convention,
                    words,
                    times=factor,
                    tokens=True,
                    attention=True,
                )
                yield Form(recipe, convention.unit, factor * tokens, _half(work) if mac else work)


def _half(number: Number) -> Number:
    return tidy(Fraction(number) / 2)


def _token_counts(network: Network, setting: Setting) -> Iterator[tuple[str, Number]]:
    """How many tokens each scope has, where that is known."""
    time, batch = (setting.values.get(dim(word)) for word in ("time", "batch"))
    for scope in network.scopes(setting):
        if scope == "token":
            yield scope, 1
        elif time is not None and (scope == "sequence" or batch is not None):
            yield scope, time if scope == "sequence" else time * (batch or 1)

"""Counts of work and of bytes that grow with the tokens, and of what training keeps."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING

from symcost.algebra.poly import tidy
from symcost.catalog import find as catalog
from symcost.graph.tensor import PRODUCTS
from symcost.quantities.convention import DEFAULT, ELEMENTWISE
from symcost.quantities.interpret import BYTE
from symcost.quantities.optimizers import ADAM_MIXED, OPTIMIZERS
from symcost.quantities.plan import Plan
from symcost.questions.which import choices as say
from symcost.questions.which.families import Family, Form
from symcost.questions.which.network import together
from symcost.questions.which.of_parameters import EVERYTHING
from symcost.questions.which.recipe import Recipe

if TYPE_CHECKING:
    from collections.abc import Iterator

    from symcost.quantities.convention import Convention
    from symcost.questions.which.choices import Choice
    from symcost.questions.which.network import Network, Roles, Setting, Sums

WORK = (
    ("flops_forward", "none"),
    ("flops_backward", "none"),
    ("flops_train", "none"),
    ("flops_train", "full"),
    ("flops_train", "selective"),
)
TRAFFIC = ("traffic_bytes", "traffic_backward_bytes", "traffic_train_bytes")
STATES = ("gradient_bytes", "optimizer_bytes", "training_state_bytes")
# Counted here or with the parameters, in ways of their own.
HANDLED = frozenset(
    {"params", "params_embedding", "params_non_embedding", "params_active", "weight_bytes"}
    | {"flops_forward", "flops_backward", "flops_train", "flops_train_6n"}
    | {"kv_cache_bytes", "activation_bytes", *TRAFFIC, *STATES}
)


def work_families(network: Network, setting: Setting, *, wide: bool) -> Iterator[Family]:
    """Forward, backward and training work."""
    for scope in network.scopes(setting):
        for quantity, policy in WORK if wide else WORK[:3]:
            plain: Sums = {}
            for causal in say.CAUSAL if wide else ("none", "half"):
                counted = _counting(EVERYTHING, causal, policy)
                sums = _sums(network, setting, quantity, counted, scope)
                if sums == plain:
                    continue  # there is no causal square, or it has no value
                plain = plain or sums
                choices = (*say.CAUSAL[causal], *say.RECOMPUTED[policy], *say.SCOPES[scope])
                recipe = Recipe(
                    quantity, quantity, scope, _counting(DEFAULT, causal, policy), choices
                )
                for layer, roles in sums.items():
                    if wide or not layer:
                        yield from _work(roles, _of_layer(recipe, layer), wide=wide)


def _sums(
    network: Network, setting: Setting, quantity: str, counted: Convention, scope: str
) -> Sums:
    """The sums of a quantity; those of training are forward and backward, which are known."""
    if quantity != "flops_train" or counted.policy != "none":
        return network.sums(quantity, counted, scope, setting.values)
    return together(
        network.sums("flops_forward", counted, scope, setting.values),
        network.sums("flops_backward", counted, scope, setting.values),
    )


def _counting(base: Convention, causal: str, policy: str) -> Convention:
    full, core = policy == "full", policy == "selective"
    return replace(base, causal=causal, recompute=full, recompute_core=core)


def _of_layer(recipe: Recipe, layer: tuple[str, ...]) -> Recipe:
    if not layer:
        return recipe
    return replace(recipe, layer=layer, choices=(*recipe.choices, say.one_of(layer)))


def _work(roles: Roles, recipe: Recipe, *, wide: bool) -> Iterator[Family]:
    """FLOPs, MACs, and FLOPs with all elementwise work."""
    products = {role: number for role, number in roles.items() if role in PRODUCTS}
    counted = recipe.convention
    yield _products(products, recipe)
    mac = replace(recipe, convention=replace(counted, mac=True), choices=(say.MAC, *recipe.choices))
    yield _products({role: _half(n) for role, n in products.items()}, mac)
    every = {r: n for r, n in roles.items() if r in PRODUCTS or r in ELEMENTWISE}
    if wide and len(every) > len(products):
        more = replace(
            recipe,
            convention=replace(counted, flops=PRODUCTS | ELEMENTWISE),
            choices=(say.ELEMENTWISE_TOO, *recipe.choices),
        )
        yield Family(every, (Form(more, counted.unit),), say.OF_WORK)


def _half(number: int | Fraction | None) -> int | Fraction | None:
    return None if number is None else tidy(Fraction(number) / 2)


def _products(roles: Roles, recipe: Recipe) -> Family:
    unit = recipe.convention.unit
    forms = [Form(recipe, unit)]
    if recipe.quantity == "flops_forward":
        for times, choice in ((3, say.THREE_TIMES), (4, say.FOUR_TIMES)):
            several = replace(
                recipe, quantity="flops_train", times=times, choices=(choice, *recipe.choices)
            )
            forms.append(Form(several, unit, times=times))
    return Family(roles, tuple(forms), say.OF_WORK, say.WORK_ALONE)


def cache_families(network: Network, setting: Setting, *, wide: bool) -> Iterator[Family]:
    """Keys, values and states that are kept for later tokens."""
    one = replace(EVERYTHING, element_bytes=1)
    for scope in network.scopes(setting):
        sums = network.sums("kv_cache_bytes", one, scope, setting.values)
        for layer, roles in sums.items():
            if layer and not wide:
                continue
            recipe = _of_layer(
                Recipe("kv_cache_bytes", "kv_cache_bytes", scope, choices=say.SCOPES[scope]), layer
            )
            yield Family(roles, tuple(_by_bytes(recipe)))


def _by_bytes(recipe: Recipe) -> Iterator[Form]:
    """A count that is proportional to the bytes of an element."""
    for size, choices in say.ELEMENT_BYTES.items():
        sized = replace(
            recipe,
            convention=replace(recipe.convention, element_bytes=size),
            choices=(*choices, *recipe.choices),
        )
        yield Form(sized, BYTE, times=size)


def memory_families(network: Network, setting: Setting) -> Iterator[Family]:
    """Activations and traffic: bytes of a batch."""
    for fused, choices in say.FUSED.items():
        for policy, again in say.RECOMPUTED.items():
            for size, sizes in say.ELEMENT_BYTES.items():
                counted = replace(_counting(DEFAULT, "none", policy), element_bytes=size)
                yield from _plain(
                    network,
                    setting,
                    "activation_bytes",
                    replace(counted, fused=fused),
                    (*sizes, *again, *choices),
                )
        for quantity in TRAFFIC:
            one = replace(EVERYTHING, element_bytes=1, fused=fused)
            roles = network.sums(quantity, one, "batch", setting.values).get((), {})
            recipe = Recipe(quantity, quantity, "batch", replace(DEFAULT, fused=fused), choices)
            yield Family(roles, tuple(_by_bytes(recipe)))


def state_families(network: Network, setting: Setting) -> Iterator[Family]:
    """Gradients and states of every optimizer, and whatever else the catalog counts."""
    for optimizer in OPTIMIZERS:
        usual = optimizer is ADAM_MIXED
        choices = () if usual else (say.optimizer(optimizer.name),)
        counted = replace(DEFAULT, plan=Plan(optimizer=optimizer))
        for quantity in STATES:
            yield from _plain(network, setting, quantity, counted, choices)
    for name in catalog.quantities():
        if name not in HANDLED:
            yield from _plain(network, setting, name, DEFAULT, ())


def _plain(
    network: Network,
    setting: Setting,
    quantity: str,
    convention: Convention,
    choices: tuple[Choice, ...],
) -> Iterator[Family]:
    """A quantity as a whole, under one convention."""
    roles = network.sums(quantity, convention, "batch", setting.values).get((), {})
    unit = catalog.quantity(quantity).unit
    recipe = Recipe(quantity, quantity, "batch", convention, choices)
    if roles:
        yield Family(roles, (Form(recipe, unit),))

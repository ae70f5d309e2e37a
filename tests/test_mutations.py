"""Change one thing anywhere, in a proof or in a declaration: it is refused or a fact fails."""

from __future__ import annotations

import inspect
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cache
from itertools import islice
from typing import TYPE_CHECKING, Any

import pytest

import symcost
from symcost.algebra.dim import dim
from symcost.algebra.form import (
    Form,
    Function,
    Named,
    Num,
    Power,
    Product,
    Quotient,
    Sum,
    Sym,
    Under,
    evaluate,
)
from symcost.algebra.numbers import with_numbers
from symcost.algebra.plain import people
from symcost.algebra.proof import BrokenChainError, Derivation, FalseStepError, Step
from symcost.catalog.find import quantities
from symcost.graph.author import Author
from symcost.graph.component import Component, DeclarationError, Part
from symcost.graph.tensor import Kind, Role
from symcost.quantities.convention import KAPLAN, TORCH
from symcost.quantities.flops_forward import FLOPS_FORWARD
from symcost.quantities.flops_train import FLOPS_TRAIN
from symcost.quantities.interpret import MissingRuleError, Quantity
from symcost.quantities.ledger import LedgerError
from symcost.quantities.params import PARAMS
from symcost.quantities.prove import Wish, derive
from symcost.quantities.six_n import explain_six_n
from tests.test_power import EXACT, FACTS, failing, rebuilt, root_of, weights
from tests.test_properties import Large, read

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

STRANGER = dim("experts")  # occurs in none of the models

# -- proofs ----------------------------------------------------------------------------------------


def mutants(form: Form) -> Iterator[Form]:
    """The form with one number, exponent or symbol changed, or one term or factor left out."""
    match form:
        case Num(value):
            yield Num(value + 1)
        case Sym():
            yield Sym(STRANGER)
        case Named(letter, label, value):
            yield from (Named(letter, label, each) for each in mutants(value))
        case Under(body, label):
            yield from (Under(each, label) for each in mutants(body))
        case Power(base, exponent):
            yield Power(base, exponent + 1)
            yield from (Power(each, exponent) for each in mutants(base))
        case Quotient(top, bottom):
            yield from (Quotient(each, bottom) for each in mutants(top))
            yield from (Quotient(top, each) for each in mutants(bottom))
        case Product(parts) | Sum(parts) | Function(_, parts):
            yield from _of_many(form, parts)


def _of_many(form: Product | Sum | Function, parts: tuple[Form, ...]) -> Iterator[Form]:
    def again(changed: tuple[Form, ...]) -> Form:
        return (
            Function(form.function, changed) if isinstance(form, Function) else type(form)(changed)
        )

    for at, part in enumerate(parts):
        if len(parts) > 1:
            yield again((*parts[:at], *parts[at + 1 :]))
        yield from (again((*parts[:at], each, *parts[at + 1 :])) for each in mutants(part))


def all_claims(claim: Derivation) -> Iterator[Derivation]:
    yield claim
    for child in claim.children:
        yield from all_claims(child)


@cache
def claims_of(model: str) -> tuple[Derivation, ...]:
    """Every derivation of every quantity, under two conventions, in every style of writing."""
    loaded = symcost.load(model)
    found: dict[Derivation, None] = {}
    for quantity in quantities().values():
        for convention, style in ((TORCH, None), (EXACT, "factored"), (TORCH, "leading")):
            ledger = quantity.ledger(loaded.root, convention)
            relations = loaded.architecture.relations
            claim = derive(ledger, loaded.root, quantity.letter, relations, Wish(style))
            found.update(dict.fromkeys(all_claims(claim)))
    return tuple(found)


@cache
def steps_of(model: str) -> tuple[Step, ...]:
    """Every step: of the claims, of the numbers put in, of the 2 and the 3 in 6 N."""
    loaded = symcost.load(model)
    values = {each: bound.value for each, bound in loaded.binding(B=2, s=1024).items()}
    six = explain_six_n(loaded.root, TORCH, loaded.architecture.relations)
    found = dict.fromkeys((six.forward, six.backward, six.train))
    for claim in claims_of(model):
        found.update(dict.fromkeys(claim.steps))
        found.update(dict.fromkeys(with_numbers(claim.result, values)))
    return tuple(found)


def numbers_under(step: Step) -> Large:
    """A number for every symbol, such that the relations of the step hold."""
    values = Large()
    for relation in step.given:
        values[relation.dim.symbol] = read(people(relation.sides()[1]), values)
        left, right = (read(people(side), values) for side in relation.sides())
        values[relation.dim.symbol] *= right / left
    return values


def assert_refused(step: Step, wrong: Form) -> None:
    """The false step is not built; its message shows both sides and what lies between."""
    with pytest.raises(FalseStepError) as error:
        Step(step.before, wrong, step.rule, step.reason, step.given, step.by)
    text = str(error.value)
    assert text.startswith(f"'{step.rule.value}' is false")
    assert f": left {people(step.before)}, right {people(wrong)}, left minus right " in text
    for relation in step.given:
        assert " = ".join(map(people, relation.sides())) in text
    values = numbers_under(step)
    between = read(text.rpartition("left minus right ")[2], values)
    by_dim = {each: values[each.symbol] for each in symcost.algebra.dim.all_dims()}
    assert between == evaluate(step.before, by_dim) - evaluate(wrong, by_dim) != 0


@pytest.mark.parametrize("model", FACTS)
def test_no_step_survives_a_change_of_its_right_side(model: str) -> None:
    tried = 0
    for at, step in enumerate(steps_of(model)):
        # Every third place, each step beginning at another one: all places get their turn.
        for wrong in islice(mutants(step.after), at % 3, None, 3):
            assert_refused(step, wrong)
            tried += 1
    assert tried > 1000


@pytest.mark.parametrize("model", FACTS)
def test_no_chain_survives_a_missing_step(model: str) -> None:
    tried = 0
    for claim in claims_of(model):
        for at in range(len(claim.steps) - 1):
            with pytest.raises(BrokenChainError, match="breaks"):
                replace(claim, steps=(*claim.steps[:at], *claim.steps[at + 1 :]))
            tried += 1
    assert tried > 20


@pytest.mark.parametrize("model", FACTS)
def test_no_chain_ends_at_another_claim(model: str) -> None:
    for claim in claims_of(model):
        for wrong in islice(mutants(claim.result), 0, None, 3):
            with pytest.raises(BrokenChainError, match="the chain ends at"):
                replace(claim, name=replace(claim.name, value=wrong))


@pytest.mark.parametrize("model", FACTS)
def test_no_chain_starts_elsewhere(model: str) -> None:
    for claim in claims_of(model):
        for wrong in islice(mutants(claim.start), 0, None, 3):
            with pytest.raises(BrokenChainError):
                replace(claim, start=wrong)


# -- rules and ledgers -----------------------------------------------------------------------------


@pytest.mark.parametrize("kind", Kind)
@pytest.mark.parametrize(
    "quantity", [each for each in quantities().values() if isinstance(each, Quantity)]
)
def test_a_quantity_needs_a_rule_for_every_kind(quantity: Quantity, kind: Kind) -> None:
    rules = {each: rule for each, rule in quantity.rules.items() if each is not kind}
    with pytest.raises(MissingRuleError, match=f"has no rule for {kind.value};"):
        replace(quantity, rules=rules)


def test_unlike_ledgers_are_not_added() -> None:
    root = root_of("gpt2")
    forward = FLOPS_FORWARD.ledger(root, TORCH)
    for other in (
        PARAMS.ledger(root, TORCH),
        FLOPS_FORWARD.ledger(root, KAPLAN),
        FLOPS_FORWARD.ledger(root, TORCH, "token"),
        FLOPS_FORWARD.ledger(root, replace(TORCH, mac=True)),
    ):
        with pytest.raises(LedgerError):
            forward + other
    assert (forward + forward).total == 2 * forward.total


# -- declarations ----------------------------------------------------------------------------------

# The methods through which a declaration says its axes, and the argument that says them.
SPOKEN = {
    "input": "axes",
    "weight": "axes",
    "linear": "arrow",
    "contract": "pattern",
    "gather": "arrow",
}


@dataclass(frozen=True)
class Said:
    """The nth call of a method, and the text it is given."""

    method: str
    nth: int
    text: str


@contextmanager
def overheard(change: Callable[[Said], str]) -> Iterator[None]:
    """Every text of axes on its way into the author, and the chance to change it."""
    calls = dict.fromkeys(SPOKEN, 0)

    def listening(method: str) -> Callable[..., Any]:
        original = getattr(Author, method)
        signature = inspect.signature(original)

        def call(*args: Any, **kwargs: Any) -> Any:
            bound = signature.bind(*args, **kwargs)
            said = Said(method, calls[method], bound.arguments[SPOKEN[method]])
            calls[method] += 1
            bound.arguments[SPOKEN[method]] = change(said)
            return original(*bound.args, **bound.kwargs)

        return call

    with pytest.MonkeyPatch.context() as patch:
        for method in SPOKEN:
            patch.setattr(Author, method, listening(method))
        yield


# An architecture is complete once its declaration was built, which is not to be overheard.
ARCHITECTURES = {model: symcost.load(model).architecture for model in FACTS}


def built(model: str) -> Component:
    return symcost.Model(ARCHITECTURES[model]).root


def sayings(model: str) -> list[Said]:
    heard: list[Said] = []

    def listen(said: Said) -> str:
        heard.append(said)
        return said.text

    with overheard(listen):
        built(model)
    return heard


def built_with(model: str, said: Said, text: str) -> Component | None:
    """The model with one text changed, or None where the author refuses it."""
    with overheard(lambda heard: text if heard == said else heard.text):
        try:
            return built(model)
        except DeclarationError:
            return None


def changed_texts(text: str) -> Iterator[str]:
    """One word left out or said twice, for every word; the signs stay."""
    words = text.replace(",", " , ").split()
    for at, word in enumerate(words):
        if word not in (",", "->"):
            yield " ".join((*words[:at], *words[at + 1 :]))
            yield " ".join((*words[: at + 1], *words[at:]))


SAYINGS = [
    (model, said, text)
    for model in FACTS
    for said in sayings(model)
    for text in changed_texts(said.text)
]


@pytest.mark.parametrize(
    ("model", "said", "text"),
    SAYINGS,
    ids=[f"{model}: {said.method} {said.nth}: {text}" for model, said, text in SAYINGS],
)
def test_no_axis_can_be_left_out_or_said_twice(model: str, said: Said, text: str) -> None:
    changed = built_with(model, said, text)
    assert changed is None or failing(model, changed)


@pytest.mark.parametrize("model", FACTS)
def test_a_missing_causal_mask_is_noticed(model: str) -> None:
    original = Author.contract
    for name in ("scores", "mix"):

        def unmasked(*args: Any, mask: str, hit: str = name, **kwargs: Any) -> Any:
            return original(*args, mask="" if kwargs["name"] == hit else mask, **kwargs)

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(Author, "contract", unmasked)
            assert failing(model, built(model)) == ["causal pairs"]


def repeats(root: Component) -> Iterator[Part]:
    for item in root.body:
        if isinstance(item, Part):
            yield from repeats(item.component)
            if item.times != 1:
                yield item


def with_times(root: Component, part: Part) -> Component:
    """One copy more of a part."""
    body = [
        replace(
            item,
            component=with_times(item.component, part),
            times=item.times + (1 if item is part else 0),
        )
        if isinstance(item, Part)
        else item
        for item in root.body
    ]
    return replace(root, body=tuple(body))


@pytest.mark.parametrize("model", FACTS)
def test_one_copy_more_is_noticed(model: str) -> None:
    found = list(repeats(root_of(model)))
    assert found
    for part in found:
        assert "parameters" in failing(model, with_times(root_of(model), part))


@pytest.mark.parametrize("model", FACTS)
def test_a_frozen_matrix_is_noticed(model: str) -> None:
    tried = 0
    for _, weight in weights(root_of(model)):
        if weight.role is Role.MATRIX:
            frozen = replace(weight, trainable=False, needs_gradient=False)
            failed = failing(model, rebuilt(root_of(model), {id(weight): frozen}))
            assert failed == ["training FLOPs"]
            tried += 1
    assert tried == 6
    assert FLOPS_TRAIN.ledger(root_of(model), TORCH).total

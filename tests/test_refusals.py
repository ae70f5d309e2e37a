"""What a declaration may not do, and what a page says where a rule has nothing to work on."""

from __future__ import annotations

import pytest

import symcost
from symcost.algebra.dim import DimensionError, define, dim
from symcost.algebra.identity import Relation, RelationError, solve
from symcost.algebra.poly import Call, Poly
from symcost.algebra.proof import limit
from symcost.algebra.ratio import Ratio
from symcost.components.embedding import logits
from symcost.components.feed_forward import feed_forward
from symcost.graph.architecture import Architecture
from symcost.graph.author import Author, build
from symcost.graph.component import DeclarationError
from symcost.graph.tensor import PRODUCTS, Role, Tensor
from symcost.quantities.convention import ALL, Convention, ConventionError
from symcost.quantities.params import PARAMS
from symcost.quantities.prove import Wish, derive

D, H, S = (Poly.of(dim(word)) for word in ("model", "heads", "time"))


def stacked_wrongly(a: Author) -> Tensor:
    x = a.input("batch time model")
    return a.repeat("p", "heads", one_map, x, stack="feed")


def one_map(a: Author) -> Tensor:
    return a.map("relu", a.input("batch time model"))


def resized(a: Author) -> Tensor:
    a.axis("w", 3)
    y = a.linear("A", a.input("batch time model"), "model -> w")
    a.axis("w", 5)
    return a.map("relu", y)


def part_resizes(a: Author) -> Tensor:
    return a.part("inner", resizes_model, a.input("batch time model"))


def resizes_model(a: Author) -> Tensor:
    x = a.input("batch time model")
    a.axis("model", 7)
    return a.map("relu", x)


def remembers_twice(a: Author) -> Tensor:
    return a.remember(a.input("batch time past"))


def weight_lost(a: Author) -> Tensor:
    x = a.input("batch time model")
    return a.part("inner", ignores_weight, x, a.weight("g", "model"))


def ignores_weight(a: Author) -> Tensor:
    x = a.input("batch time model")
    a.input("model", "g")
    return a.map("relu", x)


def part_named_as_weight(a: Author) -> Tensor:
    x = a.input("batch time model")
    y = a.map("add", x, a.weight("norm", "model"), name="shift")
    return a.part("norm", one_map, y)


def weight_named_as_part(a: Author) -> Tensor:
    y = a.part("norm", one_map, a.input("batch time model"))
    return a.map("add", y, a.weight("norm", "model"), name="shift")


def repeats_nothing(a: Author) -> Tensor:
    return a.repeat("layer", "layers", one_map)


def maps_nothing(a: Author) -> Tensor:
    return a.map("relu")


def maps_as_product(a: Author) -> Tensor:
    return a.map("gelu", a.input("batch time model"), role=Role.MATRIX)


@pytest.mark.parametrize(
    ("declaration", "message"),
    [
        (stacked_wrongly, "'p': h copies cannot stand along 'feed', which has the size d_ff"),
        (resized, "'w': the axis is in use with the size 3; take another name"),
        (part_resizes, "'model': the axis is in use with the size d; take another name"),
        (remembers_twice, "'remember x': x has the axis 'past' already"),
        (weight_lost, "'g': the input is never used"),
        (
            part_named_as_weight,
            "'norm': there already is a weight of this name here; choose another",
        ),
        (weight_named_as_part, "'norm': there already is a part of this name here; choose another"),
        (repeats_nothing, "'layer': a repeated part needs an input"),
        (maps_nothing, "'relu': a map needs a tensor to work on"),
        (maps_as_product, "'gelu': the role 'matrix' is for products; this is elementwise"),
    ],
)
def test_a_declaration_that_cannot_mean_anything(declaration: object, message: str) -> None:
    assert callable(declaration)
    with pytest.raises(DeclarationError) as error:
        build(declaration)
    assert str(error.value) == f"test_refusals.py, {message}"


def test_an_embedding_is_no_multiply_add() -> None:
    with pytest.raises(ConventionError):
        Convention("x", "", flops=frozenset({Role.EMBEDDING}), mac=True)


@pytest.mark.parametrize(
    ("convention", "sentence"),
    [
        (
            Convention("x", "", params=ALL - {Role.POSITION}),
            "parameters without positions; work: matrix products, attention and logits, "
            "the full attention square, 1 multiply-add = 2 FLOPs",
        ),
        (
            Convention("x", "", flops=PRODUCTS - {Role.ATTENTION}),
            "all parameters; work: matrix products and logits, 1 multiply-add = 2 FLOPs",
        ),
        (Convention("x", "", flops=frozenset()), "all parameters; work: none"),
        (
            Convention("x", "", flops=frozenset({Role.MATRIX, Role.NORM})),
            "all parameters; work: matrix products without routers, convolutions and states "
            "and norm, 1 multiply-add = 2 FLOPs",
        ),
    ],
)
def test_a_convention_says_what_it_counts(convention: Convention, sentence: str) -> None:
    assert convention.sentence() == sentence


def test_a_causal_share_needs_a_square() -> None:
    def short(a: Author) -> Tensor:
        a.axis("past", 100)
        q = a.input("batch time head", "q")
        k = a.input("batch past head", "k")
        return a.contract(
            "batch time head, batch past head -> batch time past", q, k, name="s", mask="causal"
        )

    model = symcost.Model(Architecture("x", "x", short, "", {}))
    assert model.value("flops_forward", B=1, s=3, d_h=5) == 2 * 3 * 100 * 5
    with pytest.raises(ConventionError) as error:
        model.ledger("flops_forward", convention=Convention("x", "", causal="exact"))
    assert str(error.value) == (
        "causal exact needs as many tokens looked at as look; count 'none' here"
    )


def test_a_model_without_parameters_has_a_page() -> None:
    model = symcost.Model(Architecture("x", "x", logits, "", {}))
    text = model.derive("flops_train_6n").to_text()
    assert "Outside look-up tables there are no parameters: N is 0." in text


def test_a_component_without_parts_may_be_asked_for_its_parts() -> None:
    root = build(feed_forward, bias=False)
    found = derive(PARAMS.ledger(root, Convention("x", "")), root, "P", (), Wish("parts"))
    assert found.name.value == found.steps[-1].after


def test_a_limit_does_not_look_into_floor() -> None:
    with pytest.raises(ValueError, match="meets floor, ceil, min or max"):
        limit(Ratio(Poly.of(Call("floor", [D / 2])), D), dim("model"))


def test_relations_that_leave_nothing_are_contradictions() -> None:
    groups, heads = dim("groups"), dim("heads")
    with pytest.raises(RelationError, match="contradict"):
        solve([Relation(groups, H, ""), Relation(heads, 2 * Poly.of(groups), "")])


def test_a_relation_that_divides_by_a_sum_is_refused() -> None:
    relations = [Relation(dim("heads"), S + 1, ""), Relation(dim("head"), D / H, "")]
    with pytest.raises(RelationError, match="divides by a sum"):
        solve(relations)


def test_a_dimension_is_not_quietly_changed() -> None:
    with pytest.raises(DimensionError):
        define("model", "d", aliases=("zebra",))
    with pytest.raises(DimensionError):
        define("model", "d", r"\delta")
    with pytest.raises(DimensionError, match="already another name of 'time'"):
        define("refused_span", "q_refused", aliases=("seq",))


def test_equal_things_hash_alike() -> None:
    assert Poly.of(1) == 1
    assert hash(Poly.of(1)) == hash(1)
    assert Poly.of(dim("model")) == dim("model")
    assert hash(Poly.of(dim("model"))) == hash(dim("model"))
    assert Poly.of(1) not in (True, False)

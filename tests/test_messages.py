"""Every message word for word: it names the place, the thing, the values, and the way out."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any

import pytest

import symcost
from symcost.algebra.dim import DimensionError, define, dim, find
from symcost.algebra.form import Named, Num, Product, Quotient, Sum, Sym, evaluate, polynomial
from symcost.algebra.identity import Relation, RelationError, solve
from symcost.algebra.poly import Call, Poly, UnboundError
from symcost.algebra.proof import (
    BrokenChainError,
    Derivation,
    Estimate,
    FalseStepError,
    Rule,
    Step,
    limit,
)
from symcost.algebra.ratio import Ratio
from symcost.algebra.simplify import written
from symcost.algebra.symbolic import from_sympy
from symcost.catalog.find import UnknownNameError, conventions, quantities
from symcost.catalog.own_module import LoadError
from symcost.config.keys import ConfigError
from symcost.graph.architecture import Architecture, SizeError
from symcost.graph.author import build
from symcost.graph.component import DeclarationError
from symcost.graph.tensor import Kind, Role
from symcost.models.gpt import gpt
from symcost.models.gpt_sizes import GPT2, HEADS_TILE, ROWS_FOR_EACH_PLACE
from symcost.quantities.convention import KAPLAN, TORCH, Convention, ConventionError, changed
from symcost.quantities.flops_forward import FLOPS_FORWARD
from symcost.quantities.interpret import MissingRuleError, Quantity, nothing
from symcost.quantities.ledger import LedgerError
from symcost.quantities.params import PARAMS

if TYPE_CHECKING:
    from collections.abc import Callable

    from symcost.graph.author import Author
    from symcost.graph.tensor import Tensor

d, h, s = (Poly.of(dim(word)) for word in ("model", "heads", "time"))
D, H, S = (Sym(dim(word)) for word in ("model", "heads", "time"))
X = "batch time model"

# -- declarations: the docstring is what is complained about ---------------------------------------

FALSE: list[Callable[[Author], Any]] = []


def refused(declaration: Callable[[Author], Any]) -> Callable[[Author], Any]:
    FALSE.append(declaration)
    return declaration


def same(a: Author) -> Tensor:
    return a.map("relu", a.input(X))


@refused
def eats_what_is_not_there(a: Author) -> Any:
    """'W_Q': the arrow eats 'modell', but x has axes batch, time, model. Did you mean 'model'?"""
    a.axis("modell", 3)
    return a.linear("W_Q", a.input(X), "modell -> head")


@refused
def eats_something_far(a: Author) -> Any:
    """'W_Q': the arrow eats 'vocab', but x has axes batch, time, model."""
    return a.linear("W_Q", a.input(X), "vocab -> head")


@refused
def makes_what_is_there(a: Author) -> Any:
    """'W_Q': the arrow makes 'time', which x has already"""
    return a.linear("W_Q", a.input(X), "model -> time")


@refused
def ties_another_shape(a: Author) -> Any:
    """'W_E_tied': the arrow wants a weight over model, feed, but W_E has axes vocab, model"""
    return a.linear(a.weight("W_E", "vocab model"), a.input(X), "model -> feed")


@refused
def looks_up_another_shape(a: Author) -> Any:
    """'W_E_tied': the arrow wants a weight over vocab, feed, but W_E has axes vocab, model"""
    return a.gather(a.weight("W_E", "vocab model"), a.ids(X), "vocab -> feed", Role.EMBEDDING)


@refused
def looks_up_two_axes(a: Author) -> Any:
    """'W_E': a look-up eats one axis, the one that the ids count: not vocab, positions"""
    return a.gather("W_E", a.ids("time"), "vocab positions -> model", Role.EMBEDDING)


@refused
def looks_up_no_axis(a: Author) -> Any:
    """'W_E': a look-up eats one axis, the one that the ids count: not none"""
    return a.gather("W_E", a.ids("time"), "-> model", Role.EMBEDDING)


@refused
def looks_up_what_is_there(a: Author) -> Any:
    """'W_E': the arrow makes 'time', which tokens has already"""
    return a.gather("W_E", a.ids("batch time", "tokens"), "vocab -> time", Role.EMBEDDING)


@refused
def has_no_arrow(a: Author) -> Any:
    """'W_Q': 'model head' has no '->': write the axes eaten, '->', the axes made"""
    return a.linear("W_Q", a.input(X), "model head")


@refused
def makes_an_unknown_axis(a: Author) -> Any:
    """'W_Q': there is no dimension 'heds'. Did you mean 'heads'? An axis of your own is made with
    a.axis(name, size)."""
    return a.linear("W_Q", a.input(X), "model -> heds")


@refused
def reads_an_unknown_axis(a: Author) -> Any:
    """'x': there is no dimension 'qqq'. An axis of your own is made with a.axis(name, size)."""
    return a.map("relu", a.input("batch qqq"))


@refused
def says_an_axis_twice(a: Author) -> Any:
    """'x': the axis 'time' stands twice in 'batch time time'"""
    return a.map("relu", a.input("batch time time"))


@refused
def maps_a_matrix_to_its_own_axis(a: Author) -> Any:
    """'W': the axis 'model' stands twice in 'model model'"""
    return a.linear("W", a.input(X), "model -> model")


@refused
def contracts_without_an_arrow(a: Author) -> Any:
    """'dot': 'batch time model' has no '->': write the operands, '->', the result"""
    return a.contract(X, a.input(X), name="dot")


@refused
def contracts_to_a_new_axis(a: Author) -> Any:
    """'dot': the result has the axis 'vocab', which no operand has"""
    return a.contract(f"{X} -> batch vocab", a.input(X), name="dot")


@refused
def contracts_an_axis_twice(a: Author) -> Any:
    """'dot': the axis 'time' stands twice in 'batch time time'"""
    return a.contract(f"{X} -> batch time time", a.input(X), name="dot")


@refused
def contracts_too_few(a: Author) -> Any:
    """'dot': the pattern has 2 operands, but 1 came"""
    return a.contract(f"{X}, {X} -> batch time", a.input(X), name="dot")


@refused
def contracts_other_axes(a: Author) -> Any:
    """'dot': the pattern says batch, past, model, but x has axes batch, time, model."""
    return a.contract("batch past model -> batch past", a.input(X), name="dot")


@refused
def contracts_with_a_slip(a: Author) -> Any:
    """'dot': the pattern says batch, time, modl, but x has axes batch, time, model. Did you mean
    'model'?"""
    return a.contract("batch time modl -> batch time", a.input(X), name="dot")


@refused
def masks_strangely(a: Author) -> Any:
    """'dot': the mask 'casual' is unknown; use 'causal' or none"""
    return a.contract(f"{X} -> batch time", a.input(X), name="dot", mask="casual")


@refused
def masks_without_a_past(a: Author) -> Any:
    """'dot': a causal mask needs the axes 'time' and 'past'"""
    return a.contract(f"{X} -> batch time", a.input(X), name="dot", mask="causal")


@refused
def maps_what_has_no_cost(a: Author) -> Any:
    """'softmx': the function 'softmx' has no stated cost. Did you mean 'softmax'? Known: add,
    collision, detach, dropout, fourier, gelu, gelu_tanh, idle, join, layer_norm, multiply,
    quick_gelu, relu, relu2, relu6, rms_norm, scale, scan, sigmoid, silu, softmax, sum_experts,
    tanh, xielu"""
    return a.map("softmx", a.input(X))


@refused
def maps_a_longer_tensor(a: Author) -> Any:
    """'sum': table has the axis 'vocab', which x lacks; it has batch, time, model"""
    return a.map("add", a.input(X), a.given("table", "vocab model"), name="sum")


@refused
def remembers_without_time(a: Author) -> Any:
    """'remember x': x has no axis 'time': batch, model"""
    return a.remember(a.input("batch model"))


@refused
def remembers_nothing_at_all(a: Author) -> Any:
    """'remember x': x has no axis 'time': none"""
    return a.remember(a.input(""))


def _squared(a: Author) -> Tensor:
    up = a.linear("W_1", a.input(X), "model -> feed")
    return a.linear("W_2", up, "feed -> model")


@refused
def shares_what_is_repeated(a: Author) -> Any:
    """'inner': a part that is repeated itself cannot share its weights"""

    def outer(b: Author) -> Tensor:
        return b.repeat("inner", "heads", _squared, b.input(X))

    return a.repeat("layer", "layers", outer, a.input(X), shared=True)


@refused
def shares_over_raw_input(a: Author) -> Any:
    """'layer': copies that share their weights must all have the same backward"""
    return a.repeat("layer", "layers", _squared, a.ids(X), shared=True)


@refused
def shares_an_axis_of_its_own(a: Author) -> Any:
    """'W_1': its axis 'feed' must be declared here to share it"""

    def wide(b: Author) -> Tensor:
        b.axis("feed", 7)
        return b.part("inside", _squared, b.input(X))

    return a.repeat("layer", "layers", wide, a.input(X), shared=True)


@refused
def chains_to_other_axes(a: Author) -> Any:
    """'layer': a chain must end with the axes it begins with; it begins with batch, time, model and
    ends with batch, time, feed"""

    def widen(b: Author) -> Tensor:
        return b.linear("W", b.input(X), "model -> feed")

    return a.repeat("layer", "layers", widen, a.input(X))


@refused
def says_a_name_twice(a: Author) -> Any:
    """'relu': there already is an operation of this name here; give it another"""
    return a.map("relu", a.map("relu", a.input(X)))


@refused
def says_a_weight_twice(a: Author) -> Any:
    """'b_Q': there already is a weight of this name here; choose another"""
    x = a.input(X)
    a.weight("b_Q", "model")
    return a.linear("W_Q", x, "model -> head", bias=True)


@refused
def hands_in_other_axes(a: Author) -> Any:
    """'x': the input is declared as batch, time, model, but the tensor handed in has batch, time"""
    return a.part("inner", same, a.input("batch time"))


@refused
def reads_more_than_came(a: Author) -> Any:
    """'y': 1 input is handed in; this asks for another"""

    def wants_two(b: Author) -> Tensor:
        return b.map("add", b.input(X), b.input(X, "y"))

    return a.part("inner", wants_two, a.input(X))


@refused
def hands_in_too_much(a: Author) -> Any:
    """'inner': 2 inputs are handed in, 1 read"""
    return a.part("inner", same, a.input(X), a.input(X, "y"))


@refused
def does_nothing(a: Author) -> Any:
    """'does_nothing': nothing is declared: no operation and no part"""
    return a.input(X)


@refused
def leaves_a_weight(a: Author) -> Any:
    """'W': the weight is declared, but no operation reads it"""
    a.weight("W", "model")
    return a.map("relu", a.input(X))


@refused
def leaves_a_result(a: Author) -> Any:
    """'gelu': the result is never used"""
    x = a.input(X)
    a.map("gelu", x)
    return a.map("relu", x)


@refused
def leaves_a_part(a: Author) -> Any:
    """'inner': the result is never used"""
    x = a.input(X)
    a.part("inner", same, x)
    return a.map("relu", x)


@pytest.mark.parametrize("declaration", FALSE, ids=[each.__name__ for each in FALSE])
def test_a_false_declaration(declaration: Callable[[Author], Any]) -> None:
    with pytest.raises(DeclarationError) as error:
        build(declaration)
    expected = " ".join(str(declaration.__doc__).split())
    assert str(error.value) == f"test_messages.py, {expected}"


def test_a_false_declaration_of_ours_names_its_file() -> None:
    with pytest.raises(DeclarationError) as error:
        build(lambda a: a.part("head", gpt, a.input(X)))
    assert str(error.value) == (
        "models/gpt.py, 'tokens': the input is declared as batch, time, but the tensor handed in "
        "has batch, time, model"
    )


# -- everything else -------------------------------------------------------------------------------

GPT2_NAMES = "B, L, s, h, V, n_ctx, d, d_h, d_ff"
MODELS = "see `symcost list models`"


def odd(sizes: dict[str, Any]) -> symcost.Model:
    """GPT-2 with other published sizes."""
    return symcost.Model(
        Architecture(
            "odd",
            "odd",
            gpt,
            "",
            {**GPT2.sizes, **sizes},
            relations=(HEADS_TILE,),
            limits=(ROWS_FOR_EACH_PLACE,),
        )
    )


def ledgers(*choices: tuple[Any, Convention, str | None]) -> Any:
    first, second = (q.ledger(symcost.load("lecture").root, c, scope) for q, c, scope in choices)
    return first + second


def chain(*steps: Step) -> Derivation:
    return Derivation(Named("N", "all", Product((Num(4), D))), steps, "", (), Sum((D, D)))


DOUBLE = Step(Sum((D, D)), Product((Num(2), D)), Rule.GATHER)
HEAD = Relation(dim("head"), d / h, "")

ROWS: list[tuple[type[Exception], str, Callable[[], Any]]] = [
    # dimensions
    (
        DimensionError,
        "'2x' cannot name a dimension: a letter, then letters, digits or '_', at most 40 in all",
        lambda: define("2x", "x"),
    ),
    (
        DimensionError,
        "'a b' cannot name a dimension: a letter, then letters, digits or '_', at most 40 in all",
        lambda: define("word", "a b"),
    ),
    (
        DimensionError,
        "the dimension 'model' is already 'd' (width of the model); choose another word",
        lambda: define("model", "D"),
    ),
    (
        DimensionError,
        "the symbol 'd' already stands for 'model' (width of the model); choose another symbol for "
        "'depth'",
        lambda: define("depth", "d"),
    ),
    (DimensionError, "there is no dimension 'modle'. Did you mean 'model'?", lambda: dim("modle")),
    (
        DimensionError,
        "'hidden_sise' is not a known symbol. Did you mean 'hidden_size'?",
        lambda: find("hidden_sise"),
    ),
    (DimensionError, "'???' is not a known symbol.", lambda: find("???")),
    # relations and exact numbers
    (
        RelationError,
        "the relations contradict each other",
        lambda: solve([Relation(dim("head"), Poly.of(64), ""), Relation(dim("head"), Poly(), "")]),
    ),
    (
        RelationError,
        "a relation between h, d is not linear in any of them: cite it solved",
        lambda: solve([HEAD, Relation(dim("head"), d**2 / h + h, "")]),
    ),
    (
        UnboundError,
        "no value for s (sequence length in tokens), d (width of the model); give one with --set "
        "s=... --set d=...",
        lambda: (d * s).at({}),
    ),
    (
        UnboundError,
        "no value for d (width of the model); give one with --set d=...",
        lambda: evaluate(Sum((Num(1), D)), {}),
    ),
    (
        UnboundError,
        "no value for B (sequences in the batch), s (sequence length in tokens); give one with "
        "--set B=... --set s=...",
        lambda: symcost.load("gpt2").value("flops_forward"),
    ),
    (TypeError, "0.5 is not exact: use a dimension, an integer or a fraction", lambda: d * 0.5),
    (TypeError, "True is not exact: use a dimension, an integer or a fraction", lambda: d + True),
    (ZeroDivisionError, "division of a cost by zero", lambda: d / 0),
    (ZeroDivisionError, "division of a cost by zero", lambda: Ratio(d, Poly())),
    (
        ValueError,
        "only a single term can be inverted here; a sum makes a Ratio",
        lambda: d / (d + s),
    ),
    (ValueError, "'log' is not one of ceil, floor, max, min", lambda: Call("log", [d])),
    (ValueError, "floor takes one argument, not 2", lambda: Call("floor", [d, s])),
    (
        ValueError,
        "this form divides by a sum and is no Laurent polynomial",
        lambda: polynomial(Quotient(D, Sum((D, S)))),
    ),
    (
        ValueError,
        "2**d is not built from sums, products, powers and dimensions",
        lambda: from_sympy(2 ** dim("model").sympy),
    ),
    (
        ValueError,
        "'pretty' is not a style: choose expanded, factored, collected, leading",
        lambda: written(d, "pretty"),
    ),
    (
        ValueError,
        "the limit for d is a quotient of sums",
        lambda: limit(Ratio(d * s, d * (s + h)), dim("model")),
    ),
    # proofs
    (
        FalseStepError,
        "'multiply out' is false: left 2 d, right 3 d, left minus right -d",
        lambda: Step(Product((Num(2), D)), Product((Num(3), D)), Rule.EXPAND),
    ),
    (
        FalseStepError,
        "'substitute' is false given h d_h = d: left h d_h, right 2 d, left minus right -d",
        lambda: Step(
            Product((H, Sym(dim("head")))), Product((Num(2), D)), Rule.SUBSTITUTE, "", (HEAD,)
        ),
    ),
    (
        FalseStepError,
        "'substitute' is false given h d_h = d: left h d_h, right 2 h d_h, left minus right -d",
        lambda: Step(
            Product((H, Sym(dim("head")))),
            Product((Num(2), H, Sym(dim("head")))),
            Rule.SUBSTITUTE,
            "",
            (HEAD,),
        ),
    ),
    (
        FalseStepError,
        "'definition' is false: left s/(d + s), right 1, left minus right (-d)/(d + s)",
        lambda: Step(Quotient(S, Sum((D, S))), Num(1), Rule.DEFINITION),
    ),
    (
        FalseStepError,
        "'put in the numbers' is false given s = 1,024: left 1/2 s, right 500, left minus right 12",
        lambda: Step(
            Product((Num(Fraction(1, 2)), S)),
            Num(500),
            Rule.NUMBERS,
            "",
            (Relation(dim("time"), Poly.of(1024), ""),),
        ),
    ),
    (
        FalseStepError,
        "'definition' is false: left d + s, right d, left minus right s",
        lambda: Estimate(Sum((D, S)), D, Num(0)),
    ),
    (
        BrokenChainError,
        "the chain for N_all breaks: one line is d + d, the next step begins at 4 d",
        lambda: chain(Step(Product((Num(4), D)), Product((Num(4), D)), Rule.OPEN)),
    ),
    (
        BrokenChainError,
        "the chain ends at 2 d, but N_all is 4 d",
        lambda: chain(DOUBLE),
    ),
    # sizes
    (
        SizeError,
        f"gpt2 has no symbol E (experts in a mixture-of-experts layer); it has {GPT2_NAMES}",
        lambda: symcost.load("gpt2").value(E=8),
    ),
    (
        SizeError,
        "s (sequence length in tokens) must be a whole number, not 1.5",
        lambda: symcost.load("gpt2").binding(s=1.5),
    ),
    (
        SizeError,
        "s (sequence length in tokens) must be a whole number, not True",
        lambda: symcost.load("gpt2").binding(s=True),
    ),
    (
        SizeError,
        "B (sequences in the batch) must be at least 1, not 0",
        lambda: symcost.load("gpt2").binding(B=0),
    ),
    (
        SizeError,
        "d_h = d/h would be 385/6 at h = 12, d = 770, "
        "which is no positive whole number; choose sizes that divide",
        lambda: symcost.load("gpt2").binding(d=770),
    ),
    (
        SizeError,
        "h d_h = d (the heads tile the width of the model), but h = 12, d = 768, d_h = 32; change "
        "one of them",
        lambda: symcost.load("gpt2").binding(d_h=32),
    ),
    (
        SizeError,
        "d_ff = d - 768 would be 0 at d = 768, "
        "which is no positive whole number; choose sizes that divide",
        lambda: odd({"feed": (d - 768, "")}).binding(),
    ),
    (
        SizeError,
        "s = 2048 is more than n_ctx = 1024: the position table has no row for later places; set "
        "n_ctx as well",
        lambda: symcost.load("gpt2").binding(s=2048),
    ),
    # conventions, ledgers, rules
    (
        ConventionError,
        "causal is none, half, exact; 'full' is none of them",
        lambda: Convention("x", "", causal="full"),
    ),
    (
        ConventionError,
        "a multiply-add counts matrix products only; leave the elementwise work out or count FLOPs",
        lambda: changed(TORCH, mac=True, include=["norms"]),
    ),
    (
        ConventionError,
        "'bias' is not one of embeddings, head, biases, norms, attention, elementwise",
        lambda: changed(TORCH, exclude=["bias"]),
    ),
    (
        LedgerError,
        "params and flops_forward have two units: parameter and FLOP",
        lambda: ledgers((PARAMS, TORCH, None), (FLOPS_FORWARD, TORCH, None)),
    ),
    (
        LedgerError,
        "flops_forward and flops_forward have two conventions: torch and kaplan-2020",
        lambda: ledgers((FLOPS_FORWARD, TORCH, None), (FLOPS_FORWARD, KAPLAN, None)),
    ),
    (
        LedgerError,
        "flops_forward and flops_forward have two scopes: batch and token",
        lambda: ledgers((FLOPS_FORWARD, TORCH, None), (FLOPS_FORWARD, TORCH, "token")),
    ),
    (
        LedgerError,
        "'step' is not a scope: choose batch, sequence, token",
        lambda: symcost.load("gpt2").ledger("flops_forward", scope="step"),
    ),
    (
        MissingRuleError,
        "the quantity 'heat' has no rule for map, gather, remember, route, window, carry; "
        "write one, or nothing('why')",
        lambda: Quantity("heat", "Q", "J", "", rules={Kind.CONTRACT: nothing("it is cool")}),
    ),
    # names
    (
        UnknownNameError,
        f"'gpt-2' is not a known model. Did you mean 'gpt2'? Known: {MODELS}",
        lambda: symcost.load("gpt-2"),
    ),
    (
        UnknownNameError,
        f"'bert' is not a known model. Did you mean 'bert-base'? Known: {MODELS}",
        lambda: symcost.load("bert"),
    ),
    (
        UnknownNameError,
        "'torhc' is not a known convention. Did you mean 'torch'? Known: "
        f"{', '.join(conventions())}",
        lambda: symcost.load("gpt2").ledger(convention="torhc"),
    ),
    (
        UnknownNameError,
        "'flops' is not a known quantity. Did you mean 'flops_train'? Known: "
        f"{', '.join(quantities())}",
        lambda: symcost.load("gpt2").value("flops"),
    ),
    (
        ConfigError,
        "config.json: No such file or directory",
        lambda: symcost.load("config.json"),
    ),
    (
        LoadError,
        "nowhere_at_all:f: cannot import nowhere_at_all: No module named 'nowhere_at_all'",
        lambda: symcost.load("nowhere_at_all:f"),
    ),
    (
        LoadError,
        "math:nothing: math has no function 'nothing'",
        lambda: symcost.load("math:nothing"),
    ),
    (
        LoadError,
        "math:sqrt: as a declaration it failed with AttributeError: 'builtin_function_or_method' "
        "object has no attribute '__code__'",
        lambda: symcost.load("math:sqrt"),
    ),
    (
        LoadError,
        "two values for s: 4 and 5",
        lambda: symcost.load("gpt2").value("params", s=4, seq_len=5),
    ),
    (AttributeError, "module 'symcost' has no attribute 'laod'", lambda: symcost.laod),
]


@pytest.mark.parametrize(
    ("kind", "text", "action"), ROWS, ids=[f"{kind.__name__}: {text}" for kind, text, _ in ROWS]
)
def test_a_message(kind: type[Exception], text: str, action: Callable[[], Any]) -> None:
    with pytest.raises(kind) as error:
        action()
    assert type(error.value) is kind
    assert str(error.value) == text

"""Declaring a component: an `Author` writes weights and operations down, `build` freezes them.

A component is a function of an author. It never states a quantity: parameters, FLOPs, caches and
the lines of a derivation are read off what is written here.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NoReturn, final

from symcost.algebra.dim import dim
from symcost.algebra.plain import show
from symcost.algebra.poly import Poly
from symcost.graph.axes import (
    Axes,
    AxisError,
    nearest,
    read_arrow,
    read_axes,
    read_contraction,
    size_of,
)
from symcost.graph.component import Component, Declaration, DeclarationError, Flag, Part
from symcost.graph.functions import FUNCTIONS
from symcost.graph.tensor import PRODUCTS, Kind, Op, Role, Tensor
from symcost.graph.wording import bias_name, counted, docstring_of, listed, place_of

if TYPE_CHECKING:
    from collections.abc import Mapping


def build(declaration: Declaration, name: str = "", **flags: Flag) -> Component:
    """Runs a declaration and freezes what it wrote. Its inputs are fresh tensors.

    Raises `DeclarationError` for axes that do not fit, results nobody reads and weights nobody
    uses.

    >>> def low_rank(a):
    ...     x = a.input("batch time model")
    ...     return a.linear("W_up", a.linear("W_down", x, "model -> head"), "head -> model")
    >>> [(each.name, each.axes) for each in symcost.build(low_rank).weights]
    [('W_down', ('model', 'head')), ('W_up', ('head', 'model'))]
    """
    return _build(declaration, name or declaration.__name__, (), {}, flags, root=True)


def _build(
    declaration: Declaration,
    name: str,
    inputs: tuple[Tensor, ...],
    sizes: Mapping[str, Poly],
    flags: Mapping[str, Flag],
    root: bool = False,
) -> Component:
    author = Author(place_of(declaration), name, None if root else inputs, dict(sizes))
    output = declaration(author, **flags)
    return author._finish(declaration, output)


@final
class Author:
    """Writes one component down. Every method returns the tensor it makes.

    >>> def scores(a):
    ...     x = a.input("batch time model")
    ...     q = a.linear("W_Q", x, "model -> head")
    ...     k = a.remember(a.linear("W_K", x, "model -> head"))
    ...     pairs = "batch time head, batch past head -> batch time past"
    ...     return a.contract(pairs, q, k, name="scores")
    >>> [each.name for each in symcost.build(scores).weights]
    ['W_Q', 'W_K']
    """

    def __init__(
        self, place: str, name: str, given: tuple[Tensor, ...] | None, sizes: dict[str, Poly]
    ) -> None:
        """Made by `build`; a declaration receives it as its first argument."""
        self._place, self._name = place, name
        self._given = given
        self._inputs: list[Tensor] = []
        self._weights: dict[str, Tensor] = {}
        self._others: list[Tensor] = []  # of parts that share them
        self._body: dict[str, Op | Part] = {}
        self._sizes = sizes

    # -- what comes in ---------------------------------------------------------------------

    def input(self, axes: str, name: str = "x", *, needs_gradient: bool = True) -> Tensor:
        """The next input. In a component that stands alone it is new; `needs_gradient` then says
        whether something trainable lies below it.
        """
        wanted = self._axes(name, axes)
        if self._given is None:
            made = Tensor(name, wanted, needs_gradient=needs_gradient)
        elif len(self._inputs) < len(self._given):
            made = self._given[len(self._inputs)]
            if set(made.axes) != set(wanted):
                self._fail(
                    name,
                    f"the input is declared as {listed(wanted)}, but the tensor handed in has "
                    f"{listed(made.axes)}",
                )
        else:
            self._fail(name, f"{counted(len(self._given))} handed in; this asks for another")
        self._inputs.append(made)
        return made

    def ids(self, axes: str, name: str = "ids") -> Tensor:
        """An input of whole numbers (tokens, positions): nothing flows back into it."""
        return self.input(axes, name, needs_gradient=False)

    def given(self, name: str, axes: str) -> Tensor:
        """A tensor that is simply there, with a shape that somebody assumes."""
        return Tensor(name, self._axes(name, axes))

    def axis(self, name: str, size: str | int | Poly) -> str:
        """Declares an axis of this component and its parts: a dimension's word, or a size.

        An axis that a tensor here has already keeps its size.
        """
        made = Poly.of(dim(size)) if isinstance(size, str) else Poly.of(size)
        written = (item.writes for item in self._body.values())
        tensors = (*self._inputs, *self._weights.values(), *written)
        if any(name in each.axes for each in tensors) and size_of(name, self._sizes) != made:
            before = show(size_of(name, self._sizes))
            self._fail(name, f"the axis is in use with the size {before}; take another name")
        self._sizes[name] = made
        return name

    def size(self, axis: str) -> Poly:
        """The size of an axis, to declare another one from it."""
        return size_of(axis, self._sizes)

    def weight(
        self, name: str, axes: str, role: Role = Role.MATRIX, *, train: bool = True
    ) -> Tensor:
        """A weight with these axes. Use the tensor twice to tie."""
        if isinstance(self._body.get(name), Part):
            self._fail(name, "there already is a part of this name here; choose another")
        if name in self._weights:
            self._fail(name, "there already is a weight of this name here; choose another")
        made = Tensor(name, self._axes(name, axes), role, True, train, train)
        self._weights[name] = made
        return made

    # -- what is done ----------------------------------------------------------------------

    def linear(
        self,
        weight: str | Tensor,
        x: Tensor,
        arrow: str,
        *,
        bias: bool = False,
        role: Role = Role.MATRIX,
        name: str = "",
    ) -> Tensor:
        """x times a weight that eats some axes of x and makes others; the rest ride along.

        `weight` is a name, for a new weight, or a tensor, for a tied one. `bias` adds a bias over
        the axes made.
        """
        label = name or (weight if isinstance(weight, str) else f"{weight.name}_tied")
        eaten, made = self._arrow(label, arrow)
        for axis in eaten:
            if axis not in x.axes:
                self._fail(
                    label,
                    f"the arrow eats '{axis}', but {x.name} has axes {listed(x.axes)}."
                    f"{nearest(axis, x.axes)}",
                )
        riding = tuple(axis for axis in x.axes if axis not in eaten)
        for axis in made:
            if axis in riding:
                self._fail(label, f"the arrow makes '{axis}', which {x.name} has already")
        tensor = self._weight_for(label, weight, (*eaten, *made), role)
        y = self._write(Kind.CONTRACT, label, (x, tensor), (*riding, *made), role)
        if bias:
            b = self.weight(bias_name(tensor.name), " ".join(made), Role.BIAS)
            y = self._write(Kind.MAP, f"add_{b.name}", (y, b), y.axes, Role.BIAS, function="add")
        return y

    def contract(
        self,
        pattern: str,
        *tensors: Tensor,
        name: str,
        mask: str = "",
        role: Role = Role.ATTENTION,
    ) -> Tensor:
        """An einsum over named axes, such as scores: queries times keys.

        `mask="causal"` says that only pairs with past <= time matter; whether the others are
        counted is a convention.
        """
        try:
            operands, result = read_contraction(pattern)
        except AxisError as error:
            self._fail(name, str(error))
        if len(operands) != len(tensors):
            self._fail(name, f"the pattern has {len(operands)} operands, but {len(tensors)} came")
        for axes, tensor in zip(operands, tensors, strict=True):
            for axis in (*axes, *tensor.axes):
                if axis not in tensor.axes or axis not in axes:
                    self._fail(
                        name,
                        f"the pattern says {listed(axes)}, but {tensor.name} has axes "
                        f"{listed(tensor.axes)}.{nearest(axis, {*tensor.axes, *axes} - {axis})}",
                    )
        if mask not in ("", "causal"):
            self._fail(name, f"the mask '{mask}' is unknown; use 'causal' or none")
        if mask and not {"time", "past"} <= {axis for axes in operands for axis in axes}:
            self._fail(name, "a causal mask needs the axes 'time' and 'past'")
        return self._write(Kind.CONTRACT, name, tensors, result, role, mask=mask)

    def map(
        self,
        function: str,
        *tensors: Tensor,
        role: Role | None = None,
        name: str = "",
        axes: str = "",
    ) -> Tensor:
        """An elementwise function; the result has the axes of the first tensor, or those given.

        Axes of its own are for work that spreads an input (a state for every channel) or sums one
        axis up without a product of matrices.
        """
        if function not in FUNCTIONS:
            self._fail(
                name or function,
                f"the function '{function}' has no stated cost."
                f"{nearest(function, FUNCTIONS)} Known: {', '.join(sorted(FUNCTIONS))}",
            )
        if not tensors:
            self._fail(name or function, "a map needs a tensor to work on")
        first = tensors[0]
        made = self._axes(name or function, axes) if axes else first.axes
        for tensor in tensors[1:]:
            for axis in tensor.axes:
                if not axes and axis not in first.axes:
                    self._fail(
                        name or function,
                        f"{tensor.name} has the axis '{axis}', which {first.name} lacks; it has "
                        f"{listed(first.axes)}",
                    )
        chosen = role or FUNCTIONS[function].role
        if chosen in PRODUCTS:
            self._fail(
                name or function, f"the role '{chosen.value}' is for products; this is elementwise"
            )
        return self._write(Kind.MAP, name or function, tensors, made, chosen, function=function)

    def gather(self, table: str | Tensor, ids: Tensor, arrow: str, role: Role) -> Tensor:
        """Looks rows of a table up: `"vocab -> model"` gives every id a row of width model."""
        label = table if isinstance(table, str) else f"{table.name}_tied"
        eaten, made = self._arrow(label, arrow)
        if len(eaten) != 1:
            self._fail(
                label, f"a look-up eats one axis, the one that the ids count: not {listed(eaten)}"
            )
        for axis in made:
            if axis in ids.axes:
                self._fail(label, f"the arrow makes '{axis}', which {ids.name} has already")
        tensor = self._weight_for(label, table, (*eaten, *made), role)
        return self._write(Kind.GATHER, label, (ids, tensor), (*ids.axes, *made), role)

    def choose(self, scores: Tensor, arrow: str, name: str = "choose") -> Tensor:
        """The best of many for every token: `"experts -> chosen"`. Choosing is no product."""
        eaten, made = self._arrow(name, arrow)
        axes = (*(axis for axis in scores.axes if axis not in eaten), *made)
        return self._write(Kind.ROUTE, name, (scores,), axes, Role.ROUTER)

    def pick(self, weight: Tensor, choice: Tensor, axis: str) -> Tensor:
        """The slices of a weight that were chosen for each token: its `axis` gives way to the
        axes of the choice. All slices are parameters; only the chosen ones do work.
        """
        if axis not in weight.axes:
            self._fail(weight.name, f"it has no axis '{axis}': {listed(weight.axes)}")
        rest = tuple(each for each in weight.axes if each != axis)
        role = weight.role or Role.MATRIX
        return self._write(
            Kind.ROUTE, f"pick_{weight.name}", (choice, weight), (*choice.axes, *rest), role
        )

    def window(self, x: Tensor, arrow: str, name: str = "window") -> Tensor:
        """Overlapping slices: `"time -> steps kernel"` gives every step the `kernel` places below
        it. The sizes of the new axes are declared with `axis`.
        """
        eaten, made = self._arrow(name, arrow)
        axes = (*(axis for axis in x.axes if axis not in eaten), *made)
        return self._write(Kind.WINDOW, name, (x,), axes, Role.CONVOLUTION)

    def detach(self, x: Tensor, name: str = "") -> Tensor:
        """x as it is, but no gradient flows back through it."""
        label = name or f"detach_{x.name}"
        self._check_name(label)
        made = Tensor(label, x.axes)
        self._body[label] = Op(Kind.MAP, label, (x,), made, Role.RESIDUAL, "detach")
        return made

    def carry(self, x: Tensor, axes: str, name: str) -> Tensor:
        """A state without a time axis, handed from token to token."""
        return self._write(Kind.CARRY, name, (x,), self._axes(name, axes), Role.STATE)

    def remember(self, x: Tensor, time: str = "past", keep: str = "") -> Tensor:
        """Keeps x for later tokens: its axis `time` becomes the axis of everything kept so far.

        `keep` names an axis as long as what is really kept, where a window forgets the rest.
        """
        if "time" not in x.axes:
            self._fail(f"remember {x.name}", f"{x.name} has no axis 'time': {listed(x.axes)}")
        if time in x.axes:
            self._fail(f"remember {x.name}", f"{x.name} has the axis '{time}' already")
        axes = tuple(time if axis == "time" else axis for axis in x.axes)
        return self._write(
            Kind.REMEMBER, f"remember_{x.name}", (x,), axes, Role.ATTENTION, keep=keep
        )

    # -- parts -----------------------------------------------------------------------------

    def part(self, name: str, declaration: Declaration, *inputs: Tensor, **flags: Flag) -> Tensor:
        """Uses another component once."""
        component = _build(declaration, name, inputs, self._sizes, flags)
        return self._place_part(name, component, Poly.of(1), inputs)

    def repeat(
        self,
        name: str,
        count: str | int | Poly,
        declaration: Declaration,
        *inputs: Tensor,
        stack: str = "",
        shared: bool = False,
        **flags: Flag,
    ) -> Tensor:
        """Uses a component `count` times: as a chain, or side by side along the axis `stack`.

        With `shared` all copies have the same weights, which then belong to this component.

        Where the first of a chain reads something that needs no gradient (raw pixels) and the
        later ones do, the first is written down by itself, because its backward is cheaper.
        """
        times = Poly.of(dim(count)) if isinstance(count, str) else Poly.of(count)
        if not inputs:
            self._fail(name, "a repeated part needs an input")
        component = _build(declaration, name, inputs, self._sizes, flags)
        if shared:
            if not inputs[0].needs_gradient and component.output.needs_gradient:
                self._fail(name, "copies that share their weights must all have the same backward")
            component = self._adopted(component)
        if stack:
            (axis,) = self._axes(name, stack)
            if size_of(axis, self._sizes) != times:
                self._fail(
                    name,
                    f"{show(times)} copies cannot stand along '{axis}', which has the size "
                    f"{show(size_of(axis, self._sizes))}",
                )
            return self._place_part(name, component, times, inputs, axis)
        first, output = inputs[0], component.output
        if set(output.axes) != set(first.axes):
            self._fail(
                name,
                f"a chain must end with the axes it begins with; it begins with "
                f"{listed(first.axes)} and ends with {listed(output.axes)}",
            )
        if output.needs_gradient == first.needs_gradient:
            return self._place_part(name, component, times, inputs, chained=True)
        y = self._place_part(f"first_{name}", component, Poly.of(1), inputs, chained=True)
        later = (y, *inputs[1:])
        return self._place_part(
            name,
            _build(declaration, name, later, self._sizes, flags),
            times - 1,
            later,
            chained=True,
        )

    def _place_part(
        self,
        name: str,
        component: Component,
        times: Poly,
        inputs: tuple[Tensor, ...],
        stack: str = "",
        *,
        chained: bool = False,
    ) -> Tensor:
        self._check_name(name)
        if name in self._weights:
            self._fail(name, "there already is a weight of this name here; choose another")
        inner = component.output
        axes = (*inner.axes[:-1], stack, *inner.axes[-1:]) if stack else inner.axes
        writes = Tensor(name, axes, needs_gradient=inner.needs_gradient)
        self._body[name] = Part(name, component, times, inputs, writes, stack, chained)
        return writes

    # -- the insides -----------------------------------------------------------------------

    def _adopted(self, component: Component) -> Component:
        """A part whose weights, and those of its own parts, are now of this component."""
        for weight in component.weights:
            for axis in weight.axes:
                if component.size(axis) != size_of(axis, self._sizes):
                    self._fail(weight.name, f"its axis '{axis}' must be declared here to share it")
        self._others.extend(component.weights)
        body: list[Op | Part] = []
        for item in component.body:
            if not isinstance(item, Part):
                body.append(item)
                continue
            if item.times != 1:
                self._fail(item.name, "a part that is repeated itself cannot share its weights")
            body.append(replace(item, component=self._adopted(item.component)))
        return replace(component, weights=(), body=tuple(body))

    def _weight_for(self, label: str, given: str | Tensor, axes: Axes, role: Role) -> Tensor:
        """A new weight over these axes, or the one given, if it has them."""
        if isinstance(given, str):
            return self.weight(given, " ".join(axes), role)
        if set(given.axes) != set(axes):
            self._fail(
                label,
                f"the arrow wants a weight over {listed(axes)}, but {given.name} has axes "
                f"{listed(given.axes)}",
            )
        return given

    def _write(
        self,
        kind: Kind,
        name: str,
        reads: tuple[Tensor, ...],
        axes: Axes,
        role: Role,
        function: str = "",
        mask: str = "",
        keep: str = "",
    ) -> Tensor:
        self._check_name(name)
        needs = any(tensor.needs_gradient for tensor in reads)
        made = Tensor(name, axes, needs_gradient=needs)
        self._body[name] = Op(kind, name, reads, made, role, function, mask, keep)
        return made

    def _check_name(self, name: str) -> None:
        if name in self._body:
            self._fail(name, "there already is an operation of this name here; give it another")

    def _axes(self, thing: str, text: str) -> Axes:
        try:
            axes = read_axes(text)
            for axis in axes:
                size_of(axis, self._sizes)
        except AxisError as error:
            self._fail(thing, str(error))
        return axes

    def _arrow(self, thing: str, text: str) -> tuple[Axes, Axes]:
        try:
            arrow = read_arrow(text)
        except AxisError as error:
            self._fail(thing, str(error))
        self._axes(thing, " ".join(arrow.made))
        return arrow.eaten, arrow.made

    def _fail(self, thing: str, problem: str) -> NoReturn:
        raise DeclarationError(f"{self._place}, '{thing}': {problem}")

    def _finish(self, declaration: Declaration, output: Tensor | tuple[Tensor, ...]) -> Component:
        if not self._body:
            self._fail(self._name, "nothing is declared: no operation and no part")
        leaving = output if isinstance(output, tuple) else (output,)
        if self._given is not None and len(self._inputs) < len(self._given):
            self._fail(
                self._name, f"{counted(len(self._given))} handed in, {len(self._inputs)} read"
            )
        body = self._body.values()
        inputs_of = [t for i in body for t in (i.reads if isinstance(i, Op) else i.inputs)]
        read = {id(tensor) for tensor in inputs_of}
        for weight in self._weights.values():
            if id(weight) not in read:
                self._fail(weight.name, "the weight is declared, but no operation reads it")
        for given in self._inputs:
            if id(given) not in read and given not in leaving:
                self._fail(given.name, "the input is never used")
        for item in body:
            if id(item.writes) not in read and item.writes not in leaving:
                self._fail(item.name, "the result is never used")
        law, source = docstring_of(declaration)
        return Component(
            self._name,
            self._place,
            law,
            source,
            tuple(self._inputs),
            (*self._weights.values(), *self._others),
            tuple(body),
            leaving[0],
            dict(self._sizes),
        )

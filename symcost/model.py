"""The public face: `load` a model, ask for closed forms, exact numbers, ledgers and derivations.

import symcost
m = symcost.load("gpt2")
m.expr("params")                        # SymPy expression in V, n_ctx, L, d and d_ff
m.value("flops_forward", B=1, s=1024)   # 291648307200
m.derive("params").to_latex()
"""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, final

from symcost.algebra.dim import Dim, find
from symcost.algebra.form import Form
from symcost.algebra.identity import put_in
from symcost.algebra.plain import python
from symcost.algebra.poly import Number, UnboundError
from symcost.algebra.simplify import written
from symcost.catalog import find as catalog
from symcost.graph.architecture import Architecture, Bound
from symcost.graph.author import build
from symcost.graph.component import Component, DeclarationError
from symcost.quantities.convention import DEFAULT, Convention

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from symcost.algebra.identity import Relation
    from symcost.quantities.ledger import Ledger
    from symcost.render.page import Page


class LoadError(ValueError):
    """Something that is no model: the message says what was looked for."""


@final
@dataclass(frozen=True)
class Derived:
    """A finished page, ready to be written in any format."""

    page: Page

    def to_latex(self, *, fragment: bool = False) -> str:
        r"""A whole article, or a fragment for `\input`."""
        return self._render("latex", "fragment" if fragment else "page")

    def to_markdown(self) -> str:
        """Markdown as GitHub renders it."""
        return self._render("markdown")

    def to_html(self) -> str:
        """One self-contained HTML file with native MathML."""
        return self._render("html")

    def to_text(self) -> str:
        """Plain text for a terminal."""
        return self._render("text")

    def to(self, kind: str) -> str:
        """The page in the format of this name."""
        return self._render(kind)

    def _render(self, kind: str, template: str = "page") -> str:
        from symcost.render.environment import render

        return render(self.page, kind, template)

    def _repr_markdown_(self) -> str:
        return self.to_markdown()


@final
class Model:
    """A declared network whose sizes are symbols, with the sizes of one published model."""

    def __init__(self, architecture: Architecture) -> None:
        """Use `symcost.load`."""
        self.architecture = architecture

    @property
    def name(self) -> str:
        """The name it is listed under."""
        return self.architecture.name

    @cached_property
    def root(self) -> Component:
        """The declaration, frozen."""
        return build(self.architecture.declaration, self.name, **self.architecture.flags)

    def __repr__(self) -> str:
        return f"<symcost model '{self.name}': {self.architecture.title}>"

    def binding(self, **sizes: int) -> dict[Dim, Bound]:
        """The sizes in force, each with its origin; keywords are symbols or their aliases."""
        return self.architecture.bind(named_sizes(sizes), self.root)

    def ledger(
        self,
        quantity: str = "params",
        *,
        convention: str | Convention = DEFAULT,
        scope: str | None = None,
    ) -> Ledger:
        """The terms of a quantity: path, role, repeats and closed form of each."""
        return catalog.quantity(quantity).ledger(self.root, _convention(convention), scope)

    def form(
        self,
        quantity: str = "params",
        *,
        convention: str | Convention = DEFAULT,
        scope: str | None = None,
        style: str | None = None,
        by: str | None = None,
        given: Iterable[Relation] = (),
    ) -> Form:
        """The closed form as it is shown.

        `style` is expanded, factored, collected or leading, the last two with regard to the symbol
        `by`. `given` are relations to put in, such as the proportions in `architecture.cited`.
        """
        ledger = self.ledger(quantity, convention=convention, scope=scope)
        total = put_in(ledger.total, (*self.architecture.relations, *given))
        return written(total, style, find(by) if by else None).form

    def expr(
        self,
        quantity: str = "params",
        *,
        convention: str | Convention = DEFAULT,
        scope: str | None = None,
        style: str | None = None,
        given: Iterable[Relation] = (),
    ) -> Any:
        """The closed form as a SymPy expression over positive-integer symbols."""
        from symcost.algebra.symbolic import to_sympy

        form = self.form(quantity, convention=convention, scope=scope, style=style, given=given)
        return to_sympy(form)

    def value(
        self,
        quantity: str = "params",
        *,
        convention: str | Convention = DEFAULT,
        scope: str | None = None,
        **sizes: int,
    ) -> Number:
        """The exact value: an int, or a Fraction where a convention or a scope divides.

        Raises `UnboundError` naming every symbol that has no value yet.
        """
        ledger = self.ledger(quantity, convention=convention, scope=scope)
        values = {each: bound.value for each, bound in self.binding(**sizes).items()}
        try:
            return ledger.at(values)
        except UnboundError:  # now the closed form, which says whether it is needed, and what else
            total = put_in(ledger.total, self.architecture.relations)
            missing = set(total.dims()) - set(values)
            if missing:
                raise UnboundError(missing) from None
            return total.at(values)

    def derive(
        self,
        *quantities: str,
        convention: str | Convention = DEFAULT,
        scope: str | None = None,
        style: str | None = None,
        **sizes: int,
    ) -> Derived:
        """The page that derives the quantities; without any, the model's own page."""
        from symcost.render.document import DEFAULT as USUAL
        from symcost.render.document import model_page
        from symcost.render.lecture import lecture_page
        from symcost.render.parts import Subject

        subject = Subject(
            self.architecture, self.root, _convention(convention), self.binding(**sizes), style
        )
        if not quantities and self.architecture.page == "lecture":
            return Derived(lecture_page(subject))
        wanted = [catalog.quantity(name) for name in dict.fromkeys(quantities or USUAL)]
        return Derived(model_page(subject, wanted, scope))

    def report(
        self,
        *quantities: str,
        convention: str | Convention = DEFAULT,
        scope: str | None = None,
        style: str | None = None,
        cite: bool = False,
        **sizes: int,
    ) -> dict[str, Any]:
        """All quantities at once as plain data: values, expressions, units, sizes with origins.

        With `cite` the expressions have the model's published proportions put in (d_ff = 4 d). A
        quantity with a symbol that has no value is named under `unbound`, not guessed.
        """
        chosen = _convention(convention)
        binding = self.binding(**sizes)
        values = {each: bound.value for each, bound in binding.items()}
        cited = self.architecture.proportions(values) if cite else ()
        found: dict[str, Any] = {
            "model": self.name,
            "convention": chosen.name,
            "counted": chosen.sentence(),
            "values": {},
            "expressions": {},
            "units": {},
            "scopes": {},
            "unbound": {},
            "sizes": {
                each.symbol: {"value": bound.value, "origin": bound.origin}
                for each, bound in sorted(binding.items(), key=lambda pair: pair[0].key)
            },
        }
        for name in quantities or tuple(catalog.quantities()):
            ledger = self.ledger(name, convention=chosen, scope=scope)
            total = put_in(ledger.total, self.architecture.relations)
            found["expressions"][name] = python(written(put_in(total, cited), style).form)
            found["units"][name] = ledger.unit
            found["scopes"][name] = ledger.scope
            missing = [each.symbol for each in total.dims() if each not in values]
            if missing:
                found["unbound"][name] = missing
            else:
                found["values"][name] = plain_number(ledger.at(values))
        return found


def plain_number(value: Number) -> int | str:
    """An int as it is, a fraction as text: JSON knows no exact fraction."""
    return value if isinstance(value, int) else f"{value.numerator}/{value.denominator}"


def named_sizes(sizes: Mapping[str, int]) -> dict[Dim, int]:
    """Sizes by symbol, word or alias. Raises `DimensionError` for a name nobody knows."""
    found: dict[Dim, int] = {}
    for name, value in sizes.items():
        each = find(name)
        if found.setdefault(each, value) != value:
            raise LoadError(f"two values for {each.symbol}: {found[each]} and {value}")
    return found


def _convention(chosen: str | Convention) -> Convention:
    return catalog.convention(chosen) if isinstance(chosen, str) else chosen


def load(source: str | Path | Mapping[str, Any]) -> Model:
    """A model by name (`gpt2`), by configuration, or a declaration of your own.

    A configuration is the path of a `config.json`, or its dictionary; a `.toml` file composes a
    model from components; a declaration is written `package.module:function`. Raises
    `ConfigError` for a file that is not understood, `LoadError` for a module that has no such
    declaration, `UnknownNameError` for an unknown name.
    """
    if isinstance(source, str | Path) and Path(source).suffix == ".toml":
        from symcost.catalog.own_model import read_own

        return Model(read_own(source))
    if not isinstance(source, str) or is_file(source):
        from symcost.config.read import read

        return Model(read(source))
    if ":" in source:
        return _from_module(source)
    return Model(catalog.architecture(source))


def is_file(source: str) -> bool:
    """Whether a text names a file; every name with the ending .json or .toml does."""
    try:
        return Path(source).suffix in (".json", ".toml") or Path(source).is_file()
    except (OSError, ValueError):
        return False


def _from_module(source: str) -> Model:
    """A declaration, or an `Architecture`, in a module that the user names."""
    module_name, _, attribute = source.partition(":")
    if not all(part.isidentifier() for part in (*module_name.split("."), attribute)):
        raise LoadError(f"{source}: write package.module:function")
    try:
        module = importlib.import_module(module_name)
    except ImportError as error:
        raise LoadError(f"{source}: cannot import {module_name}: {error}") from None
    declared = getattr(module, attribute, None)
    if isinstance(declared, Architecture):
        return Model(declared)
    if not callable(declared):
        raise LoadError(f"{source}: {module_name} has no function '{attribute}'")
    model = Model(Architecture(attribute, attribute, declared, source, {}))
    try:
        _ = model.root
    except DeclarationError:
        raise
    except Exception as error:  # whatever a function that is no declaration may raise
        raise LoadError(
            f"{source}: as a declaration it failed with {type(error).__name__}: {error}"
        ) from error
    return model

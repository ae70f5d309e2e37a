"""The public face: `load` a model, ask for closed forms, exact numbers, ledgers and derivations.

import symcost
m = symcost.load("gpt2")
m.expr("params")                        # SymPy expression in V, n_ctx, L, d and d_ff
m.value("flops_forward", B=1, s=1024)   # 291648307200
m.derive("params").to_latex()
"""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, final

from symcost.algebra.dim import Dim, dim, find
from symcost.algebra.form import Form
from symcost.algebra.identity import put_in
from symcost.algebra.poly import Number, UnboundError
from symcost.algebra.shown import Shown
from symcost.algebra.simplify import ratio_form, written
from symcost.catalog import find as catalog
from symcost.catalog.own_module import read_module
from symcost.catalog.sizes import named_sizes
from symcost.config.keys import CONFIG
from symcost.derived import Derived
from symcost.graph.architecture import Architecture, Bound
from symcost.graph.author import build
from symcost.graph.choices import with_choices
from symcost.graph.component import Component
from symcost.graph.phases import in_phase
from symcost.graph.selecting import split_rank
from symcost.graph.variant import Variant, trained_otherwise
from symcost.models.absorbed import absorbed
from symcost.quantities.convention import DEFAULT, Convention
from symcost.quantities.plan import Plan
from symcost.quantities.spread import PLANNED, with_degrees

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from symcost.algebra.identity import Relation
    from symcost.algebra.poly import Poly
    from symcost.algebra.ratio import Ratio
    from symcost.quantities.intensity import Divided
    from symcost.quantities.interpret import Measured
    from symcost.quantities.ledger import Ledger
    from symcost.questions.crossover import Crossing
    from symcost.questions.solve import Solved
    from symcost.render.parts import Subject
    from symcost.sweep.plan import Plan as SweepPlan


@final
class Model(Shown):
    """A declared network whose sizes are symbols, with the sizes of one published model.

    >>> m = symcost.load("gpt2")
    >>> m
    <symcost model 'gpt2': GPT-2 small>
    >>> m.expr("kv_cache_bytes"), m.value("kv_cache_bytes", B=1, s=1024)
    (4*B*L*d*s, 37748736)
    """

    def __init__(
        self,
        architecture: Architecture,
        root: Component | None = None,
        plan: Plan | None = None,
    ) -> None:
        """Use `symcost.load`. `root` is the declaration where it is frozen already."""
        self._declared = architecture
        self.plan = plan
        if root is not None:
            self.__dict__["root"] = root  # where the cached property keeps it

    @cached_property
    def architecture(self) -> Architecture:
        """Sizes, relations and limits, those included that the declaration itself sets."""
        return with_choices(self._declared, self.root)

    @property
    def name(self) -> str:
        """The name it is listed under."""
        return self._declared.name

    @cached_property
    def root(self) -> Component:
        """The declaration, frozen."""
        return build(self._declared.declaration, self.name, **self._declared.flags)

    def in_phase(self, phase: str) -> Model:
        """The same network in a phase: train, prefill, decode (one token after t), extend.

        Raises `PhaseError` for a declaration that cannot go on from a cache.

        >>> symcost.load("gpt2").in_phase("decode").value("flops_forward", B=1, t=1023)
        284812800
        """
        root = in_phase(self.root, phase)
        if root is self.root:
            return self
        new, before = root.size("time"), dim("cached")
        limits = [
            replace(each, small=before.word, more=new) if each.small == "time" else each
            for each in self.architecture.limits
        ]
        return Model(replace(self.architecture, limits=tuple(limits)), root)

    def variant(
        self, *, freeze: str = "", train_only: str = "", lora: str = "", prediction: int = 0
    ) -> Model:
        """The same network trained in another way; see docs/variants.md.

        `freeze` and `train_only` select weights (`embeddings, layer[:4], attention.W_Q`); `lora`
        selects matrices that get low-rank updates, with the rank in front (`r=16: W_Q, W_V`), all
        else frozen; `prediction` adds modules that predict further tokens. Raises `VariantError`.

        >>> symcost.load("gpt2").variant(lora="r=8: W_Q, W_V").expr("params_trainable")
        4*L*d*r_A
        """
        model = self
        if prediction:
            from symcost.models.multi_token import predicting_ahead

            model = Model(predicting_ahead(self.architecture, prediction))
        rank, matrices = split_rank(lora)
        chosen = Variant.read(freeze, train_only, matrices)
        if not chosen.selectors:
            return model
        return Model(*trained_otherwise(model.architecture, model.root, chosen, rank))

    def absorbed(self) -> Model:
        """The same network with latent attention absorbed, as in serving; before `in_phase`.

        Raises `DeclarationError` where no layer has latent attention.

        >>> served = symcost.load("deepseek-v3").absorbed().in_phase("decode")
        >>> served.value("flops_forward", B=1, t=4095)
        142841085952
        """
        return Model(absorbed(self.architecture))

    def planned(self, plan: Plan) -> Model:
        """The same network trained under a plan: `m.planned(symcost.Plan(dp=8, zero=1))`.

        What a device holds and sends is then said for that plan; see docs/parallelism.md.

        >>> m = symcost.load("gpt2")
        >>> m.planned(symcost.Plan(dp=8, zero=1)).value("training_state_bytes")
        684418944
        """
        return Model(self.architecture, self.root, plan)

    def _counted(self, chosen: str | Convention, *quantities: str) -> Convention:
        """The way to count, with the plan in force where there is one, or where one is needed."""
        found = _convention(chosen)
        plan = self.plan
        if plan is None and found.plan is None and PLANNED.intersection(quantities):
            plan = Plan()
        return found if plan is None else replace(found, plan=plan)

    def __repr__(self) -> str:
        return f"<symcost model '{self.name}': {self._declared.title}>"

    def binding(self, **sizes: int) -> dict[Dim, Bound]:
        """The sizes in force, each with its origin; keywords are symbols or their aliases.

        >>> sizes = symcost.load("gpt2").binding(n_embd=1024, h=16)
        >>> [(each.symbol, bound.value, bound.origin) for each, bound in sizes.items()][-1]
        ('d_h', 64, 'd/h: the heads tile the width of the model')
        """
        bound = self.architecture.bind(named_sizes(sizes), self.root)
        return bound if self.plan is None else with_degrees(bound, self.root, self.plan)

    def ledger(
        self,
        quantity: str = "params",
        *,
        convention: str | Convention = DEFAULT,
        scope: str | None = None,
    ) -> Ledger:
        """The terms of a quantity: path, role, repeats and closed form of each.

        >>> ledger = symcost.load("gpt2").ledger("params")
        >>> ledger.by_role()[symcost.Role.MATRIX]
        Poly(4*L*h*d*d_h + 2*L*d*d_ff)
        >>> [term.path for term in ledger.terms][:2]
        [('W_E',), ('positions', 'W_P')]
        """
        counted = self._counted(convention, quantity)
        return catalog.quantity(quantity).ledger(self.root, counted, scope)

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

        >>> from symcost.algebra.plain import python
        >>> python(symcost.load("lecture").form("params", style="expanded"))
        '4*L*d**2 + 2*L*d*d_ff'
        """
        relations = (*self.architecture.relations, *given)
        if quantity in catalog.quotients():
            return ratio_form(self.ratio(quantity, convention=convention, given=given))
        ledger = self.ledger(quantity, convention=convention, scope=scope)
        return written(put_in(ledger.total, relations), style, find(by) if by else None).form

    def ratio(
        self,
        quotient: str,
        *,
        convention: str | Convention = DEFAULT,
        given: Iterable[Relation] = (),
    ) -> Ratio:
        """The closed form of a quotient such as `arithmetic_intensity`, of a whole batch.

        >>> [each.symbol for each in symcost.load("lecture").ratio("arithmetic_intensity").dims()]
        ['B', 'L', 's', 'h', 'd', 'd_ff']
        """
        found = catalog.quotient(quotient)
        relations = (*self.architecture.relations, *given)
        return found.ratio(self.root, self._counted(convention), relations)

    def expr(
        self,
        quantity: str = "params",
        *,
        convention: str | Convention = DEFAULT,
        scope: str | None = None,
        style: str | None = None,
        given: Iterable[Relation] = (),
    ) -> Any:
        """The closed form as a SymPy expression over positive-integer symbols.

        >>> m = symcost.load("lecture")
        >>> m.expr("params")
        2*L*d*(2*d + d_ff)
        >>> m.expr("params", given=m.architecture.cited)
        12*L*d**2
        >>> m.expr("flops_forward", convention="kaplan-2020", scope="token")
        2*L*d*(4*d + 2*d_ff + s)
        """
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

        >>> m = symcost.load("gpt2")
        >>> m.value("params"), m.value("params", d=1024, h=16)
        (124439808, 203668480)
        >>> m.value("flops_forward", scope="token", s=1024)
        284812800
        >>> m.value("flops_forward")
        Traceback (most recent call last):
        symcost.algebra.poly.UnboundError: no value for B (sequences in the batch), ...
        """
        values = {each: bound.value for each, bound in self.binding(**sizes).items()}
        if quantity in catalog.quotients():
            return self.ratio(quantity, convention=convention).at(values)
        ledger = self.ledger(quantity, convention=convention, scope=scope)
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
        """The page that derives the quantities; without any, the model's own page.

        >>> page = symcost.load("lecture").derive("params").to_text()
        >>> [line.strip() for line in page.splitlines() if "<--" in line][0]
        '= 2 L d (2 d + d_ff)   <--   [pull out what all terms share]'
        """
        from symcost.render.document import DEFAULT as USUAL
        from symcost.render.document import model_page
        from symcost.render.lecture import lecture_page

        subject = self.subject(*quantities, convention=convention, style=style, **sizes)
        if not quantities and self.architecture.page == "lecture":
            return Derived(lecture_page(subject), subject=subject)
        quotients = catalog.quotients()
        wanted: list[Measured | Divided] = []
        for name in quantities or USUAL:
            if name in quotients:  # its two sides are derived before it
                wanted += (quotients[name].top, quotients[name].bottom, quotients[name])
            else:
                wanted.append(catalog.quantity(name))
        once = {each.name: each for each in wanted}
        return Derived(model_page(subject, tuple(once.values()), scope), subject=subject)

    def subject(
        self,
        *quantities: str,
        convention: str | Convention = DEFAULT,
        style: str | None = None,
        **sizes: int,
    ) -> Subject:
        """What a page about this model is made of: see `symcost.render.parts`."""
        from symcost.render.parts import Subject

        return Subject(
            self.architecture,
            self.root,
            self._counted(convention, *quantities),
            self.binding(**sizes),
            style,
        )

    def solve(
        self,
        question: str,
        unknown: str,
        *,
        convention: str | Convention = DEFAULT,
        scope: str | None = None,
        **sizes: int,
    ) -> Solved:
        """The size at which a cost meets a number: `m.solve("params = 1e9", "d")`.

        See `symcost.questions.solve.solve`; `explained` derives the answer on a page.

        >>> symcost.load("gpt2").solve("params = 1e9", "d").verdict
        'no possible d meets it exactly: 2,460 and 2,472 are the nearest'
        """
        from symcost.questions.solve import solve

        counted = self._counted(convention)
        return solve(self, question, unknown, convention=counted, scope=scope, sizes=sizes)

    def crossover(
        self,
        left: str,
        right: str,
        by: str,
        *,
        quantity: str = "flops_forward",
        convention: str | Convention = DEFAULT,
        scope: str | None = None,
        **sizes: int,
    ) -> Crossing:
        """Where one part of a cost overtakes another: `m.crossover("attention", "rest", "s")`.

        See `symcost.questions.crossover.crossover`; `explained` derives the answer on a page.

        >>> symcost.load("gpt2").crossover("attention", "rest", "s").first
        6703
        """
        from symcost.questions.crossover import crossover

        return crossover(
            self,
            left,
            right,
            by,
            quantity=quantity,
            convention=self._counted(convention, quantity),
            scope=scope,
            sizes=sizes,
        )

    def explained(self, answer: Solved | Crossing) -> Derived:
        """The page that derives what `solve` or `crossover` answered."""
        from symcost.questions.solve import Solved
        from symcost.render.crossover_page import crossover_page
        from symcost.render.parts import Subject
        from symcost.render.solve_page import solve_page

        moving = {answer.by, *(e.dim for e in answer.relations if answer.by in e.value.dims())}
        binding = {e: b for e, b in self.binding(**answer.given).items() if e not in moving}
        subject = Subject(self.architecture, self.root, answer.cost.ledger.convention, binding)
        if isinstance(answer, Solved):
            return Derived(solve_page(subject, answer), subject=subject)
        return Derived(crossover_page(subject, answer), subject=subject)

    def export(
        self,
        quantity: str = "params",
        to: str = "python",
        *,
        convention: str | Convention = DEFAULT,
        scope: str | None = None,
        style: str | None = None,
        **sizes: int,
    ) -> str:
        """The closed form as a function in python, numpy, c, javascript, sql, spark or
        spreadsheet.

        Its arguments are the symbols of the closed form; `sizes` are put in. See docs/sweeps.md
        for what each does where a number grows too large. Raises `ExportError`.

        >>> print(symcost.load("gpt2").export("kv_cache_bytes", "python", B=1))
        from operator import index
        ...
        def gpt2_kv_cache_bytes(L, s, d):
            L, s, d = map(index, (L, s, d))
            if min(L, s, d) < 1:
                raise ValueError("sizes are at least 1")
            return 4*L*s*d
        <BLANKLINE>
        """
        from symcost.algebra.form import dims_of
        from symcost.export.write import export, rules_among, with_sizes
        from symcost.quantities.shard import Device

        form = self.form(quantity, convention=convention, scope=scope, style=style)
        held = named_sizes(sizes)
        whole: Iterable[Poly] = ()
        if self.plan is not None:  # its degrees are put in too, and divide what they split
            whole = Device(self.root, self.plan).quotients()
            degrees = self.plan.values().items()
            held = {**{each: n for each, n in degrees if each in dims_of(form)}, **held}
        put = with_sizes(form, held, style)
        return export(
            put,
            to,
            f"{self.name}_{quantity}",
            f"{quantity} of {self.name}; {self._counted(convention, quantity).sentence()}",
            rules_among(dims_of(put), self.architecture, held, whole),
        )

    def sweep(
        self,
        quantity: str = "params",
        *,
        convention: str | Convention = DEFAULT,
        scope: str | None = None,
        big: bool = True,
        **sizes: Any,
    ) -> Any:
        """Exact values at many configurations: arrays of whole numbers in, a NumPy array out.

        The arrays broadcast. What is not given keeps its published value or rule (`d_ff = 4 d`);
        a published size that the closed form does not have (the heads of gpt2) is not asked.
        The result is int64 where a bound shows that every intermediate value fits, else it holds
        Python integers; without `big` that is refused. Raises `SweepError`, `SizeError`.

        >>> symcost.load("gpt2").sweep("params", L=[12, 24])
        array([124439808, 209494272])
        """
        from symcost.sweep.run import split, sweep

        swept, fixed = split(sizes)
        chosen = self.sweep_plan(quantity, swept, fixed, convention=convention, scope=scope)
        return sweep(chosen, swept, big=big)

    def sweep_plan(
        self,
        quantity: str,
        swept: Iterable[Dim],
        fixed: Mapping[Dim, int],
        *,
        convention: str | Convention = DEFAULT,
        scope: str | None = None,
    ) -> SweepPlan:
        """What a sweep computes in every row, and what it checks there: see `symcost.sweep`."""
        from symcost.quantities.shard import Device
        from symcost.sweep.plan import ALONE, Spread, plan

        form = self.form(quantity, convention=convention, scope=scope)
        spread = ALONE
        if self.plan is not None:
            spread = Spread(self.plan.values(), Device(self.root, self.plan).quotients())
        what = f"{quantity} of {self.name}"
        return plan(form, self.architecture, self.root, swept, fixed, what, spread)

    def report(
        self,
        *quantities: str,
        convention: str | Convention = DEFAULT,
        scope: str | None = None,
        style: str | None = None,
        cite: bool = False,
        **sizes: int,
    ) -> dict[str, Any]:
        """Quantities at once as plain data: values, expressions, units, sizes with origins.

        Without any they are those that are asked for most. With `cite` the expressions have the
        model's published proportions put in (d_ff = 4 d). A quantity with a symbol that has no
        value is named under `unbound`, not guessed.

        >>> found = symcost.load("gpt2").report("params", cite=True)
        >>> found["values"], found["expressions"]
        ({'params': 124439808}, {'params': 'd*(L*(12*d + 13) + V + n_ctx + 2)'})
        """
        from symcost.questions.reported import report

        chosen = self._counted(convention, *quantities)
        binding = self.binding(**sizes)
        return report(self, quantities, chosen, binding, scope=scope, style=style, cite=cite)


def _convention(chosen: str | Convention) -> Convention:
    return catalog.convention(chosen) if isinstance(chosen, str) else chosen


def load(source: str | Path | Mapping[str, Any]) -> Model:
    """A model by name (`gpt2`), by configuration, or a declaration of your own.

    A configuration is the path of a `config.json` or of its folder, or its dictionary; a `.toml`
    file composes a model from components; a declaration is written `package.module:function`, or
    `file.py:function` where the file lies in the current folder. Raises
    `ConfigError` for a file that is not understood, `LoadError` for a module that has no such
    declaration, `UnknownNameError` for an unknown name.

    >>> symcost.load("llama-2-70b").value("params")
    68976648192
    >>> config = {"model_type": "gpt2", "n_embd": 384, "n_layer": 6, "n_head": 6}
    >>> symcost.load(config).value("params_non_embedding")
    10647552
    """
    if isinstance(source, str | Path) and Path(source).suffix == ".toml":
        from symcost.catalog.own_model import read_own

        return Model(read_own(source))
    if isinstance(source, str) and _is_code(source):
        return Model(*read_module(source))
    if not isinstance(source, str) or is_file(source):
        from symcost.config.read import read

        return Model(read(source))
    return Model(catalog.architecture(source))


def _is_code(source: str) -> bool:
    """Whether a text names a declaration, or the file of one."""
    return source.endswith(".py") or (":" in source and not is_file(source))


def is_file(source: str) -> bool:
    """Whether a text names a file, or the folder of a configuration.

    Every name with the ending .json or .toml does; a folder without a config.json does where it is
    written as a path, so that what is missing is said.
    """
    try:
        place = Path(source)
        if place.suffix in (".json", ".toml") or place.is_file():
            return True
        return place.is_dir() and ("/" in source or (place / CONFIG).is_file())
    except (OSError, ValueError):
        return False

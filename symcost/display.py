"""What a notebook shows of an object: MIME types made from the same pages as everything else.

`symcost` names this module to `algebra.shown`, so that objects of the lower layers can be shown
without importing what sets a page.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

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
)
from symcost.algebra.plain import people
from symcost.algebra.poly import Poly
from symcost.algebra.proof import Derivation
from symcost.algebra.ratio import Ratio
from symcost.algebra.simplify import ratio_form, simplest
from symcost.checking.verdict import Marked, Verdict
from symcost.derived import Derived
from symcost.model import Model
from symcost.plot.svg import svg
from symcost.quantities.ledger import Ledger
from symcost.render.environment import fill, render, writer
from symcost.render.language import ENGLISH, language
from symcost.render.latex import LatexMath
from symcost.render.mathml import write as mathml
from symcost.render.page import Cite, Prose
from symcost.render.translate import Translator
from symcost.render.writer import Raw

if TYPE_CHECKING:
    from symcost.render.language import Language
    from symcost.render.page import Block, Page

FRAGMENT = "notebook/page.html"
FORMS = (Num, Sym, Named, Product, Sum, Power, Quotient, Function, Under)


def pictures(shown: object) -> dict[str, str]:
    """The MIME types of an object and their texts; none for what shows itself as text."""
    if isinstance(shown, Verdict | Marked):
        from symcost.render.marked import render_marked

        return {
            "text/html": render_marked(shown, "html", template="notebook/verdict"),
            "text/markdown": render_marked(shown, "markdown"),
        }
    page = page_of(shown)
    if page is not None:
        said = language(shown.language) if isinstance(shown, Derived) else ENGLISH
        return {
            "text/html": _fragment(page, said),
            "text/latex": render(page, "latex", "fragment", language=said),
        }
    form = _form(shown)
    if form is not None:
        latex = rf"$\displaystyle {LatexMath().write(form)}$"
        html = f'<div class="symcost"><math displaystyle="true">{mathml(form)}</math></div>'
        return {"text/html": html, "text/latex": latex, "text/plain": people(form)}
    return {}


def page_of(shown: object) -> Page | None:
    """The page or the card of an object, None where it has none."""
    from symcost.render import cards

    if isinstance(shown, Derived):
        return shown.page
    if isinstance(shown, Model):
        return cards.model_card(shown.subject())
    if isinstance(shown, Ledger):
        return cards.ledger_card(shown)
    if isinstance(shown, Derivation):
        return cards.claim_card(shown)
    return _answer_page(shown)


def _answer_page(shown: object) -> Page | None:
    """The card of what a question was answered with."""
    from symcost.questions.compare import Comparison, ConventionComparison
    from symcost.questions.crossover import Crossing
    from symcost.questions.sensitivity import Elasticity
    from symcost.questions.solve import Solved
    from symcost.questions.which.ask import Naming
    from symcost.render import cards, comparison, crossover_page, solve_page

    match shown:
        case Solved():
            return solve_page.solve_card(shown)
        case Crossing():
            return crossover_page.crossing_card(shown)
        case Naming():
            return cards.naming_card(shown)
        case Comparison():
            return comparison.comparison_page(shown)
        case ConventionComparison():
            return comparison.conventions_page(shown)
        case Elasticity():
            return cards.claim_card(shown.claim, f"The elasticity in {shown.by.symbol}")
    return None


def _fragment(page: Page, language: Language) -> str:
    """HTML to stand among others: figures inside, and no link to a place in the page."""
    to = Translator(language)
    said = to.page(page)
    return fill(
        FRAGMENT,
        "html",
        page=replace(said, content=tuple(map(_without_links, said.blocks))),
        w=writer("html", language.digits),
        t=to.words,
        draw=lambda each: Raw(svg(each)),
    )


def _without_links(block: Block) -> Block:
    if not isinstance(block, Prose):
        return block
    return Prose(tuple(each.short if isinstance(each, Cite) else each for each in block.runs))


def _form(shown: object) -> Form | None:
    if isinstance(shown, Poly):
        return simplest(shown).form
    if isinstance(shown, Ratio):
        return ratio_form(shown)
    return shown if isinstance(shown, FORMS) else None

"""Formulas as MathML, made when the site is built: the browser needs no script and no network."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from html import escape
from typing import TYPE_CHECKING, Any

from docutils import nodes
from docutils.utils.math import MathError
from docutils.utils.math.latex2mathml import tex2mathml
from sphinx.util import logging

if TYPE_CHECKING:
    from collections.abc import Callable

# What only changes sizes or colours; the signs and the numbers under the braces say the same.
DECORATION = re.compile(r"\\(?:[bB]igg?[lrm]?(?![A-Za-z])|color\{\w+\})")
MATHML = "{http://www.w3.org/1998/Math/MathML}"
BRACE = "\u23df"
ET.register_namespace("", MATHML.strip("{}"))


def convert(latex: str, *, block: bool = False) -> str:
    """A formula as MathML. Raises `MathError` for what the converter does not know."""
    made = ET.fromstring(tex2mathml(DECORATION.sub("", latex).strip(), as_block=block))
    for each in made.iter(f"{MATHML}msub"):
        if each[0].tag == f"{MATHML}munder" and each[0][-1].text == BRACE:
            each.tag = f"{MATHML}munder"  # what names the brace stands below it, not behind it
    return ET.tostring(made, encoding="unicode", short_empty_elements=False)


def _visit(*, block: bool) -> Callable[[Any, nodes.Element], None]:
    before, after = ('<div class="formula">', "</div>\n") if block else ("", "")

    def visit(translator: Any, node: nodes.Element) -> None:
        latex = node.astext()
        try:
            shown = convert(latex, block=block)
        except MathError as error:  # a warning, which stops `make docs`
            logging.getLogger(__name__).warning("%s in %s", error, latex, location=node)
            shown = f"<code>{escape(latex)}</code>"
        translator.body.append(f"{before}{shown}{after}")
        raise nodes.SkipNode

    return visit


INLINE = (_visit(block=False), None)
BLOCK = (_visit(block=True), None)

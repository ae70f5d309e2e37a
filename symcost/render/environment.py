"""The templates: where they are, and one Jinja environment for each format."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from symcost.render.page import sections
from symcost.render.writer import Raw, Writer

if TYPE_CHECKING:
    import jinja2

    from symcost.render.page import Page

FORMATS = ("latex", "markdown", "html", "text")


class FormatError(ValueError):
    """A format that does not exist."""


@cache
def templates() -> Path:
    """The folder of the templates: inside an installed package, beside it in a checkout."""
    package = Path(__file__).resolve().parent.parent
    for folder in (package / "templates", package.parent / "templates"):
        if (folder / "latex").is_dir():
            return folder
    raise FormatError(
        f"the templates of symcost are missing: neither {package / 'templates'} nor "
        f"{package.parent / 'templates'} holds them; install symcost again"
    )


@cache
def writer(kind: str) -> Writer:
    """The writer of a format."""
    if kind == "latex":
        from symcost.render.latex import LatexWriter

        return LatexWriter()
    if kind == "markdown":
        from symcost.render.markdown import MarkdownWriter

        return MarkdownWriter()
    if kind == "html":
        from symcost.render.mathml import HtmlWriter

        return HtmlWriter()
    if kind == "text":
        from symcost.render.text import TextWriter

        return TextWriter()
    raise FormatError(f"'{kind}' is not a format: choose {', '.join(FORMATS)}")


@cache
def environment(kind: str) -> jinja2.Environment:
    """The Jinja environment of a format. Whatever is not `Raw` is escaped when it is printed."""
    import jinja2

    sets = writer(kind)
    html = kind == "html"
    # Braces and dollars belong to LaTeX, so its templates write << value >> and <% block %>.
    delimiters: dict[str, Any] = {
        "block_start_string": "<%",
        "block_end_string": "%>",
        "variable_start_string": "<<",
        "variable_end_string": ">>",
        "comment_start_string": "<#",
        "comment_end_string": "#>",
    }
    made = jinja2.Environment(
        loader=jinja2.FileSystemLoader(templates() / sets.folder, encoding="utf-8"),
        undefined=jinja2.StrictUndefined,
        autoescape=html,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        finalize=None if html else lambda value: _escaped(sets, value),
        **({} if html else delimiters),
    )
    made.globals["w"] = sets
    made.globals["sections"] = sections
    return made


def _escaped(sets: Writer, value: object) -> object:
    return value if isinstance(value, Raw) else sets.escape(str(value))


def render(page: Page, kind: str, template: str = "page") -> str:
    """A page in a format. `fragment` is LaTeX without a preamble, for `\\input`."""
    name = f"{template}.{writer(kind).extension}"
    return environment(kind).get_template(name).render(page=page)

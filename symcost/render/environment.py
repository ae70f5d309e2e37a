"""The templates: where they are, and one Jinja environment for each format."""

from __future__ import annotations

import traceback
from contextlib import contextmanager
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from symcost.render.language import ENGLISH, Language
from symcost.render.measure import LINE, PAGE
from symcost.render.page import sections
from symcost.render.screen import PAPER
from symcost.render.steering import STEERING
from symcost.render.translate import Translator
from symcost.render.writer import DIGITS, Digits, Raw, Writer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import jinja2

    from symcost.render.page import Page
    from symcost.render.screen import Screen

FORMATS = ("latex", "markdown", "html", "text", "typst")

# Of Markdown, for programs that read formulas in another form than GitHub does.
FLAVOURS = ("myst", "quarto", "pandoc")
LARGEST_FILE = 1_000_000  # bytes of a template of the user's
LONGEST_REASON = 300


class FormatError(ValueError):
    """A format that does not exist."""


class TemplateError(ValueError):
    """A template of the user's that cannot be filled in. Names the file and the line."""


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
def writer(kind: str, digits: Digits = DIGITS) -> Writer:
    """The writer of a format, for a language that writes numbers in this way."""
    if kind == "latex":
        from symcost.render.latex import LatexWriter

        return LatexWriter(digits)
    if kind == "markdown" or kind in FLAVOURS:
        from symcost.render.markdown import MarkdownWriter

        return MarkdownWriter(digits, "" if kind == "markdown" else kind)
    if kind == "html":
        from symcost.render.html import HtmlWriter

        return HtmlWriter(digits)
    if kind == "text":
        return text_writer(PAPER, digits)
    if kind == "typst":
        from symcost.render.typst import TypstWriter

        return TypstWriter(digits)
    raise FormatError(f"'{kind}' is not a format: choose {', '.join(FORMATS)}")


def text_writer(screen: Screen, digits: Digits = DIGITS) -> Writer:
    """The writer of plain text for a screen."""
    from symcost.render.text import TextWriter

    return TextWriter(digits, screen)


@cache
def environment(kind: str, own: Path | None = None) -> jinja2.Environment:
    """The Jinja environment of a format. Whatever is not `Raw` is escaped when it is printed.

    Templates in the folder `own` stand before ours, which are always found under `symcost/` too.
    They may come from strangers, so nothing in a template reaches beyond what it is given, and
    `bounds` says how far it may go with that.
    """
    import jinja2
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    from symcost.render.bounds import Bounded

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
    folders = [templates() / each for each in (sets.folder, sets.beneath) if each]
    ours = jinja2.FileSystemLoader(folders, encoding="utf-8")
    first = [] if own is None else [_within(own)]
    made = (ImmutableSandboxedEnvironment if own is None else Bounded)(
        loader=jinja2.ChoiceLoader([*first, ours, jinja2.PrefixLoader({"symcost": ours})]),
        undefined=jinja2.StrictUndefined,
        autoescape=html,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        finalize=_without_controls if html else lambda value: _escaped(sets, value),
        **({} if html else delimiters),
    )
    if not html:  # what `super()` brings is in the format already
        joined = made.concat
        made.concat = lambda parts: Raw(joined(parts))  # type: ignore[method-assign]
    made.globals["w"] = sets  # of a page in another language it is given with the page
    made.globals["sections"] = sections
    # The line of an article; whoever fills a template in may say how wide another one is.
    made.globals["line"], made.globals["room"] = LINE, PAGE
    return made


def _within(own: Path) -> jinja2.BaseLoader:
    """Templates of a folder; a link in it that leads out of it is not there."""
    import jinja2

    def text(name: str) -> tuple[str, str, Callable[[], bool]] | None:
        path = own.joinpath(*jinja2.loaders.split_template_path(name))
        if not path.is_file() or not path.resolve().is_relative_to(own):
            return None
        if path.stat().st_size > LARGEST_FILE:
            raise TemplateError(f"{name}: a template has at most {LARGEST_FILE:,} bytes")
        return path.read_text(encoding="utf-8"), str(path), lambda: True

    return jinja2.FunctionLoader(text)


def _without_controls(value: object) -> object:
    """Text without signs that steer terminals or the direction of reading; Jinja escapes it."""
    if not isinstance(value, str) or hasattr(value, "__html__"):
        return value
    return STEERING.sub("", value)


def _escaped(sets: Writer, value: object) -> object:
    return value if isinstance(value, Raw) else sets.escape(str(value))


def render(
    page: Page,
    kind: str,
    template: str = "page",
    own: Path | None = None,
    language: Language = ENGLISH,
    screen: Screen | None = None,
) -> str:
    """A page in a format and a language. `fragment` is LaTeX without a preamble, for `\\input`.

    `screen` is what text is set for; other formats have widths and colours of their own.
    Warns (`UntranslatedWarning`) where a sentence has no words in the language and stays English.
    """
    with said(page, kind, language) as given:
        if kind == "text" and screen is not None:
            given["w"] = text_writer(screen, language.digits)
        if kind == "html" and template == "page":
            from symcost.render.sheet import sheet

            given |= sheet(given["page"], templates() / "html" / "live", given["t"], language)
        return fill(f"{template}.{given['w'].extension}", kind, own, **given)


@contextmanager
def said(page: Page, kind: str, language: Language) -> Iterator[dict[str, Any]]:
    """What a template is given: the page in a language, its writer `w`, and `t` for other words."""
    if kind in ("latex", "typst"):
        language = replace(language, digits=language.digits.printed)
    to = Translator(language)
    yield {
        "page": to.page(page),
        "w": writer(kind, language.digits),
        "t": to.words,
        "language": language,
    }
    to.warn()


def fill(name: str, kind: str, own: Path | None = None, **given: Any) -> str:
    """A template filled in. Raises `TemplateError` where one of the user's is wrong."""
    if own is None:
        return environment(kind).get_template(name).render(**given)
    if not own.is_dir():
        raise TemplateError(f"--template {own}: there is no such folder")
    from symcost.render.bounds import TooMuchError, bounded

    try:
        with bounded():
            return environment(kind, own.resolve()).get_template(name).render(**given)
    except Exception as error:  # a template may raise whatever the values in it may
        where = _place(error, own.resolve())
        if isinstance(error, RecursionError | MemoryError | SyntaxError | TooMuchError):
            where = where or name  # of all of it, or while it was compiled
        if where is None:
            raise
        raise TemplateError(f"{where}: {_reason(error)}") from error


def _reason(error: Exception) -> str:
    import jinja2

    if isinstance(error, jinja2.TemplateNotFound):
        return f"there is no template {error.name}"
    return str(error)[:LONGEST_REASON] or type(error).__name__


def _place(error: Exception, own: Path) -> str | None:
    """The user's file and line that an error comes from, or None where it is none of theirs."""
    import jinja2

    if isinstance(error, jinja2.TemplateSyntaxError):
        # Of a comment that does not end, the name is the file.
        found = [(error.filename or error.name or "", error.lineno)]
    else:
        found = [
            (frame.filename, frame.lineno or 0)
            for frame in traceback.extract_tb(error.__traceback__)
        ]
    for name, line in reversed(found):
        if Path(name).is_relative_to(own):
            return f"{Path(name).relative_to(own)}, line {line}"
    return None

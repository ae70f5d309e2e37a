"""A finished derivation: a page that is written in any format and in any language.

symcost.load("gpt2").derive("params").in_language("de").to_latex()
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, final

from symcost.algebra.shown import Shown

if TYPE_CHECKING:
    from symcost.render.page import Page
    from symcost.render.parts import Subject
    from symcost.render.screen import Screen

SLIDES = "slides"  # what typst cannot set


@final
@dataclass(frozen=True)
class Derived(Shown):
    """A finished page, ready to be written in any format."""

    page: Page
    template: Path | None = None
    subject: Subject | None = None
    language: str = "en"

    def with_template(self, folder: str | Path) -> Derived:
        """The same page through templates of your own; see docs/documents.md."""
        return replace(self, template=Path(folder))

    def in_language(self, language: str) -> Derived:
        """The same page in another language: a code such as "de", or the path of a file of words.

        See `symcost list languages` and docs/languages.md. Raises `LanguageError`. A sentence that
        the language has no words for stays English, with an `UntranslatedWarning`.
        """
        from symcost.render.language import language as find_language

        find_language(language)
        return replace(self, language=language)

    def to_latex(self, *, fragment: bool = False) -> str:
        r"""A whole article, or a fragment for `\input`.

        >>> page = symcost.load("gpt2").derive("params")
        >>> [r"\end{document}" in page.to_latex(fragment=each) for each in (False, True)]
        [True, False]
        """
        return self._render("latex", "fragment" if fragment else "page")

    def to_markdown(self) -> str:
        """Markdown as GitHub renders it."""
        return self._render("markdown")

    def to_html(self) -> str:
        """One self-contained HTML file with native MathML."""
        return self._render("html")

    def to_text(self, screen: Screen | None = None) -> str:
        """Plain text, 100 columns wide, or set for a screen."""
        return self._render("text", screen=screen)

    def to_beamer(self) -> str:
        """Slides: a frame for each claim, its steps one by one."""
        from symcost.render.language import language
        from symcost.render.slides import slides

        return slides(self.page, self.template, language(self.language))

    def to_fragments(self, line: float = 160) -> dict[str, str]:
        r"""A file for each claim, table and figure, for `\input`; lines of `line` millimetres."""
        from symcost.render.fragments import fragment_files
        from symcost.render.language import language

        return fragment_files(self.page, self.template, line, language(self.language))

    def to_macros(self, prefix: str = "") -> str:
        r"""Closed forms and numbers as `\newcommand`s, which begin with `prefix`."""
        from symcost.render.language import language
        from symcost.render.macros import macro_file

        return macro_file(self.page, prefix, self.template, language(self.language))

    def to_bibtex(self) -> str:
        """The sources that the page cites."""
        from symcost.render.bibtex import bibtex

        return bibtex(self.page)

    def to_certificate(self) -> str:
        """The chains of equations as data that `symcost verify` checks; see docs/certificates.md.

        >>> text = symcost.load("gpt2").derive("params").to_certificate()
        >>> '"format": "symcost certificate 1"' in text
        True
        """
        from symcost.certificates.write import certificate_text

        return certificate_text(self.page)

    def to_coq(self) -> str:
        """Every step as a goal for Coq, with its proof."""
        from symcost.certificates.coq import coq_text
        from symcost.certificates.write import certificate

        return coq_text(certificate(self.page))

    def to_json(self) -> str:
        """The whole page as data: claims, steps, tables, exact numbers; see docs/data.md."""
        from symcost.render.data import page_data, written

        return written(page_data(self.said(), self.subject))

    def to_csv(self, table: str | None = None) -> str:
        """One of `tables()` as CSV; without a name the only one. Raises `TableError`."""
        from symcost.render.data import one_csv

        return one_csv(self.said(), table)

    def tables(self) -> list[str]:
        """The names of the tables on the page, in its order."""
        from symcost.render.data import table_names

        return table_names(self.page)

    def to_pdf(
        self,
        path: str | Path,
        engine: str | None = None,
        *,
        slides: bool = False,
        overwrite: bool = True,
    ) -> Path:
        """Writes the page as PDF: by latexmk, tectonic, pdflatex or typst, the first installed.

        `slides` are set by TeX alone. Without `overwrite` a file that exists stays. Raises
        `PdfError` where no engine is installed that can, and with the first complaint of one that
        fails; `FileError` where the file cannot be written.
        """
        from symcost.render.pdf import write_pdf

        if slides:
            return write_pdf(
                Path(path), lambda _: self.to_beamer(), engine, SLIDES, overwrite=overwrite
            )
        own = self.template
        # Somebody's own LaTeX must not be left out without a word.
        tex = own is not None and any(own.rglob("*.tex")) and not any(own.rglob("*.typ"))
        what = "templates in LaTeX" if tex else ""
        return write_pdf(Path(path), self.to, engine, what, overwrite=overwrite)

    def to(self, kind: str) -> str:
        """The page in the format of this name: latex, beamer, macros, bibtex, typst, markdown,
        html, text, json, csv, certificate or coq.
        """
        made = {
            "beamer": self.to_beamer,
            "macros": self.to_macros,
            "bibtex": self.to_bibtex,
            "certificate": self.to_certificate,
            "coq": self.to_coq,
        }
        return made[kind]() if kind in made else self._render(kind)

    def said(self) -> Page:
        """The page in its language."""
        from symcost.render.language import language
        from symcost.render.translate import Translator

        to = Translator(language(self.language))
        said = to.page(self.page)
        to.warn()
        return said

    def _render(self, kind: str, template: str = "page", screen: Screen | None = None) -> str:
        if kind in ("json", "csv"):
            return self.to_json() if kind == "json" else self.to_csv()
        from symcost.render.environment import render
        from symcost.render.language import language

        words = language(self.language)
        return render(self.page, kind, template, self.template, words, screen)

    def __repr__(self) -> str:
        return f"<symcost derivation: {self.page.title}>"

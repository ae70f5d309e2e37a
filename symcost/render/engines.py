"""The programs that may set a page as PDF, in the order in which they are tried."""

from __future__ import annotations

ENGINES = ("latexmk", "tectonic", "pdflatex", "typst")

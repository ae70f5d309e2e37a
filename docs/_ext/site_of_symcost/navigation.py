"""What the site adds to pages because on GitHub it would only be in the way: navigation."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sphinx.application import Sphinx

REFERENCE = (
    *("generated/commands", "python", "generated/models", "generated/quantities"),
    *("generated/conventions", "generated/components", "generated/symbols"),
    *("generated/devices", "generated/optimizers"),
)
# A name in front of <...> is the short form of a title that would fill two lines.
GROUPS = {
    "Start": ("The first hour <tutorial>", "In the terminal <terminal>", "generated/gallery"),
    "How to": ("Lecture notes <howto-lecture>", "Check <howto-check>", "Evaluate <howto-evaluate>"),
    "Questions": (
        "All at a glance <beyond>",
        "Solve and crossover <questions-solve>",
        "Compare, sensitivity, growth <questions-compare>",
        "Check a formula or a work <checking>",
        "Name a number <which>",
        "Activations <activations>",
        "Many devices <parallelism>",
        "Bytes, rooflines, decoding <traffic>",
        "Fine-tuning, LoRA <variants>",
        "Sweeps and export <sweeps>",
        "Figures <plots>",
    ),
    "Pages": (
        "Documents in LaTeX <documents>",
        "PDF <pdf>",
        "The live page <live>",
        "In a notebook <notebooks>",
        "In other documents <interop>",
        "JSON and CSV <data>",
        "Other languages <languages>",
    ),
    "Explanation": ("Conventions of counting <conventions>", "How it is built <architecture>"),
    "Trust": (
        "Certificates <certificates>",
        "Faults tried <faults>",
        "Strange input <fuzzing>",
        "Threats <generated/security>",
    ),
    "Extend": ("your-own", "how-to-add"),
    "Reference": ("Overview <reference>", *REFERENCE),
}


def add(app: Sphinx, docname: str, source: list[str]) -> None:
    """Puts the table of all pages behind the first page, and links behind the reference."""
    if docname == app.config.root_doc:
        left = set(app.env.found_docs) - {docname}
        for caption, names in GROUPS.items():
            there = [name for name in names if _page(name) in left]
            left -= set(map(_page, there))
            source[0] += _tree(caption, there)
        more = sorted(each for each in left if "/" not in each)
        source[0] += _tree("More", more) if more else ""
    elif docname == "reference":
        source[0] += "\n".join(("\nThe pages:\n", *(f"- {{doc}}`/{each}`" for each in REFERENCE)))


def _page(name: str) -> str:
    return name.rpartition("<")[2].rstrip(">")


def _tree(caption: str, names: list[str]) -> str:
    listed = "\n".join(names)
    return f"\n```{{toctree}}\n:hidden:\n:caption: {caption}\n\n{listed}\n```\n"


def outdated(app: Sphinx, *_: object) -> list[str]:
    """The pages that are made anew whatever has changed: they name the others."""
    return [app.config.root_doc, "reference"]

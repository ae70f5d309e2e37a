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
    "Start": (
        "The first hour <tutorial>",
        "generated/gallery",
    ),
    "How to": (
        "Check <howto-check>",
        "Evaluate <howto-evaluate>",
        "Documents in LaTeX <documents>",
    ),
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
        "JSON and CSV <data>",
        "In a notebook <notebooks>",
    ),
    "Explanation": ("Conventions of counting <conventions>", "How it is built <architecture>"),
    "Extend": ("your-own", "how-to-add", "Other documents <interop>"),
    "Reference": ("Overview <reference>", *REFERENCE),
}


def add(app: Sphinx, docname: str, source: list[str]) -> None:
    """Puts the table of all pages behind the first page, and links behind the reference."""
    if docname == app.config.root_doc:
        source[0] += "".join(_tree(caption, names) for caption, names in GROUPS.items())
        named = {name.rpartition("<")[2].rstrip(">") for group in GROUPS.values() for name in group}
        others = sorted(each for each in app.env.found_docs if "/" not in each)
        more = tuple(each for each in others if each not in named and each != docname)
        source[0] += _tree("More", more) if more else ""
    elif docname == "reference":
        source[0] += "\n".join(("\nThe pages:\n", *(f"- {{doc}}`/{each}`" for each in REFERENCE)))


def _tree(caption: str, names: tuple[str, ...]) -> str:
    listed = "\n".join(names)
    return f"\n```{{toctree}}\n:hidden:\n:caption: {caption}\n\n{listed}\n```\n"


def outdated(app: Sphinx, *_: object) -> list[str]:
    """The pages that are made anew whatever has changed: they name the others."""
    return [app.config.root_doc, "reference"]

"""The extension itself: pages made from the code and from reports/, MathML, links.

What is made is written into docs/generated before the sources are read, and git ignores it. The
pages under docs/ stay what GitHub shows: nothing in them is written for Sphinx alone.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

from site_of_symcost import catalog, commands, gallery, links, mathml, navigation, types

if TYPE_CHECKING:
    from sphinx.application import Sphinx

GENERATED = "generated"
ROOT = Path(__file__).resolve().parents[3]


def setup(app: Sphinx) -> dict[str, Any]:
    """Hooks everything into the build."""
    app.add_html_math_renderer("own-mathml", mathml.INLINE, mathml.BLOCK)
    app.connect("builder-inited", write_pages)
    app.connect("env-get-outdated", navigation.outdated)
    app.connect("source-read", navigation.add)
    app.connect("source-read", links.rewrite)
    app.connect("autodoc-process-docstring", links.in_docstring)
    app.connect("missing-reference", types.resolve)
    app.connect("build-finished", copy_reports)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def write_pages(app: Sphinx) -> None:
    """Writes every page that is made from something else; an unchanged one keeps its time."""
    folder = Path(app.srcdir) / GENERATED
    wanted = {
        **catalog.pages(),
        **commands.pages(),
        **gallery.pages(ROOT / "reports"),
        "security.md": links.from_top((ROOT / "SECURITY.md").read_text(encoding="utf-8")),
    }
    for name, text in wanted.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8", newline="\n")
    for path in folder.rglob("*.*"):
        if path.relative_to(folder).as_posix() not in wanted:
            path.unlink()


def copy_reports(app: Sphinx, exception: Exception | None) -> None:
    """The reports that are pages of their own stand in the site as they are."""
    if exception is None and app.builder.format == "html":
        for path in gallery.whole_files(ROOT / "reports"):
            target = Path(app.outdir) / "reports" / path.relative_to(ROOT / "reports")
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, target)

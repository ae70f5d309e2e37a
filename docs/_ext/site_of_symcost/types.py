"""Types in signatures: a bare name is led to the one object of that name in the reference."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from docutils import nodes
    from sphinx.addnodes import pending_xref
    from sphinx.application import Sphinx
    from sphinx.environment import BuildEnvironment


def resolve(
    app: Sphinx, env: BuildEnvironment, node: pending_xref, shown: nodes.TextElement
) -> nodes.Element | None:
    """The link for a type that is written without its module, or its plain name.

    Whether a type exists is mypy's to say; many stand inside answers, and nobody needs a page of
    theirs. Any other name that leads nowhere is a warning.
    """
    if node.get("refdomain") != "py" or node.get("reftype") not in ("class", "obj"):
        return None
    domain = env.domains.python_domain
    name = str(node["reftarget"])
    found = [each for each in domain.objects if each.rpartition(".")[2] == name]
    if len(found) != 1:
        return shown
    place = str(node["refdoc"])
    return domain.resolve_xref(env, place, app.builder, "obj", found[0], node, shown)

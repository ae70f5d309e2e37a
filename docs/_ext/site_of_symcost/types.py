"""Types in signatures: a bare name is led to the one object of that name in the reference."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from docutils import nodes
    from sphinx.addnodes import pending_xref
    from sphinx.application import Sphinx
    from sphinx.environment import BuildEnvironment

OUTSIDE = ("Path", "Fraction", "Mapping[str")
# What fields of answers hold and nobody needs a page for.
INSIDE = (
    *("Axes", "Call", "Curve", "Exact", "Group", "Interval", "Measured", "Monomial", "Op"),
    *(
        "Optimizer",
        "Part",
        "Possible",
        "Range",
        "Recipe",
        "Root",
        "Size",
        "Step",
        "Subject",
        "Target",
    ),
)


def resolve(
    app: Sphinx, env: BuildEnvironment, node: pending_xref, shown: nodes.TextElement
) -> nodes.Element | None:
    """The link for a type that is written without its module, or its plain name."""
    domain = env.domains.python_domain
    if node.get("refdomain") != "py":
        return None
    name = str(node["reftarget"])
    last = name.rpartition(".")[2]
    if name in OUTSIDE or last in INSIDE:
        return shown
    found = [each for each in domain.objects if each.rpartition(".")[2] == name]
    if len(found) != 1:
        return None
    place = str(node["refdoc"])
    return domain.resolve_xref(env, place, app.builder, "obj", found[0], node, shown)

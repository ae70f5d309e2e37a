"""How the documentation site is built: `make docs` writes it into build/docs."""

import sys
from pathlib import Path

import symcost

sys.path.insert(0, str(Path(__file__).parent / "_ext"))

project = "symcost"
author = "The symcost authors"
copyright = author  # noqa: A001  (the name that Sphinx reads)
version = release = symcost.__version__

extensions = ["myst_parser", "sphinx.ext.autodoc", "site_of_symcost.extension"]
exclude_patterns = ["_ext", "homework"]
root_doc = "index"

# Pages are GitHub's Markdown: formulas in dollars and in fences marked `math`.
myst_enable_extensions = ["dollarmath"]
myst_fence_as_directive = ["math"]
myst_heading_anchors = 4
myst_url_schemes = {"http": None, "https": None, "mailto": None, "site": "{{path}}"}
html_math_renderer = "own-mathml"

# Words in single backticks of a docstring are code.
default_role = "code"
autodoc_preserve_defaults = True
autodoc_member_order = "bysource"
autodoc_typehints_format = "short"
autodoc_default_options = {"members": True}

html_theme = "furo"
html_title = "symcost"
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_show_sphinx = False
html_show_copyright = False
html_copy_source = False
pygments_style = "friendly"
pygments_dark_style = "github-dark"

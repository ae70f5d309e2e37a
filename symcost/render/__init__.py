"""Layer 6: pages in LaTeX, Markdown, HTML and plain text."""

"""What the documentation site adds to Sphinx, and the pages that are made from the code."""

"""Derivations that other programs can check: what is written, and a checker that stands alone."""

"""Figures: exact series over one symbol, and writers that round them for the last display."""

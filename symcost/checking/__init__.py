"""Layer 5: hand algebra, read and held against what a declaration says."""
